"""`fgd brief`: what it refuses, in one sentence each."""

from __future__ import annotations

from pathlib import Path

import pytest

from fgd.cli import main
from fgd.core.errors import ProjectError
from fgd.pipeline.programme_pass import processed
from fgd.workspace.project import Project

VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\n<v Aida Lim>Good morning to all of you.</v>\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "recordings" / "talk"
    folder.mkdir(parents=True)
    (folder / "talk.vtt").write_text(VTT)
    (folder / "session.toml").write_text('programme = "peace-2026"\n')
    return Project.open(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name either a topic or a programme"),
        (("--topic", "x", "--programme", "y"), "name either a topic or a programme"),
        (("--topic", "x"), "no session has been run yet"),
        (("--programme", "peace-2026"), "has been run yet"),
    ],
)
def test_mistakes_are_one_sentence(
    project: Project, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    """Exit code 2, no traceback, and what to do."""
    with pytest.raises(SystemExit) as stop:
        main(["--project", str(project.root), "brief", *arguments])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.strip().splitlines()) == 1


def test_an_unknown_programme_says_which_there_are(project: Project) -> None:
    """A typing mistake is seen at once."""
    with pytest.raises(ProjectError) as stop:
        processed(project, "peace-2062")
    assert "peace-2026" in stop.value.remedy
