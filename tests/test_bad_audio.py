"""Sound that is no discussion: each kind ends in a clear state, and nothing is invented."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fgd import pipeline
from fgd.workspace.outcome import Outcome
from fgd.workspace.project import Project
from tests.media import RATE, tone, write


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project that hears with OpenAI's base."""
    (tmp_path / "recordings").mkdir()
    (tmp_path / "fgd.toml").write_text('[speech]\ntranscriber = "whisper:base"\n')
    return Project.open(tmp_path)


def run(project: Project, name: str) -> Outcome:
    return pipeline.run(pipeline.SessionContext(project, project.session(name)))


def said(outcome: Outcome) -> str:
    return "\n".join(str(issue) for issue in outcome.issues)


def music(seconds: float) -> np.ndarray:
    """Chords that change every half second: tonal, loud, and no speech."""
    pieces = []
    for step in range(int(seconds * 2)):
        root = 220 * 2 ** ((step * 5 % 12) / 12)
        pieces.append(sum(tone(0.5, hertz=root * r, level=0.1) for r in (1, 1.26, 1.5, 2)))
    return np.concatenate(pieces).astype(np.float32)


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(RATE * 300, np.float32),
        (np.random.default_rng(0).standard_normal(RATE * 60) * 0.01).astype(np.float32),
        music(30),
    ],
    ids=["silence", "hiss", "music"],
)
def test_what_is_no_speech_gives_no_words(project: Project, sound: np.ndarray) -> None:
    """Whisper likes to write something into silence; here nothing is written, and said to be."""
    write(project.recordings / "a.flac", [sound], codec="flac")
    outcome = run(project, "a")
    assert "no speech was found" in said(outcome)
    assert pipeline.stored_lines(pipeline.SessionContext(project, project.session("a"))) == ()
    assert any(path.name == "brief.html" for path in outcome.files)


def test_a_fifth_of_a_second_is_said_to_be_too_short(project: Project) -> None:
    """A slip of the recorder's button does not stop anything."""
    write(project.recordings / "a.wav", [tone(0.2)])
    assert "shorter than a second" in said(run(project, "a"))


def test_without_a_checkpoint_the_sentence_says_what_to_copy_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing is downloaded."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nothing"))
    (tmp_path / "recordings").mkdir()
    project = Project.open(tmp_path)
    write(project.recordings / "a.wav", [tone(2)])
    outcome = run(project, "a")
    assert outcome.state == "failed"
    assert "fgd models pull" in said(outcome)
    assert str(tmp_path / "weights") in said(outcome)


def test_files_of_one_session_are_heard_in_their_order(project: Project) -> None:
    """2 comes before 10, whatever the alphabet says."""
    folder = project.recordings / "day"
    folder.mkdir()
    for name, hertz in (("10.wav", 200), ("2.wav", 300), ("1.wav", 400)):
        write(folder / name, [tone(1, hertz=hertz)])
    recordings = pipeline.SessionContext(project, project.session("day")).intake.session.recordings
    assert [recording.name for recording in recordings] == ["1.wav", "2.wav", "10.wav"]
