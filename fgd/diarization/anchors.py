"""Voices anchored in a floor log: who was tapped says how people sound, and how they sound says
where a tap was missed or mistaken.

One voice for each label of the log, its sound that of the insides of its marks; then the hidden
Markov model of ``hmm`` with the taps as observations: a change of voice that somebody tapped is
expected, one that nobody did is a tap missed, and a tap on somebody else is a slip. Voices are
estimated and the path is found by turns, as in expectation maximization with hard decisions.

The log is believed in this way only where log and sound agree: when each mark is compared with all
labels as they sound elsewhere, its own must come out first in most cases. A log of another
discussion, or moved against the recording, does not pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fgd.diarization import hmm
from fgd.diarization.encoder import unit
from fgd.diarization.floor import ONE_PERSON, interior
from fgd.diarization.windows import Windows
from fgd.model import FloorMark

if TYPE_CHECKING:
    import numpy as np

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

PASSES = 4


class Log:
    """A floor log over the vectors of its recording."""

    def __init__(self, floor: Sequence[FloorMark], windows: Windows) -> None:
        """Look at the marks, which have an end, where nobody else is heard at their edges."""
        import numpy as np

        self.floor = floor
        self.windows = windows
        labels = sorted({mark.label for mark in floor})
        self._owner = np.array([labels.index(mark.label) for mark in floor], dtype=np.int64)
        cores = [interior(mark.span) for mark in floor]
        self._edges = np.searchsorted(windows.moments, [(c.start, c.end) for c in cores])
        self._sums = np.stack(
            [windows.rows(first, max(first, last)).sum(axis=0) for first, last in self._edges]
        )
        self._totals = np.stack(
            [self._sums[self._owner == n].sum(axis=0) for n in range(len(labels))]
        )

    def agrees(self) -> bool | None:
        """Whether most marks sound most like what is left of their label without them; unknown
        where too few can be compared.
        """
        import numpy as np

        compared = right = 0
        marks = zip(self._sums, self._owner.tolist(), self._edges.tolist(), strict=True)
        for own, label, (first, last) in marks:
            without = self._totals.copy()
            without[label] -= own
            if last - first < LEAST or np.abs(without[label]).max() < 1e-3:
                continue
            compared += 1
            alike = np.einsum("sd,vsd->v", own, unit(without))
            right += int(alike.argmax()) == label
        if len(self._totals) < 2 or compared < FEWEST or not self._totals.any(axis=(1, 2)).all():
            return None
        return right > AGREED * compared

    def anchored(self, others: np.ndarray) -> tuple[np.ndarray, hmm.Expected]:
        """The voices of the labels, and what the log lets expect of each moment.

        Args:
            others: voices as heard without labels, float32 (voices, 2, 256); those that sound
                like nobody on the log keep a place of their own.

        Returns:
            Voices of length one, float32 (voices, 2, 256), those of the labels first.
        """
        import numpy as np

        voices = unit(self._totals)
        alike = np.einsum("usd,vsd->uv", others, voices) / 2
        voices = np.concatenate([voices, others[alike.max(axis=1) < ONE_PERSON]])
        expected = _expected(self.floor, self._owner, self.windows.moments, len(voices))
        for _ in range(PASSES):
            path = hmm.path(self.windows.similarities(voices), self.windows.moments, expected)
            voices = _means(self.windows, path, voices)
        return voices, expected


def _means(windows: Windows, path: np.ndarray, before: np.ndarray) -> np.ndarray:
    """The voices as they sound along a path; one that is nowhere on it stays as it was."""
    import numpy as np

    made = before.copy()
    for voice in range(len(before)):
        own = path == voice
        if own.any():
            made[voice] = unit(windows.mean(own))
    return np.asarray(made, dtype=np.float32)


def _expected(
    floor: Sequence[FloorMark], owner: np.ndarray, moments: np.ndarray, voices: int
) -> hmm.Expected:
    """The log as chances of change and as observations.

    A tap is observed once its speaker is surely under way, at one moment: it is one piece of
    evidence however long the mark lasts.
    """
    import numpy as np

    others = max(voices - 1, 1)
    into = np.repeat(MISSED * hmm.changes(moments)[:, None] / others, voices, axis=1)
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
    return hmm.Expected(into, told)
