"""Channels that keep people apart, and channels that do not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fgd.audio.decode import Audio
from fgd.core.backends import Progress, silent
from fgd.diarization import VoiceBounds, VoiceTurn, one_speaker_per_channel
from fgd.diarization.diarize import by_channel
from fgd.model import FloorMark, Span
from tests.diarization.conftest import save, tone

RNG = np.random.default_rng(0)


class Parrot:
    """A diarizer that hears one voice, or two by turns in stretches of a second."""

    id = "parrot"
    version = "1"

    def __init__(self, *voices: str) -> None:
        self.voices = voices or ("V1",)

    def diarize(
        self,
        audio: Audio,
        speech: Sequence[Span],
        *,
        bounds: VoiceBounds,
        floor: Sequence[FloorMark],
        progress: Progress,
    ) -> tuple[VoiceTurn, ...]:
        return tuple(
            VoiceTurn(
                self.voices[start // 1000 % len(self.voices)],
                Span(start, min(start + 1000, span.end)),
            )
            for span in speech
            for start in range(span.start, span.end, 1000)
        )


def talk(*spans: tuple[int, int], seconds: int = 20, hertz: float = 200) -> np.ndarray:
    """Quiet noise with a loud tone in the given seconds."""
    sound = RNG.standard_normal(seconds * 16_000).astype(np.float32) * 1e-3
    for start, end in spans:
        sound[start * 16_000 : end * 16_000] += tone(hertz, (end - start) * 1000)
    return sound


def channels(folder: Path, *sounds: np.ndarray) -> list[Audio]:
    return [save(folder / f"{i}.wav", sound) for i, sound in enumerate(sounds)]


def test_two_lines_are_two_people(tmp_path: Path) -> None:
    """Each channel is loud when the other is not; some bleed does not matter."""
    one, two = talk((0, 6), (12, 16)), talk((6, 12), (16, 20))
    bleed = 0.2  # -14 dB
    assert one_speaker_per_channel(channels(tmp_path, one + bleed * two, two + bleed * one))


@pytest.mark.parametrize("near", [1.0, 0.7])
def test_two_microphones_of_one_room_are_not(tmp_path: Path, near: float) -> None:
    """The same sound on both channels, or 3 dB weaker on one, tells nobody apart."""
    one, two = talk((0, 6), (12, 16)), talk((6, 12), (16, 20))
    left, right = one + near * two, near * one + two
    assert not one_speaker_per_channel(channels(tmp_path, left, right))


def test_a_dead_channel_is_nobody(tmp_path: Path) -> None:
    """Sound on the left only is one microphone, not two people."""
    everybody = talk((0, 18))
    dead = np.zeros_like(everybody)
    assert not one_speaker_per_channel(channels(tmp_path, everybody, dead))
    assert not one_speaker_per_channel(channels(tmp_path, dead, dead))
    assert not one_speaker_per_channel(channels(tmp_path, everybody))


def test_turns_and_overlap_come_from_the_channels(tmp_path: Path) -> None:
    """One voice per channel, where it is the loud one; both at once are two turns."""
    sounds = talk((0, 8)), talk((6, 14), hertz=300)
    turns = by_channel(
        channels(tmp_path, *sounds),
        [Span(0, 20_000)],
        Parrot(),
        bounds=VoiceBounds(),
        progress=silent,
    )
    assert [(t.voice, t.span) for t in turns] == [
        ("channel1", Span(0, 8_000)),
        ("channel2", Span(6_000, 14_000)),
    ]


def test_a_room_behind_one_line_is_split(tmp_path: Path) -> None:
    """Several voices with a fair share on a channel are several voices."""
    sounds = talk((0, 8)), talk((8, 9))
    turns = by_channel(
        channels(tmp_path, *sounds),
        [Span(0, 20_000)],
        Parrot("A", "B"),
        bounds=VoiceBounds(),
        progress=silent,
    )
    assert {t.voice for t in turns} == {"channel1.A", "channel1.B", "channel2"}
