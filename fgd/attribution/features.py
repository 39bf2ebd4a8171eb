"""Count what speaks for whom: units (who is asked about) by seats (who it could be).

The value of a feature is ``log2(1 + sum of strengths)``, so that the tenth hand-over adds less than
the first. What a voice talks about, compared with what the institutions are called, is a weak hint.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from fgd.attribution.candidates import HEADS, Directory, Seat
from fgd.attribution.evidence import Link
from fgd.attribution.names import KINDS, body_words
from fgd.attribution.passages import Talk

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


MOST = 120
"""Seats beyond which no topics are compared: a long list says nothing by its names."""

STEM = 6


def topics(
    talk: Talk, units: Sequence[Unit], directory: Directory
) -> Mapping[tuple[int, int], Mapping[str, float]]:
    """Per unit and seat: ``topic_said`` and ``topic_asked``, 0 to about 3."""
    keys = {seat.index: _subject(directory, seat.index) for seat in directory.seats}
    if len(keys) > MOST or not any(keys.values()):
        return {}
    spread: Counter[str] = Counter(word for words in keys.values() for word in words)
    unit_of = {turn: u for u, unit in enumerate(units) for turn in unit.turns}
    said: dict[int, Counter[str]] = defaultdict(Counter)
    asked: dict[int, Counter[str]] = defaultdict(Counter)
    total: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for passage in talk.passages:
        own: dict[int, Counter[str]] = defaultdict(Counter)
        for token, (turn, _, _) in zip(passage.doc, passage.places, strict=True):
            word = token.norm_[:STEM]
            if word in spread:
                own[unit_of.get(turn, -1)][word] += 1
        for unit in {unit_of.get(turn, -1) for turn in passage.turns}:
            asked[unit].update(before)
        before = Counter()
        for unit, counts in own.items():
            said[unit].update(counts)
            before.update(counts)
            total.update(counts)
    everything = sum(unit.words for unit in units) or 1
    found: dict[tuple[int, int], dict[str, float]] = {}
    for u, each in enumerate(units):
        share = max(each.words, 30) / everything
        for seat, words in keys.items():
            cell = {}
            for name, counts in (("topic_said", said[u]), ("topic_asked", asked[u])):
                value = _surprise(words, counts, total, share, spread, len(keys))
                if value > 0:
                    cell[name] = value
            if cell:
                found[u, seat] = cell
    return found


def _subject(directory: Directory, seat: int) -> frozenset[str]:
    """The words of a seat's institutions that tell a subject."""
    words = set()
    for body in directory.seats[seat].bodies:
        institution = directory.institutions.get(body)
        if institution is not None:
            words |= {
                w[:STEM]
                for w in body_words(institution.name)
                if len(w) > 3 and w not in HEADS and w not in KINDS
            }
    return frozenset(words)


def _surprise(
    words: frozenset[str],
    counts: Counter[str],
    total: Counter[str],
    share: float,
    spread: Counter[str],
    seats: int,
) -> float:
    value = weight = 0.0
    for word in words:
        rare = math.log(1 + seats / spread[word])
        weight += rare
        expected = total[word] * share
        value += rare * max(0.0, math.log2((counts[word] + 0.5) / (expected + 0.5)))
    return min(3.0, value / weight) if weight else 0.0
