"""`fgd brief`: what it refuses, in one sentence each."""

from __future__ import annotations

from pathlib import Path

import pytest

from fgd import pipeline
from fgd.cli import main
from fgd.core.errors import ProjectError
from fgd.pipeline.programme_pass import processed, write_programme
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


def test_a_session_without_a_brief_is_told(project: Project) -> None:
    """On the first page of both editions how much is not in it, and in a sentence which session."""
    for name, text in (("talk", VTT), ("lost", "WEBVTT\n\n")):
        folder = project.recordings / name
        folder.mkdir(exist_ok=True)
        (folder / "talk.vtt").write_text(text)
        (folder / "session.toml").write_text(
            'programme = "peace-2026"\n[consent]\nrecorded = true\n[brief]\nwithout_roster = true\n'
        )
    for name in ("talk", "lost"):
        pipeline.run(pipeline.SessionContext(project, project.session(name)))
    written = write_programme(project, "peace-2026")
    assert written.sessions == ("talk",)
    (issue,) = [each for each in written.issues if each.where == "lost"]
    assert (issue.level, bool(issue.remedy)) == ("warning", True)
    briefs = [path for path in written.files if path.name == "brief.md"]
    assert briefs
    for path in briefs:
        head = path.read_text(encoding="utf-8").partition("## At a glance")[0]
        assert "Not in this brief: 1 of 2 recordings" in head


LEGS = {
    "first": ("2026-03-01", "I propose that the harbour council publishes the tide tables weekly."),
    "second": ("2026-04-01", "I propose that the harbour council publishes its tide tables daily."),
}


def test_a_person_settles_a_programme_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is the same is written into the later session's log, and told by whom; a mistake is one
    sentence.
    """
    for name, (date, said) in LEGS.items():
        folder = tmp_path / "recordings" / name
        folder.mkdir(parents=True)
        (folder / "talk.vtt").write_text(
            f"WEBVTT\n\n00:00:01.000 --> 00:00:06.000\n<v Aida Lim>{said}\n\n"
            "00:00:07.000 --> 00:00:09.000\n<v Bo Vann>I agree with that, it is a good idea.\n"
        )
        (folder / "session.toml").write_text(
            f'programme = "tides"\ndate = {date}\nrule = "named"\n'
        )
    project = Project.open(tmp_path)
    for leg in LEGS:
        pipeline.run(pipeline.SessionContext(project, project.session(leg)))

    def run(*arguments: str) -> tuple[int, str]:
        code = 0
        try:
            main(["--project", str(tmp_path), "programme", "tides", *arguments])
        except SystemExit as stop:
            code = int(stop.code or 0)
        told = capsys.readouterr()
        return code, told.out + told.err

    code, told = run("--tables", "csv")
    assert code == 0
    assert "taken up again, it seems" in told
    written = tmp_path / "outputs" / "programmes" / "tides" / "internal"
    assert (written / "registry.docx").is_file()
    assert (written / "tables" / "matters.csv").is_file()
    code, told = run("--apart", "F1", "F2", "--by", "Ada")
    assert code == 0
    assert "is not the same as" in told
    assert "taken up again" not in told
    log = (tmp_path / "recordings" / "second" / "decisions.jsonl").read_text()
    assert '"by":"Ada"' in log
    assert not (tmp_path / "recordings" / "first" / "decisions.jsonl").exists()
    code, told = run("--same", "F1", "F2", "--by", "Ada")
    assert "The same matter, as Ada settled." in told
    for wrong in (("--same", "F1", "F99"), ("--same", "F1", "F1"), ("--standing", "F1", "lost")):
        code, told = run(*wrong)
        assert code == 2
        assert len(told.strip().splitlines()) == 1
