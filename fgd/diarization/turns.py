"""Decisions for moments made into turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fgd.diarization.backend import VoiceTurn
from fgd.model import Span

if TYPE_CHECKING:
    import numpy as np


def turns(
    speech: Sequence[Span], moments: np.ndarray, found: np.ndarray, sure: np.ndarray
) -> Iterator[VoiceTurn]:
    """Stretches of speech, cut half way between two moments of different voices.

    Args:
        speech: stretches in order; every moment lies in one.
        moments: in ms, in order (n,).
        found: the voice at each moment (n,).
        sure: the probability of each voice at each moment (n, voices).
    """
    for span, a, b in _runs(speech, moments, found):
        mean = sure[a:b].mean(axis=0)
        voice = int(found[a])
        confidence, mean[voice] = float(mean[voice]), -1
        other = int(mean.argmax())
        yield VoiceTurn(
            _name(voice),
            span,
            round(confidence, 4),
            _name(other) if len(mean) > 1 else "",
            round(max(float(mean[other]), 0.0), 4),
        )


def interruptions(
    speech: Sequence[Span],
    moments: np.ndarray,
    found: np.ndarray,
    similarities: np.ndarray,
    double: np.ndarray,
) -> Iterator[VoiceTurn]:
    """Turns of a second voice where two speak at once: the next most similar one.

    Args:
        speech: stretches in order; every moment lies in one.
        moments: in ms, in order (n,).
        found: the voice at each moment (n,).
        similarities: of each moment to each voice (n, voices).
        double: whether two speak at a moment (n,).
    """
    import numpy as np

    if similarities.shape[1] < 2:
        return
    for span, a, b in _runs(speech, moments, np.where(double, found, -1)):
        if not double[a]:
            continue
        mean = similarities[a:b].mean(axis=0)
        main = int(found[a])
        mean[main] = -1
        yield VoiceTurn(_name(int(mean.argmax())), span, 0.5, _name(main), 0.5)


def joined(some: Iterable[VoiceTurn]) -> tuple[VoiceTurn, ...]:
    """Turns in order of start, those of one voice that touch or overlap made one."""
    open_turns: dict[str, VoiceTurn] = {}
    done: list[VoiceTurn] = []
    for turn in sorted(some, key=lambda turn: (turn.span, turn.voice)):
        before = open_turns.get(turn.voice)
        if before and turn.span.start <= before.span.end:
            longer = max(before, turn, key=lambda t: t.span.duration)
            open_turns[turn.voice] = replace(longer, span=before.span | turn.span)
            continue
        if before:
            done.append(before)
        open_turns[turn.voice] = turn
    return tuple(sorted((*done, *open_turns.values()), key=lambda turn: (turn.span, turn.voice)))


def _runs(
    speech: Sequence[Span], moments: np.ndarray, values: np.ndarray
) -> Iterator[tuple[Span, int, int]]:
    """Runs of one value inside each stretch: their span, first moment and end (exclusive)."""
    import numpy as np

    firsts = np.searchsorted(moments, [span.start for span in speech]).tolist()
    lasts = np.searchsorted(moments, [span.end for span in speech]).tolist()
    for span, first, last in zip(speech, firsts, lasts, strict=True):
        if first == last:
            continue
        cuts = (np.flatnonzero(np.diff(values[first:last])) + first + 1).tolist()
        times = [span.start, *(int(moments[c - 1] + moments[c]) // 2 for c in cuts), span.end]
        edges = [first, *cuts, last]
        for i, start in enumerate(edges[:-1]):
            yield Span(times[i], times[i + 1]), start, edges[i + 1]


def _name(voice: int) -> str:
    return f"V{voice + 1}"
