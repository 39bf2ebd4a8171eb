"""What can be counted about each theme: who spoke to it, its typical words, its best passages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fgd.coding.talk import Read
from fgd.model import Code, Codebook, Coding, ThemeFacts

STRONGEST = 5
"""How many passages are kept of a theme."""


def units_of(
    read: Read, book: Codebook, codings: Sequence[Coding]
) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Gather, per code that was found, its units and codings by number, its children's included.

    Codings that a person rejected count for nothing.
    """
    rows = {(unit.turn, unit.start): i for i, unit in enumerate(read.units)}
    mine: dict[str, list[int]] = {}
    lineage = ancestry(book.codes)
    for number, coding in enumerate(codings):
        if coding.status != "rejected" and coding.code in lineage:
            for key in lineage[coding.code]:
                mine.setdefault(key, []).append(number)
    found: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
    for each in book.codes:
        numbers = mine.get(each.id, [])
        places = ((codings[n].turn, codings[n].start) for n in numbers)
        units = tuple(sorted({rows[place] for place in places if place in rows}))
        if units:
            found[each.id] = units, tuple(numbers)
    return found


def theme_facts(
    read: Read,
    book: Codebook,
    codings: Sequence[Coding],
    terms: Mapping[str, tuple[str, ...]],
    spoken: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]],
    stability: Mapping[str, float] | None = None,
    stable: float = 0.0,
) -> tuple[ThemeFacts, ...]:
    """Count what there is of every code that was found, in the codebook's order.

    ``terms`` are the words of codes, ``spoken`` those of single institutions. ``stability`` is of
    codes that come from clustering: below ``stable`` they are marked unstable.
    """
    known = stability or {}
    rows = {(unit.turn, unit.start): i for i, unit in enumerate(read.units)}
    facts = []
    for code, (units, numbers) in units_of(read, book, codings).items():
        people, bodies = _who(read, units)
        facts.append(
            ThemeFacts(
                code,
                units=len(units),
                words=sum(read.units[i].words for i in units),
                people=people,
                institutions=bodies,
                terms=terms.get(code, ()),
                spoken=spoken.get(code, ()),
                strongest=_strongest(read, codings, numbers, rows),
                stability=round(known.get(code, 1.0), 3),
                unstable=known.get(code, 1.0) < stable,
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
