"""One Prefect server for all tests of flows that need one, with a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import flows  # noqa: F401 - sets Prefect's switches before Prefect is imported

from fgd.project import Project  # isort: skip

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
