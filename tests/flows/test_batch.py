"""Many sessions in one batch: what is left is done, what fails stays alone."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from prefect.task_runners import ThreadPoolTaskRunner

from fgd import pipeline
from fgd.workspace.lock import lock_of
from fgd.workspace.project import Project
from flows import batch, session
from flows.inbox import fresh
from tests.flows.conftest import add, table

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


def test_a_batch_does_what_is_left_and_isolates_what_fails(
    copy: Project, prefect_server: Path
) -> None:
    """A fresh session, a new one, one that cannot be used and one that is taken."""
    add(copy, "two")
    (copy.recordings / "broken.mp3").write_text("not sound")
    add(copy, "taken")
    lock = lock_of(copy.session("taken"))
    lock.acquire()
    try:
        state: Any = batch.process_batch(copy.root, 0.0, True, return_state=True)
    finally:
        lock.release()
    lines = {line["session"]: line for line in batch.rows_of(state)}
    states = {name: str(line["state"]) for name, line in lines.items()}
    assert state.is_failed()
    assert states["one"].endswith(", fresh")
    assert states["two"] in ("done", "attention")
    assert states["taken"] == "taken by another run"
    assert states["broken"] == "failed"
    assert lines["two"]["voices"] == 3
    assert (copy.outputs / "two" / "internal" / "brief.html").is_file()
    assert not (copy.outputs / "taken").exists()
    rows = table(prefect_server, "select data from artifact where key like 'batch-%'")
    assert any("taken by another run" in str(data) for (data,) in rows)

    # A poll does not try again what failed and was not touched since.
    state = batch.process_batch(copy.root, 0.0, False, return_state=True)
    lines = {line["session"]: line for line in batch.rows_of(state)}
    assert lines["broken"]["state"] == "failed before, unchanged"
    assert state.is_completed()


def test_a_batch_without_a_folder_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is nothing to scan."""
    assert batch.main(["--project", str(tmp_path)]) == 1
    assert "ProjectError" in capsys.readouterr().err


def test_what_another_run_did_meanwhile_is_left_alone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs share the work: the second finds the session done since it began."""
    add(project, "one")
    add(project, "two")
    do, looked = session.work, threading.Event()

    def seen(opened: Project, folder: Any) -> Any:
        found = fresh(opened, folder)
        if folder.id == "two":
            looked.set()  # from here on the batch has it on its list
        return found

    def both(one: pipeline.SessionContext, turns: Any) -> Any:
        if one.folder.id == "one":
            assert looked.wait(timeout=600)
            pipeline.run(pipeline.SessionContext(project, project.session("two")))
        return do(one, turns)

    monkeypatch.setattr(batch, "work", both)
    monkeypatch.setattr(batch, "fresh", seen)
    runner: Any = ThreadPoolTaskRunner(max_workers=1)
    alone = batch.process_batch.with_options(task_runner=runner)
    state: Any = alone(project.root, 0.0, return_state=True)
    assert {line["session"]: line["state"] for line in batch.rows_of(state)} == {
        "one": "done",
        "two": "done by another run",
    }


def test_sessions_are_worked_on_side_by_side_as_many_as_allowed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at once where two may, never three; the one that fails leaves the others alone."""
    for name in ("one", "two", "three"):
        add(project, name)
    (project.recordings / "broken.mp3").write_text("not sound")
    met, lock = threading.Barrier(2), threading.Lock()
    now: list[str] = []
    most: list[int] = []
    do = session.work

    def watched(one: pipeline.SessionContext, turns: Any) -> Any:
        session = one.folder.id
        with lock:
            now.append(session)
            most.append(len(now))
            first = len(most) <= 2
        if first:
            met.wait(timeout=600)
        try:
            return do(one, turns)
        finally:
            with lock:
                now.remove(session)

    monkeypatch.setattr(batch, "work", watched)
    runner: Any = ThreadPoolTaskRunner(max_workers=2)
    two = batch.process_batch.with_options(task_runner=runner)
    state: Any = two(project.root, 0.0, return_state=True)
    lines = {str(line["session"]): line["state"] for line in batch.rows_of(state)}
    assert max(most) == 2
    assert lines.pop("broken") == "failed"
    assert set(lines) == {"one", "two", "three"}
    assert set(lines.values()) <= {"done", "attention"}
    for name in lines:
        assert (project.outputs / name / "internal" / "brief.html").is_file()
