"""Tell of a run: on the screen in full; to Prefect figures, progress and events, without names.

Messages of the library name files, cells and people. They belong on the screen of whoever runs
``fgd run``, not in a database that everybody with the address can read. So what a failed step may
tell Prefect is which kind of problem it was, and where to read the rest.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import logging
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
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
from fgd.core.errors import FgdError, StoreError
from fgd.core.text import ascii_slug
from fgd.synthesis.material import People
from fgd.workspace.outcome import Outcome, keep_details
from fgd.workspace.project import Project, session_id

P = ParamSpec("P")
T = TypeVar("T")

# Disks fill up and network folders go away for a moment; everything else stays as it is.
_HOPELESS = frozenset((errno.EACCES, errno.EPERM, errno.EROFS))
_PASSING = frozenset((errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENETDOWN))

RETRIES = 2
RETRY_AFTER = [30.0, 120.0]


class StepFailed(RuntimeError):
    """A step's failure without a word from inside the session.

    ``kind`` is the class of the problem, ``passing`` whether it may be gone in a minute, and
    ``lasting`` whether it stays until somebody changes what lies in the session's folder.
    ``outcome`` is what the pass came to; it stays in this process.
    """

    def __init__(
        self,
        kind: str,
        sentence: str,
        *,
        passing: bool,
        lasting: bool,
        outcome: Outcome | None = None,
    ) -> None:
        super().__init__(f"{kind}: {sentence}")
        self.outcome = outcome
        self.kind = kind
        self.sentence = sentence
        self.passing = passing
        self.lasting = lasting

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (self.kind, self.sentence, self.passing, self.lasting))


def _rebuild(kind: str, sentence: str, passing: bool, lasting: bool) -> StepFailed:
    return StepFailed(kind, sentence, passing=passing, lasting=lasting)


def neutral(step: Callable[P, T]) -> Callable[P, T]:
    """Let a step fail with ``StepFailed`` only; its first arguments are project and session."""

    @functools.wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return step(*args, **kwargs)
        except StepFailed:
            raise
        except Exception as problem:
            given: list[object] = [*args, *kwargs.values()]
            project, session = given[0], given[1] if len(given) > 1 else ""
            session = session if isinstance(session, str) else ""
            failed = told(problem, Path(str(project)), session)
        # Raised out here, the new error does not drag the old one into the log.
        raise failed

    return run


def told(problem: Exception, project: Path, session: str) -> StepFailed:
    """A problem without its details. Details of the unexpected go to a file in the project."""
    kind = type(problem).__name__
    if isinstance(problem, FgdError):
        cause = problem.__cause__
        number = cause.errno if isinstance(cause, OSError) else None
        passing = isinstance(problem, StoreError) and number not in _HOPELESS
        lasting = kind in ("InputError", "SettingsError", "ProjectError", "GateError", "LeakError")
        meaning = (type(problem).__doc__ or "").partition("\n")[0]
        sentence = f"{meaning} To read where: fgd run {session!r}" if session else meaning
        return StepFailed(kind, sentence, passing=passing, lasting=lasting)
    if isinstance(problem, OSError):
        passing = problem.errno in _PASSING | {errno.ENOSPC, errno.EDQUOT}
        sentence = "A file was moved, deleted or closed to us while it was needed."
        if passing:
            sentence = "The disk was full or away for a moment."
        return StepFailed(kind, sentence, passing=passing, lasting=False)
    path = keep_details(problem, Project(project), session_id(session or "batch"))
    sentence = f"This was not expected. Details are in {path}" if path else "This was not expected."
    return StepFailed(kind, sentence, passing=False, lasting=False)


def of_state(state: Any) -> StepFailed:
    """What a failed run failed with."""
    problem = state.result(raise_on_failure=False)
    if isinstance(problem, StepFailed):
        return problem
    return StepFailed(
        type(problem).__name__, "The run did not end by itself.", passing=True, lasting=False
    )


def worth_retrying(_task: Any, _run: Any, state: Any) -> bool:
    """Prefect asks this after a task failed: a wrong file stays wrong, a full disk may not."""
    return of_state(state).passing


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
    safe = ascii_slug(session, 60)
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
