"""Tell somebody when something happens, and mark lost runs: Prefect's automations, as code.

``python -m flows.automations apply`` makes them on the server, ``remove`` takes them away. Without
a place to tell there is only the one that marks lost runs. A webhook is called by the server
itself, when no worker lives, too; e-mail and file are served by the flow ``alert``, whose process
is told where: ``FGD_ALERT_FILE``, ``FGD_ALERT_MAIL`` (addresses), ``FGD_ALERT_SMTP`` (host:port).
No address and nobody's name is in Prefect's database, and none is in what is told.
"""

from __future__ import annotations

import argparse
import datetime
import os
import shutil
import smtplib
import socket
import sys
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import flows  # sets Prefect's switches before Prefect is imported

from prefect import flow  # isort: skip
from prefect.automations import Automation
from prefect.blocks.webhook import Webhook
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.events import emit_event
from prefect.events.actions import CallWebhook, ChangeFlowRunState, RunDeployment
from prefect.events.schemas.automations import EventTrigger, Posture
from prefect.exceptions import ObjectNotFound
from pydantic import SecretStr

from fgd.core.errors import StoreError, store_error
from fgd.workspace.project import Project
from flows.failures import neutral
from flows.inbox import look
from flows.reports import ATTENTION, BRIEF_READY, plain

OURS = "fgd: "
"""What the names of our automations begin with: all others are left alone."""

BLOCK = "fgd-alerts"
NOTHING_ARRIVED = "fgd.nothing.arrived"
DISK_LOW = "fgd.disk.low"
LOW = 5 << 30
"""Bytes on the disk of the outputs below which it counts as nearly full."""

# A run sends a heartbeat every 30 seconds (flows/__init__.py).
SILENT = timedelta(seconds=100)
RUNS = {"prefect.resource.id": "prefect.flow-run.*"}
FLOWS: dict[str, str | list[str]] = {
    "prefect.resource.role": "flow",
    "prefect.resource.name": ["session", "batch", "programme", "retention"],
}
CRASH = ChangeFlowRunState(
    name="Crashed", state=StateType.CRASHED, message="The run's process is gone.", force=False
)
RUN = "{{ event.resource['prefect.resource.name'] }}"
TOLD = {
    "a run failed or was lost": (
        {"prefect.flow-run.Failed", "prefect.flow-run.Crashed"},
        f"{RUN}: the run ended as {{{{ event.resource['prefect.state-name'] }}}}.",
    ),
    "a session needs a person": (
        {ATTENTION},
        f"{RUN}: something in it needs a person. {{{{ event.payload.review }}}}",
    ),
    "a brief is ready": ({BRIEF_READY}, f"{RUN}: a brief is ready. {{{{ event.payload.review }}}}"),
    "nothing arrived": ({NOTHING_ARRIVED}, f"{RUN}: nothing arrived since yesterday."),
    "the disk is nearly full": (
        {DISK_LOW},
        f"{RUN}: {{{{ event.payload.free_gb }}}} GB are left for the outputs.",
    ),
}
"""What is told: the events, and the sentence."""

ONCE_IN = {
    "a run failed or was lost": timedelta(hours=1),
    "the disk is nearly full": timedelta(hours=12),
}
"""What is told once for all that happens in so long: every look finds the disk full."""


def automations(actions: Any = None) -> list[Automation]:
    """All automations; ``actions`` makes the actions that tell a sentence."""
    lost = Automation(
        name=f"{OURS}mark lost runs",
        description="A run that sends no heartbeat any more has lost its process.",
        trigger=EventTrigger(
            match=RUNS,  # type: ignore[arg-type] # coerced
            match_related=FLOWS,
            for_each={"prefect.resource.id"},
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.*"},
            posture=Posture.Proactive,
            threshold=1,
            within=SILENT,
        ),
        actions=[CRASH],
    )
    made = [lost]
    for name, (events, sentence) in TOLD.items() if actions else ():
        of_runs = any(event.startswith("prefect.") for event in events)
        trigger = EventTrigger(
            match=RUNS if of_runs else {"prefect.resource.id": "fgd.*"},  # type: ignore[arg-type] # as above
            match_related=FLOWS if of_runs else {},
            # A session that is sent again is the same session.
            for_each={"prefect.resource.name"},
            expect=events,
            posture=Posture.Reactive,
            threshold=1,
            within=ONCE_IN.get(name, timedelta(0)),
        )
        told = actions(sentence)
        made.append(Automation(name=f"{OURS}{name}", trigger=trigger, actions=told))
    return made


