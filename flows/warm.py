"""A worker that does light sessions in its own process, which has everything loaded.

``python -m flows.warm`` takes groups of sessions from the pool ``fgd-light`` and does one session
after the other: a process for each, as Prefect's own worker starts them, costs several times what
such a session does. It makes the pool and the deployment ``batch/light``; a batch sends there as
long as such a worker lives. Whoever starts it again if it ends (systemd) loses at most the session
that ended it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
from typing import Any

import flows  # sets Prefect's switches before Prefect is imported

from prefect.client.schemas.objects import FlowRun  # isort: skip
from prefect.flow_engine import run_flow
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.types.entrypoint import EntrypointType
from prefect.workers.base import (
    BaseJobConfiguration,
    BaseVariables,
    BaseWorker,
    BaseWorkerResult,
)

from flows.batch import process_batch
from flows.deployments import make_pool

POOL = "fgd-light"
# One after the other, so that whoever finds this process dead knows at which session it died.
process_group = process_batch.with_options(
    task_runner=ThreadPoolTaskRunner(max_workers=1),  # type: ignore[arg-type] # as in flows.batch
    persist_result=True,
    result_serializer="json",
)


class WarmWorker(BaseWorker[BaseJobConfiguration, BaseVariables, BaseWorkerResult]):
    """Run groups of sessions in a thread of this process."""

    type = "fgd-warm"
    job_configuration = BaseJobConfiguration
    _description = "Runs sessions with nothing to be heard in a process that stays warm."

    async def run(
        self, flow_run: FlowRun, configuration: BaseJobConfiguration, task_status: Any = None
    ) -> BaseWorkerResult:
        """Run one group; whatever becomes of it is in its state."""
        del configuration
        here = f"{socket.gethostname()}:{os.getpid()}"
        if task_status is not None:
            task_status.started(here)
        await asyncio.to_thread(run_flow, process_group, flow_run, return_type="state")
        return BaseWorkerResult(identifier=here, status_code=0)


def main(arguments: list[str] | None = None) -> int:
    """Work until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m flows.warm", description=__doc__)
    parser.add_argument("--pool", default=POOL)
    parser.add_argument("--name", default=None, help="of this worker")
    chosen = parser.parse_args(arguments)
    with flows.server(needed=True):
        make_pool(chosen.pool, WarmWorker)
        served: Any = process_batch.to_deployment(
            "light", work_pool_name=chosen.pool, entrypoint_type=EntrypointType.MODULE_PATH
        )
        served.apply()
        worker = WarmWorker(work_pool_name=chosen.pool, name=chosen.name, limit=1)
        asyncio.run(worker.start())
    return 0


if __name__ == "__main__":
    sys.exit(main())
