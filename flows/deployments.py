"""Watch the drop folder and do what is due at night, as long as this process runs.

``prefect server start`` in one terminal, ``python -m flows.deployments`` in another. For a rack the
same is in ``prefect.yaml``; ``--pools`` makes the work pools that it names.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import flows  # sets Prefect's switches before Prefect is imported

from prefect import serve  # isort: skip
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectAlreadyExists
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType
from prefect.workers.base import BaseWorker
from prefect.workers.process import ProcessWorker

from flows import automations
from flows.batch import process_batch
from flows.nightly import keep_days, write_programmes
from flows.session import process_session

EVERY = 600.0
POOLS = ("fgd", "fgd-watch")


def deployments(project: Path, watch: Schedule) -> list[RunnerDeployment]:
    """What is served; a flow of yours joins with a line of its own.

    What would begin while the last run of it is still at work is left out.
    """
    where = {"project": str(project)}

    def one(flow: Any, name: str, schedule: Schedule | None = None, **more: Any) -> Any:
        return flow.to_deployment(
            name,
            schedules=[schedule] if schedule else None,
            description=(flow.fn.__doc__ or "").partition("\n")[0],
            entrypoint_type=EntrypointType.MODULE_PATH,
            **more,
        )

    only: dict[str, Any] = {
        "concurrency_limit": ConcurrencyLimitConfig(
            limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
        )
    }
    return [
        one(process_batch, "watch", watch, parameters={**where, "again": False}, **only),
        one(write_programmes, "nightly", Cron("0 2 * * *"), parameters=where, **only),
        one(keep_days, "nightly", Cron("0 3 * * *"), parameters=where, **only),
        one(automations.check_arrivals, "noon", Cron("0 12 * * 1-5"), parameters=where, **only),
        one(process_session, "on-demand", parameters=where),
        one(automations.alert, "served"),
    ]


def from_now(every: float) -> Schedule:
    """When to look: the first time at once, and not one interval later."""
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=5)
    return Interval(datetime.timedelta(seconds=every), anchor_date=soon)


def make_pool(name: str, worker: type[BaseWorker[Any, Any, Any]]) -> None:
    """Make a work pool, if nobody has; no outside host is asked what its workers are."""
    template = worker.get_default_base_job_template()
    wanted = WorkPoolCreate(name=name, type=worker.type, base_job_template=template)
    with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):
        client.create_work_pool(wanted)


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted. The watch goes on by itself when this is started again."""
    parser = argparse.ArgumentParser(prog="python -m flows.deployments", description=__doc__)
    parser.add_argument("--project", type=Path, default=Path())
    parser.add_argument("--every", type=float, default=EVERY, help="seconds between two looks")
    parser.add_argument("--cron", default="", help="when to look instead: '*/10 6-20 * * 1-5'")
    parser.add_argument("--pools", action="store_true", help="make the work pools, and end")
    chosen = parser.parse_args(arguments)
    with flows.server(needed=True):
        if chosen.pools:
            for name in POOLS:
                make_pool(name, ProcessWorker)
            return 0
        watch = Cron(chosen.cron) if chosen.cron else from_now(chosen.every)
        serve(*deployments(chosen.project.resolve(), watch), pause_on_shutdown=False, limit=None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
