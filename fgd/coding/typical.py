"""The words that are typical of a theme, as people said them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from fgd.coding.phrases import words
from fgd.coding.terms import stem, stop_words

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fgd.coding.alignment import Array

TERMS, CANDIDATES = 8, 30
"""How many terms and keywords are kept of a theme; keywords are chosen from its best so many."""

DIVERSITY = 0.3
"""How much keywords should differ from each other (0 not at all, 1 only that)."""

EMPTY = frozenset(
    "agree agreed say said saying speak speaking spoke talk talked talking tell told mention "
    "mentioned hear heard ask asked asking question answer point issue first second third fourth "
    "want wanted know known think thought believe need needed make making come coming go goes "
    "going look looking see seen let continue continued sure good right important day today year "
    "time people person somebody nobody everybody way may shall "
    "chair chairman chairwoman chairperson madam sir mister honourable honorable hon colleague "
    "thank lot bit recommend recommended suggest suggested propose proposed remark".split()
)
"""Words of every discussion, and forms of address, which tell no theme from another."""

_SHORTENED = re.compile(r"['’](?:ll|re|ve|d|m|t)$")
"""What a short form ends in: "we'll", "they're", "didn't" say nothing of the subject."""


def class_terms(
    classes: Sequence[Sequence[str]], lang: str, names: Collection[str] = ()
) -> list[list[str]]:
    """For each class of texts its words and pairs of words by class-based TF-IDF, best first.

    tf is the share of a class's terms, idf ``log(1 + A / f)`` with A the mean number of terms of
    a class and f a term's number over all classes (Grootendorst 2022, arXiv:2203.05794); tf is
    taken as its square root so that frequent words do not lead everywhere. What is said in one
    unit only is typical of that unit and not of the class.
    """
    counts, spread = [], []
    for texts in classes:
        said = [spoken_terms(text, lang, names) for text in texts]
        counts.append(Counter(term for each in said for term in each))
        spread.append(Counter(term for each in said for term in set(each)))
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    average = total.total() / len(counts) if counts else 0.0
    found = []
    for each, units in zip(counts, spread, strict=True):
        scored = {
            term: math.sqrt(n / each.total()) * math.log(1 + average / total[term])
            for term, n in each.items()
            if units[term] > 1
        }
        order = sorted(scored, key=lambda term: (-scored[term], term))
        found.append(_apart(order[: 2 * CANDIDATES])[:CANDIDATES])
    return found


def spoken_terms(text: str, lang: str, names: Collection[str] = ()) -> list[str]:
    """Words that carry a subject and pairs of them that stand side by side, in their order.

    Plural and singular are one term. ``names`` (in lower case) of people and bodies are left
    out: they tell who spoke and not what about.
    """
    stops = stop_words(lang)
    made: list[str] = []
    before = ""
    for word in words(text):
        root = stem(word)
        empty = word in stops or root in stops or root in EMPTY or _SHORTENED.search(word)
        carries = not empty and len(root) > 2
        if carries and not any(char.isdigit() for char in word) and word not in names:
            made.append(root)
            if before:
                made.append(f"{before} {root}")
            before = root
        else:
            before = ""
    return made


def readable(texts: Iterable[str], lang: str) -> dict[str, str]:
    """For each term the form in which it was said most often."""
    stops = stop_words(lang)
    forms: dict[str, Counter[str]] = {}
    for text in texts:
        said = words(text)
        for place, word in enumerate(said):
            if word in stops:
                continue
            forms.setdefault(stem(word), Counter())[word] += 1
            if place + 1 < len(said):
                pair = f"{stem(word)} {stem(said[place + 1])}"
                forms.setdefault(pair, Counter())[f"{word} {said[place + 1]}"] += 1
    return {
        term: min(counts, key=lambda form: (-counts[form], len(form), form))
        for term, counts in forms.items()
    }


def keywords(
    candidates: Sequence[str],
    made: npt.NDArray[np.float32],
    vectors: npt.NDArray[np.float32],
) -> tuple[str, ...]:
    """The candidates nearest a theme's meaning and not all the same, best first.

    ``made`` (c, d) are the candidates' vectors, ``vectors`` (n, d) those of the theme's units.
    Nearness to the mean of its units as in KeyBERT, spread by maximal marginal relevance
    (Carbonell and Goldstein 1998).
    """
    if not candidates or not len(vectors):
        return ()
    near: Array = made @ vectors.mean(axis=0)
    alike = made @ made.T
    chosen = [int(near.argmax())]
    while len(chosen) < min(TERMS, len(candidates)):
        rest = [i for i in range(len(candidates)) if i not in chosen]
        worth = [
            (1 - DIVERSITY) * near[i] - DIVERSITY * max(alike[i, j] for j in chosen) for i in rest
        ]
        chosen.append(rest[max(range(len(rest)), key=lambda k: worth[k])])
    return tuple(candidates[i] for i in chosen)


def _apart(ordered: Sequence[str]) -> list[str]:
    """Leave out what a better term says already: "standing" beside "standing fund"."""
    kept: list[str] = []
    for term in ordered:
        parts = set(term.split())
        if not any(parts & set(other.split()) for other in kept):
            kept.append(term)
    return kept
