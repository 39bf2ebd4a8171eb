"""Tell Prefect of a run: tables, pages, progress and events for people, without names.

What a person reads is made of ids, states, seconds and counts. Links lead to the review server
where ``FGD_REVIEW`` says at which address people find it, else the page tells where the files lie.
"""

from __future__ import annotations

import datetime
import hashlib
import logging
import os
import time
from collections.abc import Iterable
from urllib.parse import quote
from uuid import UUID

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    update_progress_artifact,
)
from prefect.events import emit_event

from fgd import pipeline
from fgd.core.backends import STEPS
from fgd.core.errors import FgdError
from fgd.core.text import ascii_slug
from fgd.synthesis.material import People
from fgd.workspace.outcome import Outcome
from fgd.workspace.project import Project, SessionFolder

log = logging.getLogger("fgd")

Row = dict[str, object]

REVIEW = "FGD_REVIEW"
STATES = {"done": "done", "attention": "needs a person", "failed": "failed"}
COUNTS = ("minutes", "language", "words", "voices", "attributed %", "findings", "issues")
BRIEF_READY = "fgd.brief.ready"
ATTENTION = "fgd.session.attention"

# Steps that are over sooner show nothing, and a bar moves no more often than this (seconds).
AFTER, EVERY = 20.0, 30.0
# How long a server that does not answer is left alone. Hearing goes on without it.
PAUSE = 60.0
# So many nights are plotted, the longest with a bar of so many signs.
NIGHTS, LONGEST = 14, 40


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
    line: Row = {"session": session, "state": state, **dict.fromkeys(COUNTS, ""), "seconds": ""}
    if outcome is not None:
        worst = dict.fromkeys(("error", "warning", "note"), 0)
        for issue in outcome.issues:
            worst[issue.level] += 1
        met = (f"{count} {level}{'s' * (count > 1)}" for level, count in worst.items() if count)
        line["issues"] = ", ".join(met)
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
        "words": words,
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


def plain(name: str) -> str:
    """A name in lower-case letters, digits and dashes, different for every name.

    >>> plain("security-workshop")
    'security-workshop'
    >>> plain("Café, 2. Runde")
    'cafe-2-runde-7c33da'
    """
    safe = ascii_slug(name, 60)
    if safe != name or not safe:
        safe = f"{safe}-{hashlib.sha256(name.encode()).hexdigest()[:6]}".lstrip("-")
    return safe


def key(kind: str, name: str) -> str:
    """An artifact's key.

    >>> key("session", "security-workshop")
    'session-security-workshop'
    """
    return f"{kind}-{plain(name)}"


def tags_of(project: Project, sessions: Iterable[str], programmes: Iterable[str] = ()) -> list[str]:
    """The tags by which the runs of sessions are found."""
    told = {"project": [project.root.name], "session": sessions, "programme": programmes}
    return [
        f"{kind}:{plain(name)}"
        for kind, names in told.items()
        for name in dict.fromkeys(names)
        if name
    ]


def tell(one: pipeline.SessionContext, outcome: Outcome, line: Row) -> None:
    """Make the session's page and announce new briefs, if this run did anything.

    The resource of an event is ``fgd.session.<session>``; its payload holds the session, its state,
    where to review it and where the briefs lie below the outputs folder. No server that is away
    stops a finished run.
    """
    if all(step.fresh for step in outcome.steps) and outcome.state != "failed":
        return
    session = outcome.session
    try:
        create_markdown_artifact(page(one, outcome, line), key("session", session), session)
        events = [BRIEF_READY] if _written(outcome) else []
        for event in [*events, ATTENTION] if outcome.state == "attention" else events:
            emit_event(
                event,
                resource={
                    "prefect.resource.id": f"fgd.session.{plain(session)}",
                    "prefect.resource.name": session,
                },
                payload={
                    "session": session,
                    "state": outcome.state,
                    "review": _review(session),
                    "briefs": [
                        path.relative_to(one.project.outputs).as_posix()
                        for path in outcome.files
                        if path.name == "brief.html"
                    ],
                },
            )
    except Exception as problem:
        log.warning("the session is done but could not be told of: %s", type(problem).__name__)


