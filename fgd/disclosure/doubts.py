"""Find what of a quote is not known to be harmless, under rules that hide who was there.

The burden is turned round: a word stays because it is a common word of the language, one of the
guide, one that the whole field uses, or one that a person released. Names, acronyms, other scripts,
numbers that identify and unknown words are withheld by themselves; where somebody speaks of who
they are, of their life or of others in the room, the clause is, because a masked biography points.

Common words are those of the SCOWL dictionary (``en_US``, as spylls ships it) in lower case;
British spellings are looked up by their American ones. For other languages there is no such list
here, and everything in them is in doubt.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from fgd.disclosure.words import fold

MARK = "[withheld]"
"""What stands in the place of words that are in doubt."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Characters ``start``..``end`` of a text that may reveal somebody, and why."""

    start: int
    end: int
    why: str


@dataclass(frozen=True, slots=True)
class Clause:
    """A form by which people speak of themselves or of each other."""

    why: str
    pattern: re.Pattern[str]
    needs: re.Pattern[str] | None
    but: re.Pattern[str] | None


_WORD = re.compile(r"[^\W\d_]+(?:['\u2019.-](?=[^\W_])[^\W_]+)*\.?|\d[\d.,:/-]*\d|\d")
_ADDRESS = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:https?://|www\.)\S+|"
    r"(?<![\w.])[a-z0-9-]{2,}(?:\.[a-z0-9-]{2,})*\.(?:org|com|net|gov|edu|int|info|io|[a-z]{2})"
    r"(?:/\S*)?(?![\w.])|@\w{2,}",
    re.IGNORECASE,
)
_TELEPHONE = re.compile(r"(?<!\w)\+?\d[\d ()./-]{6,}\d(?!\w)")
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
)
_DATE = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\b(?:,? \d{{4}})?|\b{_MONTH} \d{{1,2}}\b(?:,? "
    rf"\d{{4}})?|\b{_MONTH},? (?:of )?(?:19|20)\d\d\b|\b(?:19|20)\d\d\b|\b\d{{1,2}}[./-]\d{{1,2}}"
    r"[./-]\d{2,4}\b",
    re.IGNORECASE,
)
_INITIALS = re.compile(
    r"\b(?:[A-Z]\.[ -]?){1,3}[A-Z]\b\.?|\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? [A-Z]\b\.?"
)
_SCRIPT = re.compile(
    "[\u0370-\u1dff\u2c00-\u2dff\u2e80-\ud7ff\uf900-\ufdff\ufe70-\ufefe\U00010000-\U0003ffff]"
    "[\u0370-\u1dff\u200b-\u200f\u2c00-\u2dff\u2e80-\ud7ff\uf900-\ufdff\ufe70-\ufefe"
    "\U00010000-\U0003ffff ]*"
)
"""A run of letters that are not Latin, with their marks and the spaces between them."""
_SENTENCE_END = re.compile(r"[.!?\u2026:;\u2014]['\"\u2019\u201d)\]]*\s*$|^\W*$")
_SMALL = frozenset(
    "of the de da del della di du la le al bin binti bint von van and for dan y".split()
)
_JOINT = re.compile(
    r"(?:[,;:.!?\u2026\u2014]+[\"'\u2019\u201d)]*\s+|\s+\u2013\s+|\s+-\s+|"
    r"\s+(?=(?:because|since|although|though|whereas|while|so that|but|and (?:i|we|it|that|they|he|"
    r"she|there|the|then|nobody|this)|which|who|where|when|if|unless|until)\b))",
    re.IGNORECASE,
)


