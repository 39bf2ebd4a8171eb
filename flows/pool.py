"""Sessions sent to a work pool, one run each, for any number of workers to take."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import TERMINAL_STATES, State
from prefect.deployments import run_deployment
from prefect.states import Crashed

from flows.inbox import Look, is_taken

# Seconds between two looks at the runs that were sent.
POLL = 5.0
# A run that says it is running while nobody holds its session for this long has lost its worker.
LOST = 180.0
# A session that takes its worker down every time is not sent for ever.
SENDINGS = 3

log = logging.getLogger("fgd")


@dataclass(slots=True)
class _Sent:
    run: UUID
    times: int = 1
    unheld_since: float = 0.0


def results(
    project: Path, looks: list[Look], deployment: str
) -> Iterator[tuple[Look, State | None]]:
    """Send one run for each session and yield each when it ends, with its state.

    A run whose worker was killed is sent again and goes on at its last checkpoint.
    """
    sent = {seen.folder.id: _Sent(_send(project, seen, deployment)) for seen in looks}
    left = {seen.folder.id: seen for seen in looks}
    while left:
        with get_client(sync_client=True) as client:
            for session, seen in list(left.items()):
                state = client.read_flow_run(sent[session].run).state
                if state is not None and state.is_final():
                    del left[session]
                    yield seen, state
                elif state is not None and state.is_running():
                    _look_after(client, project, seen, sent[session], deployment)
        if left:
            time.sleep(POLL)


def _look_after(
    client: SyncPrefectClient, project: Path, seen: Look, sent: _Sent, deployment: str
) -> None:
    """Send a session again whose run has lost its worker."""
    now = time.monotonic()
    if is_taken(seen.folder) or not sent.unheld_since:
        sent.unheld_since = now
    elif now - sent.unheld_since > LOST:
        log.warning("%s: its worker is gone", seen.folder.id)
        client.set_flow_run_state(sent.run, Crashed(message="The worker is gone."), force=True)
        if sent.times < SENDINGS:
            sent.run, sent.times = _send(project, seen, deployment), sent.times + 1
            sent.unheld_since = 0.0


def _send(project: Path, seen: Look, deployment: str) -> UUID:
    """Send a run for a session as it lies there now; one that waits or runs already is that run.

    Prefect itself sees to it, by the key: project, session, what lies in it, and how many runs on
    exactly that have come to an end.
    """
    what = _tag(project, seen)
    run: Any = run_deployment(
        deployment,
        parameters={"project": str(project), "session": seen.folder.id},
        flow_run_name=seen.folder.id,
        idempotency_key=f"{what}-{_ended(what)}",
        tags=[what],
        timeout=0,
    )
    identity: UUID = run.id
    return identity


def _tag(project: Path, seen: Look) -> str:
    """What tells a session of a project, with what lies in it, from all others on a server."""
    parts = "\0".join((str(project.resolve()), seen.folder.id, seen.signature))
    return f"fgd-{hashlib.sha256(parts.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"


def _ended(what: str) -> int:
    """How many runs with this tag have come to an end."""
    mine = FlowRunFilter(
        tags=FlowRunFilterTags(all_=[what]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(TERMINAL_STATES))),
    )
    with get_client(sync_client=True) as client:
        return len(client.read_flow_runs(flow_run_filter=mine, limit=200))
