"""What a floor log tells about voices: whose turn it was, roughly, according to somebody there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise, zip_longest
from typing import TYPE_CHECKING

from fgd.diarization.encoder import unit
from fgd.model import FloorMark, Issue, Span

if TYPE_CHECKING:
    import numpy as np

# People note the time late and the next speaker starts early: this much at both ends of a mark
# may belong to somebody else.
LOOSE = 1_500
# A mark speaks for a voice that has at least this share of the speech in it, and for a core that
# lies in it with this share...
MAJORITY = 0.6
# ... and this many ms of it.
ENOUGH = 2_000
# Two labels that claim one voice are still two people if the sounds of their marks, each averaged,
# are less similar than this. Halves of one person's speech reach 0.9; see docs/voices.md.
ONE_PERSON = 0.85
# How long an open mark at the end of a log is believed.
OPEN = 120_000


def usable(
    floor: Sequence[FloorMark], duration: int, name: str
) -> tuple[tuple[FloorMark, ...], tuple[Issue, ...]]:
    """The marks inside the recording, each with an end, and one issue for each kind of trouble.

    Args:
        floor: marks of this recording in the order of the log.
        duration: of the recording in ms.
        name: of the recording, for the issues.
    """
    beyond = [mark for mark in floor if mark.span.start >= duration]
    backwards = [b for a, b in pairwise(floor) if b.span.start < a.span.start]
    inside = sorted(
        (mark for mark in floor if mark.span.start < duration), key=lambda mark: mark.span.start
    )
    marks = []
    for mark, following in zip_longest(inside, inside[1:]):
        limit = following.span.start if following else min(duration, mark.span.start + OPEN)
        end = min(mark.span.end or limit, duration) if mark.span else limit
        if end > mark.span.start:
            marks.append(replace(mark, span=Span(mark.span.start, end)))
    issues = []
    if beyond:
        issues.append(
            Issue(
                "warning",
                name,
                f"{len(beyond)} of {len(floor)} times in the floor log lie after its end.",
                "They were left aside; check that the log's clock starts with the recording.",
                _clock(beyond[0].span.start),
            )
        )
    if backwards:
        issues.append(
            Issue(
                "warning",
                name,
                "the times in the floor log go backwards.",
                "They were put in order; check the line for a slip of the pen.",
                _clock(backwards[0].span.start),
            )
        )
    return tuple(marks), tuple(issues)


def seeds(
    floor: Sequence[FloorMark],
    moments: np.ndarray,
    found: np.ndarray,
    cores: Sequence[tuple[int, int]],
    sounds: np.ndarray,
) -> list[list[int]]:
    """Cores that the log says are one voice: for each label the indices of its cores.

    A mark counts only where one voice clearly has the majority, and only that voice's cores in
    it. Where two labels claim one voice, it is torn apart only if the cores of both sound
    different; else it is left to nobody: the log is wrong.

    Args:
        floor: marks with an end.
        moments: in ms, in order (n,).
        found: the voice at each moment so far (n,).
        cores: ranges of moments, each of one voice.
        sounds: the sum of the vectors in each core, float (cores, size).
    """
    import numpy as np

    claims: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    members: dict[tuple[str, int], list[int]] = defaultdict(list)
    starts = np.array([moments[a] for a, _ in cores])
    ends = np.array([moments[b - 1] for _, b in cores]) + _step(moments)
    for mark in floor:
        core = interior(mark.span)
        first, last = np.searchsorted(moments, [core.start, core.end])
        if last <= first:
            continue
        votes = np.bincount(found[first:last])
        voice = int(votes.argmax())
        heard = int(votes[voice]) * _step(moments)
        if votes[voice] < MAJORITY * votes.sum() or heard < ENOUGH:
            continue
        claims[mark.label][voice] += heard
        within = np.minimum(ends, core.end) - np.maximum(starts, core.start)
        for index in np.flatnonzero(within > MAJORITY * (ends - starts)).tolist():
            if found[cores[index][0]] == voice:
                members[mark.label, voice].append(index)
    contested = set()
    for voice in {voice for voices in claims.values() for voice in voices}:
        labels = [label for label, voices in claims.items() if voice in voices]
        heard_of = [members.get((label, voice), []) for label in labels]
        if len(labels) > 1 and (
            not all(heard_of) or _alike([sounds[some].sum(axis=0) for some in heard_of])
        ):
            contested.add(voice)
    sets: dict[str, set[int]] = defaultdict(set)
    for (label, voice), indices in members.items():
        if voice not in contested:
            sets[label].update(indices)
    return [sorted(indices) for indices in sets.values() if indices]


def _alike(sounds: Sequence[np.ndarray]) -> bool:
    """Whether any two of these sound like one person."""
    vectors = [unit(sound) for sound in sounds]
    return any(float(a @ b) >= ONE_PERSON for a, b in combinations(vectors, 2))


def interior(span: Span) -> Span:
    """The part of a mark that the loose ends leave; its middle third if it is short."""
    loose = min(LOOSE, span.duration // 3)
    return Span(span.start + loose, span.end - loose)


def _step(moments: np.ndarray) -> int:
    """Milliseconds that one moment stands for."""
    import numpy as np

    return int(np.diff(moments).min()) if len(moments) > 1 else 200


def _clock(moment: int) -> str:
    minutes, milliseconds = divmod(moment, 60_000)
    return f"{minutes // 60}:{minutes % 60:02d}:{milliseconds // 1000:02d}"
