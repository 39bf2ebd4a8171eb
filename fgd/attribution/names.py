"""Compare and read names: how alike two are, and which words beside a cue are a name.

Likeness runs from 0 (nothing in common) to 1 (the same): the better of spelling (edit distance) and
sound (two phonetic codes), so that a name survives a lost accent, a split word or a homophone.
"Please go ahead" ends an announced name; a recogniser's stop inside it does not.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from fgd.core.text import NAMELIKE_TITLES, OFFICES, TITLES

if TYPE_CHECKING:
    from spacy.tokens import Doc

BEFORE_NAMES = (
    TITLES
    | OFFICES
    | NAMELIKE_TITLES
    | frozenset("the right rt she h.e tan sri tun marshal justices engineer".split())
)
"""Words that a name may stand behind in talk: titles, offices, and what leads up to them."""

SMALL = frozenset("the of for and at in on a an de la le du des to by with & y e".split())
"""Words an institution may drop or gain without becoming another one."""

LETTERS = {
    "ay": "a", "eh": "a", "bee": "b", "be": "b", "see": "c", "sea": "c", "cee": "c", "dee": "d",
    "ee": "e", "ef": "f", "eff": "f", "gee": "g", "aitch": "h", "eye": "i", "jay": "j",
    "kay": "k", "el": "l", "ell": "l", "em": "m", "en": "n", "oh": "o", "pee": "p", "pea": "p",
    "queue": "q", "cue": "q", "are": "r", "ar": "r", "ess": "s", "es": "s", "tee": "t",
    "tea": "t", "you": "u", "your": "u", "vee": "v", "ex": "x", "why": "y", "wye": "y",
    "zed": "z", "zee": "z",
}  # fmt: skip
"""Words a recogniser writes for a spoken letter."""

_WORD = re.compile(r"[a-z0-9]+")
_EXTRA = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ß": "s", "æ": "a", "œ": "o"})


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case without accents: the form in which names are compared."""
    text = unicodedata.normalize("NFKD", text.lower().translate(_EXTRA))
    return "".join(c for c in text if not unicodedata.combining(c))


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """Return the words of a name, folded, without possessives, apostrophes and stops."""
    plain = re.sub(r"['\u2019`]s\b", "", fold(text))
    return tuple(_WORD.findall(re.sub(r"['\u2019`.]", "", plain)))


def person_words(text: str) -> tuple[str, ...]:
    """Return the words of a person's name without the titles before it."""
    found = words(text)
    while len(found) > 1 and found[0] in BEFORE_NAMES:
        found = found[1:]
    return found


def body_words(text: str) -> tuple[str, ...]:
    """Return the words of an institution's name that carry it."""
    return tuple(w for w in words(text) if w not in SMALL) or words(text)


@lru_cache(maxsize=65536)
def sounds(word: str) -> tuple[str, ...]:
    """Phonetic codes of a folded word: Metaphone and NYSIIS, of its letters only."""
    import jellyfish

    letters = re.sub(r"[^a-z]", "", word)
    if not letters:
        return (word,)
    return (jellyfish.metaphone(letters), jellyfish.nysiis(letters))


@lru_cache(maxsize=262144)
def word_likeness(one: str, other: str) -> float:
    """Return likeness of two folded words, by spelling or by sound."""
    from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

    if one == other:
        return 1.0
    if len(one) < 2 or len(other) < 2:
        return 0.0
    spelled = OSA.normalized_similarity(one, other)  # letters that changed places are one slip
    if min(len(one), len(other)) > 3:
        spelled = max(spelled, JaroWinkler.similarity(one, other) - 0.1)
    heard = 0.0
    for mine, yours in zip(sounds(one), sounds(other), strict=False):
        if min(len(mine), len(yours)) >= 2:
            same = Levenshtein.normalized_similarity(mine, yours)
            heard = max(heard, same * min(1.0, 0.55 + 0.1 * min(len(mine), len(yours))))
    return max(spelled, min(heard, 0.95))


def person_likeness(heard: str, name: str) -> float:
    """Return likeness of a heard person to an invited one; the surname counts most.

    A first name or a surname alone is less than the whole name. Words that were split or run
    together are compared without their gaps as well.
    """
    mine, yours = person_words(heard), person_words(name)
    if not mine or not yours:
        return 0.0
    if mine == yours:
        return 1.0
    joined = 0.95 * word_likeness("".join(mine), "".join(yours))
    first, last = _best(yours[0], mine), _best(yours[-1], mine)
    if len(yours) == 1:
        return max(joined, 0.8 * last)
    if len(mine) == 1:
        return max(joined if len(yours) == 1 else 0.0, 0.75 * last, 0.6 * first)
    tail = 0.9 * word_likeness("".join(mine[1:]), "".join(yours[1:]))
    return max(joined, 0.4 * first + 0.6 * max(last, tail))


