"""Lay the floor log beside the recording: its clock by the changes of voice, then turn by turn.

A note-taker taps a moment after somebody else has begun to speak. So at the right offset most
taps follow a change of voice by half a second to three seconds, and the name tapped goes with the
voice heard; at any other offset both happen only by chance. Every offset is scored by the
likelihood of the taps given the changes (a cross-correlation with the distribution of delays), the
best ones also by the mutual information of names and voices. Where one offset does not stand
clear of all others, the answer is that it cannot be told.

The delay is that of manual annotation of speaker changes: reaction time, finding the name and
tapping (0.5 to 3 s); missed and mistaken taps are part of the model. Every mark then moves by the
offset, and back to the change of voice that its tap most likely answered.

``settle`` lets log and voices put each other right. A voice that the log gives to one person again
and again is that person's also where a tap was missed, and where a tap names somebody who has a
voice elsewhere, the tap was a slip. A voice that the log gives to several people again and again is
several people: there only the taps speak, and the voice is cut at them. What neither decides is
left to nobody, because a statement under a wrong name is worse than one under none.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from fgd.core.clock import clock
from fgd.model import FloorMark, Issue, Span

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]


EARLIEST, LATEST, SOFT = 0.5, 3.0, 0.25
"""Seconds after a change between which taps are expected, and how softly that begins and ends."""

ASTRAY = 0.2
"""Share of taps that follow no change: mistakes, and people who were heard as nobody new."""

FLOOR_TURN = 2_000
"""Milliseconds; who speaks for less does not take the floor (back-channels)."""

GRID = 100
"""Milliseconds between the offsets that are tried; the best one is refined."""

FEWEST = 8
"""Taps below which nothing is claimed."""

APART = 4_000
"""Milliseconds; offsets closer than this are one answer."""

SURE = 0.99
"""Share of the likelihood that must lie around the best offset."""

CHANCE = 1e-3
"""How likely as good a match may be by chance, over all offsets tried."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A voice having the floor, without interruption worth a tap."""

    voice: str
    span: Span


@dataclass(frozen=True, slots=True)
class Offset:
    """What to add to the log's times, in ms. ``told`` is false where it cannot be told; then
    ``milliseconds`` is 0. ``taps`` of which ``matched`` follow a change of voice; ``sure`` is the
    share of the likelihood around the answer.
    """

    milliseconds: int = 0
    told: bool = False
    taps: int = 0
    matched: int = 0
    sure: float = 0.0


def floors(turns: Sequence[Heard]) -> tuple[Heard, ...]:
    """Who had the floor, in order: short interjections taken out, what they cut in two joined."""
    long = [turn for turn in _joined(turns) if turn.span.duration >= FLOOR_TURN]
    return _joined(long)


def _joined(turns: Sequence[Heard]) -> tuple[Heard, ...]:
    made: list[Heard] = []
    for turn in sorted(turns, key=lambda t: t.span):
        if made and made[-1].voice == turn.voice:
            made[-1] = Heard(turn.voice, made[-1].span | turn.span)
        else:
            made.append(turn)
    return tuple(made)


def delay(seconds: Array) -> Array:
    """Density of the delay between a change of voice and its tap, per second.

    A uniform distribution from ``EARLIEST`` to ``LATEST`` with soft ends.
    """
    import numpy as np

    rise = 1 / (1 + np.exp(-np.clip((seconds - EARLIEST) / SOFT * 2, -60, 60)))
    fall = 1 / (1 + np.exp(-np.clip((LATEST - seconds) / SOFT * 2, -60, 60)))
    found: Array = rise * fall / (LATEST - EARLIEST)
    return found


def find(taps: Sequence[tuple[int, str]], turns: Sequence[Heard], duration: int) -> Offset:
    """Return the offset of a log.

    Args:
        taps: when the floor passed on by the log, in ms, and to whom.
        turns: voices as heard without the log.
        duration: of the recording in ms.
    """
    import numpy as np

    held = floors(turns)
    taps = [tap for n, tap in enumerate(taps) if n == 0 or tap[1] != taps[n - 1][1]]
    changes = np.array([turn.span.start for turn in held], dtype=np.float64)
    if len(taps) < FEWEST or len(changes) < FEWEST:
        return Offset(taps=len(taps))
    times = np.array([moment for moment, _ in taps], dtype=np.float64)
    gain = _gain(changes, duration, GRID)
    first = -int(times.max()) // GRID
    last = (duration - int(times.min())) // GRID
    scores = _scores(times, gain, first, last)
    best = _peaks(scores, 40)
    informed = {}
    for place in best:
        shift = (first + place) * GRID
        informed[place] = scores[place] + _information(taps, held, shift)
    winner = max(informed, key=lambda place: informed[place])
    # Half the log-likelihood counts: taps of one discussion are not independent of each other.
    tempered = {place: value / 2 for place, value in informed.items()}
    top = tempered[winner]
    weights = {place: math.exp(value - top) for place, value in tempered.items()}
    near = sum(w for place, w in weights.items() if abs(place - winner) * GRID < APART)
    sure = near / sum(weights.values())
    found = _refined(times, changes, (first + winner) * GRID, duration)
    inside = times[(times + found >= 0) & (times + found <= duration)] + found
    matched = int(_follows(inside, changes).sum())
    covered = _covered(changes, duration)
    luck = _tail(matched, len(inside), covered) * max(1.0, (last - first) * GRID / 1000)
    told = sure >= SURE and luck <= CHANCE and 2 * matched >= len(inside) >= FEWEST
    return Offset(round(found) if told else 0, told, len(times), matched, round(sure, 4))


