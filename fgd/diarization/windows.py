"""A recording as a sequence of voice vectors: one every 200 ms of speech, kept on disk.

Memory does not grow with the length: vectors are written to a nameless temporary file as they
come (8 hours make about 140 MB there) and read back in pieces.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fgd.audio.wav import Audio
from fgd.core.progress import Progress, silent
from fgd.diarization.encoder import SHORT, SIZE, WINDOW, VoiceEncoder
from fgd.diarization.mel import FRAME_MS, mel_at
from fgd.diarization.overlap import log_odds
from fgd.model import Span

if TYPE_CHECKING:
    import numpy as np

EVERY = 200  # ms between the centres of two windows
PIECE = 60_000  # ms of sound in memory at once
ROWS = 4096  # vectors in memory at once

_HOP = EVERY // FRAME_MS
# The first half of a window is centred 0.4 s before its middle: this many rows earlier.
_LEAD = (WINDOW - SHORT) // 2 // _HOP


class Windows:
    """Vectors of windows of 1.6 s and of 0.8 s around the same moments.

    Attributes:
        moments: the centres in ms, in order, int64 (n,).
        double: log-odds that two people speak at once, float32 (n,).
    """

    def __init__(
        self,
        audio: Audio,
        speech: Sequence[Span],
        encoder: VoiceEncoder,
        progress: Progress = silent,
    ) -> None:
        import numpy as np

        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self._closing = weakref.finalize(self, self._file.close)
        moments: list[int] = []
        double = [np.zeros(0, dtype=np.float32)]
        total = sum(span.duration for span in speech)
        done = 0
        for piece in _pieces(speech):
            centres = _centres(piece)
            long, short, both = _heard(audio, centres, encoder)
            self._file.write(np.hstack([long, short]).astype(np.float16).tobytes())
            moments += centres
            double.append(both)
            done += piece.duration
            progress("voices", done, total)
        self.moments = np.array(moments, dtype=np.int64)
        self.double = np.concatenate(double)

    def __len__(self) -> int:
        return len(self.moments)

    def __enter__(self) -> Windows:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the vectors on disk; done by itself when nobody holds this any more."""
        self._closing()

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Vectors of both lengths, float32 (stop - start, 2, 256)."""
        import numpy as np

        width = 2 * SIZE * 2
        self._file.seek(start * width)
        data = np.frombuffer(self._file.read((stop - start) * width), dtype=np.float16)
        return data.reshape(-1, 2, SIZE).astype(np.float32)

    def mean(self, chosen: np.ndarray) -> np.ndarray:
        """The mean over some of the windows (bool (n,), at least one), float32 (2, 256)."""
        import numpy as np

        total = np.zeros((2, SIZE), dtype=np.float32)
        for start in range(0, len(self), ROWS):
            stop = min(start + ROWS, len(self))
            total += self.rows(start, stop)[chosen[start:stop]].sum(axis=0)
        return total / np.float32(chosen.sum())

    def similarities(self, centroids: np.ndarray) -> np.ndarray:
        """Mean cosine over both lengths between each window and each voice.

        Args:
            centroids: float32 (voices, 2, 256), of length one.

        Returns:
            float32 (n, voices).
        """
        import numpy as np

        found = np.empty((len(self), len(centroids)), dtype=np.float32)
        for start in range(0, len(self), ROWS):
            stop = min(start + ROWS, len(self))
            found[start:stop] = (
                np.einsum("tsd,vsd->tv", self.rows(start, stop), centroids, optimize=True) / 2
            )
        return found


def _pieces(speech: Sequence[Span]) -> Iterator[Span]:
    """Stretches of speech, the long ones cut, so that memory is bounded."""
    for span in speech:
        for start in range(span.start, span.end, PIECE):
            yield Span(start, min(start + PIECE, span.end))


def _centres(piece: Span) -> list[int]:
    """Moments on a grid of 200 ms inside a stretch; its middle if it is too short for one."""
    first = -(-piece.start // EVERY) * EVERY
    middle = (piece.start + piece.end) // 2 // FRAME_MS * FRAME_MS
    return list(range(first, piece.end, EVERY)) or [middle]


def _heard(
    audio: Audio, centres: Sequence[int], encoder: VoiceEncoder
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vectors of 1.6 s and of 0.8 s around each centre, (n, 256) each, and log-odds of overlap.

    Windows that would reach beyond the recording are moved inside; a recording shorter than a
    window is heard over and over.
    """
    import torch

    frames = audio.duration // FRAME_MS
    ahead = [centres[-1] + EVERY * (i + 1) for i in range(_LEAD)]
    starts = [moment // FRAME_MS - WINDOW // 2 for moment in (*centres, *ahead)]
    starts = [min(max(start, 0), max(frames - WINDOW, 0)) for start in starts]
    mel = mel_at(audio, starts[0], starts[-1] + WINDOW)
    if len(mel) < WINDOW:
        mel = mel.repeat(-(-WINDOW // max(len(mel), 1)), 1)
    stacked = torch.stack([mel[s - starts[0] : s - starts[0] + WINDOW] for s in starts])
    reading = encoder.read(stacked)
    return reading.long[: len(centres)], reading.short[_LEAD:], log_odds(reading.states[_LEAD:])
