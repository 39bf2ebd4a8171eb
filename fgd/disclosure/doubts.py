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

from fgd.disclosure.words import fold, folded

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
    """A form by which people speak of themselves or of each other.

    With ``only`` the words that it matches are in doubt, unless the guide says them, and without
    it the clause around them.
    """

    why: str
    pattern: re.Pattern[str]
    needs: re.Pattern[str] | None
    but: re.Pattern[str] | None
    only: bool


_WORD = re.compile(r"[^\W\d_]+(?:['\u2019.-](?=[^\W_])[^\W_]+)*\.?|\d[\d.,:/-]*\d|\d")
_ADDRESS = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:https?://|www\.)\S+|"
    r"(?<![\w.])[a-z0-9-]{2,}(?:\.[a-z0-9-]{2,})*\.(?:org|com|net|gov|edu|int|info|io|[a-z]{2})"
    r"(?:/\S*)?(?![\w.])|@\w{2,}",
    re.IGNORECASE,
)
_TELEPHONE = re.compile(r"(?<!\w)\+?\d[\d ()./-]{6,}\d(?!\w)")
_LONGEST_WORD = 500
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
_LONGEST_END = 60
"""Characters before a word that tell whether it begins a sentence."""
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
        Clause(
            e["why"],
            re.compile(e["pattern"]),
            compiled(e, "needs"),
            compiled(e, "but"),
            bool(e.get("only")),
        )
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


@cache
def _may(name: str) -> frozenset[str]:
    own = _table()["own"]
    assert isinstance(own, dict)
    return frozenset(str(own[name]).split())


_SELF = re.compile(
    r"(?<![\w'-])(?:(?P<who>i|we)(?P<joined>'(?:m|re|d|ll|ve|s))?|(?P<me>me|us)|"
    r"(?P<mine>mine|ours|myself|ourselves))(?![\w'-])"
)
_NEXT = re.compile(r" *([a-z]+(?:'[a-z]+)?)")
_SUPPOSED = frozenset("if unless whether how what that until once when where".split())
_JOINED = {"'m": "am", "'re": "are", "'d": "would", "'ll": "will", "'ve": "have"}
_OTHERS = frozenset("they he she it who nobody somebody".split())
_LEADING = frozenset("going want wanted need like try trying hope able".split())
_BE = frozenset("am are was were be been being become became isn't aren't wasn't weren't".split())
_HAVE = frozenset("have had having haven't hadn't".split())


def _own(lower: str) -> Iterator[tuple[int, int]]:
    """Where somebody says of themselves, or of those they speak for, what not everybody may say.

    The burden is turned round here, too: what follows "I" or "we" must be known to tell of an
    opinion, of the talk itself, or of what everybody should do.
    """
    for hit in _SELF.finditer(lower):
        before = re.findall(r"[a-z']+", lower[max(0, hit.start() - 40) : hit.start()])
        if hit["me"]:
            let = before[-1:] == ["let"] and bool(set(before[-2:]) & _OTHERS)
            if not before or (before[-1] in _may("objects") and not let):
                continue
            if hit["me"] == "us" and before[-1] == "of" and set(before[-3:]) & _may("quantifiers"):
                continue
        elif hit["who"]:
            if _is_harmless(lower, hit, before[-1] if before else ""):
                continue
        elif hit["mine"].endswith(("self", "selves")) and before[-1:] in (["i"], ["we"]):
            continue
        yield hit.span()


