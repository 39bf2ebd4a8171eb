"""Tell how talk on what was put went on: who said more to it later, which proposal took it up.

Whoever reports only the first words of a person on a proposal misleads, where they gave way, drew
it closer or put a condition later. Such words, and later proposals on the same matter, are looked
for among the pairs that the networks read, and judged by trees (``calibration.py``) that have
learned from rooms of which a reader listed where people moved
(``benchmarks/deliberation_cross_encoder.py``).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from fgd.deliberation.calibration import POLARITY, calibrated
from fgd.deliberation.features import Answer, Put, Reading, content
from fgd.deliberation.network import SIDES, WITHIN, Sense
from fgd.deliberation.sides import GIVES_WAY, spoken_side

if TYPE_CHECKING:
    from fgd.deliberation.features import Array

Link: TypeAlias = tuple[float, tuple[float, ...]]

MOVED, TAKEN_UP, BY_BOTH = 0.6, 0.4, 0.25
"""Probability from which somebody's later words are told with what they said first; from which a
later proposal is pointed to as one on the same matter; and where two people stand in both.
"""

NOTHING: Link = (0.0, (0.25,) * 4)


def moved(
    reading: Reading, put: Mapping[int, Put], answers: Sequence[Answer], sense: Sense
) -> dict[int, list[int]]:
    """Find the clauses by which those who proposed or answered something moved on, by its number;
    of every person the likeliest, and of every turn what it is likeliest about.
    """
    room = reading.room
    found = list(came_back(reading, put, answers, sense))
    chances = calibrated("later", widely=True).chances(later_columns(reading, found, sense))
    likely: dict[int, tuple[float, int, int]] = {}
    for (number, _, _, _, clause, _), chance in zip(found, chances, strict=True):
        turn = room.clauses[clause].turn
        if chance >= MOVED:
            likely[turn] = max(likely.get(turn, (0.0, 0, 0)), (chance, number, clause))
    best: dict[tuple[int, str], tuple[float, int]] = {}
    for turn, (chance, number, clause) in likely.items():
        key = number, room.who[turn]
        best[key] = max(best.get(key, (0.0, 0)), (chance, clause))
    told: dict[int, list[int]] = defaultdict(list)
    for (number, _), (_, clause) in sorted(best.items(), key=lambda item: item[1][1]):
        told[number].append(clause)
    return told


def taken_up(
    reading: Reading, put: Mapping[int, Put], answers: Sequence[Answer], sense: Sense
) -> dict[int, list[int]]:
    """Find later proposals on the same matter, by the number of what was put; the likeliest two."""
    room = reading.room
    people: dict[int, set[str]] = defaultdict(set)
    for number, each in put.items():
        people[number].add(room.who[room.clauses[each.clause].turn])
    for answer in answers:
        people[answer.put].add(room.who[room.clauses[answer.clause].turn])
    pairs = followed(reading, put)
    rows = thread_columns(reading, put, pairs, sense)
    chances = calibrated("thread", widely=True).chances(rows)
    found: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for (number, later), chance in zip(pairs, chances, strict=True):
        both = len(people[number] & people[later]) >= 2
        if chance >= (BY_BOTH if both else TAKEN_UP):
            found[number].append((chance, later))
    return {
        number: sorted(later for _, later in sorted(each)[-2:]) for number, each in found.items()
    }


Came = tuple[int, Put, str, int, int, Link]
"""Number and what was put, the side first taken to it ("" of who proposed it), the turn of the
first words, the likeliest later clause of a turn and its link.
"""


def came_back(
    reading: Reading, put: Mapping[int, Put], answers: Sequence[Answer], sense: Sense
) -> Iterator[Came]:
    """Give every later turn in which somebody may speak again to what they put or answered.

    Of ``answers`` the first of a person to what was put counts.
    """
    room = reading.room
    first: dict[tuple[int, str], tuple[int, str]] = {}
    for number, each in put.items():
        turn = room.clauses[each.clause].turn
        first[number, room.who[turn]] = turn, ""
    for answer in answers:
        turn = room.clauses[answer.clause].turn
        first.setdefault((answer.put, room.who[turn]), (turn, POLARITY[answer.side]))
    by_put: dict[int, list[tuple[int, Link]]] = defaultdict(list)
    for (of, clause), link in (*sense.pairs.items(), *sense.own.items()):
        by_put[of].append((clause, link))
    for (number, who), (spoke, side) in sorted(first.items()):
        turns: dict[int, tuple[float, int, Link]] = {}
        for clause, link in by_put[put[number].clause]:
            turn = room.clauses[clause].turn
            if room.who[turn] == who and spoke < turn < spoke + WITHIN and not room.neutral[turn]:
                turns[turn] = max(turns.get(turn, (0.0, 0, NOTHING)), (link[0], clause, link))
        for _, clause, link in turns.values():
            yield number, put[number], side, spoke, clause, link


LATER_COLUMNS = (
    "link", "side +", "side -", "side 0", "side ~", "proposer", "first +", "first -", "first 0",
    "first ~", "side as first", "turns since", "turns since put", "gives way", "words of turn",
    "number", "likeliest other link", "shared", "alike", "proposes", "put proposes", "asks",
    "of proposal", "of claim", "link of turn", "chair", "told +", "told -", "told ~", "told ?",
)  # fmt: skip


def later_columns(reading: Reading, found: Sequence[Came], sense: Sense) -> Array:
    """A row of ``LATER_COLUMNS`` for each later turn, (n, k)."""
    import numpy as np

    room = reading.room
    links: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for (of, clause), (sure, _) in sense.pairs.items():
        links[clause].append((of, sure))
    either = {**sense.pairs, **sense.own}
    rows = []
    for _, put, side, spoke, clause, (sure, sides) in found:
        said, about = room.clauses[clause], room.clauses[put.clause]
        first, mine = side or "+", room.of_turn[said.turn]
        rows.append(
            [
                sure, *sides, not side, *(first == one for one in SIDES),
                sides[SIDES.index(first)], math.log1p(said.turn - spoke),
                math.log1p(said.turn - about.turn),
                bool(GIVES_WAY.match(room.said(mine.start))), len(room.texts[said.turn].split()),
                said.number, max((s for n, s in links[clause] if n != put.clause), default=0.0),
                len(content(said.text) & content(about.text)),
                float(reading.vectors[put.clause] @ reading.vectors[clause]),
                float(sense.puts[clause, 0]), float(sense.puts[put.clause, 0]),
                said.text.rstrip().endswith("?"), put.kind == "proposal", put.kind == "claim",
                sum(either.get((put.clause, c), NOTHING)[0] for c in mine),
                room.chair[said.turn],
                *(spoken_side(room.said(clause))[0] == one for one in "+-~?"),
            ]
        )  # fmt: skip
    return np.array(rows, np.float32).reshape(len(rows), len(LATER_COLUMNS))


THREAD_COLUMNS = (
    "link", "side +", "side -", "side 0", "side ~", "link of turn", "link of links", "shared",
    "alike", "turns between", "proposals between", "same speaker", "of proposal", "goes on",
    "words", "words put",
)  # fmt: skip
CONTINUES = ("then", "or", "so", "and", "but")


def followed(reading: Reading, put: Mapping[int, Put]) -> list[tuple[int, int]]:
    """List what was proposed or asked with every later proposal within reach."""
    room = reading.room
    turns = {number: room.clauses[each.clause].turn for number, each in put.items()}
    return [
        (number, later)
        for number, each in put.items()
        if each.kind != "claim"
        for later, other in put.items()
        if other.kind == "proposal" and turns[number] < turns[later] <= turns[number] + WITHIN
    ]


def thread_columns(
    reading: Reading, put: Mapping[int, Put], pairs: Sequence[tuple[int, int]], sense: Sense
) -> Array:
    """A row of ``THREAD_COLUMNS`` for each pair of a proposition and a later proposal, (n, k)."""
    import numpy as np

    room = reading.room
    answers: dict[int, dict[int, float]] = defaultdict(dict)
    for (of, clause), (sure, _) in sense.pairs.items():
        answers[of][clause] = sure
    proposals = sorted(room.clauses[e.clause].turn for e in put.values() if e.kind == "proposal")
    rows = []
    for number, later in pairs:
        first, second = put[number].clause, put[later].clause
        about, said = room.clauses[first], room.clauses[second]
        same = room.who[about.turn] == room.who[said.turn]
        links = sense.own if same else sense.pairs
        sure, sides = links.get((first, second), NOTHING)
        text = room.said(second)
        chain = (
            link * answers[clause].get(second, 0.0)
            for clause, link in answers[first].items()
            if clause < second
        )
        rows.append(
            [
                sure, *sides,
                max(links.get((first, c), NOTHING)[0] for c in room.of_turn[said.turn]),
                max(chain, default=0.0), len(content(about.text) & content(said.text)),
                float(reading.vectors[first] @ reading.vectors[second]),
                math.log1p(said.turn - about.turn),
                sum(about.turn < turn < said.turn for turn in proposals), same,
                put[number].kind == "proposal", text.startswith(CONTINUES), len(text.split()),
                len(room.said(first).split()),
            ]
        )  # fmt: skip
    return np.array(rows, np.float32).reshape(len(rows), len(THREAD_COLUMNS))


__all__ = ["came_back", "followed", "later_columns", "moved", "taken_up", "thread_columns"]
