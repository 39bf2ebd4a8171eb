"""What is due at night: the briefs of programmes, and what ``keep_days`` says goes."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import flows  # noqa: F401 - sets Prefect's switches before Prefect is imported

from prefect import flow, task, unmapped  # isort: skip
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from fgd import pipeline
from fgd.pipeline.programme_pass import read_or_none, write_programme
from fgd.pipeline.retention import delete_due
from fgd.workspace.project import Project
from flows.failures import RETRIED, neutral
from flows.session import WAIT

# Two sessions make a comparison; one session has its own brief.
FEWEST = 2


def programmes(project: Project) -> dict[str, tuple[str, ...]]:
    """The programmes of a project with their sessions, those that can be read and have a brief."""
    found: dict[str, list[str]] = {}
    for folder in project.sessions()[0]:
        session = read_or_none(pipeline.SessionContext(project, folder))
        if session is not None and session.programme and folder.store.path("brief").is_file():
            found.setdefault(session.programme, []).append(folder.id)
    return {name: tuple(ids) for name, ids in sorted(found.items()) if len(ids) >= FEWEST}


@task(name="synthesis", task_run_name="synthesis of {programme}", **RETRIED)
@neutral
def synthesise(project: Path, programme: str) -> None:
    """Write the brief of one programme."""
    write_programme(Project.open(project), programme, wait=WAIT)


@flow(name="programme", flow_run_name="programmes", persist_result=False)
@neutral
def write_programmes(project: Path = Path()) -> State[Any]:
    """Write the brief of every programme; one that fails does not stop the others."""
    opened = Project.open(project)
    found = programmes(opened)
    made = synthesise.map(unmapped(opened.root), list(found))
    made.wait()
    if failed := sum(each.state.is_failed() for each in made):
        return Failed(message=f"{failed} of {len(found)} programmes failed.")
    return Completed(message=f"{len(found)} programmes that two sessions name.")


@flow(name="retention", flow_run_name="retention", persist_result=False)
@neutral
def keep_days(project: Path = Path()) -> State[Any]:
    """Delete what is due today in every session; what cannot be deleted does not stop the rest."""
    done, issues = delete_due(Project.open(project), datetime.date.today())
    failed = sum(issue.level == "error" for issue in issues)
    if failed:
        message = f"{len(done)} deleted, {failed} could not be: run fgd retention to see why."
        return Failed(message=message)
    return Completed(message=f"{len(done)} deleted.")