def _gain(changes: Array, duration: int, grid: int) -> Array:
    """Log-likelihood of a tap at each moment of the recording against one at any time."""
    import numpy as np

    moments = np.arange(0, duration + grid, grid, dtype=np.float64)
    density = np.zeros(len(moments))
    reach = int((LATEST + 8 * SOFT) * 1000 / grid) + 1
    for change in changes:
        begin = int(change // grid)
        stretch = slice(begin, min(begin + reach, len(moments)))
        density[stretch] += delay((moments[stretch] - change) / 1000)
    rate = density / len(changes)
    anywhere = 1000 / max(duration, 1)
    found: Array = np.log(ASTRAY + (1 - ASTRAY) * rate / anywhere)
    return found


def _scores(times: Array, gain: Array, first: int, last: int) -> Array:
    """Return the sum of gains for each offset from ``first`` to ``last`` steps of the grid.

    A tap outside the recording counts nothing: recorders are switched on late and off early.
    """
    import numpy as np

    scores = np.zeros(last - first + 1)
    steps = np.arange(first, last + 1)
    for place in np.rint(times / GRID).astype(np.int64):
        at = place + steps
        inside = (at >= 0) & (at < len(gain))
        scores[inside] += gain[at[inside]]
    return scores


def _peaks(scores: Array, most: int) -> list[int]:
    """Return the places of the highest scores, one for every stretch of half a second."""
    import numpy as np

    found: list[int] = []
    for place in np.argsort(-scores, kind="stable").tolist():
        if all(abs(place - other) * GRID >= 500 for other in found):
            found.append(place)
        if len(found) >= most:
            break
    return found


def _information(taps: Sequence[tuple[int, str]], held: Sequence[Heard], shift: int) -> float:
    """Nats that the names tapped and the voices heard tell of each other, less what chance gives.

    The correction is that of Miller (1955) for the bias of mutual information.
    """
    import bisect

    starts = [turn.span.start for turn in held]
    pairs = []
    for moment, label in taps:
        # A moment after the tap the speaker is surely under way.
        at = bisect.bisect_right(starts, moment + shift + 500) - 1
        if at >= 0 and moment + shift <= held[-1].span.end:
            pairs.append((label, held[at].voice))
    both = Counter(pairs)
    labels, voices = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    total = sum(
        n * math.log(n * len(pairs) / (labels[a] * voices[b])) for (a, b), n in both.items()
    )
    return total - (len(labels) - 1) * (len(voices) - 1) / 2 if pairs else 0.0


def _refined(times: Array, changes: Array, shift: int, duration: int) -> float:
    """Return the offset around a peak to 10 ms: the centre of what is likely there."""
    import numpy as np

    fine = 10
    gain = _gain(changes, duration, fine)
    candidates = np.arange(shift - 1500, shift + 1501, fine, dtype=np.float64)
    scores = np.zeros(len(candidates))
    for moment in times:
        at = np.rint((moment + candidates) / fine).astype(np.int64)
        inside = (at >= 0) & (at < len(gain))
        scores[inside] += gain[at[inside]]
    weights = np.exp(scores - scores.max())
    return float((weights * candidates).sum() / weights.sum())


def _follows(moments: Array, changes: Array) -> npt.NDArray[np.bool_]:
    """Tell whether each moment follows a change within the delays that are usual."""
    import numpy as np

    before = np.searchsorted(changes, moments - 1000 * (EARLIEST - SOFT), side="right") - 1
    gap = moments - changes[np.maximum(before, 0)]
    found: npt.NDArray[np.bool_] = (before >= 0) & (gap <= 1000 * (LATEST + SOFT))
    return found


def _covered(changes: Array, duration: int) -> float:
    """Return the share of the recording in which a tap at random would seem to follow a change."""
    import numpy as np

    moments = np.arange(0, duration, GRID, dtype=np.float64)
    return float(_follows(moments, changes).mean()) if len(moments) else 1.0


def _tail(hits: int, tries: int, chance: float) -> float:
    """Return the probability of at least so many hits by chance (binomial)."""
    from scipy.special import bdtrc

    return float(bdtrc(hits - 1, tries, chance))


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
            f"the floor log's times were moved by {sign}{clock(abs(offset.milliseconds), '.')}: "
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
    """Tell whether a log that belongs here would have been matched."""
    return offset.taps >= 12 and len(floors(turns)) >= 12


def _beyond(taps: Sequence[tuple[int, str]], duration: int) -> bool:
    """Tell whether so many taps lie after the recording's end that its clock cannot be theirs."""
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
    """Tell how likely a delay in ms is: even where it is usual, a little outside."""
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
    """Return the mark of one stretch of a voice that is one person, and a tap that is overruled."""
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
    """Return a stretch of a voice that several people share, each part to whom it was tapped."""
    for mark in own:
        part = mark.span & span
        if part:
            yield FloorMark(part, mark.label, mark.section, mark.note, mark.recording)


def _first(mark: FloorMark, turns: Sequence[Heard]) -> str:
    """Return the voice that a mark was tapped for: the first one heard in it."""
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
    """Return the section in force at a moment."""
    return next((m.section for m in reversed(marks) if m.span.start <= moment), "")


def _disagreements(against: Sequence[FloorMark], name: str) -> list[Issue]:
    if not against:
        return []
    listed = "; ".join(
        f"{clock(m.span.start)} {m.label} tapped, {m.note} heard" for m in against[:5]
    )
    more = f" and {len(against) - 5} more" if len(against) > 5 else ""
    message = f"{len(against)} taps name somebody else than the voice: {listed}{more}."
    remedy = "The other taps give this voice to one person. Correct the log or the voice if not."
    return [Issue("note", name, message, remedy)]
