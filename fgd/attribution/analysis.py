"""One recording read to the end: units, their evidence and their probabilities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fgd.attribution.candidates import Directory
from fgd.attribution.cues import Reading, read
from fgd.attribution.evidence import Link, gather
from fgd.attribution.features import Table, build, topics
from fgd.attribution.introductions import Heard, alike, introduced, listen, strangers, whole
from fgd.attribution.passages import Talk
from fgd.attribution.solver import Line, Weights, confidence, probabilities, signals
from fgd.attribution.units import (
    Stretch,
    cuts,
    members,
    retagged,
    shared,
    steady,
    stretch_links,
    stretch_units,
    stretches,
    voices,
)
from fgd.model import Conversation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Analysis:
    """A talk with its counted evidence. ``several`` holds the voices that are many people,
    ``heard`` the names as they were heard, ``links`` every reason found.
    """

    talk: Talk
    directory: Directory
    table: Table
    links: tuple[Link, ...]
    heard: tuple[Heard, ...]
    several: Mapping[str, frozenset[int]]

    def shares(self, weights: Weights) -> NDArray[np.float64]:
        """Units by seats and nobody; see ``probabilities``."""
        return probabilities(self.table, weights)


@dataclass(frozen=True, slots=True)
class Hearing:
    """A talk, cut by voice if the labels are followed, with every name beside a cue."""

    talk: Talk
    readings: tuple[Reading, ...]
    heard: tuple[Heard, ...]
    introduced: tuple[Heard, ...] = ()


def hear(conversation: Conversation, lang: str) -> Hearing:
    """Read a conversation before anybody is known."""
    nobody = Directory((), (), lang)
    talk = Talk.of(conversation, lang)
    readings = read(talk, nobody)
    heard = listen(talk, readings, lang)
    if steady(talk, heard):
        return Hearing(talk, readings, heard, introduced(readings))
    talk = Talk.unlabelled(conversation, lang)
    readings = read(talk, nobody)
    return Hearing(talk, readings, _placed(talk, readings, stretches(talk, readings)))


def analyse(hearing: Hearing, directory: Directory) -> Analysis:
    """Everything a talk says about who is who among a directory's seats."""
    talk, heard = hearing.talk, hearing.heard
    readings = read(talk, directory, hearing.readings)
    if talk.steady:
        nobody = (s.index for s in directory.seats if not (s.participant.name or s.heard))
        links = gather(talk, readings, frozenset(nobody))
        links = whole(links, heard, directory)
        links = (*links, *alike(heard, directory, links))
        several = shared(talk, links)
        links = retagged(links, readings, several)
        units = voices(talk, readings, cuts(talk, links, several))
        links = (*links, *members(units, several))
    else:
        found = stretches(talk, readings)
        heard = _placed(talk, readings, found)
        links = stretch_links(readings[0], found) if readings else ()
        links = whole(links, heard, directory)
        links = (*links, *alike(heard, directory, links))
        several = {}
        units = stretch_units(talk, found)
    listed = not any(seat.heard for seat in directory.seats)
    subjects = topics(talk, units, directory) if listed else {}
    others = strangers(heard, directory) if listed else frozenset[int]()
    table = build(units, links, directory, subjects, others)
    return Analysis(talk, directory, table, tuple(links), tuple(heard), several)


def _placed(talk: Talk, readings: Sequence[Reading], found: Sequence[Stretch]) -> tuple[Heard, ...]:
    """What was heard in an unlabelled talk: announcements at their stretches, and self-names."""
    opened = tuple(replace(stretch.opened, turn=stretch.first) for stretch in found)
    own = tuple(h for h in listen(talk, readings) if h.way in ("self", "for"))
    return opened + own


def by_institution(
    analysis: Analysis, row: Sequence[float] | NDArray[np.float64]
) -> list[tuple[str, float]]:
    """The first institutions of the seats with their summed shares, the likeliest first."""
    sums: dict[str, float] = defaultdict(float)
    for column, seat in enumerate(analysis.table.seats):
        bodies = analysis.directory.seats[seat].bodies
        if bodies:
            sums[bodies[0]] += float(row[column])
    return sorted(sums.items(), key=lambda item: (-item[1], item[0]))


def seat_signals(
    analysis: Analysis, row: NDArray[np.float64], u: int, column: int, weights: Weights
) -> dict[str, float]:
    """What speaks for a unit being one seat, of its ``row`` of shares; see ``trust``."""
    others = [float(p) for s, p in enumerate(row[:-1]) if s != column]
    return _signals(analysis, row, u, column, weights, float(row[column]), max(others, default=0.0))


def body_signals(
    analysis: Analysis, row: NDArray[np.float64], u: int, body: str, weights: Weights
) -> tuple[int, dict[str, float]]:
    """The likeliest seat of an institution and what speaks for the institution."""
    seats = analysis.directory.seats
    columns = [c for c, s in enumerate(analysis.table.seats) if seats[s].bodies[:1] == (body,)]
    best = max(columns, key=lambda c: (row[c], -c))
    sums = dict(by_institution(analysis, row))
    second = max((share for other, share in sums.items() if other != body), default=0.0)
    return best, _signals(analysis, row, u, best, weights, sums[body], second)


def _signals(
    analysis: Analysis,
    row: NDArray[np.float64],
    u: int,
    column: int,
    weights: Weights,
    share: float,
    second: float,
) -> dict[str, float]:
    return signals(
        share,
        second,
        float(row[-1]),
        analysis.table.cells[u][column],
        weights.features,
        stretch=not analysis.talk.steady,
    )


def of_seat(
    analysis: Analysis, row: NDArray[np.float64], u: int, column: int, weights: Weights
) -> float:
    """The confidence that a unit is a seat."""
    found = seat_signals(analysis, row, u, column, weights)
    return confidence(found, _line(analysis, column, weights))


def of_body(
    analysis: Analysis, row: NDArray[np.float64], u: int, body: str, weights: Weights
) -> float:
    """The confidence that a unit speaks for an institution."""
    column, found = body_signals(analysis, row, u, body, weights)
    return confidence(found, _line(analysis, column, weights))


def _line(analysis: Analysis, column: int, weights: Weights) -> Line:
    seat = analysis.directory.seats[analysis.table.seats[column]]
    return weights.heard if seat.heard else weights.listed
