"""What happens to files, disks and clocks while a run is at work: it says so, the next look goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

import flows
from fgd import pipeline
from fgd.model import Recording
from fgd.pipeline import conversation
from fgd.workspace.outcome import last
from fgd.workspace.project import Project
from flows import batch, hearing, session
from flows.failures import StepFailed, of_state
from tests.flows.conftest import TALK, add

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]

OTHER = TALK.replace("mediators", "monitors")


def at_work(monkeypatch: pytest.MonkeyPatch, meddle: Callable[[str], None]) -> None:
    """Call ``meddle`` with a recording's name just before the recording is read."""
    read = conversation._imported

    def meddled(one: pipeline.SessionContext, recording: Recording) -> Any:
        meddle(recording.name)
        return read(one, recording)

    monkeypatch.setattr(conversation, "_imported", meddled)


def looked(project: Project, **options: Any) -> dict[str, str]:
    """The states of one look at the folder, by session."""
    state: Any = batch.process_batch(project.root, 0.0, return_state=True, **options)
    return {str(line["session"]): str(line["state"]) for line in batch.rows_of(state)}


def test_a_recording_deleted_during_the_run(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others go on to a brief, one sentence says what is missing, the next look is clean."""
    folder = add(project, "one")
    (folder / "two.vtt").write_text(OTHER)

    def delete(name: str) -> None:
        if name == "two.vtt":
            (folder / name).unlink(missing_ok=True)

    with monkeypatch.context() as patch:
        at_work(patch, delete)
        state: Any = session.process_session(project.root, "one", return_state=True)
    assert (state.result()["state"], state.name) == ("attention", "Attention")
    before = last(project, "one")
    assert before is not None
    (said,) = [issue for issue in before.issues if issue.level == "error"]
    assert said.where == "two.vtt"
    assert "could not be read (No such file" in said.message
    assert looked(project) == {"one": "done"}


def test_a_recording_renamed_during_the_run(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under its new name it is the same recording."""
    folder = add(project, "one")
    other = folder / "two.vtt"
    other.write_text(OTHER)

    def rename(name: str) -> None:
        if name == "two.vtt" and other.exists():
            other.rename(folder / "plenary.vtt")

    with monkeypatch.context() as patch:
        at_work(patch, rename)
        state: Any = session.process_session(project.root, "one", return_state=True)
    assert state.result()["state"] == "attention"
    first = {path.parent.name for path in project.outputs.glob("one/work/*/transcript.json")}
    done: Any = session.process_session(project.root, "one", return_state=True)
    assert done.result()["state"] == "done"
    one = pipeline.SessionContext(project, project.session("one"))
    assert {recording.id for recording in one.intake.session.recordings} > first


def test_a_session_deleted_during_the_batch(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails in one sentence and the next session is done."""
    folder = add(project, "a-gone")
    add(project, "b-there")

    def delete(_: str) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    with monkeypatch.context() as patch:
        at_work(patch, delete)
        assert looked(project) == {"a-gone": "failed", "b-there": "done"}
    assert looked(project) == {"b-there": "done, fresh"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 kB, where this machine lets us make one."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    place = tmp_path / "disk"
    place.mkdir()
    if not mount or not umount or os.geteuid() != 0:
        pytest.skip("file systems cannot be made here")
    made = [mount, "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(place)]
    if subprocess.run(made, capture_output=True, check=False).returncode:
        pytest.skip("file systems cannot be made here")
    try:
        yield place
    finally:
        subprocess.run([umount, "--lazy", str(place)], check=False)


def test_a_full_disk(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tried again, then said in one sentence; once there is room the next look goes on, without
    anybody having touched the session.
    """
    for step in (session.hear, session.attribute, session.find_themes, session.write_briefs):
        monkeypatch.setattr(step, "retry_delay_seconds", [0.0, 0.0])
    (small_disk / "recordings").mkdir()
    project = Project.open(small_disk)
    add(project, "one")
    state: Any = session.process_session(project.root, "one", return_state=True)
    failure = of_state(state)
    assert (failure.kind, failure.again) == ("StoreError", "now")
    assert str(state.message).count("\n") == 0
    done = subprocess.run(
        [sys.executable, "-m", "fgd", "--project", str(small_disk), "run"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "disk" in done.stdout and "full" in done.stdout
    assert "Traceback" not in done.stderr
    grown = ["mount", "-o", "remount,size=20m", str(small_disk)]
    subprocess.run(grown, check=True, capture_output=True)
    assert looked(project, again=False) == {"one": "done"}


def test_a_clock_that_jumps_forward_takes_a_file_too_early_and_not_for_good(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was half copied is read as it is; when the rest has come the next look does it again."""
    talk = add(project, "one") / "talk.vtt"
    talk.write_text("".join(TALK.partition("00:00:19.000")[:1]))
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda now=time.time: now() + 86_400)
        state: Any = batch.process_batch(project.root, 60.0, return_state=True)
    (line,) = batch.rows_of(state)
    assert (line["state"], line["voices"]) == ("done", 2)
    talk.write_text(TALK)
    state = batch.process_batch(project.root, 0.0, return_state=True)
    (line,) = batch.rows_of(state)
    assert (line["state"], line["voices"]) == ("done", 3)


def test_a_clock_that_jumps_back_does_not_stop_the_look(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All times lie in the future then; the steady clock decides."""
    add(project, "one")
    monkeypatch.setattr(time, "time", lambda now=time.time: now() - 86_400)
    state: Any = batch.process_batch(project.root, 0.2, return_state=True)
    (line,) = batch.rows_of(state)
    assert line["state"] == "done"


def test_what_cannot_be_opened_is_a_line_of_the_table(project: Project, tmp_path: Path) -> None:
    """The others are done."""
    (tmp_path / "elsewhere").mkdir()
    add(project, "one")
    (project.recordings / "away").symlink_to("/etc")
    assert looked(project) == {"away": "attention, not opened", "one": "done"}


def test_folders_without_permission(tmp_path: Path) -> None:
    """Each is one sentence with a remedy, and what can be read is done."""
    (tmp_path / "recordings").mkdir()
    project = Project.open(tmp_path)
    add(project, "open")
    add(project, "shut").chmod(0)
    (add(project, "shut-file") / "talk.vtt").chmod(0)
    command = [sys.executable, "-m", "fgd", "--project", str(tmp_path), "run"]
    if os.geteuid() == 0:
        # The administrator may read everything, unless that power is given up.
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            pytest.skip("needs a user without power over files")
        command = [setpriv, "--bounding-set=-dac_override,-dac_read_search", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (project.recordings / "shut").chmod(0o700)
    said = " ".join(done.stdout.split())
    assert done.returncode == 1
    assert "shut: the folder cannot be opened (Permission denied)" in said
    assert "talk.vtt: the file cannot be opened (Permission denied)" in said
    assert "Traceback" not in done.stderr
    assert (project.outputs / "open" / "internal" / "brief.html").is_file()
    assert not (project.outputs / "shut-file" / "internal").exists()


def test_a_shared_folder_that_goes_away_and_comes_back(project: Project) -> None:
    """A look without it fails in a sentence; the next one goes on."""
    add(project, "one")
    away = project.recordings.rename(project.root / "away")
    with pytest.raises(StepFailed, match="ProjectError"):
        looked(project)
    away.rename(project.recordings)
    assert looked(project) == {"one": "done"}


def test_a_server_that_has_to_answer_and_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with its address; without a need for it there is a small one of our own."""
    nobody = "http://127.0.0.1:9/api"
    monkeypatch.setenv("PREFECT_API_URL", nobody)
    with temporary_settings({PREFECT_API_URL: nobody}):
        with pytest.raises(SystemExit, match="No Prefect server answers at http"), flows.server():
            pass
        monkeypatch.delenv("PREFECT_API_URL")
        with flows.server():
            assert PREFECT_API_URL.value() is None


def test_a_server_that_fails_while_we_are_at_work() -> None:
    """Its database is full, or it is away for good: a sentence, no traceback."""
    said = r"failed \(ConnectError\).* What was done is kept"
    with pytest.raises(SystemExit, match=said), flows.server():
        raise httpx.ConnectError("away")


def test_hearing_goes_on_without_the_server(
    project: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its limits are there for the machine's sake; hours of hearing are not lost for them."""

    def away(*_: object) -> str:
        raise httpx.ConnectError("away")

    monkeypatch.setattr(hearing, "_made", away)
    with hearing._turn("cpu"):
        assert hearing._HEARING.locked()
    assert "hearing without its limit" in caplog.text