def apply(webhook: str = "", deployment: str = "") -> list[str]:
    """Make the automations anew; they tell a webhook, or run the flow ``alert``, or both.

    Returns:
        Their names.
    """
    remove()
    block: Any = Webhook(url=SecretStr(webhook)).save(BLOCK, overwrite=True) if webhook else None
    with get_client(sync_client=True) as client:
        found = client.read_deployment_by_name(deployment).id if deployment else None

    def actions(sentence: str) -> list[Any]:
        told: list[Any] = []
        if block is not None:
            text = sentence.replace('"', "'")
            told.append(CallWebhook(block_document_id=block, payload=f'{{"text": "{text}"}}'))
        if found is not None:
            told.append(
                RunDeployment(
                    source="selected",
                    deployment_id=found,
                    parameters={"sentence": sentence},
                    job_variables=None,
                )
            )
        return told

    made = automations(actions if block or found else None)
    for each in made:
        each.create()
    return [each.name for each in made]


def remove() -> list[str]:
    """Take our automations, and the block with the webhook, away; returns their names."""
    with get_client(sync_client=True) as client:
        ours = [each for each in client.read_automations() if each.name.startswith(OURS)]
        for each in ours:
            client.delete_automation(each.id)
        try:
            document = client.read_block_document_by_name(BLOCK, "webhook")
            client.delete_block_document(document.id)
        except ObjectNotFound:
            pass
    return [each.name for each in ours]


@flow(name="alert", flow_run_name="alert", persist_result=False)
def alert(sentence: str) -> None:
    """Tell a sentence by e-mail and in a file, whichever this process was told of."""
    if path := os.environ.get("FGD_ALERT_FILE"):
        now = datetime.datetime.now().astimezone().isoformat(" ", "minutes")
        try:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(f"{now} {sentence}\n")
        except OSError as problem:
            raise store_error(Path(path), problem) from problem
    if addresses := os.environ.get("FGD_ALERT_MAIL"):
        mail = EmailMessage()
        mail["From"], mail["To"] = f"fgd@{socket.getfqdn()}", addresses
        mail["Subject"] = sentence.partition(". ")[0]
        mail.set_content(sentence)
        try:
            with smtplib.SMTP(os.environ.get("FGD_ALERT_SMTP", "localhost"), timeout=60) as server:
                server.send_message(mail)
        except (OSError, smtplib.SMTPException):
            # What the mail server says holds addresses.
            raise StoreError("the mail server did not take the mail.") from None


@flow(name="noon", flow_run_name="noon", persist_result=False)
@neutral
def check_arrivals(project: Path = Path(), hours: float = 24.0) -> bool:
    """Say so if nothing arrived in ``recordings/`` for so long; returns whether anything did."""
    opened = Project.open(project)
    arrived = any(look(folder).age < hours * 3600 for folder in opened.sessions()[0])
    if not arrived:
        _say(NOTHING_ARRIVED, opened)
    return arrived


def say_if_disk_is_low(project: Project) -> None:
    """Emit an event if the disk of the outputs is nearly full."""
    place = project.outputs if project.outputs.is_dir() else project.root
    if (free := shutil.disk_usage(place).free) < LOW:
        _say(DISK_LOW, project, free_gb=round(free / (1 << 30), 1))


def _say(event: str, project: Project, **payload: object) -> None:
    name = project.root.name
    resource = {"prefect.resource.id": f"fgd.project.{plain(name)}", "prefect.resource.name": name}
    emit_event(event, resource=resource, payload=payload)


def main(arguments: list[str] | None = None) -> int:
    """Make or remove the automations of the server that runs."""
    parser = argparse.ArgumentParser(prog="python -m flows.automations", description=__doc__)
    parser.add_argument("what", choices=("apply", "remove"))
    parser.add_argument("--webhook", default="", help="an address that the server calls")
    parser.add_argument("--deployment", default="", help="of the flow alert: alert/served")
    chosen = parser.parse_args(arguments)
    with flows.server(needed=True):
        try:
            names = apply(chosen.webhook, chosen.deployment) if chosen.what == "apply" else remove()
        except ObjectNotFound:
            sys.stderr.write(
                f"There is no deployment {chosen.deployment!r}: prefect deployment ls\n"
            )
            return 1
    sys.stdout.write("".join(f"{name}\n" for name in names) or "There were none.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
