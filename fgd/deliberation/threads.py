"""Tell how talk on what was put went on: who said more to it later, which proposal took it up.

Whoever reports only the first words of a person on a proposal misleads, where they gave way, drew
it closer or put a condition later. Such words, and later proposals on the same matter, are looked
for among the pairs that the networks read, and judged by trees (``calibration.py``) that have
learned from rooms of which a reader listed where people moved
(``benchmarks/deliberation_cross_encoder.py``).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from fgd.deliberation.calibration import POLARITY, calibrated
from fgd.deliberation.features import Answer, Put, Reading, content
from fgd.deliberation.network import SIDES, WITHIN, Sense
from fgd.deliberation.room import Room
from fgd.deliberation.sides import CONCEDES, GIVES_WAY, TURNS, spoken_side

if TYPE_CHECKING:
    from fgd.deliberation.features import Array

Link: TypeAlias = tuple[float, tuple[float, ...]]

MOVED, UNLINKED, TAKEN_UP, BY_BOTH = 0.5, 0.67, 0.4, 0.25
"""Probability from which somebody's later words are told with what they said first; the same where
no network links them; from which a later proposal is pointed to as one on the same matter; and
where two people stand in both.
"""

NOTHING: Link = (0.0, (0.25,) * 4)

CLOSE = 0.1
"""How much less likely than the likeliest something else may be for a turn to be about it, too."""

FAR = 120
"""Turns after the first words in which later ones are looked for."""

HEARD = 0.2
"""Link from which a turn counts as one that speaks of something."""


def moved(
    reading: Reading, put: Mapping[int, Put], answers: Sequence[Answer], sense: Sense
) -> dict[int, list[int]]:
    """Find the clauses by which those who proposed or answered something moved on, by its number;
    of every person the last.
    """
    room = reading.room
    found = list(came_back(reading, put, answers, sense))
    chances = calibrated("later", widely=True).chances(later_columns(reading, found, sense))
    turns = [room.clauses[clause].turn for *_, clause, _ in found]
    likeliest: dict[int, float] = defaultdict(float)
    for turn, chance in zip(turns, chances, strict=True):
        likeliest[turn] = max(likeliest[turn], chance)
    last: dict[tuple[int, str], int] = {}
    for (number, *_, clause, link), turn, chance in zip(found, turns, chances, strict=True):
        least = MOVED if link[0] else UNLINKED
        if chance >= max(least, likeliest[turn] - CLOSE):
            key = number, room.who[turn]
            last[key] = max(last.get(key, 0), clause)
    told: dict[int, list[int]] = defaultdict(list)
    for (number, _), clause in sorted(last.items(), key=lambda item: item[1]):
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
first words, of a later turn the clause that is nearest to it, and their link.
"""


