"""Run one session as a flow: a child run per recording, then the session's analysis and briefs.

``python -m flows.session SESSION ...`` needs nothing else running.

Each step is one thin task: ids and paths go in, a fingerprint comes out, the library does the work.
Caching is off, because the library already knows what is fresh, from content and not from
arguments. Nothing that a task takes, returns or logs holds a name, a quote or a transcript.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import Any

import flows  # noqa: F401 - sets Prefect's switches before Prefect is imported

from prefect import flow, task  # isort: skip
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.client.schemas.objects import State
from prefect.concurrency.sync import concurrency
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)
from prefect.states import Completed

from fgd import pipeline
from fgd.workspace.lock import session_lock
from fgd.workspace.outcome import Outcome
from fgd.workspace.project import Project
from flows.reports import (
    RETRIES,
    RETRY_AFTER,
    ShownProgress,
    StepFailed,
    Told,
    neutral,
    of_state,
    row,
    show,
    tell_brief_ready,
    worth_retrying,
)

# The pass that this process is doing now. It travels beside the tasks and not through them, so
# that a step done in one task is remembered in the next and no parameter carries more than ids.
_working: ContextVar[pipeline.SessionContext | None] = ContextVar("working", default=None)


@contextmanager
def at_work(project: Path, session: str, wait: float = 0.0) -> Iterator[pipeline.SessionContext]:
    """Hold a session's lock and do all tasks inside in one pass.

    Raises ``BusyError`` if another run holds the lock for longer than ``wait`` seconds.
    """
    one = _open(project, session)
    with session_lock(one.folder, wait=wait):
        before = _working.set(one)
        try:
            yield one
        finally:
            _working.reset(before)


def _open(project: Path, session: str) -> pipeline.SessionContext:
    opened = Project.open(project)
    folder = opened.session(session)
    one = pipeline.SessionContext(opened, folder, progress=ShownProgress(folder.id))
    return replace(one, admit=in_turn(one))


def _pass(project: Path, session: str) -> pipeline.SessionContext:
    """The pass in progress if it is on this session, else a new one."""
    one = _working.get()
    if one is not None and (one.project.root, one.folder.id) == (project, session):
        return one
    return _open(project, session)


def _state(done: Any) -> State[Any]:
    """What a task returns: the hash of its step's result, and whether there was nothing to do."""
    return Completed(name="Fresh" if done.fresh else "Completed", data=done.sha256)


def _task(name: str, step: Callable[..., State[Any]]) -> Any:
    return task(
        name=name.partition(" of ")[0],
        task_run_name=name,
        cache_policy=NO_CACHE,
        persist_result=False,
        retries=RETRIES,
        retry_delay_seconds=RETRY_AFTER,
        retry_condition_fn=worth_retrying,
    )(neutral(step))


def _of_recording(name: str, step: Callable[[pipeline.SessionContext, Any], Any]) -> Any:
    def run(project: Path, session: str, recording: str) -> State[Any]:
        one = _pass(project, session)
        return _state(step(one, one.recording(recording)))

    return _task(f"{name} of {{recording}}", run)


def _of_session(name: str, step: Callable[[pipeline.SessionContext], Any]) -> Any:
    def run(project: Path, session: str) -> State[Any]:
        return _state(step(_pass(project, session)))

    return _task(f"{name} of {{session}}", run)


transcribe = _of_recording("words", pipeline.transcribe)
tell_voices = _of_recording("voices", pipeline.converse)
attribute = _of_session("attribution", pipeline.attribute)
find_themes = _of_session("themes", pipeline.find_themes)
write_briefs = _of_session("briefs", pipeline.publish)


VARIABLE = "FGD_ACCELERATOR"
_HEARING = threading.RLock()
_HEAVY = ("transcript", "diarization")


def in_turn(one: pipeline.SessionContext) -> Callable[[str], AbstractContextManager[None]]:
    """What a pass calls around its steps: those that need the accelerator wait for it."""

    def admit(step: str) -> AbstractContextManager[None]:
        recording, _, name = step.rpartition("/")
        if name not in _HEAVY or not recording or _is_read(one, recording):
            return nullcontext()
        limit = accelerator(one.settings.speech.device)
        if not limit:
            return _alone()
        _make(limit)
        # A lease that could not be renewed must not throw hours of hearing away.
        return concurrency(limit, strict=True, raise_on_lease_renewal_failure=False)

    return admit


