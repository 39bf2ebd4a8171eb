"""The encoder: what its vectors promise, and how its weights are guarded."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from fgd.audio.wav import Audio
from fgd.core.errors import BackendUnavailable
from fgd.diarization import weights
from fgd.diarization.mel import mel_at, mel_of
from fgd.model import Span
from tests.diarization.conftest import RATE, THREE_VOICES

if TYPE_CHECKING:
    from fgd.diarization import VoiceEncoder


def test_a_voice_is_closest_to_itself(three_voices: Audio, encoder: VoiceEncoder) -> None:
    """Each turn of the clip is more similar to the same voice than to any other."""
    vectors = [encoder(three_voices.read(span)) for _, span in THREE_VOICES]
    alike = np.array(vectors) @ np.array(vectors).T
    names = np.array([name for name, _ in THREE_VOICES])
    same = names[:, None] == names[None]
    assert alike[same].min() > alike[~same].max() + 0.1


def test_vectors_have_length_one_and_no_level(three_voices: Audio, encoder: VoiceEncoder) -> None:
    """A quiet voice is the same voice."""
    sound = three_voices.read(Span(2_000, 5_000))
    loud, quiet = encoder(sound), encoder(sound * 0.01)
    assert abs(float(np.linalg.norm(loud)) - 1) < 1e-5
    assert float(loud @ quiet) > 0.999


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(RATE, dtype=np.float32),
        np.zeros(0, dtype=np.float32),
        np.full(RATE, np.nan, dtype=np.float32),
        np.full(100, 0.1, dtype=np.float32),
    ],
)
def test_nothing_to_hear_gives_zeros(sound: np.ndarray, encoder: VoiceEncoder) -> None:
    """Silence, no samples, NaN and too few samples: no vector, no error, no warning."""
    assert not encoder(sound).any()


def test_mel_in_pieces_is_mel_of_the_whole(three_voices: Audio) -> None:
    """Frames do not depend on where reading began."""
    whole = mel_of(three_voices.read()).numpy()
    for first, last in ((0, 50), (777, 1500), (len(whole) - 30, len(whole))):
        piece = mel_at(three_voices, first, last).numpy()
        assert np.allclose(piece, whole[first:last], atol=1e-6)


def test_the_mel_scale_is_slaneys() -> None:
    """A tone lands in the band that the scale says: linear below 1 kHz, logarithmic above."""
    time = np.arange(RATE) / RATE
    peaks = [
        int(mel_of(np.sin(2 * np.pi * hertz * time).astype(np.float32)).mean(0).argmax())
        for hertz in (200, 1_000, 2_000, 4_000)
    ]
    assert peaks == [2, 13, 22, 31]


def test_another_file_is_refused(tmp_path: Path) -> None:
    """Weights are checked by hash before anything is unpickled."""
    path = tmp_path / "pretrained.pt"
    path.write_bytes(b"something else")
    with pytest.raises(BackendUnavailable, match="not those of Resemblyzer"):
        weights.load(path)


def test_missing_weights_say_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with the command."""

    def nothing(_name: str) -> object:
        raise PackageNotFoundError

    monkeypatch.setattr(weights, "distribution", nothing)
    with pytest.raises(BackendUnavailable, match="pip install --no-deps Resemblyzer"):
        weights.find()


def test_the_package_itself_is_never_imported(encoder: VoiceEncoder) -> None:
    """Its dependencies do not build everywhere; only the file is read."""
    code = (
        "import sys, numpy\n"
        "from fgd.diarization import VoiceEncoder\n"
        "assert not {'torch', 'numpy'} - {'numpy'} & set(sys.modules)\n"
        "VoiceEncoder()(numpy.ones(16000, dtype='float32'))\n"
        "assert not {'resemblyzer', 'webrtcvad', 'librosa'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
