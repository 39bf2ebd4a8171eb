"""Sessions sent to workers of a pool, and what two of them share."""

from __future__ import annotations

import contextvars
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from fgd import pipeline
from fgd.workspace.project import Project
from flows import inbox, session
from flows.inbox import look
from flows.session import VARIABLE, in_turn

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


def test_a_session_whose_worker_is_gone_is_sent_again(
    copy: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that says it is running, while nobody holds its session, has lost its worker."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterName
    from prefect.states import Completed, Running

    monkeypatch.setattr(inbox, "POLL", 0.2)
    monkeypatch.setattr(inbox, "LOST", 0.5)
    name = DeploymentFilter(name=DeploymentFilterName(any_=["lost"]))
    made: Any = session.process_session.to_deployment("lost")
    made.apply()
    taken: list[Any] = []

    def workers() -> None:
        """The first one takes a run and is never heard of again; the second one finishes it."""
        with get_client(sync_client=True) as client:
            while len(taken) < 2:
                for run in client.read_flow_runs(deployment_filter=name):
                    if run.state and run.state.is_scheduled() and run.id not in taken:
                        client.set_flow_run_state(run.id, Running(), force=True)
                        if taken:
                            client.set_flow_run_state(run.id, Completed(), force=True)
                        taken.append(run.id)
                time.sleep(0.1)

    working = threading.Thread(target=contextvars.copy_context().run, args=(workers,), daemon=True)
    working.start()
    seen = look(copy.session("one"))
    ((back, state),) = inbox.results(copy.root, [seen], "session/lost")
    working.join(60)
    assert back == seen
    assert state is not None
    assert state.is_completed()
    with get_client(sync_client=True) as client:
        first = client.read_flow_run(taken[0])
    assert first.state is not None
    assert first.state.is_crashed()


def test_a_session_is_sent_once_for_what_lies_in_it(copy: Project, tmp_path: Path) -> None:
    """Asked twice it is one run; a session of the same name elsewhere, or changed, is another."""
    from prefect.client.orchestration import get_client
    from prefect.states import Completed

    made: Any = session.process_session.to_deployment("once")
    made.apply()
    seen = look(copy.session("one"))
    first = inbox._send(copy.root, seen, "session/once")
    assert inbox._send(copy.root, seen, "session/once") == first
    shutil.copytree(copy.root, tmp_path / "other")
    elsewhere = Project.open(tmp_path / "other")
    other = inbox._send(elsewhere.root, look(elsewhere.session("one")), "session/once")
    (copy.recordings / "one" / "guide.md").write_text("# Opening\n\n1. What now?\n")
    changed = inbox._send(copy.root, look(copy.session("one")), "session/once")
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(first, Completed(), force=True)
    again = inbox._send(copy.root, seen, "session/once")
    assert len({first, other, changed, again}) == 4


def test_recordings_on_one_accelerator_take_turns(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is made when it is missing, and held while a recording is heard."""
    from prefect.client.orchestration import get_client

    monkeypatch.setenv(VARIABLE, "one-ear")
    folder = project.recordings / "sound"
    folder.mkdir()
    (folder / "01.wav").write_bytes(b"RIFF")
    one = pipeline.SessionContext(project, project.session("sound"))
    (recording,) = one.intake.session.recordings
    with get_client(sync_client=True) as client:
        with in_turn(one)(f"{recording.id}/transcript"):
            assert client.read_global_concurrency_limit_by_name("one-ear").active_slots == 1
        assert client.read_global_concurrency_limit_by_name("one-ear").limit == 1
