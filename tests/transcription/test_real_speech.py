"""Real people in real meetings, heard by OpenAI's ``base``: words, times, guards, kill and resume."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import pytest
from whisper.normalizers import EnglishTextNormalizer

from fgd import pipeline
from fgd.audio.decode import Audio, decode
from fgd.audio.vad import detect
from fgd.core.backends import Context, resolve
from fgd.core.settings import Settings, SpeechSettings
from fgd.model import Segment, Span, Transcript
from fgd.transcription import guards
from fgd.transcription.transcribe import transcribe
from fgd.transcription.transcriber import Heard, Hints, Transcriber
from fgd.workspace.project import Project
from fgd.workspace.store import hash_file

CLIPS = Path(__file__).parent / "clips"
NAMES = ("opening", "question", "process")
PLAIN = EnglishTextNormalizer()
ENGLISH = Hints(("en",))


@dataclass(frozen=True)
class Clip:
    """A piece of a meeting: its sound, where speech was found, and what people wrote down."""

    audio: Audio
    speech: tuple[Span, ...]
    words: list[dict[str, Any]]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Clip]:
    folder = tmp_path_factory.mktemp("clips")
    made = {}
    for name in NAMES:
        decode(CLIPS / f"{name}.ogg", folder / f"{name}.wav", name)
        audio = Audio.open(folder / f"{name}.wav")
        words = json.loads((CLIPS / f"{name}.json").read_text("utf-8"))
        made[name] = Clip(audio, detect(audio, SpeechSettings()), words)
    return made


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Transcriber:
    """OpenAI's weights, as ``make test`` fetched them."""
    folder = tmp_path_factory.mktemp("project")
    settings = Settings(speech=SpeechSettings(transcriber="whisper:base"))
    context = Context(folder, folder / "weights", settings, hash_file)
    found: Transcriber = resolve("transcriber", "whisper:base", context)
    return found


@pytest.fixture(scope="module")
def heard(
    base: Transcriber, clips: dict[str, Clip], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Transcript]:
    folder = tmp_path_factory.mktemp("heard")
    return {name: hear(base, clips[name], folder / name) for name in NAMES}


def hear(transcriber: Transcriber, clip: Clip, partial: Path) -> Transcript:
    transcript, _ = transcribe(
        "clip", clip.audio, clip.speech, transcriber, ENGLISH,
        partial=partial, key="clip", name="clip",
    )  # fmt: skip
    return transcript


def rate(clip: Clip, transcript: Transcript) -> float:
    said = PLAIN(" ".join(word["text"] for word in clip.words))
    return float(jiwer.wer(said, PLAIN(" ".join(s.text for s in transcript.segments))))


def test_words_are_those_that_people_heard(
    clips: dict[str, Clip], heard: dict[str, Transcript]
) -> None:
    """Far microphones and talk over one another: most words are right, in every clip."""
    rates = {name: rate(clips[name], heard[name]) for name in NAMES}
    assert max(rates.values()) < 0.45, rates
    assert sum(rates.values()) / len(rates) < 0.3, rates
    assert "marketing" not in PLAIN(" ".join(s.text for s in heard["process"].segments))


def test_words_stand_where_they_were_said(
    clips: dict[str, Clip], heard: dict[str, Transcript]
) -> None:
    """Rare words, found in both texts once, begin within half a second of the reference."""
    off = []
    for name in NAMES:
        found = [word for s in heard[name].segments for word in s.words]
        for said in clips[name].words:
            same = [w for w in found if guards.plain(w.text) == guards.plain(said["text"])]
            twice = [w for w in clips[name].words if w["text"].lower() == said["text"].lower()]
            if len(same) == len(twice) == 1 and len(said["text"]) > 4:
                off.append(abs(same[0].span.start / 1000 - said["start"]))
    assert len(off) >= 15
    assert float(np.median(off)) < 0.2
    assert max(off) < 1.0


def test_words_are_in_order_and_cover_the_speech(
    clips: dict[str, Clip], heard: dict[str, Transcript]
) -> None:
    for name in NAMES:
        starts = [w.span.start for s in heard[name].segments for w in s.words]
        assert starts == sorted(starts)
        assert heard[name].segments[-1].words[-1].span.end <= clips[name].audio.duration
        assert heard[name].coverage.share >= 0.9
        assert heard[name].languages == ("en",)