def _is_harmless(lower: str, hit: re.Match[str], before: str) -> bool:
    """Whether what somebody says after "I" or "we" tells nothing of their own."""
    alone = hit["who"] == "i"
    words = [_JOINED[hit["joined"]]] if hit["joined"] in _JOINED else []
    at = hit.end() + (lower[hit.end() : hit.end() + 2] in (", ", "\u2026 "))
    while len(words) < 12 and (found := _NEXT.match(lower, at)):
        words.append(found[1])
        at = found.end()
    modal, perfect, state = before in _may("modals"), before in _HAVE, before in _BE
    for place, word in enumerate(words):
        rest = words[place + 1 :]
        if word in _LEADING and rest[:1] == ["to"]:
            modal, state = True, False
        elif word in _HAVE and rest[:1] == ["to"]:
            if alone and word == "had":  # what somebody had to do is of their life
                return False
            modal = True
        elif word in _BE:
            state = True
        elif word in _HAVE and not state:
            perfect = True
        elif word in _may("modals"):
            modal = True
        elif (
            word in _may("skipped")
            or word in _may("supports")
            or word.endswith("ly")
            or (len(word) == 1 and not alone)
        ):
            continue
        elif state:
            if word in ("a", "an", "the"):
                return bool(set(rest[:2]) & {"bit", "little", "lot", "few", "fan", "same"})
            if word == "in":
                return bool(set(rest[:3]) & _may("in_favour"))
            if word in ("on", "at", "from", "under", "over", "out", "back", "off"):
                return bool(set(rest[:3]) & _may("in_favour"))
            return word in _may("am") or (
                not alone and (modal or word in _may("done") or word in _may("are"))
            )
        elif not alone and (modal or (before in _SUPPOSED and word in _may("together"))):
            return True
        elif perfect:
            return word in _may("done") and (
                word not in ("a", "an", "the", "one", "two", "three", "no", "any", "some", "other")
                or bool(set(rest[:4]) & _may("things"))
            )
        else:
            return word in _may("says") or (not alone and word in _may("together"))
    return True  # a sentence that breaks off


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

    ``known`` are words, folded, of the guide, ``released`` what a person let go, ``withheld`` what
    a person took out, as they are written, and ``reworded`` what is printed for words instead.
    ``read`` is whether the talk is in a language whose common words are known.
    """

    known: frozenset[str] = frozenset()
    released: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    read: bool = True
    reworded: tuple[tuple[str, str], ...] = ()

    def doubts(self, text: str) -> tuple[Doubt, ...]:
        """Everything of spoken words that is in doubt, in order, without overlap."""
        spoken, told = text, self.rewordings(text)
        for start, end, _ in told:  # what is said instead is all that is left of them
            text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
        if not self.read:
            found = [Doubt(0, len(text), "a language whose common words are not known")]
        else:
            found = [*self.words(text), *self._spoken(text)]
        found = [each for each in found if not self.is_released(text[each.start : each.end])]
        found += self.taken_out(spoken)
        return _joined(each for each in found if not within((each.start, each.end), told))

    def rewordings(self, text: str) -> list[tuple[int, int, str]]:
        """Where a person says something else than was said, and what."""
        return [
            (*hit.span(), instead)
            for words, instead in self.reworded
            for hit in re.finditer(re.escape(words), text, re.IGNORECASE)
        ]

    def words(self, text: str) -> list[Doubt]:
        """Names, numbers and unknown words of a text, without what its clauses say."""
        found: list[Doubt] = []
        for hit in re.finditer(r"\S+", text):  # which patterns for words would read for minutes
            if len(hit[0]) > _LONGEST_WORD:
                found.append(Doubt(*hit.span(), "an unknown word"))
                text = f"{text[: hit.start()]}{' ' * len(hit[0])}{text[hit.end() :]}"
        found += [Doubt(*hit.span(), "an address") for hit in _ADDRESS.finditer(text)]
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
        before = text[max(0, hit.start() - _LONGEST_END) : hit.start()]
        first = _SENTENCE_END.search(before) is not None
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
                if clause.only:
                    if not set(folded(hit[0])) - _OPENERS <= self.known:
                        yield Doubt(*hit.span(), clause.why)
                    continue
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
        for start, end in _own(lower):
            yield Doubt(*_around(text, start, end), "tells of their own")

    def is_released(self, text: str) -> bool:
        """Whether a person let these words go, alone or within others."""
        plain = _plain(text)
        return any(plain in _plain(each) or plain == _plain(each) for each in self.released)

    def taken_out(self, text: str) -> Iterator[Doubt]:
        """What a person withheld."""
        for each in self.withheld:
            for hit in re.finditer(re.escape(each), text, re.IGNORECASE):
                yield Doubt(*hit.span(), "a person withheld it")


def within(place: tuple[int, int], others: Iterable[tuple[int, int, str]]) -> bool:
    """Whether a place lies inside one of others."""
    return any(start <= place[0] and place[1] <= end for start, end, _ in others)


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
