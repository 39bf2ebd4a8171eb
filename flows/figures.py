"""Tell of a run: on the screen in full; to Prefect figures, progress and events, without names."""

from __future__ import annotations

import hashlib
import logging
import re
import sys
import time
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from prefect.artifacts import (
    create_link_artifact,
    create_progress_artifact,
    update_progress_artifact,
)
from prefect.events import emit_event

import fgd.cli.run
from fgd import pipeline
from fgd.cli.console import STEPS, Console
from fgd.core.errors import FgdError
from fgd.synthesis.material import People
from fgd.workspace.outcome import Outcome
from fgd.workspace.project import Project
from flows.failures import StepFailed

log = logging.getLogger("fgd")

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Told:
    """A session's outcome, for the screen, and its line in a batch's table, for everybody."""

    outcome: Outcome
    row: Row


def show(results: Sequence[tuple[str, Told | StepFailed]]) -> int:
    """Print each session as ``fgd run`` does; returns the exit code that ``fgd run`` would."""
    console = Console(json=False, open_project=Project.open)
    for session, result in results:
        if isinstance(result, Told):
            fgd.cli.run.show(console, result.outcome)
        else:
            sys.stdout.write(f"{session}: failed\n  {result}\n")
    return exit_code(
        result.outcome.state if isinstance(result, Told) else "failed" for _, result in results
    )


def exit_code(states: Iterable[str]) -> int:
    """1 if a session failed, 3 if one needs a person, else 0."""
    met = set(states)
    return 1 if "failed" in met else 3 if "attention" in met else 0


def row(
    session: str,
    state: str,
    one: pipeline.SessionContext | None = None,
    outcome: Outcome | None = None,
) -> Row:
    """One line of a batch's table: counts and seconds, nothing that anybody said or is called."""
    line: Row = {
        "session": session,
        "state": state,
        "minutes": "",
        "language": "",
        "voices": "",
        "attributed %": "",
        "findings": "",
        "issues": "",
        "seconds": "",
    }
    if outcome is not None:
        worst = dict.fromkeys(("error", "warning", "note"), 0)
        for issue in outcome.issues:
            worst[issue.level] += 1
        line["issues"] = ", ".join(f"{count} {level}" for level, count in worst.items() if count)
        line["seconds"] = _seconds(outcome)
    if one is not None and outcome is not None and outcome.files:
        try:
            line |= _heard(one)
        except (FgdError, OSError):
            return line  # removed since: the line says less
    return line


def _heard(one: pipeline.SessionContext) -> Row:
    talks = pipeline.arranged(one)
    people = People(
        pipeline.full_session(one), talks, pipeline.attribute(one).value.attributions
    ).by_turn
    known = {turn for turn, person in people.items() if person.name or person.institutions}
    turns = [turn for talk in talks for turn in talk.turns]
    words = sum(len(turn.words) for turn in turns)
    told = sum(len(turn.words) for turn in turns if turn.id in known)
    timed = [talk for talk in talks if talk.timed and talk.turns]
    minutes = sum(max(turn.span.end for turn in talk.turns) for talk in timed) / 60_000
    languages = {
        language
        for done in one.log
        if done.name.endswith("/transcript")
        for language in done.value.languages
    } or set(pipeline.full_session(one).languages)
    return {
        "minutes": round(minutes, 1),
        "language": ", ".join(sorted(languages)),
        "voices": len({(turn.recording, turn.voice) for turn in turns}),
        "attributed %": round(100 * told / words) if words else 0,
        "findings": len(pipeline.write_brief(one).value.findings),
    }


def _seconds(outcome: Outcome) -> str:
    """Seconds by step, over all recordings; empty where nothing had to be done."""
    spent: dict[str, float] = {}
    for step in outcome.steps:
        if not step.fresh:
            name = step.name.rpartition("/")[2]
            spent[name] = spent.get(name, 0.0) + step.seconds
    return ", ".join(f"{name} {seconds:.1f}" for name, seconds in spent.items())


def plain(session: str) -> str:
    """A session's name in lower-case letters, digits and dashes, different for every session.

    >>> plain("security-workshop")
    'security-workshop'
    >>> plain("Café, 2. Runde")
    'cafe-2-runde-7c33da'
    """
    ascii_only = unicodedata.normalize("NFKD", session).encode("ascii", "ignore").decode().lower()
    safe = re.sub("[^a-z0-9]+", "-", ascii_only).strip("-")[:60]
    if safe != session or not safe:
        safe = f"{safe}-{hashlib.sha256(session.encode()).hexdigest()[:6]}".lstrip("-")
    return safe


def key(kind: str, session: str) -> str:
    """An artifact's key.

    >>> key("brief", "security-workshop")
    'brief-security-workshop'
    """
    return f"{kind}-{plain(session)}"


# Steps that are over sooner show nothing, and a bar moves no more often than this (seconds).
AFTER = 3.0
EVERY = 5.0
# How long a server that does not answer is left alone. Hearing goes on without it.
PAUSE = 60.0


class ShownProgress:
    """A progress callback that keeps one artifact for every step that takes its time."""

    def __init__(self, session: str) -> None:
        self._key = key("progress", session)
        self._step = ""
        self._artifact: UUID | None = None
        self._next = 0.0

    def __call__(self, step: str, completed: int, total: int, /) -> None:
        """Show how far a step has come, at most every few seconds."""
        now = time.monotonic()
        if step != self._step:
            self._step, self._artifact, self._next = step, None, now + AFTER
        last = self._artifact is not None and completed >= total
        if not total or (now < self._next and not last):
            return
        self._next = now + EVERY
        try:
            self._show(min(100.0, 100.0 * completed / total))
        except Exception as problem:
            log.warning("progress cannot be shown for now: %s", type(problem).__name__)
            self._next = now + PAUSE

    def _show(self, percent: float) -> None:
        if self._artifact is None:
            described = STEPS.get(self._step, self._step)
            made = create_progress_artifact(percent, self._key, described)
            # Called from synchronous code it has already waited; its type does not say so.
            self._artifact = made if isinstance(made, UUID) else None
        else:
            update_progress_artifact(self._artifact, percent)


BRIEF_READY = "fgd.brief.ready"


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
