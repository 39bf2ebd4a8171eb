"""Send sessions to the workers of work pools, and wait until they are done.

What has to be heard is a run of its own. Sessions with nothing to be heard travel in groups, as
small batches: what Prefect asks of its server for a run is asked once for all of them. A session is
sent once for what lies in it; runs that have lost their worker are found by Prefect (heartbeats,
``flows/automations.py``).
"""

from __future__ import annotations

import hashlib
import itertools
import math
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId, FlowRunFilterTags
from prefect.client.schemas.objects import FlowRun, State, WorkPoolStatus
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound

from fgd import pipeline
from fgd.model import Session
from fgd.pipeline.programme_pass import read_or_none
from fgd.workspace.project import Project
from flows.failures import Attempts
from flows.hearing import is_read
from flows.inbox import Look, fresh
from flows.reports import tags_of
from flows.session import version

# Seconds between two looks at the runs that were sent, and how many runs a look asks for at once.
POLL = 10.0
PAGE = 200
# So many sessions travel together at most: what a worker that is lost leaves to be sent again.
GROUP = 8


@dataclass(frozen=True, slots=True)
class Pools:
    """The deployments to send to: of the flow ``session``, and of ``batch`` for light sessions."""

    heavy: str
    light: str = ""


def results(
    project: Project, looks: Sequence[Look], pools: Pools
) -> Iterator[tuple[Look, State[Any]]]:
    """Send every session and yield each when its run ends, with the state of that.

    A session whose run was lost is sent again, unless it has been tried too often: whoever takes it
    goes on at its last checkpoint.
    """
    if pools.light and not _has_workers(pools.light):
        pools = Pools(pools.heavy)
    waiting: dict[UUID, list[Look]] = {}
    again = list(looks)
    while again or waiting:
        for identity, members in send(project, again, pools):
            waiting.setdefault(identity, []).extend(members)
        again = []
        for run in list(_read(FlowRunFilter(id=FlowRunFilterId(any_=list(waiting))))):
            if run.state is None or not run.state.is_final():
                continue
            for seen in waiting.pop(run.id):
                if run.state.is_crashed() and _is_left(project, seen):
                    again.append(seen)
                else:
                    yield seen, run.state
        if waiting and not again:
            time.sleep(POLL)


def send(
    project: Project, looks: Sequence[Look], pools: Pools
) -> Iterator[tuple[UUID, Sequence[Look]]]:
    """Make sure that there is a run for every session as it lies there now; yields the runs.

    One that waits or runs already is that run, whoever sent it. Two that send the same at the same
    moment get one run: the key is what lies in its sessions and how many runs on that have ended.
    """
    tags = {_tag(project, seen): seen for seen in looks}
    ended: Counter[str] = Counter()
    for run in _tagged(list(tags)):
        mine = [tag for tag in run.tags if tag in tags]
        if run.state is not None and run.state.is_final():
            ended.update(mine)
        elif members := [tags.pop(tag) for tag in mine]:
            yield run.id, members
    told = {tag: _session(project, seen) for tag, seen in tags.items()}
    light = [tag for tag, seen in tags.items() if pools.light and _is_light(seen, told[tag])]
    # One that took its worker down, or was there when that was killed, goes alone.
    together = [tag for tag in light if not Attempts(project, tags[tag]).begun]
    for group in (*groups(together), *([tag] for tag in tags if tag not in together)):
        names = [tags[tag].folder.id for tag in group]
        where = pools.light if group[0] in light else pools.heavy
        given: dict[str, Any] = {"session": names[0]}
        if group[0] in light:
            given = {"sessions": names, "settle": 0.0}
        programmes = (session.programme for tag in group if (session := told[tag]))
        key = "\0".join(f"{tag}-{ended[tag]}" for tag in group)
        sent: Any = run_deployment(
            where,
            parameters={"project": str(project.root), "sender": version()} | given,
            flow_run_name=called(names),
            idempotency_key=hashlib.sha256(key.encode()).hexdigest(),
            tags=[*group, *tags_of(project, names, programmes)],
            timeout=0,
        )
        yield sent.id, [tags[tag] for tag in group]


def groups(light: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut what is light into equal groups; an even number, so that two workers end together.

    >>> [len(group) for group in groups("x" * 50)], list(groups("x"))
    ([6, 6, 6, 7, 6, 6, 6, 7], ['x'])
    """
    count = min(len(light), 2 * math.ceil(len(light) / (2 * GROUP)))
    cuts = [len(light) * number // count for number in range(count + 1)] if count else []
    return (light[start:end] for start, end in itertools.pairwise(cuts))


def called(names: Sequence[str]) -> str:
    """What a run is called: many are seen in one list.

    >>> called(["one"]), called(["one", "three", "two"])
    ('one', 'one and 2 more')
    """
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]


def _session(project: Project, seen: Look) -> Session | None:
    return read_or_none(pipeline.SessionContext(project, seen.folder))


def _is_left(project: Project, seen: Look) -> bool:
    """Whether a session whose run was lost is to be sent again."""
    return fresh(project, seen.folder) is None and not Attempts(project, seen).told()


def _is_light(seen: Look, session: Session | None) -> bool:
    """Whether nothing has to be heard: all is read, or was heard before."""
    return session is not None and all(
        is_read(recording) or seen.folder.store.path(f"{recording.id}/transcript").is_file()
        for recording in session.recordings
    )


def _has_workers(deployment: str) -> bool:
    """Whether somebody would take what is sent to a deployment."""
    with get_client(sync_client=True) as client:
        try:
            name = client.read_deployment_by_name(deployment).work_pool_name
            return client.read_work_pool(name or "").status == WorkPoolStatus.READY
        except ObjectNotFound:
            return False


def _tag(project: Project, seen: Look) -> str:
    """What tells a session of a project, with what lies in it, from all others on a server."""
    parts = "\0".join((str(project.root), seen.folder.id, seen.signature))
    return f"fgd-{hashlib.sha256(parts.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}"


def _tagged(tags: list[str]) -> Iterator[FlowRun]:
    """Every run with any of these tags."""
    for start in range(0, len(tags), 50):
        yield from _read(FlowRunFilter(tags=FlowRunFilterTags(any_=tags[start : start + 50])))


def _read(wanted: FlowRunFilter) -> Iterator[FlowRun]:
    """Every run that is asked for, in one call for each page of them."""
    with get_client(sync_client=True) as client:
        for start in range(0, sys.maxsize, PAGE):
            found = client.read_flow_runs(flow_run_filter=wanted, limit=PAGE, offset=start)
            yield from found
            if len(found) < PAGE:
                return
