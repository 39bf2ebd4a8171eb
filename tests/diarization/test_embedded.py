"""The built-in diarizer on a clip of three voices without pauses between turns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fgd.audio.wav import Audio
from fgd.core.progress import silent
from fgd.diarization import VoiceBounds, VoiceTurn
from fgd.diarization.embedded import EmbeddedDiarizer, load
from fgd.diarization.windows import Windows
from fgd.model import FloorMark, Span
from tests.diarization.conftest import THREE_VOICES, save

if TYPE_CHECKING:
    from fgd.diarization import VoiceEncoder

EVERYTHING = (Span(400, 35_384),)


def told_apart(
    encoder: VoiceEncoder,
    audio: Audio,
    *,
    bounds: VoiceBounds | None = None,
    floor: Sequence[FloorMark] = (),
    speech: Sequence[Span] = EVERYTHING,
) -> tuple[VoiceTurn, ...]:
    return EmbeddedDiarizer(encoder).diarize(
        audio, speech, bounds=bounds or VoiceBounds(), floor=floor, progress=silent
    )


def names(turns: Sequence[VoiceTurn]) -> set[str]:
    return {turn.voice for turn in turns}


def test_three_voices_are_three(encoder: VoiceEncoder, three_voices: Audio) -> None:
    """At 97 of 100 moments the right voice is heard, given that there are three: two of these
    synthetic voices are nearly one to the encoder (mean similarity 0.65).
    """
    turns = told_apart(encoder, three_voices, bounds=VoiceBounds(3, 3))
    assert len(names(turns)) == 3
    best: dict[str, str] = {}
    right = 0
    moments = range(400, 35_384, 20)
    truth = {m: name for name, span in THREE_VOICES for m in moments if m in span}
    heard = {m: turn.voice for turn in turns for m in moments if m in turn.span}
    for voice in names(turns):
        speakers = [truth[m] for m in moments if heard.get(m) == voice]
        best[voice] = max(set(speakers), key=speakers.count)
    assert len(set(best.values())) == 3
    right = sum(best.get(heard.get(m, "")) == truth[m] for m in moments)
    assert right / len(moments) > 0.97


@pytest.mark.parametrize(("least", "most", "count"), [(1, 2, 2), (1, 1, 1), (4, 6, 4)])
def test_bounds_are_kept(
    encoder: VoiceEncoder, three_voices: Audio, least: int, most: int, count: int
) -> None:
    """A roster of two makes two of three; a lower bound of four finds four to begin with."""
    turns = told_apart(encoder, three_voices, bounds=VoiceBounds(least, most))
    assert len(names(turns)) <= most
    assert len(names(turns)) == count or least > 3


def test_the_floor_log_keeps_two_people_apart(encoder: VoiceEncoder, three_voices: Audio) -> None:
    """Even a bound of one gives way to a log that names two people who sound different."""
    log = [FloorMark(span, name) for name, span in THREE_VOICES[:3]]
    turns = told_apart(encoder, three_voices, bounds=VoiceBounds(1, 1), floor=log)
    assert len(names(turns)) == 3


def test_short_and_odd_recordings(
    encoder: VoiceEncoder, three_voices: Audio, tmp_path: Path
) -> None:
    """0.3 s, one window, and stretches shorter than the grid: one voice, no error."""
    sound = three_voices.read(Span(2_000, 2_300))
    short = save(tmp_path / "short.wav", sound)
    assert names(told_apart(encoder, short, speech=[Span(0, 300)])) == {"V1"}
    tiny = told_apart(encoder, three_voices, speech=[Span(2_010, 2_090), Span(3_500, 3_700)])
    assert [turn.span for turn in tiny] == [Span(2_010, 2_090), Span(3_500, 3_700)]


def test_noise_is_one_voice_at_most(encoder: VoiceEncoder, tmp_path: Path) -> None:
    """Ten seconds of hiss do not become a panel discussion."""
    hiss = np.random.default_rng(0).standard_normal(160_000).astype(np.float32) * 0.05
    audio = save(tmp_path / "hiss.wav", hiss)
    assert len(names(told_apart(encoder, audio, speech=[Span(0, 10_000)]))) == 1


def test_the_same_twice(encoder: VoiceEncoder, three_voices: Audio) -> None:
    """Nothing is drawn at random."""
    assert told_apart(encoder, three_voices) == told_apart(encoder, three_voices)


def test_windows_come_back_from_disk_in_pieces(
    encoder: VoiceEncoder, three_voices: Audio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Similarities do not depend on how many vectors are held in memory at once."""
    from fgd.diarization import windows as module

    speech = [Span(400, 3_000), Span(10_000, 14_000)]
    with Windows(three_voices, speech, encoder) as windows:
        centroids = windows.rows(0, 2)
        whole = windows.similarities(centroids)
        monkeypatch.setattr(module, "ROWS", 7)
        pieces = windows.similarities(centroids)
        assert len(windows) == len(windows.moments) == 13 + 20
        assert np.allclose(whole, pieces, atol=1e-6)
        assert abs(whole[0, 0] - 1) < 1e-3


def test_the_entry_point_gives_a_diarizer(encoder: VoiceEncoder) -> None:
    """``embedded`` takes no argument and names its weights in its id."""
    assert load("", None).id == f"embedded:{encoder.id}"
