"""How alike two names are, as people write them and as a machine hears them.

Everything here compares plain strings and knows no meeting. Likeness runs from 0 (nothing in
common) to 1 (the same): the better of spelling (edit distance) and sound (two phonetic codes), so
that a name survives a lost accent, a split word ("Need ham") or a homophone.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

TITLES = frozenset(
    "the mr mrs ms miss mx dr prof professor sir dame lord lady hon honourable honorable right rt "
    "ambassador amb minister deputy councillor senator general gen colonel col major captain "
    "commander lieutenant lt sergeant sgt brigadier admiral marshal inspector superintendent "
    "police commissioner excellency he she h.e madam madame monsieur pak bapak ibu bu khun datuk "
    "dato tan sri tun haji reverend rev father sister judge justice justices engineer ir".split()
)
"""Words before a name that are no part of it (English, French, and those of Southeast Asia)."""

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
    """The words of a name, folded, without possessives, apostrophes and stops."""
    plain = re.sub(r"['\u2019`]s\b", "", fold(text))
    return tuple(_WORD.findall(re.sub(r"['\u2019`.]", "", plain)))


def person_words(text: str) -> tuple[str, ...]:
    """The words of a person's name without the titles before it."""
    found = words(text)
    while len(found) > 1 and found[0] in TITLES:
        found = found[1:]
    return found


def body_words(text: str) -> tuple[str, ...]:
    """The words of an institution's name that carry it."""
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
    """Likeness of two folded words, by spelling or by sound."""
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
    """Likeness of a heard person to an invited one; the surname counts most.

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
    """The acronym that a run of spoken letters spells ("C S I S", "you N"); else nothing."""
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
