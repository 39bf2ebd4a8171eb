"""Discussions made up for the tests: who spoke when, and what a note-taker tapped."""

from __future__ import annotations

import random
from collections.abc import Sequence

from fgd.floorlog.alignment import Heard, floors
from fgd.model import FloorMark, Span

PEOPLE = ("Ana", "Ben", "Cam", "Dan", "Eve", "Fay")


def talk(seed: int, count: int = 60) -> list[Heard]:
    """Turns of five to forty seconds with pauses, short interjections among them."""
    chance = random.Random(seed)
    turns, moment, last = [], 2_000, ""
    for _ in range(count):
        voice = chance.choice([p for p in PEOPLE if p != last])
        length = chance.randint(3_000, 25_000)
        turns.append(Heard(voice, Span(moment, moment + length)))
        if chance.random() < 0.2:
            other = chance.choice([p for p in PEOPLE if p != voice])
            turns.append(Heard(other, Span(moment + length // 2, moment + length // 2 + 700)))
        moment += length + chance.randint(100, 1_500)
        last = voice
    return turns


def tapped(
    turns: Sequence[Heard], seed: int, *, missed: float = 0.1, wrong: float = 0.03
) -> list[tuple[int, str]]:
    chance = random.Random(seed)
    taps = []
    for turn in floors(turns):
        late = chance.randint(500, 3_000)
        if chance.random() >= missed:
            who = chance.choice(PEOPLE) if chance.random() < wrong else turn.voice
            taps.append((turn.span.start + late, who))
    return sorted(taps)


def marks(taps: Sequence[tuple[int, str]], by: int = 0) -> list[FloorMark]:
    return [FloorMark(Span(at + by, at + by), who) for at, who in taps if at + by >= 0]


def end(turns: Sequence[Heard]) -> int:
    return max(turn.span.end for turn in turns)


def wrong_time(found: Sequence[FloorMark], turns: Sequence[Heard]) -> float:
    """The share of speech that the mark with most of it gives to somebody else."""
    wrong = 0
    for turn in turns:
        mark = max(found, key=lambda m: ((m.span & turn.span).duration, m.span == turn.span))
        wrong += turn.span.duration if mark.label != turn.voice else 0
    return wrong / sum(turn.span.duration for turn in turns)