def body_likeness(heard: str, name: str) -> float:
    """Likeness of a heard institution to a known name of one: words may be missing or swapped."""
    from rapidfuzz import fuzz

    mine, yours = body_words(heard), body_words(name)
    if not mine or not yours:
        return 0.0
    if mine == yours or "".join(mine) == "".join(yours):
        return 1.0
    joined = word_likeness("".join(mine), "".join(yours))
    swapped = fuzz.token_sort_ratio(" ".join(mine), " ".join(yours)) / 100
    covered = _covered(yours, mine)
    extra = _covered(mine, yours)
    if min(covered, extra) > 0:
        # All of the shorter name in the longer one is good, less so when much is left over.
        part = max(covered, extra) * (0.62 + 0.38 * min(covered, extra))
    else:
        part = 0.0
    return max(joined, 0.97 * swapped, 0.97 * part)


def letters(text: str) -> str:
    """Return the acronym that a run of spoken letters spells ("C S I S", "you N"); else nothing."""
    spelled = ""
    real = 0
    before = ""
    for word in re.findall(r"[A-Za-z]+", text):
        low = word.lower()
        if low == before and len(low) > 1:
            continue
        before = low
        if len(word) == 1 or (len(word) <= 3 and (word.isupper() or low == "bs")):
            spelled += low
            real += 1
        elif low in LETTERS:
            spelled += LETTERS[low]
        else:
            return ""
    return spelled.upper() if real and 2 <= len(spelled) <= 8 else ""


def _best(word: str, among: tuple[str, ...]) -> float:
    return max(word_likeness(word, other) for other in among)


def _covered(these: tuple[str, ...], by: tuple[str, ...]) -> float:
    """Share of the letters of these words that have a like word among the others."""
    total = sum(len(w) for w in these)
    got = 0.0
    for word in these:
        best = _best(word, by)
        got += len(word) * best if best >= 0.75 else 0.0
    return got / total


JOINERS = frozenset("from with of at representing for".split())
LEADING = frozenset("from is are comes come coming will be line of".split())
GREETINGS = frozenset(
    "good please thank thanks hi hello hey okay ok yes yeah sure great morning".split()
)
KINDS = frozenset(
    "academy agency assembly association authority bank board bureau cabinet capital center centre "
    "chamber college commission commissioner committee company conference congress corporation "
    "council court department directorate division embassy faculty federation force forum "
    "foundation fund government group hospital house initiative inspectorate institute institution "
    "international laboratory league markets ministry mission movement network office organisation "
    "organization parliament partners party police programme project registry research school "
    "secretariat securities senate service services society station studies task team tribunal "
    "trust union university advisors advisers".split()
)
"""Words that say what kind of body a name is."""

NEVER = frozenset(
    "i i'm and but so yes no good morning afternoon evening thank thanks hello hi welcome mr mrs "
    "we you he she it this that my our your well okay now first for from the in on at as if what "
    "when who monday tuesday wednesday thursday friday saturday sunday".split()
)
"""Words that a sentence begins with and no name of a person does."""

SELF = frozenset(("i'm", "'m", "am"))
"""What goes on, with an "I", between a name and where somebody is from: "I am Ann, I am from York".
"""

LIMIT = 14


@dataclass(frozen=True, slots=True)
class Slot:
    """A person and an institution as they were heard, each possibly empty.

    ``start`` and ``end`` are the tokens they came from, ``clean`` whether a known ending followed.
    """

    person: str = ""
    body: str = ""
    start: int = 0
    end: int = 0
    clean: bool = False
    joiner: str = ""


def read_slot(doc: Doc, start: int, ends: frozenset[int], end: int | None = None) -> Slot:
    """The slot that begins at a token. ``ends`` are the tokens at which an announcement stops."""
    limit = min(len(doc), start + LIMIT) if end is None else end
    while start < limit and (doc[start].text in ",.:-" or doc[start].norm_ in LEADING):
        start += 1
    person: list[int] = []
    body: list[int] = []
    joiner = ""
    i = start
    clean = False
    while i < limit:
        token = doc[i]
        word = token.norm_
        if i in ends and i > start:
            clean = True
            break
        if token.text in ".?!;:" or token.text == "...":
            if not _goes_on(doc, i, ends, limit, has_body=bool(body)):
                clean = True
                break
            if person and not joiner and not _joined_soon(doc, i, limit):
                joiner = "."
        elif word == "to" and i > start and i + 1 < len(doc) and doc[i + 1].text.islower():
            clean = True  # "the Delta Institute to begin"
            break
        elif token.text == ",":
            if body:
                clean = True
                break
            if not joiner and not _joined_soon(doc, i, limit):
                if not person or not _named_next(doc, i, ends, limit):
                    clean = bool(person)
                    break
                joiner = ","
        elif word in JOINERS and not joiner and (person or word in ("from", "with")):
            joiner = word
        elif joiner:
            if (
                (not body and word in ("the", "a", "an"))
                or (not body and word == "line")
                or (word == "of" and not body)
            ):
                pass
            else:
                body.append(i)
        elif word in SELF or (word == "i" and i + 1 < limit and doc[i + 1].norm_ in SELF):
            pass
        elif token.text[0].isalnum() or token.text in "-'&.":
            person.append(i)
        i += 1
    else:
        clean = limit == len(doc)
    who, what = _text(doc, _trim(doc, person)), _body_text(doc, _trim(doc, body))
    if what in who.split():
        what = ""  # "from Craig Lee. Craig, your line is open"
    return Slot(who, what, start, i, clean, joiner)


