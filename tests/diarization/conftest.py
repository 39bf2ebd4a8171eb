"""A committed clip of three synthetic voices, the real encoder, and an ear for tones."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fgd.audio.decode import Audio
from fgd.core.errors import BackendUnavailable
from fgd.model import Span

if TYPE_CHECKING:
    from fgd.diarization import VoiceEncoder
    from fgd.diarization.embedded import EmbeddedDiarizer

DATA = Path(__file__).parent / "data"
RATE = 16_000

# Who says what in data/three_voices.ogg (flite's rms, slt and awb), in ms, no pause between them.
THREE_VOICES = (
    ("rms", Span(400, 8_817)),
    ("slt", Span(8_817, 15_197)),
    ("awb", Span(15_197, 22_302)),
    ("slt", Span(22_302, 24_535)),
    ("rms", Span(24_535, 28_297)),
    ("awb", Span(28_297, 31_572)),
    ("slt", Span(31_572, 35_384)),
)


def save(path: Path, samples: np.ndarray) -> Audio:
    """Samples as the decoder would leave them."""
    with wave.open(str(path), "wb") as writer:
        writer.setparams((1, 2, RATE, 0, "NONE", ""))
        writer.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return Audio.open(path)


def tone(hertz: float, milliseconds: int, level: float = 0.2) -> np.ndarray:
    """A sine, float32."""
    time = np.arange(milliseconds * RATE // 1000) / RATE
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


class ToneEmbedder:
    """Hears pitch and nothing else: a vector with energy per 100 Hz band, of length one."""

    id = "tones"
    version = "1"

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        if len(samples) < RATE // 10 or not np.any(samples) or not np.isfinite(samples).all():
            return np.zeros(20, dtype=np.float32)
        spectrum = np.abs(np.fft.rfft(samples))
        bands = np.minimum((np.arange(len(spectrum)) * RATE / len(samples)) // 100, 19).astype(int)
        energy = np.sqrt(np.bincount(bands, spectrum**2, minlength=20))
        heard: np.ndarray = (energy / np.linalg.norm(energy)).astype(np.float32)
        return heard


@pytest.fixture(scope="session")
def three_voices(tmp_path_factory: pytest.TempPathFactory) -> Audio:
    """The clip, decoded: 36 s, turns as in ``THREE_VOICES``."""
    import av

    resampler = av.AudioResampler("s16", "mono", RATE)
    with av.open(str(DATA / "three_voices.ogg")) as source:
        frames = [r for frame in source.decode(audio=0) for r in resampler.resample(frame)]
    samples = np.concatenate([frame.to_ndarray()[0] for frame in frames]) / 32768
    return save(tmp_path_factory.mktemp("clip") / "three_voices.wav", samples)


@pytest.fixture(scope="session")
def encoder() -> VoiceEncoder:
    """The built-in encoder; ``make test`` fetches its weights."""
    from fgd.diarization import VoiceEncoder

    try:
        return VoiceEncoder()
    except BackendUnavailable as problem:
        pytest.skip(str(problem))


@pytest.fixture(scope="session")
def diarizer(encoder: VoiceEncoder) -> EmbeddedDiarizer:
    """The built-in diarizer; what it heard last it need not hear again."""
    from fgd.diarization.embedded import EmbeddedDiarizer

    return EmbeddedDiarizer(encoder)
