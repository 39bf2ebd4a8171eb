"""Remember what of a session was deleted by plan, so that nothing that is gone counts as missing.

``deleted.json`` lies in the session's folder beside what is left. It is written before anything is
deleted: a file that is still there is not gone, whatever the record says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import msgspec

from fgd.core.errors import store_error
from fgd.core.serialization import decode
from fgd.model import Recording
from fgd.workspace.project import Project
from fgd.workspace.store import write_bytes

RECORD = "deleted.json"
LOG = "retention.log"
STAGE = ".withdrawal"
"""The folder beside the sessions in which a withdrawal makes everything anew; gone once proved."""
MOVES = "moves.json"
"""What is left to do of it: once this is there, there is no way back."""
What = Literal["sound", "transcripts", "internals"]
CLASSES: tuple[What, ...] = get_args(What)


@dataclass(frozen=True, slots=True)
class Deleted:
    """When each kind of thing was deleted (ISO days), and the recordings as they were before."""

    on: dict[What, str] = field(default_factory=dict)
    recordings: tuple[Recording, ...] = ()

    @property
    def closed(self) -> str:
        """The day since which the session cannot be run again; empty where it can."""
        return min((self.on[what] for what in CLASSES[1:] if what in self.on), default="")


def is_interrupted(project: Project) -> bool:
    """Tell whether a withdrawal was begun, and killed before it was finished."""
    return (project.recordings / STAGE / MOVES).is_file()


def read_deleted(source: Path) -> Deleted:
    """Read what was deleted of a session; nothing where there is no record that can be read."""
    try:
        return decode((source / RECORD).read_bytes(), Deleted)
    except (OSError, msgspec.MsgspecError, ValueError):
        return Deleted()


def write_deleted(source: Path, deleted: Deleted) -> None:
    """Write the record. Raises ``StoreError``."""
    write_bytes(source / RECORD, msgspec.json.format(msgspec.json.encode(deleted), indent=1))


def log_deletion(project: Project, line: str) -> None:
    """Add a line to ``retention.log``; it names no person and no file. Raises ``StoreError``."""
    path = project.root / LOG
    try:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"{line}\n")
    except OSError as problem:
        raise store_error(path, problem) from problem
