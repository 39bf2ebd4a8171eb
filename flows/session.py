"""Run one session as a flow: its recordings side by side, then its analysis and its briefs.

``python -m flows.session SESSION ...`` needs nothing else running.

Each step is one thin task over the pass that it is given; the library does the work and knows what
is fresh. Prefect keeps one result of a run: the session's line of a batch's table, so that the
batch that sent it need not open the session again.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import flows  # sets Prefect's switches before Prefect is imported

from prefect import flow, tags, task  # isort: skip
from prefect.client.schemas.objects import State
from prefect.context import TagsContext
from prefect.states import Completed
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.utilities.annotations import quote

import fgd
from fgd import pipeline
from fgd.workspace.lock import session_lock
from fgd.workspace.outcome import Outcome, last
from fgd.workspace.project import Project, SessionFolder
from flows.failures import AGAIN, RETRIED, Again, Attempts, StepFailed, neutral, of_state
from flows.hearing import Turns
from flows.inbox import look
from flows.reports import COUNTS, STATES, Row, ShownProgress, exit_code, row, tags_of, tell

# Seconds that a run waits for another one on the same session before it says so and ends.
WAIT = 60.0


@task(name="hearing", task_run_name="hearing of {recording}", **RETRIED)
@neutral
def hear(one: pipeline.SessionContext, recording: str) -> None:
    """Write down the words of a recording and tell its voices apart."""
    pipeline.converse(one, one.recording(recording))


@task(name="attribution", task_run_name="attribution", **RETRIED)
@neutral
def attribute(one: pipeline.SessionContext) -> None:
    """Find out who each voice was."""
    pipeline.attribute(one)


@task(name="themes", task_run_name="themes", **RETRIED)
@neutral
def find_themes(one: pipeline.SessionContext) -> None:
    """Code the discussion."""
    pipeline.find_themes(one)


@task(name="briefs", task_run_name="briefs", **RETRIED)
@neutral
def write_briefs(one: pipeline.SessionContext) -> None:
    """Write the editions of the brief."""
    pipeline.publish(one)


def untagged() -> TagsContext:
    """Leave the run's tags to the run: each task that had one would ask the server for a slot."""
    return TagsContext(current_tags=set())


@contextmanager
def alone(
    project: Project, folder: SessionFolder, turns: Turns, wait: float
) -> Iterator[pipeline.SessionContext]:
    """Hold a session's lock and yield the pass over it; how that ends is remembered.

    Raises ``BusyError`` if another run holds the lock for longer than ``wait`` seconds.
    """
    one = pipeline.SessionContext(project, folder, progress=ShownProgress(folder.id))
    with session_lock(folder, wait=wait), Attempts(project, look(folder)).one(), untagged():
        yield replace(one, admit=turns.of(one))


def work(one: pipeline.SessionContext, turns: Turns) -> State[Any]:
    """Do the whole pass; the state that is returned holds the session's line.

    A recording that fails does not stop the others. Raises ``StepFailed`` if no brief comes of it.
    """
    recordings = [recording.id for recording in one.intake.session.recordings]
    runner: ThreadPoolTaskRunner[None] = ThreadPoolTaskRunner()
    with runner, turns.wanted():
        heard = runner.map(hear, {"one": quote(one), "recording": recordings})
        heard.wait()
    failures = [of_state(each.state) for each in heard if not each.state.is_completed()]
    if len(failures) < len(recordings):
        given: Any = quote(one)  # Prefect does not look into it, and hands on what it holds
        for step in (attribute, find_themes, write_briefs):
            state = step(given, return_state=True)
            if not state.is_completed():
                failures = [of_state(state)]
                break
    outcome = pipeline.outcome(one)
    session = outcome.session
    line = row(session, outcome.state, one, outcome)
    tell(one, outcome, line)
    if outcome.state == "failed":
        raise _failed(outcome, failures)
    if outcome.state == "attention":
        return Completed(name="Attention", message="Something needs a person.", data=line)
    return Completed(data=line)


def _failed(outcome: Outcome, failures: list[StepFailed]) -> StepFailed:
    """Why no brief was written, and when the next try may have more luck."""
    if len(failures) == 1:
        return failures[0]
    kinds = ", ".join(sorted({failure.kind for failure in failures})) or "NothingUsable"
    met: set[Again] = {failure.again for failure in failures} or {"changed"}
    why = f"No brief could be written. To read why: fgd run {outcome.session!r}"
    return StepFailed(kinds, why, min(met, key=AGAIN.index))


@functools.cache
def version() -> str:
    """The version of this checkout: two with the same number may hold different code."""
    code = hashlib.sha256()
    for path in sorted(Path(fgd.__file__).parent.rglob("*.py")):
        code.update(path.read_bytes())
    return f"{fgd.__version__}+{code.hexdigest()[:8]}"


def same_version(sender: str) -> None:
    """Refuse what somebody sent whose version differs; two would undo what the other has done."""
    if sender and sender != version():
        differ = f"This worker has version {version()}, what sent the session has {sender}."
        raise StepFailed("VersionError", f"{differ} Update one and start it again.", "later")


@flow(name="session", flow_run_name="{session}", persist_result=True, result_serializer="json")
@neutral
def process_session(
    project: Path, session: str, wait: float = WAIT, sender: str = ""
) -> State[Any]:
    """The whole pass over one session, alone; the result is its line of a batch's table.

    ``wait`` is how many seconds another run on it may take to finish, ``sender`` the version of
    whoever sent this here.
    """
    same_version(sender)
    opened = Project.open(project)
    turns = Turns()
    with alone(opened, opened.session(session), turns, wait) as one:
        return work(one, turns)


def main(arguments: list[str] | None = None) -> int:
    """Run sessions one after the other; the exit code is that of ``fgd run``."""
    parser = argparse.ArgumentParser(prog="python -m flows.session", description=__doc__)
    parser.add_argument("sessions", nargs="+", metavar="SESSION")
    parser.add_argument("--project", type=Path, default=Path())
    chosen = parser.parse_args(arguments)
    root = chosen.project.resolve()
    states = []
    with flows.server():
        for session in chosen.sessions:
            with tags(*tags_of(Project(root), [session])):
                state: Any = process_session(root, session, return_state=True)
            states.append(show(root, session, state))
    return exit_code(states)


def show(root: Path, session: str, state: State[Any]) -> str:
    """Print how a run on a session ended, in full: this is a screen and not Prefect's database."""
    if not state.is_completed():
        sys.stdout.write(f"{session}: failed\n  {of_state(state)}\n")
        return "failed"
    line: Row = state.result()
    project = Project.open(root)
    folder = project.session(session)
    counts = ", ".join(f"{name} {line[name]}" for name in COUNTS if line[name] != "")
    sys.stdout.write(f"{session}: {STATES[str(line['state'])]}\n  {counts}\n")
    before = last(project, folder.id)
    for issue in before.issues if before else ():
        sys.stdout.write(f"  {issue.level:8} {issue}\n")
    for path in sorted(folder.outputs.glob("*/brief.html")):
        sys.stdout.write(f"  {path}\n")
    return str(line["state"])


if __name__ == "__main__":
    sys.exit(main())
