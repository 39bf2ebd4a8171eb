"""Sessions sent to workers of a pool, and what two of them share."""

from __future__ import annotations

import contextvars
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
from prefect.states import Cancelled, Completed, Crashed

from fgd import pipeline
from fgd.workspace.project import Project
from flows import batch, pool, session
from flows.failures import TRIES, Attempts, of_state
from flows.hearing import VARIABLE, Turns
from flows.inbox import look
from tests.flows.conftest import add

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


def served(name: str) -> DeploymentFilter:
    """A deployment of the flow of a session that nobody serves but the test."""
    made: Any = session.process_session.to_deployment(name)
    made.apply()
    return DeploymentFilter(name=DeploymentFilterName(any_=[name]))


def ending(wanted: DeploymentFilter, *states: Any) -> threading.Thread:
    """Workers that end one run after the other as told, doing nothing."""
    left, taken = list(states), set()

    def work() -> None:
        with get_client(sync_client=True) as client:
            while left:
                for run in client.read_flow_runs(deployment_filter=wanted):
                    if run.state and run.state.is_scheduled() and run.id not in taken:
                        taken.add(run.id)
                        client.set_flow_run_state(run.id, left.pop(0), force=True)
                time.sleep(0.1)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(work,), daemon=True)
    thread.start()
    return thread


def test_a_session_whose_run_was_lost_is_sent_again(
    copy: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server marks such a run crashed; the next worker goes on."""
    monkeypatch.setattr(pool, "POLL", 0.2)
    seen = look(copy.session("one"))
    working = ending(served("lost"), Crashed(), Completed())
    ((back, state),) = pool.results(copy, [seen], "session/lost")
    working.join(60)
    assert back == seen
    assert state.is_completed()


def test_a_session_that_takes_its_worker_down_is_given_up(
    copy: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is sent at most twice again; the batch that sent it ends and says so."""
    monkeypatch.setattr(pool, "POLL", 0.2)
    seen = look(copy.session("one"))
    Attempts(copy, seen)._keep(TRIES)
    working = ending(served("poison"), Crashed())
    ((_, state),) = pool.results(copy, [seen], "session/poison")
    working.join(60)
    assert state.is_crashed()


def test_a_session_that_somebody_cancelled_is_told_so(
    copy: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has not failed, and the batch that sent it has not either."""
    monkeypatch.setattr(pool, "POLL", 0.2)
    (copy.recordings / "one" / "guide.md").write_text("# Opening\n\n1. What now?\n")
    working = ending(served("unwanted"), Cancelled())
    state: Any = batch.process_batch(
        copy.root, 0.0, deployment="session/unwanted", return_state=True
    )
    working.join(60)
    assert [line["state"] for line in batch.rows_of(state)] == ["cancelled"]
    assert state.is_completed()


def test_a_session_is_sent_once_for_what_lies_in_it(copy: Project, tmp_path: Path) -> None:
    """Asked twice it is one run; a session of the same name elsewhere, or changed, is another."""
    served("once")

    def send(project: Project) -> Any:
        seen = look(project.session("one"))
        return pool._send(
            project, seen, "session/once", "", pool._ended([pool._tag(project, seen)])
        )

    first = send(copy)
    assert send(copy) == first
    shutil.copytree(copy.root, tmp_path / "other")
    other = send(Project.open(tmp_path / "other"))
    with get_client(sync_client=True) as client:
        assert f"project:{copy.root.name}" in client.read_flow_run(first).tags
        assert "session:one" in client.read_flow_run(first).tags
        client.set_flow_run_state(first, Completed(), force=True)
    again = send(copy)
    (copy.recordings / "one" / "guide.md").write_text("# Opening\n\n1. What now?\n")
    assert len({first, other, again, send(copy)}) == 4


def test_what_has_nothing_to_be_heard_goes_to_the_light_pool(copy: Project) -> None:
    """A transcript is read; a recording has to be heard until it has been."""
    heavy, light = served("heavy"), served("light")
    folder = add(copy, "two")
    pool._send(copy, look(copy.session("two")), "session/heavy", "session/light", {})
    (folder / "02.wav").write_bytes(b"RIFF")
    pool._send(copy, look(copy.session("two")), "session/heavy", "session/light", {})
    with get_client(sync_client=True) as client:
        for each in (heavy, light):
            assert len(client.read_flow_runs(deployment_filter=each)) == 1


def test_a_worker_of_another_version_does_nothing_and_says_so(copy: Project) -> None:
    """Two versions would each undo what the other has done."""
    state: Any = session.process_session(copy.root, "one", sender="0.0.1+00", return_state=True)
    failure = of_state(state)
    assert (failure.kind, failure.again) == ("VersionError", "later")
    assert f"This worker has version {session.version()}" in str(failure)


def test_recordings_on_one_accelerator_take_turns(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is made when it is missing, and held while a recording is heard."""
    monkeypatch.setenv(VARIABLE, "one-ear")
    folder = project.recordings / "sound"
    folder.mkdir()
    (folder / "01.wav").write_bytes(b"RIFF")
    one = pipeline.SessionContext(project, project.session("sound"))
    (recording,) = one.intake.session.recordings
    with get_client(sync_client=True) as client:
        with Turns().of(one)(f"{recording.id}/transcript"):
            assert client.read_global_concurrency_limit_by_name("one-ear").active_slots == 1
        assert client.read_global_concurrency_limit_by_name("one-ear").limit == 1
