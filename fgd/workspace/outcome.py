"""What became of a session, and the last such word of it, kept until the next run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from fgd.core.serialization import decode
from fgd.model import Issue
from fgd.workspace.project import Project
from fgd.workspace.steps import Done
from fgd.workspace.store import write_bytes

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
