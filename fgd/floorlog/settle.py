"""Log and voices put each other right, turn by turn.

A voice that the log gives to one person again and again is that person's also where a tap was
missed, and where a tap names somebody who has a voice elsewhere, the tap was a slip. A voice that
the log gives to several people again and again is several people: there only the taps speak, and
the voice is cut at them. What neither decides is left to nobody, because a statement under a wrong
name is worse than one under none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fgd.floorlog.alignment import Heard
from fgd.floorlog.floorlog import clock
from fgd.model import FloorMark, Issue, Span

MAJORITY, STRONG = 0.6, 0.75
"""Shares of a voice's marked time that one label needs to hold it, and to overrule a tap."""

OFTEN = 2
"""Taps that must agree before a voice speaks for its label elsewhere."""

ENOUGH = 4_000
"""Milliseconds of marked speech that must agree as well."""

SPOKEN = 2_000
"""Milliseconds of speech from which a tap on somebody else is worth telling."""

NEAR = 700
"""Milliseconds between the beginnings of a mark and of the speech that it was tapped for."""

FIRST = 500
"""Milliseconds of a mark that a voice must be heard for to be the one it was tapped for."""

PAUSE = 10_000
"""Milliseconds of silence after which the same voice takes the floor anew."""


@dataclass(frozen=True, slots=True)
class _Held:
    """Whom the log gives one voice to: its owner with the share of the marked time, and everybody
    who was tapped for it often enough to be no slip.
    """

    owner: str = ""
    share: float = 0.0
    often: frozenset[str] = frozenset()


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
    voiced = {each.owner for each in held.values() if each.owner}
    settled: list[FloorMark] = []
    against: list[FloorMark] = []
    for run in _runs(turns):
        holds = held.get(run.voice, _Held())
        # Of those tapped for it, who has no voice elsewhere must be in this one.
        inside = {label for label in holds.often if label == holds.owner or label not in voiced}
        if len(inside) > 1 or (inside and not holds.owner):
            settled += _cut(run.span, [mark for mark in marks if mark.label in inside])
            continue
        made, odd = _one(run, marks, holds, voiced, turns)
        settled += made
        against += odd
    return tuple(settled), tuple(_disagreements(against, name))


def _one(
    run: Heard,
    marks: Sequence[FloorMark],
    holds: _Held,
    voiced: set[str],
    turns: Sequence[Heard],
) -> tuple[list[FloorMark], list[FloorMark]]:
    """The mark of one stretch of a voice that is one person, and a tap that is overruled."""
    mark = max(marks, key=lambda m: (m.span & run.span).duration)
    tapped = 2 * (mark.span & run.span).duration >= run.span.duration
    section = mark.section if tapped else _section(marks, run.span.start)
    made = FloorMark(run.span, "", section, "", mark.recording)
    by_voice = replace(made, label=holds.owner, note="by the voice")
    if not tapped:
        return ([by_voice], []) if holds.owner else ([], [])
    if mark.label == holds.owner:
        return [replace(made, label=mark.label, note=mark.note)], []
    for_it = _first(mark, turns) == run.voice
    if not holds.owner:
        # A new voice later in a mark is somebody whose tap was missed.
        return ([replace(made, label=mark.label, note=mark.note)], []) if for_it else ([], [])
    if holds.share < STRONG:
        return [], []
    if not for_it:
        return [by_voice], []  # the mark only runs on because the next tap is missing
    answered = abs(mark.span.start - run.span.start) <= NEAR
    odd = answered and run.span.duration >= SPOKEN
    told = [replace(mark, span=run.span, note=holds.owner)] if odd else []
    if mark.label in voiced:
        return [replace(by_voice, note="by the voice, against the tap")], told
    return [], told  # it may be their only turn, or a slip


def _cut(span: Span, own: Sequence[FloorMark]) -> Iterator[FloorMark]:
    """A stretch of a voice that several people share, each part to whom it was tapped."""
    for mark in own:
        part = mark.span & span
        if part:
            yield FloorMark(part, mark.label, mark.section, mark.note, mark.recording)


def _first(mark: FloorMark, turns: Sequence[Heard]) -> str:
    """The voice that a mark was tapped for: the first one heard in it."""
    return next((t.voice for t in turns if (t.span & mark.span).duration > FIRST), "")


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


def _whose(marks: Sequence[FloorMark], turns: Sequence[Heard]) -> dict[str, _Held]:
    """Whom the log gives each voice to.

    A mark counts for the first voice heard in it only: under a missed tap two people speak.
    """
    time: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    times: dict[tuple[str, str], int] = defaultdict(int)
    for mark in marks:
        first = _first(mark, turns)
        spoken = sum((t.span & mark.span).duration for t in turns if t.voice == first)
        if spoken:
            time[first][mark.label] += spoken
            times[first, mark.label] += 1
    found = {}
    for voice, labels in time.items():
        often = {
            label
            for label, spoken in labels.items()
            if times[voice, label] >= OFTEN and spoken >= ENOUGH
        }
        label = max(labels, key=lambda each: (labels[each], each))
        share = labels[label] / sum(labels.values())
        owner = label if share >= MAJORITY and label in often else ""
        found[voice] = _Held(owner, share if owner else 0.0, frozenset(often))
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
    remedy = "The other taps give this voice to one person. Correct the log or the voice if not."
    return [Issue("note", name, message, remedy)]
