"""Real human speech through real checkpoints, when they are on this machine.

``make test-weights`` runs this on every checkpoint from ``tiny`` to ``turbo`` in Whisper's own
cache or in the folder named by ``FGD_WEIGHTS``, with the clips in the folder named by
``FGD_CLIPS``: each ``name.flac`` (or any audio file) with its text in ``name.txt`` and, if it is
not English, its language in ``name.lang``. LibriVox and openai-whisper's ``tests/jfk.flac`` are
public-domain sources.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jiwer
import pytest
from whisper.normalizers import BasicTextNormalizer, EnglishTextNormalizer

from fgd.audio.decode import decode
from fgd.audio.vad import detect
from fgd.core.files import MEDIA
from fgd.core.registry import Context, resolve
from fgd.core.settings import Settings
from fgd.model import Span, Transcript
from fgd.transcription.backend import Hints
from fgd.transcription.transcribe import transcribe
from fgd.transcription.whisper.checkpoints import available
from fgd.workspace.store import hash_file

pytestmark = pytest.mark.weights

WEIGHTS = Path(os.environ.get("FGD_WEIGHTS", "weights"))
CLIPS = Path(os.environ.get("FGD_CLIPS", "weights/clips"))
CHECKPOINTS = [checkpoint.name for checkpoint in available(WEIGHTS)]
CLIP_FILES = sorted(p for p in CLIPS.glob("*") if p.suffix in MEDIA) if CLIPS.is_dir() else []

# Word error rate on clean read speech; openai-whisper's own figures on LibriSpeech are lower.
WORST = {"tiny": 0.20, "base": 0.15, "small": 0.10}

if not CHECKPOINTS:
    pytest.skip(
        f"no checkpoint in {WEIGHTS} or Whisper's cache: run fgd models pull tiny, or set"
        " FGD_WEIGHTS",
        allow_module_level=True,
    )
if not CLIP_FILES:
    pytest.skip(f"no clips in {CLIPS}: set FGD_CLIPS", allow_module_level=True)


@pytest.fixture(scope="module", params=CHECKPOINTS)
def transcriber(request: pytest.FixtureRequest) -> Any:
    context = Context(Path(), WEIGHTS, Settings(), hash_file)
    return resolve("transcriber", f"whisper:{request.param}", context)


def language(clip: Path) -> str:
    named = clip.with_suffix(".lang")
    return named.read_text(encoding="utf-8").strip() if named.is_file() else "en"


def hear(transcriber: Any, clip: Path, folder: Path, *languages: str) -> tuple[Transcript, int]:
    from fgd.audio.wav import Audio

    sound, _ = decode(clip, folder / "sound.wav", "clip")
    audio = Audio.open(folder / "sound.wav")
    speech: tuple[Span, ...] = detect(audio, Settings().speech)
    transcript, _ = transcribe(
        "clip", audio, speech, transcriber, Hints(languages),
        partial=folder / "partial.jsonl", key=clip.name, name=clip.name,
    )  # fmt: skip
    return transcript, sound.duration


@pytest.mark.parametrize("clip", CLIP_FILES, ids=lambda p: p.stem)
def test_words_times_and_guards_on_human_speech(
    transcriber: Any, clip: Path, tmp_path: Path
) -> None:
    """Words are right, times are in order and inside, speech is covered, little is doubted."""
    size = transcriber.id.split(":")[1].split("@")[0]
    spoken = language(clip)
    if size.endswith(".en") and spoken != "en":
        pytest.skip("an English checkpoint")
    transcript, duration = hear(transcriber, clip, tmp_path, spoken)
    plain = EnglishTextNormalizer() if spoken == "en" else BasicTextNormalizer()
    said = plain(clip.with_suffix(".txt").read_text(encoding="utf-8"))
    heard = plain(" ".join(segment.text for segment in transcript.segments))
    assert jiwer.wer(said, heard) <= WORST.get(size.removesuffix(".en"), 0.08)
    words = [word for segment in transcript.segments for word in segment.words]
    assert [word.span.start for word in words] == sorted(word.span.start for word in words)
    assert words[-1].span.end <= duration
    assert transcript.coverage.share >= 0.95
    doubted = [segment for segment in transcript.segments if segment.flags]
    assert len(doubted) <= 0.1 * len(transcript.segments) + 1


@pytest.mark.parametrize("clip", CLIP_FILES, ids=lambda p: p.stem)
def test_the_language_is_found_among_those_declared(
    transcriber: Any, clip: Path, tmp_path: Path
) -> None:
    """With several languages declared each window is heard in the right one."""
    if ".en@" in transcriber.id:
        pytest.skip("an English checkpoint")
    transcript, _ = hear(transcriber, clip, tmp_path, "en", "id", "vi", "th", language(clip))
    assert transcript.languages[0] == language(clip)
