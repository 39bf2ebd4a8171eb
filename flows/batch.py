"""Run every session that has settled and is not fresh, here or sent to a work pool.

``python -m flows.batch`` needs nothing else running. Sessions are submitted as tasks, as many at
once as ``PREFECT_TASKS_RUNNER_THREAD_POOL_MAX_WORKERS`` says (2). Several batches on the same
folders, on one machine or on many, share the work: each leaves alone what another one has taken.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import flows  # noqa: F401 - sets Prefect's switches before Prefect is imported

from prefect import flow, task  # isort: skip
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import as_completed
from prefect.settings import PREFECT_API_URL
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from fgd.core.errors import ProjectError
from fgd.workspace.project import Project
from flows import inbox
from flows.inbox import SETTLE, Failures, Look, fresh, is_taken, settled, stamp
from flows.reports import Row, StepFailed, Told, exit_code, neutral, of_state, row, show
from flows.session import process_session, told_by, without_heartbeat

log = logging.getLogger("fgd")


@task(name="in turn", task_run_name="{session}", cache_policy=NO_CACHE, persist_result=False)
@neutral
def process_one(project: Path, session: str, before: int) -> Told | None:
    """Work on a session in a run of its own; nothing if it was done since its stamp ``before``."""
    if stamp(Project.open(project).session(session)) != before:
        # Looking whether it is fresh would cost as much as a tenth of doing it.
        return None
    state: Any = process_session(project, session, 0.0, return_state=True)
    if not state.is_completed():
        raise of_state(state)
    told: Told = state.result()
    return told


@flow(
    name="batch",
    flow_run_name="batch",
    persist_result=False,
    task_runner=ThreadPoolTaskRunner(),  # type: ignore[arg-type] # its futures are narrower
)
@neutral
def process_batch(
    project: Path = Path(),
    settle: float = SETTLE,
    again: bool = True,
    deployment: str = "",
) -> State[Any]:
    """Do what is left to do in ``recordings/``; one session that fails does not stop the others.

    Sessions wait for each other only where they must: hearing needs the whole machine.
    ``settle`` is how many seconds a session must lie still, ``again`` whether sessions that failed
    before and were not touched since are tried again. With the name of a ``deployment`` each
    session becomes a run of its own for the workers of that deployment's pool.
    """
    opened = Project.open(project)
    if not opened.recordings.is_dir():
        raise ProjectError("there is no such folder.", where=str(opened.recordings))
    failures = Failures(opened)
    rows = [row(name, "attention, not opened") for name in _shut(opened)]
    send: list[Look] = []
    at_work: dict[Any, Look] = {}
    stamps = {folder.id: stamp(folder) for folder in opened.sessions()[0]}
    with without_heartbeat():
        for seen, still in settled(opened, settle):
            before = stamps.get(seen.folder.id, 0)
            if stamp(seen.folder) != before:
                rows.append(row(seen.folder.id, "done by another run"))
                continue
            line = _left_alone(opened, seen, still, failures, again)
            if line is not None:
                rows.append(line)
            elif deployment:
                send.append(seen)
            else:
                at_work[process_one.submit(opened.root, seen.folder.id, before)] = seen
        for future in as_completed(list(at_work)):
            future.wait()  # which is when its final state arrives here
            rows.append(_processed(at_work[future], future.state, failures))
        for seen, state in inbox.results(opened.root, send, deployment) if send else ():
            rows.append(_came_back(opened, seen, state))
    rows.sort(key=lambda line: str(line["session"]))
    create_table_artifact(rows, "batch", f"{len(rows)} sessions: counts and seconds.")
    failed = [str(line["session"]) for line in rows if line["state"] == "failed"]
    message = _summary(rows)
    return Failed(message=message, data=rows) if failed else Completed(message=message, data=rows)


def _shut(project: Project) -> Iterator[str]:
    """What lies in ``recordings/`` and cannot be opened: no permission, or a link leading out."""
    for issue in project.sessions()[1]:
        if issue.level == "error":
            log.warning("%s: cannot be opened; fgd run says why", issue.where)
            yield issue.where


def _left_alone(
    project: Project, seen: Look, still: bool, failures: Failures, again: bool
) -> Row | None:
    """The line of a session that is not to be worked on now."""
    session = seen.folder.id
    if not still:
        log.info("%s: still being copied", session)
        return row(session, "arriving")
    if is_taken(seen.folder):
        return row(session, "taken by another run")
    if not again and failures.stands(seen):
        return row(session, "failed before, unchanged")
    done = fresh(project, seen.folder)
    return row(session, f"{done[1].state}, fresh", *done) if done else None


def _processed(seen: Look, state: State[Any], failures: Failures) -> Row:
    """Tell how a run inside this one ended; return its line."""
    session = seen.folder.id
    if state.is_completed() and state.result() is None:
        return row(session, "done by another run")
    failure = None if state.is_completed() else of_state(state)
    if failure is not None and failure.kind == "BusyError":
        return row(session, "taken by another run")
    failures.note(seen, failure)
    told = told_by(state)
    show([(session, told)])
    return told.row if isinstance(told, Told) else row(session, "failed")


def _came_back(project: Project, seen: Look, state: State[Any] | None) -> Row:
    """The line of a session that another worker did."""
    session = seen.folder.id
    if state is None or not state.is_completed():
        return row(session, "failed")
    done = fresh(project, seen.folder)
    return row(session, done[1].state, *done) if done else row(session, "changed meanwhile")


def _summary(rows: list[Row]) -> str:
    counts: dict[str, int] = {}
    for line in rows:
        counts[str(line["state"])] = counts.get(str(line["state"]), 0) + 1
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return told or "Nothing lies in recordings/."


def main(arguments: list[str] | None = None) -> int:
    """Run one batch; the exit code is that of ``fgd run``."""
    parser = argparse.ArgumentParser(prog="python -m flows.batch", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path())
    parser.add_argument("--settle", type=float, default=SETTLE, help="seconds (default: 60)")
    parser.add_argument("--deployment", default="", help="send sessions to it: session/pool")
    chosen = parser.parse_args(arguments)
    with nullcontext() if PREFECT_API_URL.value() else without_heartbeat():
        state = process_batch(
            chosen.project.resolve(), chosen.settle, True, chosen.deployment, return_state=True
        )
    data = state.result(raise_on_failure=False)
    if isinstance(data, StepFailed):
        sys.stderr.write(f"{data}\n")
        return 1
    sys.stdout.write(f"{state.message}\n")
    return exit_code(str(line["state"]).partition(",")[0] for line in _rows(data))


def _rows(data: Any) -> list[Row]:
    return data if isinstance(data, list) else [{"state": "failed"}]


if __name__ == "__main__":
    sys.exit(main())
