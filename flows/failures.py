"""Tell what failed without a name, and remember it: what stays wrong is not tried for ever.

Messages of the library name files, cells and people. They belong on the screen of whoever runs
``fgd run``, not in a database that everybody with the address can read. So what a failed step may
tell Prefect is which kind of problem it was, and where to read the rest.
"""

from __future__ import annotations

import errno
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar, get_args

import msgspec
from prefect.cache_policies import NO_CACHE

from fgd import __version__
from fgd.core.errors import FgdError, StoreError
from fgd.pipeline import SessionContext
from fgd.workspace.lock import lock_of
from fgd.workspace.outcome import keep_details
from fgd.workspace.project import SETTINGS_FILE, Project, session_id
from fgd.workspace.store import write_bytes
from flows.inbox import Look

P = ParamSpec("P")
T = TypeVar("T")

Again = Literal["now", "later", "twice", "changed"]
"""When to try again: in a moment (the disk was full), at the next look, at the next look but not
for ever (nobody knows why it failed), or once something in the session has changed.
"""

AGAIN: tuple[Again, ...] = get_args(Again)

TRIES = 3
"""A session that takes its process down, or fails for no known reason, is tried so often."""

# Disks fill up and network folders go away for a moment; everything else stays as it is.
_HOPELESS = frozenset((errno.EACCES, errno.EPERM, errno.EROFS))
_PASSING = frozenset(
    (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.ENETDOWN,
     errno.ENOSPC, errno.EDQUOT)
)  # fmt: skip
_LASTING = ("InputError", "SettingsError", "ProjectError", "GateError", "LeakError")


class StepFailed(RuntimeError):
    """A step's failure without a word from inside the session; ``kind`` is its error's class."""

    def __init__(self, kind: str, sentence: str, again: Again) -> None:
        super().__init__(f"{kind}: {sentence}")
        self.kind, self.sentence, self.again = kind, sentence, again

    def __reduce__(self) -> tuple[Any, ...]:
        return StepFailed, (self.kind, self.sentence, self.again)


def neutral(step: Callable[P, T]) -> Callable[P, T]:
    """Let a step fail with ``StepFailed`` only.

    Its first arguments are a project and perhaps a session, or the pass over one.
    """

    @functools.wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return step(*args, **kwargs)
        except StepFailed:
            raise
        except Exception as problem:
            given: list[object] = [*args, *kwargs.values(), ""]
            first, second = given[:2]
            if isinstance(first, SessionContext):
                second, first = first.folder.id, first.project.root
            session = second if isinstance(second, str) else ""
            failed = told(problem, Path(str(first)), session)
        # Raised out here, the new error does not drag the old one into the log.
        raise failed

    return run


def told(problem: Exception, project: Path, session: str) -> StepFailed:
    """A problem without its details. Details of the unexpected go to a file in the project."""
    kind = type(problem).__name__
    if isinstance(problem, FgdError):
        cause = problem.__cause__
        number = cause.errno if isinstance(cause, OSError) else None
        meaning = (type(problem).__doc__ or "").partition("\n")[0]
        sentence = f"{meaning} To read where: fgd run {session!r}" if session else meaning
        if isinstance(problem, StoreError) and number not in _HOPELESS:
            return StepFailed(kind, sentence, "now")
        return StepFailed(kind, sentence, "changed" if kind in _LASTING else "later")
    if isinstance(problem, OSError):
        if problem.errno in _PASSING:
            return StepFailed(kind, "The disk was full or away for a moment.", "now")
        moved = "A file was moved, deleted or closed to us while it was needed."
        return StepFailed(kind, moved, "later")
    path = keep_details(problem, Project(project), session_id(session or "batch"))
    details = f" Details are in {path}" if path else ""
    return StepFailed(kind, f"This was not expected.{details}", "twice")


def of_state(state: Any) -> StepFailed:
    """What a failed run failed with."""
    problem = state.result(raise_on_failure=False)
    if isinstance(problem, StepFailed):
        return problem
    return StepFailed(type(problem).__name__, "The run did not end by itself.", "later")


def worth_retrying(_task: Any, _run: Any, state: Any) -> bool:
    """Prefect asks this after a task failed: a wrong file stays wrong, a full disk may not."""
    return of_state(state).again == "now"


# How every task of ours is made: the library itself knows what is fresh, from content and not
# from arguments, and nothing that a task returns is kept.
STEP: dict[str, Any] = {"cache_policy": NO_CACHE, "persist_result": False}
RETRIED: dict[str, Any] = STEP | {
    "retries": 2,
    "retry_delay_seconds": [30.0, 120.0],
    "retry_condition_fn": worth_retrying,
}


@dataclass(frozen=True, slots=True)
class _Tried:
    mark: str
    times: int
    lasting: bool = False


class Attempts:
    """Earlier tries at a session just as it lies there now, told beside its lock.

    Every machine sees them there. A try that never came to an end, because it took its process
    down with it, counts like one that failed for no known reason.
    """

    def __init__(self, project: Project, seen: Look) -> None:
        self._path = lock_of(seen.folder).path.with_suffix(".tried")
        try:
            settings = (project.root / SETTINGS_FILE).stat().st_mtime_ns
        except OSError:
            settings = 0
        self._mark = f"{seen.signature} {settings} {__version__}"

    @property
    def begun(self) -> bool:
        """Whether a try came to no end, or to one that nobody expected."""
        return self._before().times > 0

    def told(self) -> str:
        """Why the session is to be left alone until something changes; empty if it is not."""
        before = self._before()
        if before.lasting:
            return "failed before, unchanged"
        return f"given up after {TRIES} tries" if before.times >= TRIES else ""

    @contextmanager
    def one(self) -> Iterator[None]:
        """Try the session once, and remember how that ended."""
        before = self._before()
        self._keep(before.times + 1)
        try:
            yield
        except StepFailed as failure:
            if failure.again != "twice":
                self._keep(before.times, lasting=failure.again == "changed")
            raise
        except BaseException:  # somebody stopped it
            self._keep(before.times)
            raise
        self._keep(0)

    def _before(self) -> _Tried:
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=_Tried)
        except (OSError, msgspec.MsgspecError):
            return _Tried(self._mark, 0)
        return found if found.mark == self._mark else _Tried(self._mark, 0)

    def _keep(self, times: int, *, lasting: bool = False) -> None:
        """Write it down; losing the note only costs another try."""
        try:
            if times or lasting:
                write_bytes(self._path, msgspec.json.encode(_Tried(self._mark, times, lasting)))
            else:
                self._path.unlink(missing_ok=True)
        except (FgdError, OSError):
            return
