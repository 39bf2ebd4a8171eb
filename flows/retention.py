"""Delete what ``keep_days`` says is due; to be called every night.

``python -m flows.retention`` needs nothing else running.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path
from typing import Any

import flows  # sets Prefect's switches before Prefect is imported

from prefect import flow  # isort: skip
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from fgd.pipeline.retention import delete_due
from fgd.workspace.project import Project
from flows.failures import neutral


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


def main(arguments: list[str] | None = None) -> int:
    """Delete what is due in a project; exit code 1 if something could not be."""
    parser = argparse.ArgumentParser(prog="python -m flows.retention", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path())
    chosen = parser.parse_args(arguments)
    with flows.server():
        state = keep_days(chosen.project.resolve(), return_state=True)
    sys.stdout.write(f"{state.message}\n")
    return 0 if state.is_completed() else 1


if __name__ == "__main__":
    sys.exit(main())
