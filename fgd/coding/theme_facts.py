"""What can be counted about each theme: who spoke to it, its typical words, its best passages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fgd.coding.talk import Read, spoken_names
from fgd.coding.typical import TERMS, class_terms, keywords, readable
from fgd.core.embeddings import Embedder
from fgd.model import Code, Codebook, Coding, ThemeFacts

STRONGEST = 5
"""How many passages are kept of a theme."""


def theme_facts(
    read: Read,
    book: Codebook,
    codings: Sequence[Coding],
    embedder: Embedder,
    stability: Mapping[str, float] | None = None,
    stable: float = 0.0,
    words: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[ThemeFacts, ...]:
    """One record for every code that was found, in the codebook's order.

    A code's record counts its children's codings too; those that a person rejected count for
    nothing. ``stability`` is of codes that come from clustering: below ``stable`` they are
    marked unstable. ``words`` are those of codes that are described already.
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
    language = read.talk.language
    typical = class_terms(
        [_texts(read, units[each.id]) for each in found], language, spoken_names(read)
    )
    plain = readable(_texts(read, sorted({i for rows in units.values() for i in rows})), language)
    typical = [[plain.get(word, word) for word in words] for words in typical]
    place = {word: n for n, word in enumerate(sorted({w for words in typical for w in words}))}
    made = embedder.embed(list(place))
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
                terms=(words or {}).get(each.id) or tuple(candidates[:TERMS]),
                keywords=keywords(
                    candidates,
                    made[[place[word] for word in candidates]],
                    read.vectors[units[each.id]],
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