class Killed(Exception):
    """What stands for the power cut."""


class DiesAfter:
    """The real transcriber, one window at a time, that dies after some of them."""

    def __init__(self, real: Transcriber, batches: int) -> None:
        self.id, self.version, self.batch = real.id, real.version, 1
        self.heard: list[int] = []
        self._real, self._left = real, batches

    def transcribe(self, sound: Sequence[np.ndarray], hints: Hints) -> list[Heard]:
        if not self._left:
            raise Killed
        self._left -= 1
        self.heard.append(sound[0].size)
        return self._real.transcribe(sound, hints)


def test_a_killed_run_goes_on_and_ends_the_same(
    base: Transcriber, clips: dict[str, Clip], heard: dict[str, Transcript], tmp_path: Path
) -> None:
    """Nothing is heard twice, and the transcript is that of a run without a break."""
    clip = clips["process"]
    cut = Clip(clip.audio, tuple(_halves(clip.speech, 12_000)), clip.words)

    def run(transcriber: Transcriber, name: str) -> Transcript:
        transcript, _ = transcribe(
            "clip", cut.audio, cut.speech, transcriber, ENGLISH,
            partial=tmp_path / name, key="clip", name="clip", longest=12_000,
        )  # fmt: skip
        return transcript

    whole = DiesAfter(base, 99)
    unbroken = run(whole, "unbroken")
    first, second = DiesAfter(base, 1), DiesAfter(base, 99)
    with pytest.raises(Killed):
        run(first, "broken")
    assert run(second, "broken") == unbroken
    assert first.heard + second.heard == whole.heard


def _halves(speech: Sequence[Span], longest: int) -> list[Span]:
    parts = []
    for span in speech:
        while span.duration > longest:
            parts.append(Span(span.start, span.start + longest))
            span = Span(span.start + longest, span.end)
        parts.append(span)
    return parts


def test_nothing_is_invented_in_what_is_no_speech(base: Transcriber) -> None:
    """Silence, a murmur of noise and a chord, heard as if somebody spoke in them: whatever is
    written is doubted, so that nothing passes as said.
    """
    at = np.arange(8 * 16_000) / 16_000
    chord = sum(np.sin(2 * np.pi * hertz * at) for hertz in (220, 277, 330)) * 0.1
    murmur = np.random.default_rng(5).standard_normal(at.size) * 0.01
    sounds = [np.zeros(at.size), murmur, np.asarray(chord)]
    results = base.transcribe([sound.astype(np.float32) for sound in sounds], ENGLISH)
    for result in results:
        for segment in result.segments:
            assert guards.flags(segment, result, (), (), first=True), segment.text


def test_the_language_is_told_among_those_declared(
    base: Transcriber, clips: dict[str, Clip]
) -> None:
    clip = clips["opening"]
    window = clip.audio.read(Span(0, clip.audio.duration))
    (told,) = base.transcribe([window], Hints(("id", "th", "en", "vi")))
    assert told.language == "en"
    assert all(isinstance(s, Segment) and s.language == "en" for s in told.segments)


def test_deleting_the_transcript_hears_again(tmp_path: Path) -> None:
    """A finished step leaves no partial text behind from which it would be filled unheard."""
    (tmp_path / "recordings").mkdir()
    (tmp_path / "fgd.toml").write_text('[speech]\ntranscriber = "whisper:base"\n')
    shutil.copy(CLIPS / "opening.ogg", tmp_path / "recordings" / "talk.ogg")
    project = Project.open(tmp_path)

    def run() -> float:
        context = pipeline.SessionContext(project, project.session("talk"))
        (recording,) = context.intake.session.recordings
        (done,) = [pipeline.transcribe(context, recording)]
        assert done.value.segments
        work = context.store.folder / recording.id
        assert not list(work.glob("*.partial.jsonl"))
        (record,) = context.store.folder.rglob("transcript.json")
        at = record.stat().st_mtime_ns
        record.unlink()
        return at

    assert run() < run()
