"""One Prefect server for all tests of flows that need one, with a database of its own."""

from __future__ import annotations

import base64
import binascii
import contextlib
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import flows  # noqa: F401 - sets Prefect's switches before Prefect is imported

from fgd.workspace.project import Project  # isort: skip

ROSTER = """name,role,institution,acronym,category
Aida Limbukan,participant,Meranti Institute,MRI,think tank
Bram Satorius,participant,Office of Harbour Records,OHR,ministry
Cyra Menondez,facilitator,Secretariat of the Round,SOR,secretariat
"""

TALK = """WEBVTT

00:00:01.000 --> 00:00:08.000
<v Cyra Menondez>Good morning. What should the region do about early warning? Aida, please.</v>

00:00:09.000 --> 00:00:18.000
<v Aida Limbukan>Thank you. We at the Meranti Institute propose a standing list of mediators.</v>

00:00:19.000 --> 00:00:29.000
<v Bram Satorius>The harbour records show that marmalade shipments hide small arms.</v>
"""

# Nothing of these may be found where Prefect keeps what it knows.
SECRETS = (
    "Limbukan", "Satorius", "Menondez", "Meranti Institute", "Harbour Records",
    "standing list of mediators", "marmalade", "early warning",
)  # fmt: skip


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A server with SQLite in a temporary folder; yields its database file.

    Heartbeats are off: each would cost a second at the end of every run.
    """
    from prefect.settings import (
        PREFECT_API_DATABASE_CONNECTION_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        PREFECT_HOME,
        PREFECT_SERVER_ANALYTICS_ENABLED,
        temporary_settings,
    )
    from prefect.testing.utilities import prefect_test_harness

    switches = {
        PREFECT_HOME: tmp_path_factory.mktemp("prefect"),
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        PREFECT_SERVER_ANALYTICS_ENABLED: False,
    }
    with temporary_settings(switches), prefect_test_harness(server_startup_timeout=600):
        url = PREFECT_API_DATABASE_CONNECTION_URL.value()
        yield Path(str(url).partition(":///")[2])


def add(project: Project, name: str, talk: str = TALK) -> Path:
    """A small session with a roster and a platform's transcript."""
    folder = project.recordings / name
    folder.mkdir()
    (folder / "participants.csv").write_text(ROSTER)
    (folder / "talk.vtt").write_text(talk)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    (tmp_path / "recordings").mkdir()
    return Project.open(tmp_path)


@pytest.fixture(scope="session")
def done(prefect_server: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Any]:
    """A project whose one session a flow has done, and the state of that run."""
    root = tmp_path_factory.mktemp("done")
    (root / "recordings").mkdir()
    project = Project.open(root)
    add(project, "one")
    from flows import session

    return project, session.process_session(root, "one", return_state=True)


@pytest.fixture
def copy(done: tuple[Project, Any], tmp_path: Path) -> Project:
    """The same project, to be spoilt."""
    shutil.copytree(done[0].root, tmp_path / "copy")
    return Project.open(tmp_path / "copy")


def stored(prefect_server: Path) -> Iterator[bytes]:
    """Every byte of the server's database, once what is on its way has arrived, and of the results
    that were kept: Prefect writes down, pickled, what a run inside a run failed with.
    """
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogHandler
    from prefect.settings import get_current_settings

    APILogHandler().flush()
    EventsWorker.drain_all()
    time.sleep(2)  # the server writes events in batches
    for path in prefect_server.parent.glob(f"{prefect_server.name}*"):
        yield path.read_bytes()
    results = get_current_settings().results.local_storage_path
    for path in results.rglob("*") if results else ():
        if path.is_file():
            yield path.read_bytes()
            with contextlib.suppress(binascii.Error):
                yield base64.b64decode(path.read_bytes())


def table(prefect_server: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of the server's database."""
    connection = sqlite3.connect(f"file:{prefect_server}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