def _written(outcome: Outcome) -> bool:
    return any(step.name == "briefs" and not step.fresh for step in outcome.steps)


def _review(session: str) -> str:
    """Where people review a session; empty where nobody said at which address."""
    address = os.environ.get(REVIEW, "").rstrip("/")
    return f"{address}/s/{quote(session)}" if address else ""


def page(one: pipeline.SessionContext, outcome: Outcome, line: Row) -> str:
    """What a person wants to know of a session, in Markdown."""
    told = {name: value for name, value in line.items() if value not in ("", None)}
    told |= {"state": f"**{STATES[outcome.state]}**"}
    seconds = told.pop("seconds", "")
    lines = ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in told.items()), ""]
    # The first fact is in the table.
    lines += [f"* {fact}" for fact in (*outcome.facts[1:], f"seconds: {seconds}")]
    command = f"`fgd --project {one.project.root} run {outcome.session!r}`"
    if outcome.state == "failed":
        lines += ["", f"No brief could be written. To read why: {command}"]
    elif outcome.state == "attention":
        lines += ["", f"Something needs a person ({line['issues']}). To read what: {command}"]
    if review := _review(outcome.session):
        lines += ["", f"[Review it]({review})"]
    briefs = [path for path in outcome.files if path.name == "brief.html"]
    lines += ["", *(f"* {path.parent.name} edition: `{path}`" for path in briefs)]
    return "\n".join(lines)


def nights(rows: Iterable[tuple[SessionFolder, Row]]) -> str:
    """A plot of the hours heard in each of the last nights, in Markdown.

    A session counts to the night in which its last recording was heard; nights end at noon.
    """
    hours: dict[datetime.date, float] = {}
    for folder, line in rows:
        heard = [path.stat().st_mtime for path in folder.store.folder.glob("*/transcript.json")]
        if heard and isinstance(line["minutes"], float):
            night = datetime.datetime.fromtimestamp(max(heard) - 43_200).date()
            hours[night] = hours.get(night, 0.0) + line["minutes"] / 60
    shown = dict(sorted(hours.items())[-NIGHTS:])
    most = max(shown.values(), default=0.0) or 1.0
    bars = [f"{night}  {'█' * round(LONGEST * h / most)} {h:.1f} h" for night, h in shown.items()]
    return "\n".join(["```", *bars, "```"]) if bars else ""


class ShownProgress:
    """A progress callback that keeps one artifact for every step that takes its time."""

    def __init__(self, session: str) -> None:
        self._key = key("progress", session)
        self._step = ""
        self._artifact: UUID | None = None
        self._begun = self._next = 0.0

    def __call__(self, step: str, completed: int, total: int, /) -> None:
        """Show how far a step has come, at most every few seconds."""
        now = time.monotonic()
        if step != self._step:
            self._step, self._artifact, self._begun, self._next = step, None, now, now + AFTER
        last = self._artifact is not None and completed >= total
        if not total or (now < self._next and not last):
            return
        self._next = now + EVERY
        share = min(1.0, completed / total)
        try:
            self._show(100.0 * share, _left(now - self._begun, share))
        except Exception as problem:
            log.warning("progress cannot be shown for now: %s", type(problem).__name__)
            self._next = now + PAUSE

    def _show(self, percent: float, left: str) -> None:
        described = f"{STEPS.get(self._step, self._step)}{left}"
        if self._artifact is None:
            made = create_progress_artifact(percent, self._key, described)
            # Called from synchronous code it has already waited; its type does not say so.
            self._artifact = made if isinstance(made, UUID) else None
        else:
            update_progress_artifact(self._artifact, percent, described)


def _left(seconds: float, share: float) -> str:
    """How long a step will still take, as far as one can tell.

    >>> _left(60.0, 0.25), _left(60.0, 0.75), _left(60.0, 1.0)
    (', about 3 min left', ', less than a minute left', '')
    """
    if not 0 < share < 1:
        return ""
    minutes = round(seconds * (1 - share) / share / 60)
    return f", about {minutes} min left" if minutes else ", less than a minute left"