def looks_like_person(text: str) -> float:
    """How much a string looks like a person's name: share of its words that are capitalised."""
    parts = [w for w in text.replace(".", " ").split() if w.lower() not in BEFORE_NAMES]
    if not parts or len(parts) > 5 or all(w.lower() in NEVER for w in parts):
        return 0.0
    # Scripts without capitals write names without.
    return sum(1 for w in parts if w[0].isalpha() and not w[0].islower()) / len(parts)


def looks_like_body(text: str) -> dict[str, float]:
    """What speaks for and against a string being the name of an institution, by its look alone."""
    parts = [w for w in text.split() if w[0].isalnum()]
    if not parts:
        return {}
    carrying = [w for w in parts if w.lower() not in SMALL]
    # "Delta g h research": letters and what kind of body it is are often not written large.
    low = [w for w in carrying if w[0].islower() and len(w) > 1 and w not in KINDS]
    inner = any(c.isupper() for w in carrying for c in w[1:])
    return {
        "lower": 1.0 if low else 0.0,
        "single": 1.0 if len(carrying) == 1 and not inner else 0.0,
        "shape": 1.0 if inner else 0.0,
        "kind": 1.0 if any(w.lower() in KINDS for w in carrying) else 0.0,
        "long": 1.0 if len(parts) > 6 else 0.0,
        "empty": 1.0 if not carrying else 0.0,
    }


def _goes_on(doc: Doc, i: int, ends: frozenset[int], limit: int, *, has_body: bool) -> bool:
    """Tell whether a stop at ``i`` lies inside a name rather than at its end."""
    following = range(i + 1, min(i + 5, limit))
    if not following or doc[i + 1].norm_ in GREETINGS or i + 1 in ends:
        return False
    if not has_body and _joined_soon(doc, i, limit):
        return True
    # "from Evercore. Isi, please go ahead": a few words, then a known ending.
    for j in following:
        if j in ends or (doc[j].text == "," and j + 1 in ends):
            few = 4 if letters(doc[i + 1 : j].text) else 3
            return doc[i + 1].text[0].isupper() and j - i <= few
        if doc[j].text in ".?!":
            return False
    return False


def _joined_soon(doc: Doc, i: int, limit: int) -> bool:
    return any(doc[j].norm_ in JOINERS for j in range(i + 1, min(i + 5, limit)))


def _named_next(doc: Doc, i: int, ends: frozenset[int], limit: int) -> bool:
    """Tell whether an apposition follows the comma at ``i``: ", a private investor", ", Wolfe"."""
    j = i + 1
    if j < limit and doc[j].norm_ in ("a", "an", "the"):
        return j + 1 < limit
    return j < limit and j not in ends and doc[j].text[0].isupper()


def _trim(doc: Doc, tokens: list[int]) -> list[int]:
    while tokens and (doc[tokens[-1]].norm_ in SMALL or not doc[tokens[-1]].text[0].isalnum()):
        tokens = tokens[:-1]
    while tokens and (doc[tokens[0]].norm_ in SMALL or not doc[tokens[0]].text[0].isalnum()):
        tokens = tokens[1:]
    return tokens


def _text(doc: Doc, tokens: list[int]) -> str:
    parts = []
    for i, j in zip(tokens, [*tokens[1:], -1], strict=False):
        parts.append(doc[i].text_with_ws if j == i + 1 else doc[i].text + " ")
    return "".join(parts).strip().rstrip(".,")


def _body_text(doc: Doc, tokens: list[int]) -> str:
    """Return the name of the body: spelled letters run together, a tail of small talk cut off."""
    spelled = letters(_text(doc, tokens))
    if spelled:
        return spelled
    tail = len(tokens)
    while tail > 0 and doc[tokens[tail - 1]].text[0].islower():
        tail -= 1
    if 0 < tail <= len(tokens) - 2:
        return _text(doc, _trim(doc, tokens[:tail]))
    return _text(doc, tokens)
