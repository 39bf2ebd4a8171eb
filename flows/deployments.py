"""Watch the drop folder and write programme briefs at night, as long as this process runs.

``prefect server start`` in one terminal, ``python -m flows.deployments`` in another.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import flows  # noqa: F401 - sets Prefect's switches before Prefect is imported

from prefect import serve  # isort: skip
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.types.entrypoint import EntrypointType

from flows.batch import process_batch
from flows.programmes import write_programmes
from flows.session import process_session

SERVER = "http://127.0.0.1:4200/api"
EVERY = 600.0
NIGHTLY = "0 2 * * *"


def deployments(project: Path, every: float = EVERY) -> list[RunnerDeployment]:
    """What is served: the watch over ``recordings/``, the nightly synthesis, sessions on demand.

    A look at the folder that would begin while the last one is still at work is left out.
    """
    alone = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
    where = {"project": str(project)}
    common: dict[str, Any] = {"entrypoint_type": EntrypointType.MODULE_PATH}
    made: list[Any] = [
        process_batch.to_deployment(
            "watch",
            interval=every,
            concurrency_limit=alone,
            parameters={**where, "again": False},
            description="Works on every session that has settled and is not fresh.",
            **common,
        ),
        write_programmes.to_deployment(
            "nightly",
            cron=NIGHTLY,
            concurrency_limit=alone,
            parameters=where,
            description="One brief for each programme of sessions.",
            **common,
        ),
        process_session.to_deployment(
            "on-demand",
            parameters=where,
            description="One session, again or for the first time.",
            **common,
        ),
    ]
    return made


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted. The watch goes on by itself when this is started again."""
    parser = argparse.ArgumentParser(prog="python -m flows.deployments", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path())
    parser.add_argument("--every", type=float, default=EVERY, help="seconds between two looks")
    chosen = parser.parse_args(arguments)
    server = PREFECT_API_URL.value() or SERVER
    with temporary_settings({PREFECT_API_URL: server}):
        with get_client(sync_client=True) as client:
            if client.api_healthcheck() is not None:
                sys.stderr.write(f"No Prefect server answers at {server}: prefect server start\n")
                return 1
        serve(
            *deployments(chosen.project.resolve(), chosen.every),
            pause_on_shutdown=False,
            limit=None,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
