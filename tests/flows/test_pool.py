"""Sessions sent to workers of a pool, and what two of them share."""

from __future__ import annotations

import asyncio
import contextvars
import shutil
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
from prefect.deployments import run_deployment
from prefect.flow_engine import run_flow
from prefect.states import Cancelled, Cancelling, Completed, Crashed
from prefect.workers.base import BaseJobConfiguration

from fgd import coding, pipeline
from fgd.workspace.project import Project
from flows import batch, hearing, pool, session, warm
from flows.failures import TRIES, Attempts, of_state
from flows.hearing import VARIABLE, Turns
from flows.inbox import Look, look
from flows.pool import Pools
from tests.flows.conftest import add

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


def served(name: str, flow: Any = session.process_session) -> DeploymentFilter:
    """A deployment of a flow that nobody serves but the test."""
    made: Any = flow.to_deployment(name)
    made.apply()
    return DeploymentFilter(name=DeploymentFilterName(any_=[name]))


def unfinished(project: Project) -> Look:
    """The session of the project, with something new to be done."""
    (project.recordings / "one" / "guide.md").write_text("# Opening\n\n1. What now?\n")
    return look(project.session("one"))


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
    seen = unfinished(copy)
    working = ending(served("lost"), Crashed(), Completed())
    ((back, state),) = pool.results(copy, [seen], Pools("session/lost"))
    working.join(60)
    assert back == seen
    assert state.is_completed()