@cache
def _table() -> dict[str, object]:
    source = files("fgd.disclosure").joinpath("harmless.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset(str(_table()[name]).split())


@cache
def _clauses() -> tuple[Clause, ...]:
    found = _table()["clauses"]
    assert isinstance(found, list)

    def compiled(each: dict[str, str], key: str) -> re.Pattern[str] | None:
        return re.compile(each[key]) if key in each else None

    return tuple(
        Clause(e["why"], re.compile(e["pattern"]), compiled(e, "needs"), compiled(e, "but"))
        for e in found
    )


@cache
def _dictionary() -> object:
    import spylls.hunspell
    from spylls.hunspell import Dictionary

    folder = Path(spylls.hunspell.__file__).parent / "data" / "en" / "en_US"
    return Dictionary.from_files(str(folder))


_BRITISH = (
    (r"our(?=$|s$|ed$|ing$|able$|ite$|ful$|less$|hood$|al$)", "or"),
    (r"is(?=ation|e$|ed$|es$|ing$|er$|ers$)", "iz"),
    (r"ys(?=e$|ed$|es$|ing$)", "yz"),
    (r"ll(?=ed$|ing$|er$|ers$|or$|ors$)", "l"),
    (r"tre(?=$|s$)", "ter"),
    (r"ence(?=$|s$|less$)", "ense"),
    (r"mme(?=$|s$|d$)", "m"),
    (r"ogue(?=$|s$)", "og"),
    (r"ae|oe", "e"),
    (r"cheque", "check"),
    (r"grey", "gray"),
    (r"ageing", "aging"),
    (r"judgement", "judgment"),
    (r"learnt", "learned"),
)
"""British spellings and what the American dictionary has instead."""


@lru_cache(maxsize=1 << 16)
def is_common(word: str) -> bool:
    """Whether a word, in lower case, is a common English word and points to no country.

    >>> [is_common(word) for word in ("village", "programmes", "baht", "aceh")]
    [True, True, False, False]
    """
    plain = word.replace("\u2019", "'").lower().strip(".'-")
    if not plain or plain in _listed("pointing"):
        return not plain
    plain = re.sub(r"'s?$", "", plain)
    if plain in _listed("words") or len(plain) == 1:
        return True
    if _is_listed(plain):
        return True
    if "-" in plain or "/" in plain:
        return all(is_common(part) for part in re.split(r"[-/]", plain) if part)
    return any(
        american != plain and _is_listed(american)
        for american in (re.sub(british, form, plain) for british, form in _BRITISH)
    )


def _is_listed(word: str) -> bool:
    return bool(_dictionary().lookup(word))  # type: ignore[attr-defined] # spylls has no types


@dataclass(frozen=True)
class Harmless:
    """Knows what may stand in a quote of one session.

    ``known`` are words, folded, of the guide and the title, ``released`` what a person let go and
    ``withheld`` what a person took out, as they are written. ``read`` is whether the talk is in a
    language whose common words are known.
    """

    known: frozenset[str] = frozenset()
    released: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    read: bool = True

    def doubts(self, text: str) -> tuple[Doubt, ...]:
        """Everything of spoken words that is in doubt, in order, without overlap."""
        if not self.read:
            found = [Doubt(0, len(text), "a language whose common words are not known")]
        else:
            found = [*self.words(text), *self._spoken(text)]
        found = [each for each in found if not self.is_released(text[each.start : each.end])]
        found += self._taken_out(text)
        return _joined(found)

    def words(self, text: str) -> list[Doubt]:
        """Names, numbers and unknown words of a text, without what its clauses say."""
        found = [Doubt(*hit.span(), "an address") for hit in _ADDRESS.finditer(text)]
        found += [
            Doubt(*hit.span(), "a number that identifies") for hit in _TELEPHONE.finditer(text)
        ]
        found += [Doubt(*hit.span(), "a date") for hit in _DATE.finditer(text)]
        found += [
            Doubt(h.start(), h.start() + len(h[0].rstrip()), "another script")
            for h in _SCRIPT.finditer(text)
        ]
        found += [Doubt(*hit.span(), "initials") for hit in _INITIALS.finditer(text)]
        titled = _is_titled(text)
        for hit in _WORD.finditer(text):
            why = self._why(text, hit, titled=titled)
            if why:
                end = hit.end() - hit.group().endswith(".")
                found.append(Doubt(hit.start(), end, why))
        return _names(text, _joined(found))

    def _why(self, text: str, hit: re.Match[str], *, titled: bool) -> str:
        """Why a word is in doubt; empty if it is known to be harmless."""
        word = hit.group().rstrip(".").replace("\u2019", "'")
        if word[0].isdigit():
            return ""
        if not _is_latin(word[0]):
            return ""  # told as a run of its script
        bare = re.sub(r"['\u2019]s?$", "", word)
        if fold(bare) in self.known or bare in _listed("capitals"):
            return ""
        first = _SENTENCE_END.search(text[: hit.start()]) is not None
        capital = any(part[:1].isupper() for part in re.split(r"[-/]", bare))
        if bare.isupper() and len(bare) > 1 and not titled:
            return "" if first and is_common(bare) and len(bare) > 5 else "an acronym"
        if capital and not first and not titled:
            return "a name"
        return "" if is_common(bare) else "a name" if capital else "an unknown word"

    def _spoken(self, text: str) -> Iterator[Doubt]:
        lower = text.lower().replace("\u2019", "'")
        if len(lower) != len(text):
            lower = text
        for clause in _clauses():
            for hit in clause.pattern.finditer(lower):
                start, end = _around(text, *hit.span())
                said = lower[start:end]
                if clause.needs and not clause.needs.search(said):
                    continue
                if clause.but and any(
                    other.start() <= hit.start() - start < other.end()
                    or hit.start() - start <= other.start() < hit.end() - start
                    for other in clause.but.finditer(said)
                ):
                    continue
                yield Doubt(start, end, clause.why)

    def is_released(self, text: str) -> bool:
        """Whether a person let these words go, alone or within others."""
        plain = _plain(text)
        return any(plain in _plain(each) or plain == _plain(each) for each in self.released)

    def _taken_out(self, text: str) -> Iterator[Doubt]:
        for each in self.withheld:
            for hit in re.finditer(re.escape(each), text, re.IGNORECASE):
                yield Doubt(*hit.span(), "a person withheld it")


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _is_latin(letter: str) -> bool:
    return letter < "\u0250" or "\u1e00" <= letter <= "\u1eff"


def _is_titled(text: str) -> bool:
    """Whether a short text is written as titles are, most of its words with a capital."""
    words = re.findall(r"[^\W\d_]{4,}", text)
    return 1 < len(words) <= 12 and sum(word[0].isupper() for word in words) > 0.7 * len(words)


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause, or clauses, in which something is said."""
    first, last = 0, len(text)
    for joint in _JOINT.finditer(text):
        if joint.end() <= start:
            first = joint.end()
        elif joint.start() >= end:
            last = joint.start()
            break
    return first, last


def _names(text: str, found: Iterable[Doubt]) -> list[Doubt]:
    """Join parts of one name: neighbours, with small words or a capital that opens between."""
    made: list[Doubt] = []
    for each in found:
        if made and each.why in ("a name", "an acronym", "initials") and made[-1].why == each.why:
            between = text[made[-1].end : each.start]
            if not between.strip() or set(between.lower().split()) <= _SMALL:
                made[-1] = Doubt(made[-1].start, each.end, each.why)
                continue
        if each.why == "a name":
            opening = re.search(r"(?:^|[.!?:;\u2014]\s+)([A-Z][\w'\u2019-]+) $", text[: each.start])
            if opening and opening.group(1).lower() not in _OPENERS:
                each = Doubt(opening.start(1), each.end, each.why)
        made.append(each)
    return made


_OPENERS = frozenset(
    "the a an in on at of to for from with as and but so if when while since because that this "
    "these those my our your their his her its we i you they he she it is are was were do does "
    "did can could will would should may might must let not no yes thank thanks well then there "
    "here what who where why how which after before under between both every each all some many "
    "about against like unlike during within without through until also".split()
)


def _joined(found: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """Doubts in order without overlap; where two meet, the longer one tells why."""
    made: list[Doubt] = []
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if made and each.start < made[-1].end:
            last = made[-1]
            longer = last if last.end - last.start >= each.end - each.start else each
            made[-1] = Doubt(last.start, max(last.end, each.end), longer.why)
        else:
            made.append(each)
    return tuple(made)
