"""The floor log laid over the recording: each mark begins where the voice changed.

First every mark moves by the offset, then back to the change of voice that its tap most likely
answered. Then the log and the voices correct each other: a voice that the log gives to one person
again and again is that person's also where a tap was missed or mistaken, and what contradicts is
told. Where the voices do not decide, the tap stands.
"""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from fgd.facilitation.floorlog import clock
from fgd.facilitation.offset import EARLIEST, LATEST, Heard, Offset, find, floors
from fgd.model import FloorMark, Issue, Participant, Span

MOST_DELAY, EARLY = 4_500, 700
"""How long after a change, or before it, in ms, a tap may still be meant for it."""

MAJORITY, STRONG = 0.6, 0.75
"""Shares of a voice's marked time that one label needs to hold it, and to overrule a tap."""

OFTEN = 2
"""Taps that must agree before a voice speaks for its label elsewhere."""

ENOUGH = 4_000
"""Milliseconds of marked speech that must agree as well."""

SPOKEN = 2_000
"""Milliseconds of speech from which a tap on somebody else is worth telling."""

PAUSE = 10_000
"""Milliseconds of silence after which the same voice takes the floor anew."""

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
        issues = _told(offset, turns, name)
        if not offset.told and offset.taps and _enough(offset, turns):
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


def _told(offset: Offset, turns: Sequence[Heard], name: str) -> list[Issue]:
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
    message = "too little was tapped or heard to match the floor log with the recording; "
    message += "its times were taken as they are."
    return [Issue("note", name, message, remedy)]


def _enough(offset: Offset, turns: Sequence[Heard]) -> bool:
    """Whether a log that belongs here would have been matched."""
    return offset.taps >= 12 and len(floors(turns)) >= 12


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


def settle(
    marks: Sequence[FloorMark], turns: Sequence[Heard], name: str = ""
) -> tuple[tuple[FloorMark, ...], tuple[Issue, ...]]:
    """Marks for attribution: one for each stretch of a voice, with the label log and voice give.

    Args:
        marks: aligned ones of one recording.
        turns: the voices as finally told apart.
        name: how issues call the recording.
    """
    if not marks or not turns:
        return tuple(marks), ()
    held = _whose(marks, turns)
    settled: list[FloorMark] = []
    against: list[FloorMark] = []
    for turn in _runs(turns):
        mark = max(marks, key=lambda m: (m.span & turn.span).duration)
        under = (mark.span & turn.span).duration
        tapped = mark if 2 * under >= turn.span.duration else None
        owner, share = held.get(turn.voice, ("", 0.0))
        section = tapped.section if tapped else _section(marks, turn.span.start)
        made = FloorMark(turn.span, "", section, "", mark.recording)
        if tapped and owner and owner != tapped.label and share >= STRONG:
            # Else the mark only runs on because the next tap is missing.
            answered = abs(mark.span.start - turn.span.start) <= EARLY
            if answered and turn.span.duration >= SPOKEN:
                against.append(replace(tapped, span=turn.span, note=owner))
            settled.append(replace(made, label=owner, note="by the voice, against the tap"))
        elif tapped and (not owner or owner == tapped.label):
            settled.append(replace(made, label=tapped.label, note=tapped.note))
        elif owner and not tapped:
            settled.append(replace(made, label=owner, note="by the voice"))
    return tuple(settled), tuple(_disagreements(against, name))


def _runs(turns: Sequence[Heard]) -> list[Heard]:
    """Turns of one voice joined over pauses in which nobody else spoke: a turn of words may hold
    such a pause, and counts as marked only if most of it is.
    """
    made: list[Heard] = []
    for turn in sorted(turns, key=lambda t: t.span):
        if made and made[-1].voice == turn.voice and turn.span.start - made[-1].span.end < PAUSE:
            made[-1] = Heard(turn.voice, made[-1].span | turn.span)
        else:
            made.append(turn)
    return made


def _whose(marks: Sequence[FloorMark], turns: Sequence[Heard]) -> dict[str, tuple[str, float]]:
    """The label that holds each voice, with its share of the voice's marked time.

    Only a voice that has most of a mark counts for it: under a missed tap two people speak.
    """
    time: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    times: dict[tuple[str, str], int] = defaultdict(int)
    for mark in marks:
        heard: dict[str, int] = defaultdict(int)
        for turn in turns:
            heard[turn.voice] += (turn.span & mark.span).duration
        first = next((t.voice for t in turns if (t.span & mark.span).duration > 500), "")
        for voice, spoken in heard.items():
            if voice == first and spoken:
                time[voice][mark.label] += spoken
                times[voice, mark.label] += 1
    found = {}
    for voice, labels in time.items():
        label = max(labels, key=lambda each: (labels[each], each))
        share = labels[label] / sum(labels.values())
        if share >= MAJORITY and times[voice, label] >= OFTEN and labels[label] >= ENOUGH:
            found[voice] = (label, share)
    return found


def _section(marks: Sequence[FloorMark], moment: int) -> str:
    """The section in force at a moment."""
    return next((m.section for m in reversed(marks) if m.span.start <= moment), "")


def _disagreements(against: Sequence[FloorMark], name: str) -> list[Issue]:
    if not against:
        return []
    listed = "; ".join(
        f"{clock(m.span.start)[:-4]} {m.label} tapped, {m.note} heard" for m in against[:5]
    )
    more = f" and {len(against) - 5} more" if len(against) > 5 else ""
    message = f"{len(against)} taps name somebody else than the voice: {listed}{more}."
    remedy = "The voice was followed, because the other taps gave it to one person."
    return [Issue("note", name, message, remedy)]


def named(marks: Sequence[FloorMark], codes: Mapping[str, Participant]) -> tuple[FloorMark, ...]:
    """Marks in which codes of name-plates (``P3``) are written out as names."""
    return tuple(
        replace(mark, label=codes[mark.label.strip().upper()].name)
        if mark.label.strip().upper() in codes
        else mark
        for mark in marks
    )
