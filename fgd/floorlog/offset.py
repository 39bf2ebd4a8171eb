"""How far the floor log's clock is from the recording's: taps matched with changes of voice.

A note-taker taps a moment after somebody else has begun to speak. So at the right offset most
taps follow a change of voice by half a second to three seconds, and the name tapped goes with the
voice heard; at any other offset both happen only by chance. Every offset is scored by the
likelihood of the taps given the changes (a cross-correlation with the distribution of delays), the
best ones also by the mutual information of names and voices. Where one offset does not stand
clear of all others, the answer is that it cannot be told.

The delay is that of manual annotation of speaker changes: reaction time, finding the name and
tapping (0.5 to 3 s); missed and mistaken taps are part of the model.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fgd.model import Span

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
    """The offset of a log.

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
    """The sum of gains for each offset from ``first`` to ``last`` steps of the grid.

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
    """The places of the highest scores, one for every stretch of half a second."""
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
    """The offset around a peak to 10 ms: the centre of what is likely there."""
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
    """Whether each moment follows a change within the delays that are usual."""
    import numpy as np

    before = np.searchsorted(changes, moments - 1000 * (EARLIEST - SOFT), side="right") - 1
    gap = moments - changes[np.maximum(before, 0)]
    found: npt.NDArray[np.bool_] = (before >= 0) & (gap <= 1000 * (LATEST + SOFT))
    return found


def _covered(changes: Array, duration: int) -> float:
    """The share of the recording in which a tap at random would seem to follow a change."""
    import numpy as np

    moments = np.arange(0, duration, GRID, dtype=np.float64)
    return float(_follows(moments, changes).mean()) if len(moments) else 1.0


def _tail(hits: int, tries: int, chance: float) -> float:
    """The probability of at least so many hits by chance (binomial)."""
    return sum(
        math.comb(tries, k) * chance**k * (1 - chance) ** (tries - k)
        for k in range(hits, tries + 1)
    )
