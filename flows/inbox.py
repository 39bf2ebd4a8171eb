"""Find what lies in ``recordings/`` and may be worked on, and send it to a work pool where one is.

A file that is still being copied changes in size or time. A session has settled when nothing in
it changed for a while by the clock, or, because clocks jump and disagree, when nothing changed
while we watched by our own steady clock. A session taken too early does no harm: its recording
counts by content, so the next look finds it changed and does it again. A session sent to a pool is
one run, for any number of workers to take.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import msgspec
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

from fgd import __version__, pipeline
from fgd.core.errors import FgdError
from fgd.pipeline.context import NotAdmitted
from fgd.workspace.lock import lock_of
from fgd.workspace.outcome import Outcome
from fgd.workspace.project import SETTINGS_FILE, Project, SessionFolder
from fgd.workspace.store import write_bytes
from flows.reports import StepFailed

SETTLE = 60.0


@dataclass(frozen=True, slots=True)
class Look:
    """A session at one moment: a hash of names, sizes and times of its files, and how long ago the
    last of them changed, in seconds; negative where a time lies in the future.
    """

    folder: SessionFolder
    signature: str
    age: float


def look(folder: SessionFolder) -> Look:
    """Look at a session's files without reading them."""
    seen, newest = [], 0.0
    for path in _files(folder.source):
        try:
            stat = path.stat()
        except OSError:
            seen.append((path.name, -1, -1))
            continue
        seen.append((path.name, stat.st_size, stat.st_mtime_ns))
        # Copies may keep the time of the original; when it arrived is in the other time.
        newest = max(newest, stat.st_mtime, stat.st_ctime)
    digest = hashlib.sha256(msgspec.json.encode(sorted(seen))).hexdigest()
    return Look(folder, digest, time.time() - newest)


def _files(source: Path) -> Iterator[Path]:
    if not source.is_dir():
        yield source
        return
    for folder, _, names in os.walk(source):
        yield from (Path(folder) / name for name in names)


def settled(project: Project, settle: float) -> Iterator[tuple[Look, bool]]:
    """Every session with whether it has settled: first those that have, then, after watching the
    others for ``settle`` seconds, the rest.
    """
    begun = time.monotonic()
    moving = []
    for folder in project.sessions()[0]:
        seen = look(folder)
        if seen.age >= settle:
            yield seen, True
        else:
            moving.append(seen)
    if moving:
        time.sleep(max(0.0, begun + settle - time.monotonic()))
    for seen in moving:
        now = look(seen.folder)
        yield now, now.signature == seen.signature


def fresh(
    project: Project, folder: SessionFolder
) -> tuple[pipeline.SessionContext, Outcome] | None:
    """The finished pass over a session if there is nothing left to do, without doing anything.

    It is the library that says so, from the content of everything that counts.
    """
    if not stamp(folder):
        return None

    def refuse(step: str) -> NoReturn:
        raise NotAdmitted(step)

    one = pipeline.SessionContext(project, folder, admit=refuse)
    try:
        outcome = pipeline.outcome(one)
    except (Exception, NotAdmitted):
        return None  # work is left, or something is wrong; the session's own run says what
    return (one, outcome) if outcome.state != "failed" else None


def stamp(folder: SessionFolder) -> int:
    """When a session's briefs were last made, in the ticks of the disk's own clock; 0: never."""
    try:
        return folder.store.path("briefs").stat().st_mtime_ns
    except OSError:
        return 0


def is_taken(folder: SessionFolder) -> bool:
    """Whether another run is at work on a session."""
    try:
        return lock_of(folder).is_held()
    except FgdError:
        return False


class Failures:
    """Sessions that failed for a reason that stays until somebody changes something in them."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def stands(self, seen: Look) -> bool:
        """Whether a session failed before just as it lies there now."""
        try:
            return self._path(seen).read_text() == self._mark(seen)
        except OSError:
            return False

    def note(self, seen: Look, failure: StepFailed | None) -> None:
        """Remember how a run ended; losing the note only costs another try."""
        path = self._path(seen)
        try:
            if failure is not None and failure.lasting:
                write_bytes(path, self._mark(seen).encode())
            else:
                path.unlink(missing_ok=True)
        except (FgdError, OSError):
            return

    def _path(self, seen: Look) -> Path:
        return self._project.state / "failures" / f"{seen.folder.id}.mark"

    def _mark(self, seen: Look) -> str:
        try:
            settings = (self._project.root / SETTINGS_FILE).stat().st_mtime_ns
        except OSError:
            settings = 0
        return f"{seen.signature} {settings} {__version__}"


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
