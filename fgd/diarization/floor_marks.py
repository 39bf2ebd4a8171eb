"""Read voices off a floor log: whose turn it was, roughly, according to somebody there.

Who was tapped says how people sound, and how they sound says where a tap was missed or mistaken:
one voice for each label of the log, its sound that of the insides of its marks; then the hidden
Markov model of ``clustering`` with the taps as observations. A change of voice that somebody
tapped is expected, one that nobody did is a tap missed, and a tap on somebody else is a slip.
Voices are estimated and the path is found by turns, as in expectation maximization with hard
decisions.

The log is believed in this way only where log and sound agree: when each mark is compared with all
labels as they sound elsewhere, its own must come out first in most cases. A log of another
discussion, or moved against the recording, does not pass. One too short to tell only holds pieces
together (``seeds``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise, zip_longest
from typing import TYPE_CHECKING

from fgd.core.clock import clock
from fgd.diarization.clustering import Expected, changes, likeliest
from fgd.diarization.local_voices import Timeline
from fgd.diarization.networks import unit
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
# are less similar than this. Halves of one person's speech reach 0.8; see docs/voices.md.
ONE_PERSON = 0.65
# How long an open mark at the end of a log is believed.
OPEN = 120_000


MISSED, WRONG = 0.1, 0.05
"""Shares of taps that are forgotten, and that hit another name than was meant."""

REACH = 3_000
"""Milliseconds before and after the beginning of a mark in which the voice may have changed."""

FEWEST = 6
"""Marks that can be compared with others of their label, below which nothing is claimed."""

AGREED = 0.5
"""Share of these that must sound most like the others of their label."""

LEAST = 3
"""Windows in a mark below which its sound is not compared."""

ROUNDS = 4


def usable(
    floor: Sequence[FloorMark], duration: int, name: str
) -> tuple[tuple[FloorMark, ...], tuple[Issue, ...]]:
    """Select the marks inside the recording, each with an end, and report each trouble once.

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
                clock(beyond[0].span.start),
            )
        )
    if backwards:
        issues.append(
            Issue(
                "warning",
                name,
                "the times in the floor log go backwards.",
                "They were put in order; check the line for a slip of the pen.",
                clock(backwards[0].span.start),
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
    """Group the cores that the log says are one voice: for each label the indices of its cores.

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
    """Tell whether any two of these sound like one person."""
    vectors = [unit(sound) for sound in sounds]
    return any(float(a @ b) >= ONE_PERSON for a, b in combinations(vectors, 2))


def interior(span: Span) -> Span:
    """Cut a mark to the part that its uncertain ends leave; its middle third if it is short."""
    loose = min(LOOSE, span.duration // 3)
    return Span(span.start + loose, span.end - loose)


def _step(moments: np.ndarray) -> int:
    """Return the milliseconds that one moment stands for."""
    import numpy as np

    return int(np.diff(moments).min()) if len(moments) > 1 else 200


class Log:
    """A floor log over the vectors of its recording."""

    def __init__(self, floor: Sequence[FloorMark], timeline: Timeline) -> None:
        """Look at the marks, which have an end, where nobody else is heard at their edges."""
        import numpy as np

        self.floor = floor
        self.timeline = timeline
        labels = sorted({mark.label for mark in floor})
        self._owner = np.array([labels.index(mark.label) for mark in floor], dtype=np.int64)
        cores = [interior(mark.span) for mark in floor]
        self._edges = np.searchsorted(timeline.moments, [(c.start, c.end) for c in cores])
        self._sums = np.stack(
            [timeline.sound(first, max(first, last)) for first, last in self._edges]
        )
        self._totals = np.stack(
            [self._sums[self._owner == n].sum(axis=0) for n in range(len(labels))]
        )

    def agrees(self) -> bool | None:
        """Tell whether most marks sound most like the rest of their label; unknown if few."""
        import numpy as np

        compared = right = 0
        marks = zip(self._sums, self._owner.tolist(), self._edges.tolist(), strict=True)
        for own, label, (first, last) in marks:
            without = self._totals.copy()
            without[label] -= own
            if last - first < LEAST or np.abs(without[label]).max() < 1e-3:
                continue
            compared += 1
            alike = unit(without) @ own
            right += int(alike.argmax()) == label
        if len(self._totals) < 2 or compared < FEWEST or not self._totals.any(axis=1).all():
            return None
        return right > AGREED * compared

    def anchored(self, others: np.ndarray) -> tuple[np.ndarray, Expected]:
        """Compute the voices of the labels, and what the log lets expect of each moment.

        Args:
            others: voices as heard without labels, float32 (voices, 192); those that sound
                like nobody on the log keep a place of their own.

        Returns:
            Voices of length one, float32 (voices, 192), those of the labels first.
        """
        import numpy as np

        voices = unit(self._totals)
        alike = others @ voices.T
        voices = np.concatenate([voices, others[alike.max(axis=1) < ONE_PERSON]])
        expected = _expected(self.floor, self._owner, self.timeline.moments, len(voices))
        for _ in range(ROUNDS):
            path = likeliest(self.timeline.similarities(voices), self.timeline.moments, expected)
            voices = _means(self.timeline, path, voices)
        return voices, expected


def _means(timeline: Timeline, path: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Average the voices along a path; one that is nowhere on it stays as it was."""
    import numpy as np

    made = before.copy()
    for voice in range(len(before)):
        own = path == voice
        if own.any():
            made[voice] = unit(timeline.mean(own))
    return np.asarray(made, dtype=np.float32)


def _expected(
    floor: Sequence[FloorMark], owner: np.ndarray, moments: np.ndarray, voices: int
) -> Expected:
    """Express the log as chances of change and as observations.

    A tap is observed once its speaker is surely under way, at one moment: it is one piece of
    evidence however long the mark lasts.
    """
    import numpy as np

    others = max(voices - 1, 1)
    into = np.repeat(MISSED * changes(moments)[:, None] / others, voices, axis=1)
    told = np.zeros((len(moments), voices))
    for mark, voice in zip(floor, owner.tolist(), strict=True):
        span = mark.span
        first, last = np.searchsorted(moments, [span.start - REACH, span.start + REACH]).tolist()
        into[first:last, voice] += (1 - MISSED) / max(last - first, 1)
        under_way = min(span.start + REACH, (span.start + span.end) // 2)
        at = min(int(np.searchsorted(moments, under_way)), len(moments) - 1)
        told[at] += np.log(WRONG / others)
        told[at, voice] += np.log(1 - WRONG) - np.log(WRONG / others)
    into *= np.minimum(1, (1 - MISSED) / into.sum(axis=1, keepdims=True))
    return Expected(into, told)
