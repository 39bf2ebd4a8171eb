"""Tell what became of a session, and how far it has come, from what is stored."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from fgd.core.errors import FgdError, issue_of
from fgd.core.serialization import decode
from fgd.model import EDITIONS, Issue
from fgd.workspace.project import Project, SessionFolder
from fgd.workspace.store import Done, write_bytes

log = logging.getLogger("fgd")

State = Literal["done", "attention", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a session: ``attention`` means that something needs a person.

    ``facts`` are sentences about the result, without names or quotes; ``files`` what was written.
    """

    session: str
    state: State
    issues: tuple[Issue, ...]
    steps: tuple[Done[Any], ...] = ()
    files: tuple[Path, ...] = ()
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Last:
    """What the last run said of a session: a step that fails leaves no record to ask."""

    state: State
    issues: tuple[Issue, ...] = ()


def failure(problem: Exception, project: Project, session: str, where: str = "") -> Issue:
    """Tell any failure of a session in a sentence; the story of the unexpected goes to a file.

    The file is called after the session's id; ``where`` is the file or folder at fault, unless
    the problem names one itself.
    """
    where = where or session
    if isinstance(problem, FgdError | OSError):
        return issue_of(problem, where)
    details = keep_details(problem, project, session)
    seen = f"Details are in {details}." if details else ""
    if isinstance(problem, MemoryError):
        message = "this machine ran out of memory."
        remedy = "Close other programs, or choose a smaller model in fgd.toml, and run again."
    elif isinstance(problem, RecursionError):
        message = "something in it is nested too deeply to be read."
        remedy = f"Write it anew with fewer levels. {seen}"
    else:
        message = f"this could not be processed; the reason was not expected ({_kind(problem)})."
        remedy = f"Take the file away to go on without it, and report it. {seen}"
    return Issue("error", where, message, remedy.strip())


def keep_details(problem: BaseException, project: Project, session: str) -> str:
    """Write the whole story of a failure where only the project's people can read it.

    Returns:
        The file, relative to the project; empty where nothing can be written.
    """
    path = project.state / "failures" / f"{session}.txt"
    try:
        story = "".join(traceback.format_exception(problem, limit=40))
        write_bytes(path, story.encode("utf-8", "backslashreplace"))
    except (FgdError, OSError, MemoryError, RecursionError):
        return ""
    return path.relative_to(project.root).as_posix()


def _kind(problem: BaseException) -> str:
    return type(problem).__name__


def remember(project: Project, outcome: Outcome) -> None:
    """Keep what a run came to, among the caches: no output depends on it."""
    last = Last(outcome.state, outcome.issues)
    write_bytes(_path(project, outcome.session), msgspec.json.encode(last))


def last(project: Project, session: str) -> Last | None:
    """What the last run of a session came to; nothing if there was none or it cannot be read."""
    try:
        return decode(_path(project, session).read_bytes(), Last)
    except (OSError, msgspec.DecodeError):
        return None


def _path(project: Project, session: str) -> Path:
    return project.state / "last" / f"{session}.json"


@dataclass(frozen=True, slots=True)
class Status:
    """How far a session has come, read from its records without doing anything."""

    session: str
    state: str
    steps: tuple[str, ...]
    briefs: str
    issues: dict[str, int]
    errors: tuple[Issue, ...] = ()


def status(project: Project, folder: SessionFolder) -> Status:
    """Look at what is stored for a session; ``errors`` are those that ended its last run."""
    store = folder.store
    steps: list[str] = []
    counts = {"error": 0, "warning": 0, "note": 0}
    for path in sorted(store.folder.rglob("*.json")) if store.folder.is_dir() else ():
        name = path.relative_to(store.folder).with_suffix("").as_posix()
        record = store.load(name, Any)
        if record is None:
            continue
        steps.append(name.rpartition("/")[2])
        for issue in record.issues:
            counts[issue.level] += 1
    kinds = [kind for kind in EDITIONS if (folder.outputs / kind / "brief.html").is_file()]
    before = last(project, folder.id)
    errors = tuple(each for each in before.issues if each.level == "error") if before else ()
    counts["error"] = max(counts["error"], len(errors))
    state = before.state if before else "new"
    return Status(folder.id, state, tuple(dict.fromkeys(steps)), ", ".join(kinds), counts, errors)
