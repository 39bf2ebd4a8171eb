"""Run every session that has settled and is not fresh, here or sent to work pools.

``python -m flows.batch`` needs nothing else running. Sessions are submitted as tasks, as many at
once as ``PREFECT_TASKS_RUNNER_THREAD_POOL_MAX_WORKERS`` says (2). Several batches on the same
folders, on one machine or on many, share the work: each leaves alone what another one has taken.
"""

from __future__ import annotations

import argparse
import datetime
import logging
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import flows  # sets Prefect's switches before Prefect is imported

from prefect import flow, task  # isort: skip
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State
from prefect.exceptions import PrefectException
from prefect.futures import as_completed
from prefect.runtime import flow_run
from prefect.states import Cancelled, Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.utilities.annotations import quote

from fgd.core.errors import ProjectError
from fgd.pipeline.context import NotAdmitted
from fgd.workspace.project import Project, SessionFolder
from flows import pool
from flows.automations import say_if_disk_is_low
from flows.failures import STEP, Attempts, StepFailed, neutral, of_state
from flows.hearing import Turns
from flows.inbox import SETTLE, Look, fresh, is_taken, settled, stamp
from flows.reports import Row, exit_code, key, nights, row
from flows.session import alone, same_version, untagged, work

log = logging.getLogger("fgd")


class SessionsFailed(StepFailed):
    """What a batch fails with in which a session failed; ``rows`` stay in this process."""

    def __init__(self, message: str, rows: list[Row]) -> None:
        super().__init__("SessionsFailed", message, "later")
        self.rows = rows


@task(name="session", task_run_name="{session}", **STEP)
@neutral
def process_one(project: Path, session: str, before: int, turns: Turns) -> State[Any]:
    """Work on a session unless another run did since its stamp ``before``; returns its line."""
    opened = Project.open(project)
    folder = opened.session(session)
    if stamp(folder) != before:
        # Looking whether it is fresh would cost as much as a tenth of doing it.
        return Completed(data=row(session, "done by another run"))
    try:
        with alone(opened, folder, turns, 0.0) as one:
            return work(one, turns)
    except NotAdmitted:
        return Cancelled(message="Stopped; what was done is kept.")


def _named() -> str:
    """Call a batch after its sessions, or its project and the time: many are seen in one list."""
    if sessions := flow_run.parameters.get("sessions"):
        return pool.called(sessions)
    project = Path(str(flow_run.parameters.get("project", ""))).resolve().name
    return f"{project}, {datetime.datetime.now().astimezone():%a %H:%M}"


@flow(
    name="batch",
    flow_run_name=_named,
    persist_result=False,
    task_runner=ThreadPoolTaskRunner(),  # type: ignore[arg-type] # its futures are narrower
)
@neutral
def process_batch(
    project: Path = Path(),
    settle: float = SETTLE,
    again: bool = True,
    deployment: str = "",
    light: str = "",
    sessions: list[str] | None = None,
    sender: str = "",
) -> State[Any]:
    """Do what is left to do in ``recordings/``; one session that fails does not stop the others.

    Sessions wait for each other only where they must: hearing needs the whole machine.
    ``settle`` is how many seconds a session must lie still, ``again`` whether sessions that failed
    before and were not touched since are tried again. With the name of a ``deployment`` each
    session becomes a run of its own for the workers of that deployment's pool; those that have
    nothing to be heard go to the deployment ``light`` if one is named, in groups. Such a group is
    a batch of these ``sessions`` only, and names the version of its ``sender``.
    """
    same_version(sender)
    opened = Project.open(project)
    if not opened.recordings.is_dir():
        raise ProjectError("there is no such folder.", where=str(opened.recordings))
    say_if_disk_is_low(opened)
    folders = [each for each in opened.sessions()[0] if not sessions or each.id in sessions]
    rows = [] if sessions else [row(name, "attention, not opened") for name in _shut(opened)]
    send: list[Look] = []
    at_work: dict[Any, Look] = {}
    stamps = {folder.id: stamp(folder) for folder in folders}
    turns = Turns()
    shared: Any = quote(turns)  # Prefect does not look into it, and hands on what it holds
    with turns.wanted(), turns.unless_cancelled(flow_run.get_id()), untagged():
        for seen, still in settled(folders, settle):
            session, before = seen.folder.id, stamps.get(seen.folder.id, 0)
            if stamp(seen.folder) != before:
                rows.append(row(session, "done by another run"))
            elif (line := _left_alone(opened, seen, still, again)) is not None:
                rows.append(line)
            elif deployment:
                send.append(seen)
            else:
                at_work[process_one.submit(opened.root, session, before, shared)] = seen
        for future in as_completed(list(at_work)):
            future.wait()  # which is when its final state arrives here
            rows.append(_line(opened, at_work[future], future.state))
    for seen, state in pool.results(opened, send, pool.Pools(deployment, light)) if send else ():
        rows.append(_line(opened, seen, state))
    rows.sort(key=lambda line: str(line["session"]))
    message = _summary(rows)
    _tell(opened, rows, "" if sessions else opened.root.name)
    if turns.stopped:
        return Cancelled(message=message)
    # What failed in a run of its own does not fail this one once more.
    if not send and any(line["state"] == "failed" for line in rows):
        # What is kept of a group is read elsewhere, as JSON; an error is not.
        return Failed(message=message, data=None if sessions else SessionsFailed(message, rows))
    return Completed(message=message, data=rows)


