"""Two people at once: marked where it lasts, on a line fitted on synthetic speech."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fgd.audio.wav import Audio
from fgd.diarization.overlap import SURE, log_odds, marked
from fgd.diarization.windows import Windows
from fgd.model import Span
from tests.diarization.conftest import save

if TYPE_CHECKING:
    from pathlib import Path

    from fgd.diarization import VoiceEncoder


def test_a_mixture_sounds_more_like_two(
    encoder: VoiceEncoder, three_voices: Audio, tmp_path: Path
) -> None:
    """Two voices laid over each other are marked for most of the time, one voice hardly ever."""
    one = three_voices.read(Span(1_000, 8_000))
    other = three_voices.read(Span(9_000, 15_000))
    length = min(len(one), len(other))
    sounds = {"one": one, "two": one[:length] + other[:length]}
    share = {}
    for name, sound in sounds.items():
        audio = save(tmp_path / f"{name}.wav", sound)
        with Windows(audio, [Span(0, audio.duration)], encoder) as windows:
            share[name] = marked(windows.double, windows.moments).mean()
    assert share["two"] > 0.5
    assert share["one"] < 0.1


def test_a_moment_is_not_enough() -> None:
    """One window that sounds double is a change of voice; two in a row are overlap."""
    odds = np.full(20, SURE - 5, dtype=np.float32)
    moments = np.arange(20) * 200
    odds[5] = SURE + 8
    assert not marked(odds, moments).any()
    odds[6] = SURE + 8
    assert marked(odds, moments).tolist() == [i in (5, 6) for i in range(20)]


def test_pauses_do_not_join_moments() -> None:
    """Two moments on both sides of a silence are not a stretch of overlap."""
    odds = np.full(6, SURE - 9, dtype=np.float32)
    odds[2:4] = SURE + 9
    together, apart = np.arange(6) * 200, np.array([0, 200, 400, 5_000, 5_200, 5_400])
    assert marked(odds, together).sum() == 2
    assert marked(odds, apart).sum() == 0


def test_nothing_in_nothing_out() -> None:
    """No moments, no marks."""
    assert log_odds(np.zeros((0, 512), dtype=np.float32)).shape == (0,)
    assert marked(np.zeros(0), np.zeros(0)).shape == (0,)