def test_a_session_that_takes_its_worker_down_is_given_up(
    copy: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is sent at most twice again; the batch that sent it ends and says so."""
    monkeypatch.setattr(pool, "POLL", 0.2)
    seen = unfinished(copy)
    Attempts(copy, seen)._keep(TRIES)
    working = ending(served("poison"), Crashed())
    ((_, state),) = pool.results(copy, [seen], Pools("session/poison"))
    working.join(60)
    assert state.is_crashed()


def test_what_a_lost_group_has_done_is_not_sent_again(
    copy: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what is left of it; what it had done is told as done, whatever became of the others."""
    monkeypatch.setattr(pool, "POLL", 0.2)
    monkeypatch.setattr(pool, "_has_workers", lambda _: True)
    monkeypatch.setattr(pool, "groups", lambda light: [light] if light else [])
    add(copy, "two")
    looks = [unfinished(copy), look(copy.session("two"))]
    shutil.copytree(copy.outputs / "one", copy.outputs / "two")
    pipeline.run(pipeline.SessionContext(copy, copy.session("two")))  # as the group did that died
    wanted = served("half", batch.process_batch)
    working = ending(wanted, Crashed(), Completed())
    ended = pool.results(copy, looks, Pools("session/nowhere", "batch/half"))
    found = {seen.folder.id: batch._line(copy, seen, state)["state"] for seen, state in ended}
    working.join(60)
    assert found == {"one": "completed", "two": "done"}
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(deployment_filter=wanted)
    assert sorted(run.parameters["sessions"] for run in runs) == [["one"], ["one", "two"]]


def test_a_session_that_somebody_cancelled_is_told_so(
    copy: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has not failed, and the batch that sent it has not either."""
    monkeypatch.setattr(pool, "POLL", 0.2)
    unfinished(copy)
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
        ((identity, _),) = pool.send(project, [look(project.session("one"))], Pools("session/once"))
        return identity

    first = send(copy)
    assert send(copy) == first
    shutil.copytree(copy.root, tmp_path / "other")
    other = send(Project.open(tmp_path / "other"))
    with get_client(sync_client=True) as client:
        assert f"project:{copy.root.name}" in client.read_flow_run(first).tags
        assert "session:one" in client.read_flow_run(first).tags
        client.set_flow_run_state(first, Completed(), force=True)
    again = send(copy)
    unfinished(copy)
    assert len({first, other, again, send(copy)}) == 4


def test_what_has_nothing_to_be_heard_goes_to_the_light_pool_in_groups(project: Project) -> None:
    """A transcript is read; a recording has to be heard until it has been. Who was sent already,
    in whatever group, is not sent again; who took a worker down goes alone.
    """
    served("heavy")
    served("light", batch.process_batch)
    pools = Pools("session/heavy", "batch/light")
    names = [f"s{number:02}" for number in range(20)]
    for name in names:
        add(project, name)
    (project.recordings / "s03" / "02.wav").write_bytes(b"RIFF")
    looks = [look(project.session(name)) for name in names]
    Attempts(project, looks[5])._keep(1)

    def sent(which: Sequence[Look]) -> dict[Any, list[str]]:
        return {
            run: sorted(each.folder.id for each in had)
            for run, had in pool.send(project, which, pools)
        }

    first = sent(looks[:10])
    assert sorted(len(each) for each in first.values()) == [1, 1, 4, 4]
    assert ["s03"] in first.values() and ["s05"] in first.values()
    both = sent(looks)
    assert {run: both[run] for run in first} == first
    assert sum(len(each) for each in both.values()) == len(names)
    with get_client(sync_client=True) as client:
        runs = {run: client.read_flow_run(run) for run in both}
    for run, members in both.items():
        assert {f"session:{name}" for name in members} <= set(runs[run].tags)
        assert runs[run].name == pool.called(members)
        heavy = members == ["s03"]
        assert runs[run].parameters.get("sessions", "heavy") == ("heavy" if heavy else members)


def group(project: Project, name: str, sessions: list[str]) -> Any:
    """Send sessions as one group to a deployment of the batch, which nobody serves."""
    served(name, batch.process_batch)
    given = {"project": str(project.root), "sessions": sessions, "settle": 0.0}
    return run_deployment(f"batch/{name}", parameters=given, timeout=0)


def test_a_session_that_fails_in_a_group_fails_alone(copy: Project) -> None:
    """The group says so, and whoever sent it reads what became of each."""
    (copy.recordings / "broken.mp3").write_text("not sound")
    add(copy, "two")
    sent = group(copy, "failing", ["broken", "two"])
    state: Any = run_flow(warm.process_group, sent, return_type="state")
    with get_client(sync_client=True) as client:
        known: Any = client.read_flow_run(sent.id).state
    assert known.is_failed() and known.message == state.message
    found = {
        name: str(batch._line(copy, look(copy.session(name)), known)["state"])
        for name in ("broken", "two")
    }
    assert found["broken"] == "failed"
    assert found["two"] in ("done", "attention")
    assert "1 failed" in state.message


def test_a_group_that_is_cancelled_in_a_warm_worker_stops_at_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of a step; what was done is kept, and the next look goes on behind it."""
    add(project, "one")
    add(project, "two")
    sent = group(project, "warm", ["one", "two"])
    begun = threading.Event()

    def endless(*_: Any, **__: Any) -> None:
        begun.set()
        while True:
            time.sleep(0.01)

    def work() -> None:
        asyncio.run(warm.WarmWorker(work_pool_name="fgd-light").run(sent, BaseJobConfiguration()))

    working = threading.Thread(target=contextvars.copy_context().run, args=(work,))
    with monkeypatch.context() as patch, get_client(sync_client=True) as client:
        patch.setattr(hearing, "LOOK", 0.2)
        patch.setattr(coding, "theme", endless)
        working.start()
        assert begun.wait(600)
        client.set_flow_run_state(sent.id, Cancelling(), force=True)
        cancelled = time.monotonic()
        working.join(60)
        assert time.monotonic() - cancelled < 30
        state: Any = client.read_flow_run(sent.id).state
    assert state.is_cancelled()
    assert state.message == "2 cancelled"
    steps = {path.stem for path in project.outputs.glob("one/work/*.json")}
    assert "attribution" in steps and "themes" not in steps
    assert not list(project.outputs.glob("two/work/*.json"))
    again: Any = batch.process_batch(project.root, 0.0, return_state=True)
    assert {line["state"] for line in batch.rows_of(again)} == {"done"}


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
