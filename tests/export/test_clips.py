"""Clips: sound that begins where its quote begins."""

from __future__ import annotations

import io
import wave
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from fgd.audio.decode import SAMPLE_RATE, Audio
from fgd.export import clips
from fgd.export.brief import AFTER, BEFORE
from fgd.model import Brief
from tests.synthesis.rooms import brief

CODEC = 80
"""Milliseconds of silence that the codec puts before the sound."""


@pytest.fixture
def noise(tmp_path: Path) -> Audio:
    """A minute of noise, no stretch of which is like another."""
    samples = np.random.default_rng(7).normal(0, 6000, 60 * SAMPLE_RATE)
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(np.convolve(samples, np.ones(6) / 6, "same").astype("<i2").tobytes())
    return Audio.open(path)


def heard(data: bytes) -> np.ndarray:
    with av.open(io.BytesIO(data), "r") as container:
        frames = [frame.to_ndarray().ravel() for frame in container.decode(audio=0)]
    return np.concatenate(frames).astype(np.float64)


def begins(clip: np.ndarray, whole: np.ndarray) -> float:
    """Where in the recording a clip begins, in milliseconds: the peak of their correlation."""
    size = 1 << (len(whole) + len(clip)).bit_length()
    turned = np.conj(np.fft.rfft(clip, size))
    return float(np.argmax(np.fft.irfft(np.fft.rfft(whole, size) * turned))) * 1000 / SAMPLE_RATE


def test_a_clip_begins_at_its_quote(noise: Audio) -> None:
    """A quarter of a second before the first word, which is often heard before its time."""
    made: Brief = brief()
    placed = [replace(e, clip=f"clips/{e.id}.mp3") for e in made.extracts if e.sources]
    found = clips(replace(made, extracts=tuple(placed)), lambda _: noise)
    assert set(found) == {each.clip for each in placed}
    whole = noise.read().astype(np.float64)
    for each in placed:
        start, end = each.sources[0].span.start, each.sources[-1].span.end
        clip = heard(found[each.clip])
        lead = max(start - BEFORE, 0)
        body = clip[SAMPLE_RATE // 5 : SAMPLE_RATE]  # past the silence of the codec
        assert lead - CODEC <= begins(body, whole) - 200 <= lead
        assert len(clip) * 1000 / SAMPLE_RATE >= end + AFTER - lead - CODEC


def test_a_recording_that_is_not_here_gives_no_clip() -> None:
    """And no empty file."""
    made = brief()
    placed = tuple(replace(each, clip=f"clips/{each.id}.mp3") for each in made.extracts)
    assert clips(replace(made, extracts=placed), lambda _: None) == {}