def came_back(
    reading: Reading, put: Mapping[int, Put], answers: Sequence[Answer], sense: Sense
) -> Iterator[Came]:
    """Give every later turn of those who put or answered something: they may speak to it again.

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
    mine: dict[str, list[int]] = defaultdict(list)
    for turn, who in enumerate(room.who):
        if not room.neutral[turn] and len(room.of_turn[turn]):
            mine[who].append(turn)
    either = {**sense.pairs, **sense.own}
    for (number, who), (spoke, side) in sorted(first.items()):
        about = put[number].clause
        for turn in mine[who]:
            if spoke < turn <= spoke + FAR:
                clauses = room.of_turn[turn]
                alike = dict(
                    zip(
                        clauses,
                        reading.vectors[list(clauses)] @ reading.vectors[about],
                        strict=True,
                    )
                )
                link, _, clause = max(
                    (either.get((about, n), NOTHING), alike[n], n) for n in clauses
                )
                yield number, put[number], side, spoke, clause, link


LATER_COLUMNS = (
    "link", "side +", "side -", "side 0", "side ~", "proposer", "first +", "first -", "first 0",
    "first ~", "side as first", "turns since", "turns since put", "gives way", "words of turn",
    "likeliest other link", "other +", "other -", "other 0", "other ~", "shared", "share of put",
    "alike", "proposes", "put proposes", "asks", "of proposal", "of claim", "link of turn", "chair",
    "told +", "told -", "told ~", "told ?", "link over another", "over it +", "over it -",
    "over it 0", "over it ~", "turns since spoken of", "shared before", "alike before",
    "link before", "proposer before", "turns words", "concedes", "came back before",
    "put since", "part of talk", "likelier", "nearer", "likelier over another", "share more",
    "nearer before", "nearer by", "others",
)  # fmt: skip
RANKED = ("link", "alike", "link over another", "shared", "alike before")
"""By which of these something else is likelier to be what a turn is about."""


def later_columns(reading: Reading, found: Sequence[Came], sense: Sense) -> Array:
    """A row of ``LATER_COLUMNS`` for each later turn, (n, k)."""
    import numpy as np

    room, vectors = reading.room, reading.vectors
    either = {**sense.pairs, **sense.own}
    by_put: dict[int, dict[int, Link]] = defaultdict(dict)
    for (of, clause), link in either.items():
        by_put[of][clause] = link
    by_clause: dict[int, dict[int, Link]] = defaultdict(dict)
    for (of, clause), link in sense.pairs.items():
        by_clause[clause][of] = link
    words = [
        frozenset[str]().union(*(content(room.clauses[n].text) for n in mine))
        for mine in room.of_turn
    ]
    put_at = sorted({room.clauses[each.clause].turn for _, each, *_ in found})
    spoken_of: dict[int, dict[int, float]] = {}
    came: Counter[tuple[int, str]] = Counter()
    rows = []
    for number, put, side, spoke, clause, (sure, sides) in found:
        said, about = room.clauses[clause], room.clauses[put.clause]
        turn, who, first = said.turn, room.who[said.turn], side or "+"
        mine, links = room.of_turn[turn], by_put[put.clause]
        if number not in spoken_of:
            spoken_of[number] = _by_turn(room, links)
        others = [
            (link[0], link[1], of)
            for n in mine
            for of, link in by_clause[n].items()
            if of != put.clause
        ]
        _, beside, _ = max(others, default=(*NOTHING, 0))
        over, chained = max(
            ((links.get(of, NOTHING)[0] * one, which) for one, which, of in others),
            default=(0.0, (0.0,) * 4),
        )
        before = range(max(spoke + 1, turn - 2), turn)
        near = [n for earlier in before for n in room.of_turn[earlier]]
        taken = content(about.text)
        shared, text = len(words[turn] & taken), room.said(mine.start)
        heard = [t for t, link in spoken_of[number].items() if t < turn and link >= HEARD]
        rows.append(
            [
                sure, *sides, not side, *(first == one for one in SIDES),
                sides[SIDES.index(first)], math.log1p(turn - spoke),
                math.log1p(turn - about.turn), bool(GIVES_WAY.match(text)),
                len(room.texts[turn].split()), max((one for one, *_ in others), default=0.0),
                *beside, shared, shared / (1 + len(taken)),
                float((vectors[list(mine)] @ vectors[put.clause]).max()),
                float(sense.puts[list(mine), 0].max()), float(sense.puts[put.clause, 0]),
                room.texts[turn].rstrip().endswith("?"),
                put.kind == "proposal", put.kind == "claim",
                sum(links.get(n, NOTHING)[0] for n in mine), room.chair[turn],
                *(spoken_side(text)[0] == one for one in "+-~?"), over, *chained,
                math.log1p(turn - max(heard, default=about.turn)),
                len(frozenset[str]().union(*(words[t] for t in before)) & taken),
                float((vectors[near] @ vectors[put.clause]).max()) if near else 0.0,
                max((spoken_of[number].get(t, 0.0) for t in before), default=0.0),
                any(room.who[t] == room.who[about.turn] for t in before),
                len(TURNS.findall(room.texts[turn])), len(CONCEDES.findall(room.texts[turn])),
                came[number, who], sum(about.turn < t < turn for t in put_at),
                turn / len(room.turns),
            ]
        )  # fmt: skip
        came[number, who] += 1
    made = np.array(rows, np.float32).reshape(len(rows), len(LATER_COLUMNS) - len(RANKED) - 2)
    return np.hstack([made, _ranked(made, [room.clauses[clause].turn for *_, clause, _ in found])])


def _by_turn(room: Room, links: Mapping[int, Link]) -> dict[int, float]:
    """Tell by which turns something was spoken of, by the likeliest link of their clauses."""
    found: dict[int, float] = {}
    for clause, (sure, _) in links.items():
        turn = room.clauses[clause].turn
        found[turn] = max(found.get(turn, 0.0), sure)
    return found


def _ranked(rows: Array, turns: Sequence[int]) -> Array:
    """Compare each row with the others of its turn: how many exceed it in each of ``RANKED``, by
    how much it is nearer than the nearest of them, and how many there are.
    """
    import numpy as np

    of: dict[int, list[int]] = defaultdict(list)
    for place, turn in enumerate(turns):
        of[turn].append(place)
    made = np.zeros((len(rows), len(RANKED) + 2), np.float32)
    at = [LATER_COLUMNS.index(name) for name in RANKED]
    alike = LATER_COLUMNS.index("alike")
    for places in of.values():
        mine = rows[places]
        made[places, : len(at)] = (mine[None, :, at] > mine[:, None, at]).sum(1)
        top = np.sort(mine[:, alike])[::-1]
        if len(top) > 1:
            best = np.where(mine[:, alike] == top[0], top[1], top[0])
            made[places, -2] = mine[:, alike] - best
        made[places, -1] = len(places)
    return made


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
