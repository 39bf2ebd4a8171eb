"""The only room that knows Prefect: the same pass as ``fgd run``, orchestrated.

Importing this package sets, before Prefect is imported, what must hold wherever it runs: no
telemetry (Prefect's has two switches), no library that looks for a network, state inside the
project, and the library's log lines in the log of the run. Each can still be set from outside.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from fgd.core.settings import turn_off_telemetry

_DEFAULTS = {
    "PREFECT_LOGGING_EXTRA_LOGGERS": "fgd",
    # So many sessions of a batch, or programmes, at once; hearing goes one by one all the same.
    "PREFECT_TASKS_RUNNER_THREAD_POOL_MAX_WORKERS": "2",
    # The library may also be used beside a run, in the same process.
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_HOME": str(Path(__file__).resolve().parent.parent / ".prefect"),
    # A fresh home needs 14 s for its database on two quiet cores; the default gives up at 20.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
}
turn_off_telemetry()
for _name, _value in _DEFAULTS.items():
    os.environ.setdefault(_name, _value)

# Prefect forwards the library's log lines only when their logger lets them through.
logging.getLogger("fgd").setLevel(logging.INFO)
