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

import hashlib
import json
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fgd.core import mpnet
from fgd.core.embeddings import MiniLM, additions, bert_layer
from fgd.disclosure import wide
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
    it the clause around them. ``broad`` ones also hit harmless clauses; the model may overrule
    them.
    """

    why: str
    pattern: re.Pattern[str]
    needs: re.Pattern[str] | None
    but: re.Pattern[str] | None
    only: bool
    broad: bool


_WORD = re.compile(r"[^\W\d_]+(?:['\u2019.-](?=[^\W_])[^\W_]+)*\.?|\d[\d.,:/-]*\d|\d")
_ADDRESS = re.compile(
    r"(?<![\w.+-])[\w.+-]++@[\w-]+(?:\.[\w-]+)+|(?:https?://|www\.)\S+|"
    r"(?<![\w.-])[a-z0-9-]{2,}+(?:\.[a-z0-9-]{2,})*\.(?:org|com|net|gov|edu|int|info|io|[a-z]{2})"
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
_SPELLED = re.compile(r"(?<![^\W_])(?:[A-Z]_)+(?:[A-Z]\b)?")
"""An acronym as it is written where every letter was heard: ``U_N_``."""
_SCRIPT = re.compile(
    "[\u0370-\u1dff\u2c00-\u2dff\u2e80-\ud7ff\uf900-\ufdff\ufe70-\ufefe\U00010000-\U0003ffff]"
    "[\u0370-\u1dff\u200b-\u200f\u2c00-\u2dff\u2e80-\ud7ff\uf900-\ufdff\ufe70-\ufefe"
    "\U00010000-\U0003ffff ]*"
)
"""A run of letters that are not Latin, with their marks and the spaces between them."""
_SENTENCE_END = re.compile(r"[.!?\u2026:;\u2014]['\"\u2019\u201d)\]]*\s*$|^\W*$|,\s+[\"\u201c]\s*$")
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
            bool(e.get("broad")),
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

_GLUED = re.compile(r"([a-z]{3,})'([a-z]{3,})")
"""Two words with a quotation mark and no space between."""

_BEFORE = re.compile(
    r"(?:re|pre|post|non|anti|multi|inter|trans|micro|cyber|sub|mis|bio|tele|socio|eco)(?=[a-z]{6})"
)
"""What makes new words of common ones that are too long to be half of a name."""


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
    """Find where somebody says of themselves, or of their own body, what not everybody may say.

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
    """Tell whether what somebody says after "I" or "we" tells nothing of their own."""
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
    """Tell whether a word, in lower case, is a common English word and points to no country.

    >>> [is_common(word) for word in ("village", "programmes", "baht", "aceh")]
    [True, True, False, False]
    >>> [is_common(word) for word in ("preassigned", "the'laying", "o'brien", "rehook")]
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
    if glued := _GLUED.fullmatch(plain):
        return is_common(glued[1]) and is_common(glued[2])
    if (before := _BEFORE.match(plain)) and _is_listed(plain[before.end() :]):
        return True
    return any(
        american != plain and _is_listed(american)
        for american in (re.sub(british, form, plain) for british, form in _BRITISH)
    )


def _is_listed(word: str) -> bool:
    return bool(_dictionary().lookup(word))  # type: ignore[attr-defined] # spylls has no types


@dataclass(frozen=True)
class Harmless:
    """Knows what may stand in a quote of one session.

    ``known`` are words, folded, of the guide and the year of the meeting, ``released`` what a
    person let go, ``withheld`` what a person took out, as they are written, and ``reworded`` what
    is printed for words instead.
    ``read`` is whether the talk is in a language whose common words are known.
    """

    known: frozenset[str] = frozenset()
    released: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    read: bool = True
    reworded: tuple[tuple[str, str], ...] = ()

    def doubts(self, text: str) -> tuple[Doubt, ...]:
        """Find everything of spoken words that is in doubt, in order, without overlap."""
        spoken, told = text, self.rewordings(text)
        for start, end, _ in told:  # what is said instead is all that is left of them
            text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
        if not self.read:
            found = [Doubt(0, len(text), "a language whose common words are not known")]
        else:
            found = [*self.words(text), *self._spoken(text)]
            if told:  # words that were harmless beside what was said are so beside what is
                before = [*self.words(spoken), *self._spoken(spoken)]
                found = [
                    each
                    for each in found
                    if any(each.start < one.end and one.start < each.end for one in before)
                ]
        found = [each for each in found if not self.is_released(text[each.start : each.end])]
        found += self.taken_out(spoken)
        left = _joined(each for each in found if not within((each.start, each.end), told))
        return _adjacent(text, left)

    def rewordings(self, text: str) -> list[tuple[int, int, str]]:
        """Find where a person says something else than was said, and what."""
        return [
            (*hit.span(), instead)
            for words, instead in self.reworded
            for hit in re.finditer(re.escape(words), text, re.IGNORECASE)
        ]

    def words(self, text: str) -> list[Doubt]:
        """Find names, numbers and unknown words of a text, without what its clauses say."""
        found: list[Doubt] = []
        for hit in re.finditer(r"\S+", text):  # which patterns for words would read for minutes
            if len(hit[0]) > _LONGEST_WORD:
                found.append(Doubt(*hit.span(), "an unknown word"))
                text = f"{text[: hit.start()]}{' ' * len(hit[0])}{text[hit.end() :]}"
        for hit in _SPELLED.finditer(text):
            letters = hit[0].replace("_", "")
            if letters not in _listed("capitals") and fold(letters) not in self.known:
                found.append(Doubt(*hit.span(), "an acronym"))
            text = f"{text[: hit.start()]}{' ' * len(hit[0])}{text[hit.end() :]}"
        found += [Doubt(*hit.span(), "an address") for hit in _ADDRESS.finditer(text)]
        found += [
            Doubt(*hit.span(), "a number that identifies") for hit in _TELEPHONE.finditer(text)
        ]
        found += [
            Doubt(*hit.span(), "a date")
            for hit in _DATE.finditer(text)
            if not set(folded(hit[0])) <= self.known
        ]
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
        """Tell why a word is in doubt; empty if it is known to be harmless."""
        word = hit.group().rstrip(".").replace("\u2019", "'")
        if word[0].isdigit():
            return ""
        if not _is_latin(word[0]):
            return ""  # told as a run of its script
        bare = re.sub(r"['\u2019]s?$", "", word)
        if fold(bare) in self.known or bare in _listed("capitals"):
            return ""
        if len(bare) == 1 and text[hit.start() - 1 : hit.start()].isdigit():
            return ""  # of a number, as in "amendment 2D"
        before = text[max(0, hit.start() - _LONGEST_END) : hit.start()]
        first = _SENTENCE_END.search(before) is not None
        capital = any(part[:1].isupper() for part in re.split(r"[-/]", bare))
        if bare.isupper() and len(bare) > 1 and not titled:
            return "" if first and is_common(bare) and len(bare) > 5 else "an acronym"
        if capital and not first and not titled:
            openers = _listed("openers")
            return "" if bare.lower() in openers or word.lower() in openers else "a name"
        return "" if is_common(bare) else "a name" if capital else "an unknown word"

    def _spoken(self, text: str) -> Iterator[Doubt]:
        """Find the clauses that tell who somebody is, by grammar and by the model."""
        hits, chances = tuple(_hits(text)), telling(text)
        told: set[tuple[int, int]] = set()
        spared: set[tuple[int, int]] = set()
        for hit in hits:
            if hit.rule is not None and hit.rule.only:
                if set(folded(text[hit.start : hit.end].lower())) - _OPENERS <= self.known:
                    spared.add((hit.first, hit.last))  # the guide says it, so everybody may
                else:
                    yield Doubt(hit.start, hit.end, hit.why)
                continue
            likely = max((c for a, b, c in chances if a < hit.last and b > hit.first), default=1.0)
            if likely < (SURE if hit.is_broad else CERTAIN):
                continue
            told.add((hit.first, hit.last))
            yield Doubt(hit.first, hit.last, hit.why)
        hit_by, passed = _marked(text, told), _marked(text, told | spared)
        for sentence in _sentences(text, chances):
            left = [(a, b, chance) for a, b, chance in sentence if not all(passed[a:b])]
            tells = any(all(hit_by[a:b]) for a, b, _ in sentence) or any(
                suspected(text[a:b], chance, OTHER) for a, b, chance in left
            )
            for a, b, chance in left if tells else ():
                if suspected(text[a:b], chance, BESIDE):
                    yield Doubt(a, b, "may tell who somebody is")

    def is_released(self, text: str) -> bool:
        """Tell whether a person let these words go, alone or within others."""
        plain = _plain(text)
        return any(plain in _plain(each) or plain == _plain(each) for each in self.released)

    def taken_out(self, text: str) -> Iterator[Doubt]:
        """Find what a person withheld."""
        for each in self.withheld:
            for hit in re.finditer(re.escape(each), text, re.IGNORECASE):
                yield Doubt(*hit.span(), "a person withheld it")


@dataclass(frozen=True, slots=True)
class Hit:
    """Words ``start``..``end`` by which somebody may tell who they are, in the clauses ``first``..
    ``last``; ``rule`` is the grammar that saw it, none for what follows "I" and "we".
    """

    start: int
    end: int
    first: int
    last: int
    rule: Clause | None

    @property
    def why(self) -> str:
        """Return the reason that a person is told."""
        return self.rule.why if self.rule else "tells of their own"

    @property
    def is_broad(self) -> bool:
        """Tell whether the model may overrule this hit."""
        return self.rule is None or self.rule.broad


_ENDLESS = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")


def _lowered(text: str) -> str:
    """Bring a text to small letters; words without end give way to spaces, they are no grammar."""
    lower = text.lower().replace("\u2019", "'")
    return _ENDLESS.sub(lambda hit: " " * len(hit[0]), lower if len(lower) == len(text) else text)


def _hits(text: str) -> Iterator[Hit]:
    """Find where grammar shows that somebody speaks of themselves or of each other."""
    lower = _lowered(text)
    for rule in _clauses():
        for hit in rule.pattern.finditer(lower):
            start, end = _around(text, *hit.span())
            if not rule.only:
                said = lower[start:end]
                if rule.needs and not rule.needs.search(said):
                    continue
                if rule.but and any(
                    other.start() <= hit.start() - start < other.end()
                    or hit.start() - start <= other.start() < hit.end() - start
                    for other in rule.but.finditer(said)
                ):
                    continue
            yield Hit(*hit.span(), start, end, rule)
    for begin, stop in _own(lower):
        yield Hit(begin, stop, *_around(text, begin, stop), None)


# -- by a model ------------------------------------------------------------------------------------

WEIGHTS = Path(__file__).with_name("clauses.npz")

SURE, CERTAIN = 0.25, 0.1
"""Chance below which a hit of the grammar is overruled: a broad one, and any other."""

OTHER, BESIDE = 0.25, 0.03
"""Chance from which any other clause is in doubt, and one in whose sentence another tells: what
goes on about a thing that tells is told in common words. Chosen at networks that had learned from
neither, on sets 5 to 7 of the red team and ten meetings with nothing to hide, of whose words less
than 15 % had to be withheld (docs/security.md).
"""

LEAST = 2
"""Words of a clause of which the model is asked; of shorter ones it knows nothing."""

LAYERS, LONGEST = 4, 96
"""Layers of all-MiniLM that are left as they are, and tokens of clauses that are read together."""

SOMEBODY = "somebody"
_NAMES = frozenset(("a name", "an acronym", "initials", "another script"))

AT_ONCE, LONG = 40, 24
"""Words that are read together, and of a clause that is judged as a whole."""

_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\bi\b",
        r"\b(?:my|mine|myself)\b",
        r"\bme\b",
        r"\bwe\b",
        r"\bours?\b",
        r"\bus\b",
        r"\byour?\b",
        r"\b(?:he|she|him|her|his)\b",
        r"\bthe(?:y|ir|m)\b",
        r"\b(?:should|would|could|must|can|may|might|shall|ought|need)\b",
        r"\bwill\b",
        r"\b(?:was|were|had|did)\b",
        r"\b(?:is|are|am|has|have|do|does|'s|'re|'m|'ve)\b",
        r"\b\w{3,}ed\b",
        r"\?",
        r"\b(?:if|suppose|imagine|unless|whether|whoever|when)\b",
        r"\b(?:the|this|that|these|those)\b",
        r"\b(?:an?|some|any|every|each|no|all|many|most)\b",
        r"\b(?:who|which|whose)\b",
        r"\b(?:only|first|last|one|single)\b",
        r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|"
        r"fifty|hundred|thousand|million)\b",
        r"\b(?:i think|i believe|i would|i agree|i see|i am not sure|in my view)\b",
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """The trained layers by name, the weights that judge a clause, and the hashes of the script and
    of the grammar that they came from.
    """

    layers: dict[str, Any]
    weights: Any
    bias: float
    script: str
    grammar: str


@cache
def learned(path: Path = WEIGHTS) -> Learned:
    """Read the shipped weights once; of a layer only what was added to all-MiniLM's is kept."""
    plain, (about, given) = _encoder().weights, additions(path)
    layers = dict(plain)
    for name in {each.rpartition("|")[0] for each in given if "|" in each}:
        layers[name] = plain[name] + given[f"{name}|up"] @ given[f"{name}|down"]
    return Learned(
        layers, given["weights"], float(about["bias"]), str(about["script"]), str(about["grammar"])
    )


def grammar() -> str:
    """Hash the rules and lists by which hits are found."""
    told = json.dumps([_table()["own"], _table()["clauses"]], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


@cache
def _encoder() -> MiniLM:
    return MiniLM()


def widely() -> wide.Wide | None:
    """Return the wide network where its published weights are on this machine."""
    return wide.learned() if mpnet.here() else None


def reader() -> str:
    """Name what judges clauses on this machine: part of what its result is filed under."""
    return "mpnet" if mpnet.here() else "minilm"


def telling(text: str) -> tuple[tuple[int, int, float], ...]:
    """Estimate for every clause of a text how likely it tells who somebody is.

    Where the wide network is here, it and the narrow one count alike.
    """
    return _telling(text, widely())


@lru_cache(maxsize=1 << 13)
def _telling(text: str, broad: wide.Wide | None) -> tuple[tuple[int, int, float], ...]:
    import torch

    spans, model = clauses(text), learned()

    def linear(x: Any, name: str) -> Any:
        return torch.nn.functional.linear(
            x, model.layers[f"{name}.weight"], model.layers[f"{name}.bias"]
        )

    scores: list[float] = []
    with torch.inference_mode():
        for window in windows([(text, spans)]):
            x = upper(window.state[None], linear, model.layers)[0]
            odds = _rows(x, window) @ model.weights + model.bias
            if broad:
                x = wide.states(window.pieces, broad)
                odds = (odds + _rows(x, window) @ broad.judge + broad.bias) / 2
            scores += odds.tolist()
    return tuple(
        (start, end, 1 / (1 + math.exp(-score)))
        for (start, end), score in zip(spans, scores, strict=True)
    )


def _rows(x: Any, window: Window) -> Any:
    import torch

    return torch.stack(
        [clause_row(x, *each) for each in zip(window.places, window.cues, strict=True)]
    )


def suspected(said: str, chance: float, least: float) -> bool:
    """Tell whether the model's chance of a clause is ``least`` at least."""
    return chance >= least and len(said.split()) >= LEAST


def _marked(text: str, spans: Iterable[tuple[int, int]]) -> bytearray:
    """Mark the characters of a text that lie in spans."""
    marks = bytearray(len(text))
    for start, end in spans:
        marks[start:end] = b"\1" * (end - start)
    return marks


def _sentences(
    text: str, chances: Sequence[tuple[int, int, float]]
) -> Iterator[list[tuple[int, int, float]]]:
    """Group clauses, with their chances, by the sentences that they stand in."""
    sentence: list[tuple[int, int, float]] = []
    for start, end, chance in chances:
        if sentence and re.search(r"[.!?\u2026]", text[sentence[-1][1] - 1 : start]):
            yield sentence
            sentence = []
        sentence.append((start, end, chance))
    yield sentence


def clauses(text: str) -> list[tuple[int, int]]:
    """Split a text into clauses; long ones, which nobody punctuated, into parts."""
    bounds = [(joint.start(), joint.end()) for joint in _JOINT.finditer(text)]
    starts = [0, *(end for _, end in bounds)]
    ends = [*(start for start, _ in bounds), len(text)]
    found: list[tuple[int, int]] = []
    for start, end in zip(starts, ends, strict=True):
        words = list(re.finditer(r"\S+", text[start:end]))
        parts = max(1, math.ceil(len(words) / LONG))
        for part in range(parts if words else 0):
            mine = words[len(words) * part // parts : len(words) * (part + 1) // parts]
            found.append((start + mine[0].start(), start + mine[-1].end()))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Clauses that are read together: what the lower layers make of their tokens (n, d), their word
    pieces, and of every clause its tokens, first and behind the last, and what grammar and forms
    tell.
    """

    state: Any
    pieces: tuple[int, ...]
    places: tuple[tuple[int, int], ...]
    cues: tuple[list[float], ...]


def windows(texts: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> list[Window]:
    """Read the clauses of texts as far as the layers go that nobody trained, in order.

    Names are in doubt by themselves: the model reads "somebody" in their place.
    """
    texts = [_nameless(text, spans) for text, spans in texts]
    parts = [(text, part) for text, spans in texts for part in _windows(text, spans) if part]
    said = [text[part[0][0] : _window_end(text, part)] for text, part in parts]
    states = _encoder().states(said, LAYERS, LONGEST)
    offsets, pieces = _encoder().offsets(said), _encoder().pieces(said)
    cues = iter([row for text, spans in texts for row in _cue_rows(text, spans)])
    made = []
    for (_, part), state, places, ids in zip(parts, states, offsets, pieces, strict=True):
        base, tokens = part[0][0], places[: len(state) - 1]
        of: list[tuple[int, int]] = []
        for start, end in part:
            inside = [
                n
                for n, (a, b) in enumerate(tokens)
                if a < b and a < end - base and b > start - base
            ]
            of.append((inside[0], inside[-1] + 1) if inside else (0, 1))
        rows = tuple(next(cues) for _ in part)
        made.append(Window(state, tuple(ids[: LONGEST - 2]), tuple(of), rows))
    return made


def upper(
    x: Any, linear: Callable[[Any, str], Any], weights: Mapping[str, Any], real: Any = None
) -> Any:
    """Let the trained layers go on from states (b, n, d), of which the ``real`` ones are read."""
    for layer in range(LAYERS, MiniLM.layers):
        x = bert_layer(x, f"encoder.layer.{layer}", weights, linear, real)
    return x


def clause_row(x: Any, place: tuple[int, int], cues: Sequence[float]) -> Any:
    """Describe a clause: the mean and the most of its tokens' states, and its cues."""
    import torch

    mine = x[place[0] : place[1]]
    return torch.cat([mine.mean(0), mine.amax(0), torch.tensor(cues, dtype=x.dtype)])


def _nameless(text: str, spans: Sequence[tuple[int, int]]) -> tuple[str, Sequence[tuple[int, int]]]:
    """Replace names in a text by "somebody"; return it with where its clauses stand then."""
    names = [each for each in Harmless().words(text) if each.why in _NAMES]
    if not names:
        return text, spans
    made, moved, last = [], [], 0
    for each in names:
        made += [text[last : each.start], SOMEBODY]
        moved.append((each.start, each.end, len(SOMEBODY) - (each.end - each.start)))
        last = each.end

    def place(at: int, *, end: bool) -> int:
        """Move a character inside a name to the name's edge."""
        by = 0
        for start, stop, more in moved:
            if at >= stop:
                by += more
            elif at > start:
                return start + by + (len(SOMEBODY) if end else 0)
        return at + by

    return "".join([*made, text[last:]]), [
        (place(start, end=False), place(stop, end=True)) for start, stop in spans
    ]


def _windows(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Group clauses that are read together: those of a sentence, or fewer where it is long."""
    window: list[tuple[int, int]] = []
    words = 0
    for start, end in spans:
        many = len(text[start:end].split())
        closed = window and re.search(r"[.!?\u2026]", text[window[-1][1] : start])
        if window and (closed or words + many > AT_ONCE):
            yield window
            window, words = [], 0
        window.append((start, end))
        words += many
    yield window


def _window_end(text: str, window: Sequence[tuple[int, int]]) -> int:
    """Find where a window ends: with the mark after its last clause."""
    end = window[-1][1]
    mark = re.match(r"[.!?,;:]", text[end : end + 1])
    return end + 1 if mark else end


def _cue_rows(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[list[float]]:
    """Describe every clause by grammar and forms."""
    lower, hits, order = _lowered(text), tuple(_hits(text)), _clauses()
    for start, end in spans:
        here = [hit for hit in hits if hit.start < end and hit.end > start]
        rules = {id(hit.rule) for hit in here if hit.rule}
        said = lower[start:end]
        words = len(said.split())
        yield [
            float(any(hit.rule is None for hit in here)),
            *(float(id(rule) in rules) for rule in order),
            *(float(form.search(said) is not None) for form in _FORMS),
            math.log1p(words),
            float(words <= 3),
        ]


def within(place: tuple[int, int], others: Iterable[tuple[int, int, str]]) -> bool:
    """Tell whether a place lies inside one of others."""
    return any(start <= place[0] and place[1] <= end for start, end, _ in others)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _is_latin(letter: str) -> bool:
    return letter < "\u0250" or "\u1e00" <= letter <= "\u1eff"


def _is_titled(text: str) -> bool:
    """Tell whether a short text is written as titles are, most of its words with a capital."""
    words = re.findall(r"[^\W\d_]{4,}", text)
    return 1 < len(words) <= 12 and sum(word[0].isupper() for word in words) > 0.7 * len(words)


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """Find the clause, or clauses, in which something is said."""
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
    """Join overlapping doubts, in order; where two meet, the longer one tells why."""
    made: list[Doubt] = []
    for each in sorted(found, key=lambda one: (one.start, -one.end)):
        if made and each.start < made[-1].end:
            last = made[-1]
            longer = last if last.end - last.start >= each.end - each.start else each
            made[-1] = Doubt(last.start, max(last.end, each.end), longer.why)
        else:
            made.append(each)
    return tuple(made)


_BETWEEN = re.compile(
    r"\W*(?:(?:and|or|but|because|since|so|when|while|which|who|that|where|if)\W+)?"
)


def _adjacent(text: str, found: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """Join clauses in doubt that follow each other: a person looks at them once."""
    made: list[Doubt] = []
    for each in found:
        last = made[-1] if made else None
        if last and _BETWEEN.fullmatch(text, last.end, each.start) and is_clause(last, each):
            longer = last if last.end - last.start >= each.end - each.start else each
            made[-1] = Doubt(last.start, each.end, longer.why)
        else:
            made.append(each)
    return tuple(made)


_NAMED = frozenset(
    {
        "a name", "an acronym", "initials", "an unknown word", "a date", "an address",
        "another script", "a number that identifies", "a person withheld it",
    }
)  # fmt: skip
"""Doubts about single words, which say nothing of the clause around them."""


def is_clause(*doubts: Doubt) -> bool:
    """Tell whether doubts are about what is said, and not about single names or numbers."""
    return any(each.why not in _NAMED for each in doubts)
