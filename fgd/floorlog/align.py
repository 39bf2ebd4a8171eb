"""The floor log laid over the recording: each mark begins where the voice changed.

First every mark moves by the offset, then back to the change of voice that its tap most likely
answered.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from fgd.floorlog.floorlog import clock
from fgd.floorlog.offset import EARLIEST, LATEST, Heard, Offset, find, floors
from fgd.model import FloorMark, Issue, Span

MOST_DELAY, EARLY = 4_500, 700
"""How long after a change, or before it, in ms, a tap may still be meant for it."""

BEYOND = 0.1
"""Share of taps after the end of a recording above which they are on another clock."""

OPEN = 120_000
"""Milliseconds for which the last mark is believed: taps may have stopped half-way."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """The marks of one recording in its own time, and how they got there."""

    marks: tuple[FloorMark, ...] = ()
    offset: Offset = field(default_factory=Offset)
    issues: tuple[Issue, ...] = ()


def align(
    marks: Sequence[FloorMark],
    turns: Sequence[Heard],
    duration: int,
    *,
    by_hand: float | str = "auto",
    recording: str = "",
    name: str = "",
) -> Aligned:
    """Lay a log over a recording.

    Args:
        marks: of the log, in its own time.
        turns: voices as heard without the log; empty if that is not known.
        duration: of the recording in ms.
        by_hand: the offset in seconds that somebody set, or "auto".
        recording: its id, which the marks get.
        name: how issues call it.
    """
    marks = sorted(marks, key=lambda m: m.span.start)
    if not marks:
        return Aligned()
    taps = [(mark.span.start, mark.label) for mark in marks]
    if not isinstance(by_hand, str):
        offset = Offset(round(1000 * by_hand), True, len(taps), 0, 1.0)
        issues: list[Issue] = []
    else:
        offset = find(taps, turns, duration)
        issues = _told(offset, turns, name, _beyond(taps, duration))
        if not offset.told and (_enough(offset, turns) or _beyond(taps, duration)):
            return Aligned((), offset, tuple(issues))
    placed = [
        replace(mark, span=_moved(mark.span, offset.milliseconds), recording=recording)
        for mark in marks
        if max(mark.span.end, mark.span.start + 1) + offset.milliseconds > 0
        and mark.span.start + offset.milliseconds < duration
    ]
    if turns and offset.told:
        placed = _snapped(placed, floors(turns))
    return Aligned(tuple(_closed(placed, duration)), offset, tuple(issues))


def _told(offset: Offset, turns: Sequence[Heard], name: str, beyond: bool) -> list[Issue]:
    if offset.told:
        if abs(offset.milliseconds) < 500:
            return []
        sign = "-" if offset.milliseconds < 0 else "+"
        message = (
            f"the floor log's times were moved by {sign}{clock(abs(offset.milliseconds))}: "
            f"{offset.matched} of {offset.taps} taps then follow a change of voice."
        )
        remedy = "To set it by hand, write floor_offset = SECONDS below [facilitation]."
        return [Issue("note", name, message, remedy)]
    remedy = "If it is this session's, write floor_offset = SECONDS below [facilitation]."
    if _enough(offset, turns):
        message = (
            "the floor log does not fit this recording at any offset, so it was left aside: "
            "it may be another session's, or of another day."
        )
        return [Issue("warning", name, message, remedy)]
    if beyond:
        message = (
            "the floor log's clock is not the recording's, and too little was tapped or heard to "
            "match them, so it was left aside."
        )
        return [Issue("warning", name, message, remedy)]
    message = "too little was tapped or heard to match the floor log with the recording; "
    message += "its times were taken as they are."
    return [Issue("note", name, message, remedy)]


def _enough(offset: Offset, turns: Sequence[Heard]) -> bool:
    """Whether a log that belongs here would have been matched."""
    return offset.taps >= 12 and len(floors(turns)) >= 12


def _beyond(taps: Sequence[tuple[int, str]], duration: int) -> bool:
    """Whether so many taps lie after the recording's end that its clock cannot be theirs."""
    after = sum(moment >= duration for moment, _ in taps)
    return after > BEYOND * len(taps)


def _moved(span: Span, by: int) -> Span:
    start = max(0, span.start + by)
    return Span(start, max(start, span.end + by) if span else start)


def _snapped(marks: Sequence[FloorMark], held: Sequence[Heard]) -> list[FloorMark]:
    """Marks that begin at the change of voice their tap most likely answered."""
    starts = [turn.span.start for turn in held]
    heard = _heard_under(marks, held)
    placed: list[FloorMark] = []
    for mark in marks:
        tapped = mark.span.start
        first = bisect.bisect_left(starts, tapped - MOST_DELAY)
        last = bisect.bisect_right(starts, tapped + EARLY)
        near = range(first, last)
        begin = tapped
        if near:
            best = max(
                near,
                key=lambda n: (
                    _plausible(tapped - starts[n])
                    * (0.05 + heard[mark.label].get(held[n].voice, 0))
                ),
            )
            begin = starts[best]
        if placed and begin < placed[-1].span.start:
            begin = tapped
        placed.append(replace(mark, span=Span(begin, max(begin, mark.span.end))))
    ends = [after.span.start for _, after in pairwise(placed)]
    for n, end in enumerate(ends):
        mark, before = placed[n], marks[n].span
        # A mark that ended in a pause keeps its end; one that ran into the next follows it.
        if not before or before.end >= marks[n + 1].span.start:
            placed[n] = replace(mark, span=Span(mark.span.start, max(mark.span.start, end)))
    return placed


def _plausible(delay: float) -> float:
    """How likely a delay in ms is: even where it is usual, a little outside."""
    seconds = delay / 1000
    if EARLIEST <= seconds <= LATEST:
        return 1.0
    return 0.4 if 0 <= seconds < EARLIEST else 0.15


def _heard_under(
    marks: Sequence[FloorMark], held: Sequence[Heard]
) -> Mapping[str, dict[str, float]]:
    """For each label the share of each voice in what was heard from a tap to the next."""
    shared: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for n, mark in enumerate(marks):
        end = marks[n + 1].span.start if n + 1 < len(marks) else mark.span.start + OPEN
        span = Span(mark.span.start, max(mark.span.start, end))
        for turn in held:
            shared[mark.label][turn.voice] += (turn.span & span).duration
    return defaultdict(
        dict,
        {
            label: {voice: x / (sum(voices.values()) or 1) for voice, x in voices.items()}
            for label, voices in shared.items()
        },
    )


def _closed(marks: Sequence[FloorMark], duration: int) -> list[FloorMark]:
    """Marks with an end each; the last one is believed for a while only."""
    closed = []
    for n, mark in enumerate(marks):
        limit = marks[n + 1].span.start if n + 1 < len(marks) else mark.span.start + OPEN
        end = mark.span.end if mark.span else limit
        span = Span(mark.span.start, max(mark.span.start, min(end, duration)))
        if span:
            closed.append(replace(mark, span=span))
    return closed
