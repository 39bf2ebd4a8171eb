"""One session as a flow: a child run per recording, then the session's analysis and briefs.

``python -m flows.session SESSION ...`` needs nothing else running.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import flows  # noqa: F401 - sets Prefect's switches before Prefect is imported

from prefect import flow  # isort: skip
from prefect.client.schemas.objects import State
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)
from prefect.states import Completed

from fgd import pipeline
from fgd.workspace.outcome import Outcome
from flows import tasks
from flows.failures import StepFailed, neutral, of_state
from flows.figures import Told, row, show, tell_brief_ready

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
    tasks.transcribe(project, session, recording)
    tasks.tell_voices(project, session, recording)


@flow(name="session", flow_run_name="{session}", persist_result=False)
@neutral
def process_session(project: Path, session: str, wait: float = WAIT) -> State[Any]:
    """The whole pass over one session, alone; its state's data is what to tell of it.

    A recording that fails does not stop the others; the run fails only if no brief comes of it.
    """
    project = project.resolve()
    with tasks.at_work(project, session, wait) as one, without_heartbeat():
        session = one.folder.id
        states = [
            process_recording(project, session, recording.id, return_state=True)
            for recording in one.intake.session.recordings
        ]
        failures = [of_state(state) for state in states if state.is_failed()]
        if len(failures) < len(states):
            tasks.attribute(project, session)
            tasks.find_themes(project, session)
            tasks.write_briefs(project, session)
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
