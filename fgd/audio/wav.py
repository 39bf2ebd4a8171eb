"""The 16 kHz mono sound of a recording, read from disk without loading it whole."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fgd.model import Span

if TYPE_CHECKING:
    import numpy as np

SAMPLE_RATE = 16_000
SAMPLES_PER_MS = SAMPLE_RATE // 1000


@dataclass(frozen=True, slots=True)
class Audio:
    """A mono 16-bit WAV file at 16 kHz, as the decoder leaves it in ``work/``."""

    path: Path
    duration: int

    @classmethod
    def open(cls, path: Path) -> Audio:
        """Read the header. Raises ``ValueError`` if the file is not 16 kHz mono 16-bit PCM."""
        with wave.open(str(path), "rb") as reader:
            shape = (reader.getframerate(), reader.getnchannels(), reader.getsampwidth())
            if shape != (SAMPLE_RATE, 1, 2):
                raise ValueError(f"{path} is not 16 kHz mono 16-bit sound but {shape}")
            return cls(path, reader.getnframes() // SAMPLES_PER_MS)

    def read(self, span: Span | None = None) -> np.ndarray:
        """Samples of a span as float32 in [-1, 1); 16 a millisecond, fewer at the end."""
        import numpy as np

        span = span or Span(0, self.duration)
        with wave.open(str(self.path), "rb") as reader:
            start = min(span.start * SAMPLES_PER_MS, reader.getnframes())
            reader.setpos(start)
            data = reader.readframes(span.end * SAMPLES_PER_MS - start)
        samples: np.ndarray = np.frombuffer(data, dtype="<i2").astype(np.float32) / 32768.0
        return samples
