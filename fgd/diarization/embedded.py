"""The built-in diarizer: no download, two cores, memory that does not grow with the length.

1. Vectors of windows of 1.6 s and 0.8 s, one each 200 ms of speech (``windows``).
2. A capped sample of them is clustered by average linkage, to begin with.
3. An HMM over the similarities to the voices' means finds who speaks when (``hmm``).
4. The insides of the stretches so found, which hold one voice each where single windows straddle
   two, are clustered again, within the bounds; then 3 again.
5. A floor log that agrees with the sound anchors the voices (``anchors``); one that contradicts it
   is not followed, and one too short to tell only holds stretches together in step 4.
6. Where two people speak at once (``overlap``), the next likely voice gets a turn beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fgd.audio.wav import Audio
from fgd.core.progress import Progress
from fgd.diarization import hmm, overlap
from fgd.diarization.anchors import Log
from fgd.diarization.backend import VoiceBounds, VoiceTurn
from fgd.diarization.clustering import SAME, group
from fgd.diarization.encoder import VoiceEncoder, unit
from fgd.diarization.floor import seeds
from fgd.diarization.turns import interruptions, joined, turns
from fgd.diarization.windows import EVERY, ROWS, Windows
from fgd.model import FloorMark, Span

if TYPE_CHECKING:
    import numpy as np

SAMPLE = 2_000  # windows clustered to begin with
CORES = 600  # stretches clustered after that
PASSES = 2
EDGE = 2  # windows at both ends of a stretch that may hold the neighbour's voice


def load(_argument: str = "", _context: Any = None) -> EmbeddedDiarizer:
    """The entry point of the backend ``embedded``. Raises ``BackendUnavailable``."""
    return EmbeddedDiarizer(VoiceEncoder())


class EmbeddedDiarizer:
    """Tells voices apart with the built-in encoder."""

    def __init__(self, encoder: VoiceEncoder) -> None:
        self.encoder = encoder
        self.id = f"embedded:{encoder.id}"
        self.version = f"2.{encoder.version}"
        self._kept: tuple[object, Windows] | None = None

    def diarize(
        self,
        audio: Audio,
        speech: Sequence[Span],
        *,
        bounds: VoiceBounds,
        floor: Sequence[FloorMark],
        progress: Progress,
    ) -> tuple[VoiceTurn, ...]:
        """Turns in order of start; see ``fgd.diarization.backend.Diarizer``."""
        windows = self._windows(audio, speech, progress)
        voices = _grouped(windows, bounds, ())
        expected = None
        if floor:
            log = Log(floor, windows)
            agrees = log.agrees()
            if agrees:
                voices, expected = log.anchored(voices)
            elif agrees is None:
                voices = _grouped(windows, bounds, floor)
        similarities = windows.similarities(voices)
        found = hmm.path(similarities, windows.moments, expected)
        sure = hmm.posteriors(similarities, windows.moments, expected)
        floor_time = turns(speech, windows.moments, found, sure)
        double = overlap.marked(windows.double, windows.moments)
        second = interruptions(speech, windows.moments, found, similarities, double)
        return joined((*floor_time, *second))

    def _windows(self, audio: Audio, speech: Sequence[Span], progress: Progress) -> Windows:
        """The vectors of a recording, kept for whoever asks again: with a floor log a recording
        is heard without it first, and vectors are nearly all of the work.
        """
        stat = audio.path.stat()
        key = (audio.path, stat.st_size, stat.st_mtime_ns, tuple(speech))
        if self._kept is None or self._kept[0] != key:
            self._kept = None
            self._kept = (key, Windows(audio, speech, self.encoder, progress))
        return self._kept[1]


def _grouped(windows: Windows, bounds: VoiceBounds, floor: Sequence[FloorMark]) -> np.ndarray:
    """Voices, float32 (voices, 2, 256), from clusters of stretches that a log may hold together."""
    import numpy as np

    voices = beginning(windows)
    for _ in range(PASSES):
        found = hmm.path(windows.similarities(voices), windows.moments)
        cores = _cores(found, windows.moments)
        sizes = np.array([b - a for a, b in cores], dtype=np.float32)
        sums = np.stack([windows.rows(a, b).sum(axis=0) for a, b in cores])
        marked = seeds(floor, windows.moments, found, cores, sums[:, 0])
        voices = _regrouped(sums, sizes, bounds, marked)
    return voices


def beginning(windows: Windows) -> np.ndarray:
    """First means of voices, float32 (voices, 2, 256): the clusters of evenly spaced windows."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    step = max(2, -(-len(windows) // SAMPLE))
    rows = np.concatenate(
        [
            windows.rows(start, min(start + ROWS, len(windows)))[-start % step :: step]
            for start in range(0, len(windows), ROWS)
        ]
    )
    distances = 1 - rows[:, 0] @ rows[:, 0].T
    if len(rows) == 1:
        return unit(rows)
    condensed = squareform(distances.clip(0), checks=False)
    labels = fcluster(linkage(condensed, "average"), 1 - SAME, "distance")
    return unit(np.stack([rows[labels == label].mean(axis=0) for label in np.unique(labels)]))


def _cores(found: np.ndarray, moments: np.ndarray) -> list[tuple[int, int]]:
    """The insides of stretches of one voice, as ranges of windows, the longest ones.

    At least one: if all stretches are short, the middle of the longest.
    """
    import numpy as np

    cut = (np.diff(found) != 0) | (np.diff(moments) > 2 * EVERY)
    edges = [0, *(np.flatnonzero(cut) + 1).tolist(), len(found)]
    stretches = list(pairwise(edges))
    cores = [(a + EDGE, b - EDGE) for a, b in stretches if b - a > 2 * EDGE]
    if not cores:
        a, b = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
        cores = [((a + b - 1) // 2, (a + b - 1) // 2 + 1)]
    longest = sorted(cores, key=lambda core: core[0] - core[1])[:CORES]
    return sorted(longest)


def _regrouped(
    sums: np.ndarray, sizes: np.ndarray, bounds: VoiceBounds, marked: Sequence[Sequence[int]]
) -> np.ndarray:
    """Means of voices, float32 (voices, 2, 256), from cores grouped by average similarity.

    Args:
        sums: of the vectors in each core, float32 (cores, 2, 256).
        sizes: how many vectors those are, float32 (cores,).
        bounds: on the number of voices.
        marked: sets of cores known to be one voice each.
    """
    import numpy as np

    means = sums / sizes[:, None, None]
    groups = group(
        means[:, 0] @ means[:, 0].T,
        sizes.tolist(),
        least=max(bounds.least, len(marked)),
        most=max(bounds.most, len(marked)),
        together=marked,
    )
    return unit(np.stack([sums[groups == g].sum(axis=0) for g in range(groups.max() + 1)]))
