"""What can go wrong, as one tree; every message says where and how to mend it.

::

    FgdError
    ├── InputError             something given to us cannot be used as it is
    │   └── SettingsError      a key or value in fgd.toml or session.toml
    ├── ProjectError           no such project, session or recording
    │   └── SessionGone        a session that was there before was deleted
    ├── BackendUnavailable     a model or an extra is not on this machine
    ├── StoreError             outputs cannot be written: disk full, read-only, no permission
    ├── BusyError              another run is at work on the same session
    └── GateError              a brief failed a check and was not written
        └── LeakError          an edition would have revealed what its rule forbids

Problems that need not stop a pass are not exceptions but ``Issue`` values (``fgd.model``).
"""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

from fgd.model import Issue


class FgdError(Exception):
    """The one base class: ``where`` names the file, ``place`` the line, cell or time in it."""

    def __init__(self, message: str, *, where: str = "", place: str = "", remedy: str = "") -> None:
        super().__init__(message, where, place, remedy)
        self.message = message
        self.where = where
        self.place = place
        self.remedy = remedy

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.where, self.place) if part)
        sentence = f"{where}: {self.message}" if where else self.message
        return f"{sentence} {self.remedy}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        # The default would call the class with positional arguments only and fail in a subprocess.
        return (_rebuild, (type(self), self.message, self.where, self.place, self.remedy))

    def as_issue(self) -> Issue:
        """Return the same problem as data, to be collected and shown with the others."""
        return Issue("error", self.where, self.message, self.remedy, self.place)


def _rebuild(kind: type[FgdError], message: str, where: str, place: str, remedy: str) -> FgdError:
    return kind(message, where=where, place=place, remedy=remedy)


class InputError(FgdError):
    """Something that was given to us cannot be used as it is."""


class SettingsError(InputError):
    """A key or a value in a settings file is wrong."""


class ProjectError(FgdError):
    """There is no such project, session or recording."""


class SessionGone(ProjectError):
    """A session was deleted while somebody looked at it."""

    def __init__(self, message: str, *, where: str = "", place: str = "", remedy: str = "") -> None:
        remedy = remedy or (
            "Nothing was written. Put its folder back, or go to the list of sessions."
        )
        super().__init__(message, where=where, place=place, remedy=remedy)

    @classmethod
    def called(cls, name: str) -> SessionGone:
        """The session with this name is gone."""
        return cls(f"The session {name} is no longer in recordings/.")


class BackendUnavailable(FgdError):
    """A model or an optional extra is not on this machine; the remedy is the command to run."""


class StoreError(FgdError):
    """The outputs cannot be written."""


class BusyError(FgdError):
    """Another run holds the lock of the same session."""


class GateError(FgdError):
    """A brief failed a check; nothing of it was written."""


class LeakError(GateError):
    """An edition would have revealed what its rule of attribution forbids."""


_REASONS = {
    errno.ENOSPC: ("there is no space left on the disk.", "Free some space and run again."),
    errno.EDQUOT: ("the disk quota is used up.", "Free some space and run again."),
    errno.EROFS: ("the disk is read-only.", "Choose a writable outputs folder in fgd.toml."),
    errno.EACCES: ("permission is denied.", "Give yourself write permission on this folder."),
    errno.EPERM: ("permission is denied.", "Give yourself write permission on this folder."),
}


_LOOK = "Look whether its disk or network folder is there and sound, then run again."


def store_error(path: Path, problem: OSError) -> StoreError:
    """Return an operating system's complaint as one sentence with a remedy."""
    message, remedy = _REASONS.get(
        problem.errno or 0, (f"writing failed ({problem.strerror or problem}).", _LOOK)
    )
    return StoreError(message, where=str(path), remedy=remedy)


def file_error(problem: OSError) -> FgdError:
    """Tell what the system says about a file it could not read, find or write, as one sentence."""
    name = problem.filename or ""
    path = Path(os.fsdecode(name)) if isinstance(name, str | bytes) else Path()
    where = str(path) if name else ""
    if isinstance(problem, FileNotFoundError):
        return InputError(
            "this file is not there any more.", where=where, remedy="Put it back, then try again."
        )
    if problem.errno in (errno.EMFILE, errno.ENFILE):
        return InputError("too many files are open.", where=where, remedy="Close other programs.")
    told = store_error(path, problem)
    if problem.errno not in _REASONS:
        told.message = f"the system refused ({problem.strerror or problem})."
    told.where = where
    return told


def issue_of(problem: FgdError | OSError, where: str) -> Issue:
    """Any failure as data; a file that went away meanwhile is one, and not the end of the batch."""
    if isinstance(problem, FgdError):
        told = problem.as_issue()
        return told if told.where else replace(told, where=where)
    what = f"a file could not be read ({problem.strerror or problem})."
    return Issue("error", where, what, "Put it back, or give yourself permission, and run again.")
