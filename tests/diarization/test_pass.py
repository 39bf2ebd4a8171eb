"""Voices in a pass: a recording with one person per channel, and one with nobody in it."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from fgd import pipeline
from fgd.audio.decode import Audio
from fgd.workspace.project import Project
from tests.diarization.conftest import RATE, THREE_VOICES

WORDS = "WEBVTT\n\n00:01.000 --> 00:08.000\nThe first one speaks.\n"
WORDS += "\n00:09.000 --> 00:15.000\nThe second one answers.\n"


def heard(root: Path, *channels: np.ndarray) -> pipeline.SessionContext:
    """A session of one recording whose words are known."""
    folder = root / "recordings" / "talk"
    folder.mkdir(parents=True)
    sound = (np.stack(channels, axis=1) * 32767).astype("<i2")
    with wave.open(str(folder / "talk.wav"), "wb") as writer:
        writer.setparams((len(channels), 2, RATE, 0, "NONE", ""))
        writer.writeframes(sound.tobytes())
    (folder / "talk.vtt").write_text(WORDS, encoding="utf-8")
    project = Project.open(root)
    return pipeline.SessionContext(project, project.session("talk"))


@pytest.mark.usefixtures("encoder")
def test_two_lines_of_a_call_are_two_voices(tmp_path: Path, three_voices: Audio) -> None:
    """Each on its own channel: the channels decide, and the words follow."""
    (_, first), (_, second) = THREE_VOICES[:2]
    lines = np.random.default_rng(0).normal(0, 1e-4, (2, second.end * RATE // 1000))
    for line, span in zip(lines, (first, second), strict=True):
        begin = span.start * RATE // 1000
        sound = three_voices.read(span)
        line[begin : begin + len(sound)] += sound[: len(line) - begin]
    run = heard(tmp_path, *lines)
    (recording,) = run.intake.session.recordings
    assert pipeline.diarize(run, recording).value.backend.startswith("channels+")
    talk = pipeline.converse(run, recording).value
    assert [(turn.voice, turn.decided_by) for turn in talk.turns] == [
        ("V1", "diarization"),
        ("V2", "diarization"),
    ]


@pytest.mark.usefixtures("encoder")
def test_nobody_speaks(tmp_path: Path) -> None:
    """A silent recording with a transcript: one sentence, and the words are kept under V0."""
    run = heard(tmp_path, np.zeros(16 * RATE, dtype=np.float32))
    (recording,) = run.intake.session.recordings
    told = pipeline.diarize(run, recording)
    assert (told.value.voices, told.value.turns) == ((), ())
    assert any("nobody was heard" in issue.message for issue in told.record.issues)
    talk = pipeline.converse(run, recording).value
    assert {turn.voice for turn in talk.turns} == {"V0"}
    assert sum(len(turn.words) for turn in talk.turns) == 8
