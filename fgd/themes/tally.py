"""What can be counted about each theme: who spoke to it, its typical words, its best passages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from fgd.embedding import Embedder
from fgd.model import Code, Codebook, Coding, ThemeFacts
from fgd.themes.phrases import words
from fgd.themes.read import Read
from fgd.themes.terms import stem, stop_words

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fgd.themes.windows import Array

TERMS, CANDIDATES, STRONGEST = 8, 30, 5
"""How many words and passages are kept of a theme; keywords are chosen from its best so many."""

DIVERSITY = 0.3
"""How much keywords should differ from each other (0 not at all, 1 only that)."""


def theme_facts(
    read: Read,
    book: Codebook,
    codings: Sequence[Coding],
    embedder: Embedder,
    stability: Mapping[str, float] | None = None,
    stable: float = 0.0,
) -> tuple[ThemeFacts, ...]:
    """One record for every code that was found, in the codebook's order.

    A code's record counts its children's codings too; those that a person rejected count for
    nothing. ``stability`` is of codes that come from clustering: below ``stable`` they are
    marked unstable.
    """
    known = stability or {}
    rows = {(unit.turn, unit.start): i for i, unit in enumerate(read.units)}
    mine: dict[str, list[int]] = {}
    lineage = ancestry(book.codes)
    for number, coding in enumerate(codings):
        if coding.status != "rejected" and coding.code in lineage:
            for key in lineage[coding.code]:
                mine.setdefault(key, []).append(number)
    units = {
        key: sorted({rows[each.turn, each.start] for each in (codings[n] for n in numbers)
                     if (each.turn, each.start) in rows})
        for key, numbers in mine.items()
    }  # fmt: skip
    found = [each for each in book.codes if units.get(each.id)]
    typical = class_terms([_texts(read, units[each.id]) for each in found], read.talk.language)
    facts = []
    for each, candidates in zip(found, typical, strict=True):
        people, bodies = _who(read, units[each.id])
        facts.append(
            ThemeFacts(
                each.id,
                units=len(units[each.id]),
                words=sum(read.units[i].words for i in units[each.id]),
                people=people,
                institutions=bodies,
                terms=tuple(word for word, _ in candidates[:TERMS]),
                keywords=keywords(
                    [word for word, _ in candidates], read.vectors[units[each.id]], embedder
                ),
                strongest=_strongest(read, codings, mine[each.id], rows),
                stability=round(known.get(each.id, 1.0), 3),
                unstable=known.get(each.id, 1.0) < stable,
            )
        )
    return tuple(facts)


def ancestry(codes: Iterable[Code]) -> dict[str, tuple[str, ...]]:
    """Each code with its parents, itself first; a circle ends where it begins."""
    parents = {each.id: each.parent for each in codes}
    lines: dict[str, tuple[str, ...]] = {}
    for key in parents:
        line = [key]
        while (up := parents[line[-1]]) in parents and up not in line:
            line.append(up)
        lines[key] = tuple(line)
    return lines


def class_terms(classes: Sequence[Sequence[str]], lang: str) -> list[list[tuple[str, float]]]:
    """For each class of texts its words and pairs of words by class-based TF-IDF, best first.

    tf is the share of a class's terms, idf ``log(1 + A / f)`` with A the mean number of terms of
    a class and f a term's number over all classes (Grootendorst 2022, arXiv:2203.05794), and tf
    is taken as its square root so that frequent words do not lead everywhere.
    """
    import math

    counts = [Counter(term for text in texts for term in spoken_terms(text, lang))
              for texts in classes]  # fmt: skip
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    average = total.total() / len(counts) if counts else 0.0
    found = []
    for each in counts:
        size = each.total()
        scored = [
            (term, math.sqrt(n / size) * math.log(1 + average / total[term]))
            for term, n in each.items()
        ]
        scored.sort(key=lambda pair: (-pair[1], pair[0]))
        found.append(_without_parts(scored[: 2 * CANDIDATES])[:CANDIDATES])
    return found


def spoken_terms(text: str, lang: str) -> list[str]:
    """Words that carry a subject and pairs of them that stand side by side, as they were said.

    Plural and singular are one term, named by the singular.
    """
    stops = stop_words(lang)
    made: list[str] = []
    before = ""
    for word in words(text):
        carries = word not in stops and len(word) > 2 and not word.isdigit()
        term = stem(word) if carries else ""
        if term:
            made.append(term)
            if before:
                made.append(f"{before} {term}")
        before = term
    return made


def _without_parts(scored: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Leave out what a better term says already: "standing" beside "standing fund"."""
    kept: list[tuple[str, float]] = []
    for term, value in scored:
        parts = set(term.split())
        if not any(parts & set(other.split()) for other, _ in kept):
            kept.append((term, value))
    return kept


def keywords(
    candidates: Sequence[str], vectors: npt.NDArray[np.float32], embedder: Embedder
) -> tuple[str, ...]:
    """The candidates nearest a theme's meaning and not all the same, best first.

    Nearness to the mean of its units as in KeyBERT, spread by maximal marginal relevance
    (Carbonell and Goldstein 1998).
    """
    if not candidates or not len(vectors):
        return ()
    centre = vectors.mean(axis=0)
    made = embedder.embed(list(candidates))
    near: Array = made @ centre
    alike = made @ made.T
    chosen = [int(near.argmax())]
    while len(chosen) < min(TERMS, len(candidates)):
        rest = [i for i in range(len(candidates)) if i not in chosen]
        worth = [
            (1 - DIVERSITY) * near[i] - DIVERSITY * max(alike[i, j] for j in chosen) for i in rest
        ]
        chosen.append(rest[max(range(len(rest)), key=lambda k: worth[k])])
    return tuple(candidates[i] for i in chosen)


def _texts(read: Read, units: Sequence[int]) -> list[str]:
    texts = read.talk.texts
    return [texts[read.rows[i]][read.units[i].start : read.units[i].end] for i in units]


def _who(read: Read, units: Sequence[int]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """People and institutions, in the order in which they spoke; chair and observers left out."""
    speakers = [read.talk.speakers[read.rows[i]] for i in units]
    counted = [each for each in speakers if not (each.leads or each.silent)]
    people = dict.fromkeys(each.key for each in counted)
    bodies = dict.fromkeys(body for each in counted for body in each.institutions[:1])
    return tuple(people), tuple(bodies)


def _strongest(
    read: Read,
    codings: Sequence[Coding],
    mine: Sequence[int],
    rows: Mapping[tuple[str, int], int],
) -> tuple[int, ...]:
    """The surest codings, first one of each person, then further ones."""
    ordered = sorted(mine, key=lambda n: (codings[n].status != "accepted", -codings[n].score, n))
    first: list[int] = []
    more: list[int] = []
    seen: set[str] = set()
    for number in ordered:
        row = rows.get((codings[number].turn, codings[number].start))
        if row is None:
            continue
        speaker = read.talk.speakers[read.rows[row]]
        if speaker.leads or speaker.silent:
            continue
        (more if speaker.key in seen else first).append(number)
        seen.add(speaker.key)
    return tuple([*first, *more][:STRONGEST])
