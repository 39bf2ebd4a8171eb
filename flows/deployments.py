"""Watch the drop folder and do what is due at night, as long as this process runs.

``prefect server start`` in one terminal, ``python -m flows.deployments`` in another. For a rack the
same is in ``prefect.yaml``; ``--pools`` makes the work pools that it names.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from pathlib import Path
from typing import Any

import flows  # sets Prefect's switches before Prefect is imported

from prefect import serve  # isort: skip
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType
from prefect.workers.process import ProcessWorker

from flows import automations
from flows.batch import process_batch
from flows.pool import make_pool
from flows.programmes import write_programmes
from flows.retention import keep_days
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
        # The first look is due at once, not one interval later.
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=5)
        every = datetime.timedelta(seconds=chosen.every)
        watch = Cron(chosen.cron) if chosen.cron else Interval(every, anchor_date=soon)
        made = deployments(chosen.project.resolve(), watch)
        serve(*made, pause_on_shutdown=False, limit=None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
