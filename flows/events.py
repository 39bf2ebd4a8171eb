"""What the outside world may react to: an event and a link when a session has new briefs."""

from __future__ import annotations

import logging

from prefect.artifacts import create_link_artifact
from prefect.events import emit_event

from fgd import pipeline
from fgd.workspace.outcome import Outcome
from flows.names import key, plain

BRIEF_READY = "fgd.brief.ready"

log = logging.getLogger("fgd")


def tell_brief_ready(one: pipeline.SessionContext, outcome: Outcome) -> None:
    """Say that a session's briefs were written in this run; a fresh session says nothing.

    The event's resource is ``fgd.session.<session>``; its payload holds the outcome's state and
    where the briefs lie below the outputs folder. No server that is away stops a finished run.
    """
    if not any(step.name == "briefs" and not step.fresh for step in outcome.steps):
        return
    briefs = [path for path in outcome.files if path.name == "brief.html"]
    try:
        for path in briefs:
            edition = path.parent.name
            create_link_artifact(
                link=path.as_uri(),
                link_text=f"{edition} edition",
                key=key(f"brief-{edition}", outcome.session),
                description="The brief, on the machine that wrote it.",
            )
        emit_event(
            BRIEF_READY,
            resource={
                "prefect.resource.id": f"fgd.session.{plain(outcome.session)}",
                "prefect.resource.name": outcome.session,
            },
            payload={
                "session": outcome.session,
                "state": outcome.state,
                "briefs": [path.relative_to(one.project.outputs).as_posix() for path in briefs],
            },
        )
    except Exception as problem:
        log.warning("briefs are ready but could not be announced: %s", type(problem).__name__)
