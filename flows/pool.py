"""Send sessions to the workers of work pools, and wait until they are done.

A session is sent once for what lies in it: Prefect itself sees to that, by the idempotency key.
Runs that have lost their worker are found by Prefect, too (heartbeats, ``flows/automations.py``).
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun, State, WorkPoolStatus
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.workers.base import BaseWorker

from fgd import pipeline
from fgd.pipeline.programme_pass import read_or_none
from fgd.workspace.project import Project
from flows.failures import Attempts
from flows.inbox import Look
from flows.reports import tags_of
from flows.session import version

# Seconds between two looks at the runs that were sent, and how many runs a look asks for at once.
POLL = 10.0
PAGE = 200


def results(
    project: Project, looks: Sequence[Look], deployment: str, light: str = ""
) -> Iterator[tuple[Look, State[Any]]]:
    """Send one run for each session and yield each when it ends, with its state.

    A session whose run was lost is sent again, unless it has been tried too often: whoever takes it
    goes on at its last checkpoint.
    """
    light = light if light and _has_workers(light) else ""
    ended = _ended([_tag(project, seen) for seen in looks])
    left = {_send(project, seen, deployment, light, ended): seen for seen in looks}
    while left:
        for run in list(_read(FlowRunFilter(id=FlowRunFilterId(any_=list(left))))):
            if run.state is None or not run.state.is_final():
                continue
            seen = left.pop(run.id)
            tag = _tag(project, seen)
            ended[tag] = ended.get(tag, 0) + 1
            if run.state.is_crashed() and not Attempts(project, seen).told():
                left[_send(project, seen, deployment, light, ended)] = seen
            else:
                yield seen, run.state
        if left:
            time.sleep(POLL)


def make_pool(name: str, worker: type[BaseWorker[Any, Any, Any]]) -> None:
    """Make a work pool, if nobody has; no outside host is asked what its workers are."""
    template = worker.get_default_base_job_template()
    wanted = WorkPoolCreate(name=name, type=worker.type, base_job_template=template)
    with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):
        client.create_work_pool(wanted)


def _has_workers(deployment: str) -> bool:
    """Whether somebody would take what is sent to a deployment."""
    with get_client(sync_client=True) as client:
        try:
            name = client.read_deployment_by_name(deployment).work_pool_name
            return client.read_work_pool(name or "").status == WorkPoolStatus.READY
        except ObjectNotFound:
            return False


def _send(project: Project, seen: Look, deployment: str, light: str, ended: dict[str, int]) -> UUID:
    """Send a run for a session as it lies there now; one that waits or runs already is that run.

    The key: project, session, what lies in it, and how many runs on exactly that have ended.
    """
    tag = _tag(project, seen)
    one = pipeline.SessionContext(project, seen.folder)
    session = read_or_none(one)
    heard = session is not None and not any(
        recording.kind != "transcript"
        and not recording.transcript
        and not (one.store.folder / recording.id / "transcript.json").is_file()
        for recording in session.recordings
    )
    run: Any = run_deployment(
        light if light and heard else deployment,
        parameters={
            "project": str(project.root), "session": seen.folder.id, "sender": version(),
        },
        flow_run_name=seen.folder.id,
        idempotency_key=f"{tag}-{ended.get(tag, 0)}",
        tags=[tag, *tags_of(project, seen.folder.id, session.programme if session else "")],
        timeout=0,
    )  # fmt: skip
    identity: UUID = run.id
    return identity


def _tag(project: Project, seen: Look) -> str:
    """What tells a session of a project, with what lies in it, from all others on a server."""
    parts = "\0".join((str(project.root), seen.folder.id, seen.signature))
    return f"fgd-{hashlib.sha256(parts.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"


def _ended(tags: list[str]) -> dict[str, int]:
    """How many runs with each of these tags have come to an end."""
    final = FlowRunFilterState(type=FlowRunFilterStateType(any_=list(TERMINAL_STATES)))
    counts: dict[str, int] = {}
    for start in range(0, len(tags), 50):
        some = FlowRunFilterTags(any_=tags[start : start + 50])
        for run in _read(FlowRunFilter(tags=some, state=final)):
            for tag in run.tags:
                counts[tag] = counts.get(tag, 0) + 1
    return counts


def _read(wanted: FlowRunFilter) -> Iterator[FlowRun]:
    """Every run that is asked for, in one call for each page of them."""
    with get_client(sync_client=True) as client:
        for start in range(0, sys.maxsize, PAGE):
            found = client.read_flow_runs(flow_run_filter=wanted, limit=PAGE, offset=start)
            yield from found
            if len(found) < PAGE:
                return