@contextmanager
def _alone() -> Iterator[None]:
    """Hear one recording at a time in this process: it takes all cores, and memory for a batch."""
    with _HEARING:
        yield


def accelerator(device: str) -> str:
    """The name of the limit that recordings on this machine share; empty if there is none."""
    if named := os.environ.get(VARIABLE):
        return named
    if device == "cpu":
        return ""
    import torch

    if not torch.cuda.is_available():
        return ""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").replace(",", "-")
    return "-".join(part for part in ("gpu", socket.gethostname(), visible) if part)


def _is_read(one: pipeline.SessionContext, identity: str) -> bool:
    """Whether a transcript stands in for the sound."""
    recording = one.recording(identity)
    return recording.kind == "transcript" or bool(recording.transcript)


def _make(limit: str) -> None:
    """Make the limit if nobody has; one that somebody has changed stays as it is."""
    with get_client(sync_client=True) as client:
        try:
            client.read_global_concurrency_limit_by_name(limit)
        except ObjectNotFound:
            wanted = GlobalConcurrencyLimitCreate(name=limit, limit=1)
            try:
                client.create_global_concurrency_limit(wanted)
            except ObjectAlreadyExists:
                return


# Seconds that a run waits for another one on the same session before it says so and ends.
WAIT = 60.0


@contextmanager
def without_heartbeat() -> Iterator[None]:
    """For runs inside a run: the outer one's heartbeat is enough, and each costs a second."""
    if PREFECT_FLOWS_HEARTBEAT_FREQUENCY.value() is None:
        yield
        return
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield


@flow(name="recording", flow_run_name="{session}/{recording}", persist_result=False)
def process_recording(project: Path, session: str, recording: str) -> None:
    """Hear one recording and tell its voices apart."""
    transcribe(project, session, recording)
    tell_voices(project, session, recording)


@flow(name="session", flow_run_name="{session}", persist_result=False)
@neutral
def process_session(project: Path, session: str, wait: float = WAIT) -> State[Any]:
    """The whole pass over one session, alone; its state's data is what to tell of it.

    A recording that fails does not stop the others; the run fails only if no brief comes of it.
    """
    project = project.resolve()
    with at_work(project, session, wait) as one, without_heartbeat():
        session = one.folder.id
        states = [
            process_recording(project, session, recording.id, return_state=True)
            for recording in one.intake.session.recordings
        ]
        failures = [of_state(state) for state in states if state.is_failed()]
        if len(failures) < len(states):
            attribute(project, session)
            find_themes(project, session)
            write_briefs(project, session)
        outcome = pipeline.outcome(one)
        if outcome.state == "failed":
            raise _failed(outcome, failures)
        tell_brief_ready(one, outcome)
        told = Told(outcome, row(session, outcome.state, one, outcome))
    if outcome.state == "attention":
        return Completed(name="Attention", message="Something needs a person.", data=told)
    return Completed(data=told)


def _failed(outcome: Outcome, failures: list[StepFailed]) -> StepFailed:
    """Why no brief was written, and whether the next try may have more luck."""
    kinds = ", ".join(sorted({failure.kind for failure in failures})) or "NothingUsable"
    return StepFailed(
        kinds,
        f"No brief could be written. To read why: fgd run {outcome.session!r}",
        passing=any(failure.passing for failure in failures),
        lasting=all(failure.lasting for failure in failures),
        outcome=outcome,
    )


def told_by(state: State[Any]) -> Told | StepFailed:
    """What a finished run on a session, made in this process, came to."""
    if state.is_completed():
        told: Told = state.result()
        return told
    failure = of_state(state)
    if failure.outcome is not None:
        return Told(failure.outcome, row(failure.outcome.session, "failed", None, failure.outcome))
    return failure


def main(arguments: list[str] | None = None) -> int:
    """Run sessions one after the other; the exit code is that of ``fgd run``."""
    parser = argparse.ArgumentParser(prog="python -m flows.session", description=__doc__)
    parser.add_argument("sessions", nargs="+", metavar="SESSION")
    parser.add_argument("--project", type=Path, default=Path())
    chosen = parser.parse_args(arguments)
    results = []
    # Without a server of its own nobody listens for heartbeats.
    with nullcontext() if PREFECT_API_URL.value() else without_heartbeat():
        for session in chosen.sessions:
            state = process_session(chosen.project.resolve(), session, return_state=True)
            results.append((session, told_by(state)))
    return show(results)


if __name__ == "__main__":
    sys.exit(main())
