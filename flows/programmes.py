"""One brief for each programme: the sessions that name the same ``programme`` in session.toml.

``python -m flows.programmes`` needs nothing else running.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import flows  # sets Prefect's switches before Prefect is imported

from prefect import flow, task, unmapped  # isort: skip
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from fgd import pipeline
from fgd.pipeline.programme_pass import read_or_none, write_programme
from fgd.workspace.project import Project, session_id
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
    if not found:
        return Completed(message="No programme has two sessions with a brief.")
    made = synthesise.map(unmapped(opened.root), list(found))
    made.wait()
    failed = [
        session_id(name) for name, each in zip(found, made, strict=True) if each.state.is_failed()
    ]
    if failed:
        return Failed(message=f"{len(failed)} of {len(found)} programmes failed.")
    return Completed(message=f"{len(found)} programmes.")


def main(arguments: list[str] | None = None) -> int:
    """Write all programme briefs of a project; exit code 1 if one could not be written."""
    parser = argparse.ArgumentParser(prog="python -m flows.programmes", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path())
    chosen = parser.parse_args(arguments)
    with flows.server():
        state = write_programmes(chosen.project.resolve(), return_state=True)
    sys.stdout.write(f"{state.message}\n")
    return 0 if state.is_completed() else 1


if __name__ == "__main__":
    sys.exit(main())
