"""What speaks for whom, counted: units (who is asked about) by seats (who it could be).

A unit is a voice, or where labels are not followed a stretch between two hand-overs. The value of
a feature is ``log2(1 + sum of strengths)``, so that the tenth hand-over adds less than the first.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from fgd.attribution.directory import Directory, Seat
from fgd.attribution.links import Link

ROOM = 80
"""Rosters up to this size are considered whole; of larger ones only who is named."""

NAMED = 0.5
"""Strength from which a name that was only heard counts as that name."""

GLOBAL = ("named", "announced", "absent")


@dataclass(frozen=True, slots=True)
class Unit:
    """Whom to attribute: its turns (numbers in the talk), words said, how far it leads, and how
    often it asks and answers (shares). Units of one ``group`` may well be the same person.
    """

    key: str
    turns: tuple[int, ...]
    words: int
    leading: float = 0.0
    asks: float = 0.5
    answers: float = 0.5
    group: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """``cells[u][s]`` holds the features of unit ``u`` and seat ``s`` (only those not zero);
    ``unknown[u]`` the features of nobody on the list; ``links[u, s]`` the links behind a cell.
    """

    units: tuple[Unit, ...]
    seats: tuple[int, ...]
    cells: tuple[tuple[Mapping[str, float], ...], ...]
    unknown: tuple[Mapping[str, float], ...]
    links: Mapping[tuple[int, int], tuple[Link, ...]]


def build(
    units: Sequence[Unit],
    links: Sequence[Link],
    directory: Directory,
    topics: Mapping[tuple[int, int], Mapping[str, float]],
    strangers: Collection[int] = (),
) -> Table:
    """Count the links of every unit and seat and add what is known of each alone.

    ``strangers`` are turns of people announced by a name that is like none on the list.
    """
    seats = _considered(links, directory)
    place = {seat: i for i, seat in enumerate(seats)}
    unit_of = {turn: u for u, unit in enumerate(units) for turn in unit.turns}
    sums: dict[tuple[int, int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    behind: dict[tuple[int, int], list[Link]] = defaultdict(list)
    everywhere: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for link in links:
        if link.seat not in place:
            continue
        if link.turn < 0:
            known = everywhere[link.seat]
            known[link.feature] = max(known[link.feature], link.strength)
            continue
        if link.feature.startswith("like_") and link.strength >= NAMED:
            everywhere[link.seat].setdefault("named", link.strength)
        unit = unit_of.get(link.turn)
        if unit is not None:
            sums[unit, place[link.seat]][link.feature] += link.strength
            behind[unit, place[link.seat]].append(link)
    rows = []
    for u, each in enumerate(units):
        row = []
        for s, seat in enumerate(seats):
            cell = {k: math.log2(1 + v) for k, v in sums.get((u, s), {}).items()}
            cell.update({k: v for k, v in everywhere.get(seat, {}).items() if k in GLOBAL})
            cell.update(topics.get((u, seat), {}))
            cell.update(_manner(each, directory.seats[seat], cell))
            cell.update(directory.seats[seat].heard)
            row.append(cell)
        rows.append(tuple(row))
    return Table(
        tuple(units),
        tuple(seats),
        tuple(rows),
        tuple(_nobody(unit, units, directory, strangers) for unit in units),
        {key: tuple(found) for key, found in behind.items()},
    )


def _manner(unit: Unit, seat: Seat, cell: Mapping[str, float]) -> dict[str, float]:
    """How a unit behaves, for what a seat is: leaders lead, guests and office holders answer."""
    found = {"chair_leads" if seat.leads else "chair_follows": unit.leading}
    if "named" not in cell and seat.participant.name:
        found["unnamed"] = 1.0
    if seat.leads:
        return found
    kind = "guest" if cell.get("announced") else "office" if seat.office else "other"
    found[f"asks_{kind}"] = unit.asks - 0.3
    found[f"answers_{kind}"] = unit.answers - 0.3
    return found


def _considered(links: Sequence[Link], directory: Directory) -> list[int]:
    if len(directory.seats) <= ROOM:
        return [seat.index for seat in directory.seats]
    named = {link.seat for link in links}
    return [seat.index for seat in directory.seats if seat.index in named]


def _nobody(
    unit: Unit, units: Sequence[Unit], directory: Directory, strangers: Collection[int]
) -> dict[str, float]:
    """What makes it likely that a unit is nobody who is listed."""
    said = max((other.words for other in units), default=0)
    real = sum(1 for other in units if other.words >= 0.02 * said)
    full = real == len(directory.seats)
    return {
        "unknown": 1.0,
        "unknown_short": 1.0 if unit.words < 20 else 0.0,
        "unknown_full": 1.0 if full else 0.0,
        "unknown_chair": unit.leading,
        "unknown_named": 1.0 if set(unit.turns) & set(strangers) else 0.0,
    }
