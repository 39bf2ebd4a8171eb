"""What ``keep_days`` says goes on its day, and what is left of a session still opens."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from fgd import pipeline
from fgd.cli.app import main
from fgd.model import Issue
from fgd.pipeline.retention import Due, delete_due, planned
from fgd.workspace.deleted import LOG
from fgd.workspace.lock import session_lock
from fgd.workspace.outcome import Outcome
from fgd.workspace.project import Project
from tests import media
from tests.test_faults import TALK

ROSTER = "name,institution\nTia,Reef Council\nBo,Harbour Office\nMele,Village Board\n"
SETTINGS = """date = 2026-01-10
rule = "named"
recordings = ["talk.wav"]
[consent]
recorded = true
"""


def session(root: Path, keep: str, date: str = "2026-01-10") -> Project:
    folder = root / "recordings" / "reef"
    folder.mkdir(parents=True)
    media.write(folder / "talk.wav", [media.tone(12)])
    (folder / "talk.vtt").write_text(TALK)
    (folder / "participants.csv").write_text(ROSTER)
    (folder / "session.toml").write_text(SETTINGS.replace("2026-01-10", date))
    (root / "fgd.toml").write_text(f"[keep_days]\n{keep}\n")
    return Project.open(root)


def run(project: Project) -> Outcome:
    return pipeline.run(pipeline.SessionContext(project, project.session("reef")))


def after(project: Project, days: int) -> tuple[tuple[Due, ...], tuple[Issue, ...]]:
    return delete_due(project, datetime.date(2026, 1, 10) + datetime.timedelta(days=days))


def test_nothing_goes_before_its_day(tmp_path: Path) -> None:
    """The day itself is the first on which a thing is due."""
    project = session(tmp_path, "sound = 30")
    assert after(project, 29) == ((), ())
    (done,), issues = after(project, 30)
    assert (done.what, issues) == ("sound", ())
    assert not (project.recordings / "reef" / "talk.wav").exists()


def test_sound_goes_and_briefs_stay(tmp_path: Path) -> None:
    """Decisions and quotes hold, the recording keeps its id, and the brief says that it is gone."""
    project = session(tmp_path, "sound = 30")
    first = run(project)
    before = pipeline.SessionContext(project, project.session("reef")).intake.session.recordings
    edition = project.outputs / "reef" / "circulation" / "brief.md"
    said = edition.read_bytes()
    after(project, 30)
    assert not list(project.outputs.rglob("*.wav"))
    assert not list(project.outputs.rglob("*.mp3"))
    again = run(project)
    assert {issue.level for issue in again.issues} <= {issue.level for issue in first.issues} | {
        "note"
    }
    assert any("no longer be heard" in issue.message for issue in again.issues)
    now = pipeline.SessionContext(project, project.session("reef")).intake
    assert now.session.recordings == before
    assert edition.read_bytes() == said
    log = (project.root / LOG).read_text()
    assert log.startswith("2026-02-09 reef: sound, ")
    assert "talk" not in log
    assert after(project, 31) == ((), ())


def test_transcripts_go_and_the_session_is_closed(tmp_path: Path) -> None:
    """Its briefs stay as they are, and a run says why it makes no others."""
    project = session(tmp_path, "sound = 1\ntranscripts = 2")
    run(project)
    brief = (project.outputs / "reef" / "internal" / "brief.html").read_bytes()
    after(project, 2)
    assert not list(project.root.rglob("*.vtt"))
    outcome = run(project)
    assert outcome.state == "done"
    assert "stay as they are" in outcome.facts[0]
    assert (project.outputs / "reef" / "internal" / "brief.html").read_bytes() != b""
    assert (project.outputs / "reef" / "internal" / "brief.html").read_bytes() == brief
    with pytest.raises(SystemExit) as left:
        main(["--project", str(tmp_path), "status"])
    assert left.value.code == 0


def test_internals_leave_what_circulated(tmp_path: Path) -> None:
    """No list of people, no decisions, no internal edition; the circulation edition stays."""
    project = session(tmp_path, "internals = 1")
    run(project)
    after(project, 1)
    assert not (project.outputs / "reef" / "internal").exists()
    assert not (project.recordings / "reef" / "participants.csv").exists()
    assert (project.recordings / "reef" / "talk.vtt").exists()
    assert run(project).state == "done"
    assert (project.outputs / "reef" / "circulation" / "brief.html").exists()
    assert after(project, 2) == ((), ())


@pytest.mark.parametrize("date", ["", "next spring"])
def test_without_a_date_nothing_is_deleted(tmp_path: Path, date: str) -> None:
    """One sentence with the remedy."""
    project = session(tmp_path, "sound = 1")
    path = project.recordings / "reef" / "session.toml"
    line = f'date = "{date}"' if date else ""
    path.write_text(path.read_text().replace("date = 2026-01-10", line))
    done, (issue,) = after(project, 9999)
    assert done == ()
    assert issue.where == "reef/session.toml"
    assert "date" in issue.message
    assert (project.recordings / "reef" / "talk.wav").exists()


def test_a_wrong_number_deletes_nothing(tmp_path: Path) -> None:
    """The project's own number would be the shorter one."""
    project = session(tmp_path, "sound = 1")
    path = project.recordings / "reef" / "session.toml"
    path.write_text(path.read_text() + "[keep_days]\nsound = 0\n")
    done, (issue,) = after(project, 9999)
    assert (done, issue.level) == ((), "error")


def test_a_session_may_keep_for_ever(tmp_path: Path) -> None:
    """Its own setting goes before the project's."""
    project = session(tmp_path, "sound = 1")
    path = project.recordings / "reef" / "session.toml"
    path.write_text(path.read_text() + '[keep_days]\nsound = "always"\n')
    assert planned(project) == ((), ())


def test_a_session_at_work_waits(tmp_path: Path) -> None:
    """What a run holds is not deleted under it."""
    project = session(tmp_path, "sound = 1")
    with session_lock(project.session("reef")):
        done, (issue,) = after(project, 5)
    assert (done, issue.level) == ((), "error")
    assert (project.recordings / "reef" / "talk.wav").exists()


def test_deleted_halfway_is_finished(tmp_path: Path) -> None:
    """A record without the deletion: the file is still there and counts as that."""
    project = session(tmp_path, "sound = 1")
    sound = project.recordings / "reef" / "talk.wav"
    data = sound.read_bytes()
    after(project, 1)
    sound.write_bytes(data)
    assert not pipeline.SessionContext(project, project.session("reef")).intake.gone
    (done,), _ = after(project, 2)
    assert [path.name for path in done.files] == ["talk.wav"]
