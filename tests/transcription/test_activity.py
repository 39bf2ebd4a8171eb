"""Where somebody speaks: spans, levels, and memory of what came before."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.audio.decode import Audio
from fgd.audio.vad import FRAME_MS, MARGIN, PAUSE, detect, probabilities, stretches
from fgd.core.settings import SpeechSettings
from fgd.model import Span

CLIP = Path(__file__).parent.parent / "diarization" / "data" / "three_voices.ogg"


def clip() -> np.ndarray:
    """36 s of three synthetic voices, one second of which is silence; float32 at 16 kHz."""
    import av

    resampler = av.AudioResampler("s16", "mono", 16_000)
    with av.open(str(CLIP)) as source:
        frames = [r for frame in source.decode(audio=0) for r in resampler.resample(frame)]
    return np.concatenate([f.to_ndarray()[0] for f in frames]).astype(np.float32) / 32768


def saved(path: Path, samples: np.ndarray) -> Audio:
    """Samples as the decoder would leave them."""
    with wave.open(str(path), "wb") as writer:
        writer.setparams((1, 2, 16_000, 0, "NONE", ""))
        writer.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return Audio.open(path)


def seconds(spans: tuple[Span, ...]) -> float:
    return sum(span.duration for span in spans) / 1000


def test_speech_is_found_and_silence_is_not(tmp_path: Path) -> None:
    """Ten seconds of quiet noise around the clip stay silent."""
    noise = np.random.default_rng(0).standard_normal(160_000).astype(np.float32) * 1e-3
    sound = np.concatenate([noise, clip(), noise])
    spans = detect(saved(tmp_path / "a.wav", sound), SpeechSettings())
    assert 33 < seconds(spans) < 37
    assert spans[0].start > 9_500
    assert spans[-1].end < 46_500


def test_a_quiet_recording_gives_the_same_speech_as_a_loud_one(tmp_path: Path) -> None:
    """The running gain makes the result independent of the level it was recorded at."""
    sound = clip()
    loud = detect(saved(tmp_path / "loud.wav", sound), SpeechSettings())
    quiet = detect(saved(tmp_path / "quiet.wav", sound * 0.05), SpeechSettings())
    assert abs(seconds(loud) - seconds(quiet)) < 0.5


def test_blocks_leave_no_seam(tmp_path: Path) -> None:
    """Carrying the state makes block-wise probabilities those of the library's one call."""
    from silero_vad import load_silero_vad

    sound = clip()
    sound *= 10 ** (-25 / 20) / np.percentile(
        np.sqrt(np.square(sound[: len(sound) // 512 * 512].reshape(-1, 512)).mean(1)), 95
    )
    audio = saved(tmp_path / "a.wav", sound)
    ours = list(probabilities(audio))
    theirs = load_silero_vad(sequence=True).audio_forward(audio.read())
    assert len(ours) == len(theirs)
    assert np.abs(np.array(ours) - theirs).mean() < 0.02  # the gain differs a little by block


def test_detection_leaves_the_number_of_threads_alone(tmp_path: Path) -> None:
    """Importing silero_vad sets torch to one thread for the whole process; we set it back."""
    import subprocess
    import sys

    path = saved(tmp_path / "a.wav", np.zeros(16_000, dtype=np.float32)).path
    code = (
        "import torch; torch.set_num_threads(2)\n"
        "from pathlib import Path\n"
        "from fgd.audio.decode import Audio\n"
        "from fgd.core.settings import SpeechSettings\n"
        "from fgd.audio.vad import detect\n"
        f"detect(Audio.open(Path({str(path)!r})), SpeechSettings())\n"
        "assert torch.get_num_threads() == 2"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("samples", [0, 1, 3_200])
def test_almost_nothing_is_no_speech(tmp_path: Path, samples: int) -> None:
    """An empty file, one sample and 0.2 s of silence have no speech and no error."""
    sound = np.zeros(samples, dtype=np.float32)
    assert detect(saved(tmp_path / "a.wav", sound), SpeechSettings()) == ()


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    """The last call says that all milliseconds are done."""
    calls: list[tuple[str, int, int]] = []
    audio = saved(tmp_path / "a.wav", clip())
    detect(audio, SpeechSettings(), lambda *call: calls.append(call))
    assert calls[-1] == ("activity", audio.duration, audio.duration)


def frames(*runs: tuple[int, float]) -> list[float]:
    """Runs of (how many frames, probability)."""
    return [probability for count, probability in runs for _ in range(count)]


def test_a_short_pause_does_not_end_a_stretch_and_a_long_one_does() -> None:
    """300 ms is the line; where margins meet, the stretches touch and stay two."""
    short, long = PAUSE // FRAME_MS, PAUSE // FRAME_MS + 1
    assert len(stretches(frames((30, 1), (short, 0), (30, 1)), 0.3, 99_000)) == 1
    two = stretches(frames((30, 1), (long, 0), (30, 1)), 0.3, 99_000)
    assert len(two) == 2
    assert two[0].end == two[1].start


def test_hysteresis_keeps_a_word_that_fades() -> None:
    """Speech begins at the threshold but ends well below it."""
    fading = frames((10, 0.1), (20, 0.31), (20, 0.2), (20, 0.1))
    (span,) = stretches(fading, 0.3, 99_000)
    assert span == Span(10 * FRAME_MS - MARGIN, 50 * FRAME_MS + MARGIN)
    assert stretches(frames((40, 0.2)), 0.3, 99_000) == ()


def test_a_click_is_no_speech() -> None:
    """Bursts below 100 ms are dropped."""
    assert stretches(frames((20, 0), (2, 1), (20, 0)), 0.3, 99_000) == ()


@given(
    st.lists(st.floats(0, 1), max_size=400),
    st.integers(0, 400 * FRAME_MS),
    st.floats(0.1, 0.9),
)
def test_stretches_are_ordered_apart_and_inside(
    detected: list[float], duration: int, threshold: float
) -> None:
    """Whatever the probabilities: in order, never overlapping, never beyond the recording."""
    spans = stretches(detected, threshold, duration)
    assert all(0 <= span.start < span.end <= duration for span in spans)
    assert all(a.end <= b.start for a, b in zip(spans, spans[1:], strict=False))