def _shut(project: Project) -> Iterator[str]:
    """What lies in ``recordings/`` and cannot be opened: no permission, or a link leading out."""
    for issue in project.sessions()[1]:
        if issue.level == "error":
            log.warning("%s: cannot be opened; fgd run says why", issue.where)
            yield issue.where


def _left_alone(project: Project, seen: Look, still: bool, again: bool) -> Row | None:
    """The line of a session that is not to be worked on now."""
    session = seen.folder.id
    if not still:
        log.info("%s: still being copied", session)
        return row(session, "arriving")
    if is_taken(seen.folder):
        return row(session, "taken by another run")
    if not again and (why := Attempts(project, seen).told()):
        return row(session, why)
    done = fresh(project, seen.folder)
    return row(session, f"{done[1].state}, fresh", *done) if done else None


def _line(project: Project, seen: Look, state: State[Any]) -> Row:
    """The line of a session that was worked on, here or by another worker, alone or in a group."""
    session = seen.folder.id
    if state.is_completed():
        # It may be kept where this machine cannot read it, or be of another version.
        with suppress(PrefectException, OSError, ValueError, TypeError, KeyError):
            found: Any = state.result()
            for line in found if isinstance(found, list) else [found]:
                if line["session"] == session:
                    return dict(line)
    # What lies there tells what became of it, whatever became of the others.
    if done := fresh(project, seen.folder):
        return row(session, done[1].state, *done)
    if state.is_cancelled() or state.is_completed():
        return row(session, str(state.name).lower())
    failure = of_state(state)
    if failure.kind == "BusyError" or is_taken(seen.folder):
        return row(session, "taken by another run")
    log.warning("%s: failed. %s", session, failure)
    return row(session, "failed")


def _tell(project: Project, rows: list[Row], name: str) -> None:
    """Make the table, and for a whole project the plot."""
    described = f"{len(rows)} sessions: counts and seconds."
    create_table_artifact(rows, key("batch", name) if name else None, described)
    folders: dict[str, SessionFolder] = {each.id: each for each in project.sessions()[0]}
    known = [(folders[str(x["session"])], x) for x in rows if x["session"] in folders]
    if name and (plot := nights(known)):
        create_markdown_artifact(plot, key("nights", name), "Hours heard in each night.")


def _summary(rows: list[Row]) -> str:
    counts: dict[str, int] = {}
    for line in rows:
        counts[str(line["state"])] = counts.get(str(line["state"]), 0) + 1
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return told or "Nothing lies in recordings/."


def rows_of(state: State[Any]) -> list[Row]:
    """The lines of a batch's table, of one that ran in this process; raises what ended it."""
    found = state.result(raise_on_failure=False)
    if isinstance(found, SessionsFailed):
        return found.rows
    if not isinstance(found, list):
        raise of_state(state)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run one batch; the exit code is that of ``fgd run``."""
    parser = argparse.ArgumentParser(prog="python -m flows.batch", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path())
    parser.add_argument("--settle", type=float, default=SETTLE, help="seconds (default: 60)")
    parser.add_argument("--deployment", default="", help="send sessions to it: session/pool")
    parser.add_argument("--light", default="", help="those with nothing to hear: batch/light")
    chosen = parser.parse_args(arguments)
    with flows.server():
        state: Any = process_batch(
            chosen.project.resolve(),
            chosen.settle,
            deployment=chosen.deployment,
            light=chosen.light,
            return_state=True,
        )
    try:
        rows = rows_of(state)
    except StepFailed as failure:
        sys.stderr.write(f"{failure}\n")
        return 1
    for line in rows:
        sys.stdout.write(f"{line['session']}: {line['state']}\n")
    sys.stdout.write(f"{state.message}\n")
    return exit_code(str(line["state"]).partition(",")[0] for line in rows)


if __name__ == "__main__":
    sys.exit(main())
