"""The only room that knows Prefect: the same pass as ``fgd run``, orchestrated.

Importing this package sets, before Prefect is imported, what must hold wherever it runs: no
telemetry (Prefect's has two switches), no library that looks for a network, state inside the
project, and the library's log lines in the log of the run. Each can still be set from outside.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fgd.core.settings import turn_off_telemetry

_DEFAULTS = {
    "PREFECT_LOGGING_EXTRA_LOGGERS": "fgd",
    # So many sessions of a batch, or programmes, at once; hearing takes turns all the same.
    "PREFECT_TASKS_RUNNER_THREAD_POOL_MAX_WORKERS": "2",
    # Whoever misses three of them is taken for lost (flows/automations.py).
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    # Lines of a log travel together; a client asks for no token that the server does not check.
    "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "10",
    "PREFECT_CLIENT_CSRF_SUPPORT_ENABLED": "false",
    # The library may also be used beside a run, in the same process.
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_HOME": str(Path(__file__).resolve().parent.parent / ".prefect"),
    # A fresh home needs 14 s for its database on two quiet cores; the default gives up at 20.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
}
turn_off_telemetry()
for _name, _value in _DEFAULTS.items():
    os.environ.setdefault(_name, _value)

SERVER = "http://127.0.0.1:4200/api"
"""Where a server is looked for, unless the environment or ``prefect.toml`` names one."""

# Prefect forwards the library's log lines only when their logger lets them through.
logging.getLogger("fgd").setLevel(logging.INFO)


@contextmanager
def server(*, needed: bool = False) -> Iterator[None]:
    """Use the server that is named, or a small one of our own for as long as this lasts.

    A server that is ``needed``, or named in the environment, has to answer; one that only
    ``prefect.toml`` names may be away, and nobody listens for heartbeats then.
    """
    from httpx import HTTPError
    from prefect.client.orchestration import get_client
    from prefect.settings import (
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        temporary_settings,
    )

    url = PREFECT_API_URL.value() or SERVER
    with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as client:
        answers = client.api_healthcheck() is None
    if answers:
        with temporary_settings({PREFECT_API_URL: url}):
            try:
                yield
            except HTTPError as problem:
                why = f"The Prefect server at {url} failed ({type(problem).__name__})"
                sys.exit(f"{why}: is it up, is its disk full? What was done is kept.")
        return
    if needed or "PREFECT_API_URL" in os.environ:
        sys.exit(f"No Prefect server answers at {url}: prefect server start")
    with temporary_settings({PREFECT_API_URL: None, PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield
