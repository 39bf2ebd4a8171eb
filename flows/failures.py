"""What a failed step may tell Prefect: which kind of problem it was, and where to read the rest.

Messages of the library name files, cells and people. They belong on the screen of whoever runs
``fgd run``, not in a database that everybody with the address can read.
"""

from __future__ import annotations

import errno
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from fgd.core.errors import FgdError, StoreError
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


__all__ = ["RETRIES", "RETRY_AFTER", "StepFailed", "neutral", "of_state", "told", "worth_retrying"]
