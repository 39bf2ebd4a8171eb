"""The mel spectrum that the voice encoder was trained on."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from fgd.audio.wav import SAMPLE_RATE, SAMPLES_PER_MS, Audio
from fgd.model import Span

if TYPE_CHECKING:
    import numpy as np
    import torch

FRAME_MS = 10
LENGTH = 400  # samples in one frame's window: 25 ms
HOP = FRAME_MS * SAMPLES_PER_MS
BANDS = 40


def mel_of(samples: np.ndarray) -> torch.Tensor:
    """Mel power spectrum of samples: float32 (samples,) to (frames, 40), one frame per 10 ms.

    Frame ``i`` is centred on sample ``160 * i``; beyond the ends there is silence. Power, not its
    logarithm, with filters of equal area: what GE2E of Wan et al. (2018) got as input in the
    training of these weights.
    """
    import torch

    wave = torch.as_tensor(samples, dtype=torch.float32)
    if not len(wave):
        return torch.zeros(0, BANDS)
    spectrum = torch.stft(
        wave,
        n_fft=LENGTH,
        hop_length=HOP,
        window=torch.hann_window(LENGTH),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )
    power: torch.Tensor = spectrum.abs().square()
    return (_filters() @ power).T


def mel_at(audio: Audio, first: int, last: int) -> torch.Tensor:
    """Frames ``first`` to ``last`` (exclusive) of a recording, the same as ``mel_of`` the whole.

    Only the sound that these frames look at is read.
    """
    guard = LENGTH // HOP  # frames on both sides whose neighbourhood would be cut off
    begin = max(first - guard, 0)
    sound = audio.read(Span(begin * FRAME_MS, (last + guard) * FRAME_MS))
    return mel_of(sound)[first - begin : last - begin]


@functools.cache
def _filters() -> torch.Tensor:
    """Triangles on the mel scale of Slaney's Auditory Toolbox (1998), each of area one."""
    import numpy as np
    import torch

    def to_mel(hertz: np.ndarray) -> np.ndarray:
        # linear below 1 kHz (200/3 Hz a step), logarithmic above (27 steps to 6.4 kHz)
        high = 15 + np.log(np.maximum(hertz, 1) / 1000) / (np.log(6.4) / 27)
        return np.where(hertz < 1000, hertz * 3 / 200, high)

    def to_hertz(mel: np.ndarray) -> np.ndarray:
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))

    top = SAMPLE_RATE / 2
    bins = np.linspace(0, top, LENGTH // 2 + 1)
    corners = to_hertz(np.linspace(0, to_mel(np.array(top)), BANDS + 2))
    left, middle, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising = (bins - left) / (middle - left)
    falling = (right - bins) / (right - middle)
    triangles = np.maximum(0, np.minimum(rising, falling)) * 2 / (right - left)
    return torch.from_numpy(triangles.astype(np.float32))
