"""Who is told what, and what of it is kept on the server."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from prefect.automations import Automation
from prefect.client.orchestration import get_client
from prefect.events.actions import DoNothing
from prefect.events.schemas.automations import EventTrigger, Posture

from fgd.workspace.project import Project
from flows import automations
from tests.flows.conftest import add, stored, table

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


@pytest.fixture
def others() -> Iterator[str]:
    """An automation that somebody else made."""
    trigger = EventTrigger(expect={"x"}, posture=Posture.Reactive, threshold=1)
    made: Any = Automation(name="not ours", trigger=trigger, actions=[DoNothing()]).create()
    yield made.name
    made.delete()


def names() -> set[str]:
    with get_client(sync_client=True) as client:
        return {each.name for each in client.read_automations()}


def test_automations_are_made_by_one_command_and_removed_by_another(
    others: str, prefect_server: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twice made they are there once; what others made stays."""
    assert automations.main(["apply"]) == 0
    assert names() == {others, "fgd: mark lost runs"}
    automations.alert.to_deployment("served").apply()  # type: ignore[union-attr]
    hook = ["--webhook", "http://127.0.0.1:9/Limbukan", "--deployment", "alert/served"]
    for _ in range(2):
        assert automations.main(["apply", *hook]) == 0
    assert names() == {others, "fgd: mark lost runs", *(f"fgd: {n}" for n in automations.TOLD)}
    kept = b"".join(stored(prefect_server))
    assert b"Limbukan" not in kept  # whatever an address holds is encrypted
    assert automations.main(["remove"]) == 0
    assert names() == {others}
    assert table(prefect_server, "select count(*) from block_document")[0] == (0,)
    assert "fgd: a brief is ready" in capsys.readouterr().out


def test_a_deployment_that_is_not_there_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """And a remedy."""
    assert automations.main(["apply", "--deployment", "alert/nowhere"]) == 1
    assert "There is no deployment 'alert/nowhere'" in capsys.readouterr().err


def test_an_alert_goes_to_a_file_and_by_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where, only the process that tells knows."""
    sent: list[EmailMessage] = []

    class Mail:
        """A mail server that takes everything."""

        def __init__(self, host: str, timeout: float) -> None:
            assert host == "mail:25"

        def __enter__(self) -> Mail:
            return self

        def __exit__(self, *_: object) -> None:
            return

        def send_message(self, mail: EmailMessage) -> None:
            sent.append(mail)

    monkeypatch.setattr("smtplib.SMTP", Mail)
    monkeypatch.setenv("FGD_ALERT_FILE", str(tmp_path / "alerts"))
    monkeypatch.setenv("FGD_ALERT_MAIL", "somebody@example.org")
    monkeypatch.setenv("FGD_ALERT_SMTP", "mail:25")
    automations.alert("one: a brief is ready.")
    assert (tmp_path / "alerts").read_text().endswith(" one: a brief is ready.\n")
    assert [mail.get_content().strip() for mail in sent] == ["one: a brief is ready."]


def test_nothing_that_arrived_and_a_full_disk_are_events(
    project: Project, prefect_server: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both name the project and nobody."""
    add(project, "one")
    assert automations.check_arrivals(project.root)
    later = time.time() + 90_000
    monkeypatch.setattr(time, "time", lambda: later)
    assert not automations.check_arrivals(project.root)
    monkeypatch.undo()
    usage: Any = shutil.disk_usage(project.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 30))
    automations.say_if_disk_is_low(project)
    query = "select event, payload from events where event like 'fgd.%'"
    wanted = {("fgd.disk.low", '{"free_gb": 1.0}'), ("fgd.nothing.arrived", "{}")}
    end = time.monotonic() + 60
    while not wanted <= (seen := set(table(prefect_server, query))):
        assert time.monotonic() < end, seen  # the server writes events in batches
        list(stored(prefect_server))
