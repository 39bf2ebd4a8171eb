"""One run at a time on a session, on one machine or on several that share the outputs.

The lock is the operating system's (``filelock``): it ends with the process that holds it, however
that ends, so nothing ever has to be judged abandoned. Beside it lies a file that says who holds
it, for people. Locks lie in the outputs, because that is the folder that workers share.
"""

from __future__ import annotations

import contextlib
import datetime
import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout

from fgd.core.errors import BusyError, StoreError, store_error
from fgd.core.serialization import decode
from fgd.workspace.project import SessionFolder
from fgd.workspace.store import WRITING, write_bytes

LEAST_WAIT = 0.5
"""Seconds for which a lock is always tried: whoever only looks holds it for a moment."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a lock."""

    user: str
    host: str
    pid: int
    since: str

    def __str__(self) -> str:
        return f"{self.user} on {self.host} (process {self.pid}, since {self.since})"


class Lock:
    """A lock on one path; ``acquire`` it and ``release`` it, or use ``session_lock``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._owner = path.with_suffix(".owner")
        self._lock = FileLock(path, thread_local=False)

    def acquire(self, wait: float = 0.0) -> None:
        """Take the lock, waiting up to ``wait`` seconds for another owner to finish.

        Raises ``BusyError`` if somebody else still holds it, ``StoreError`` if none can be made.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=max(wait, LEAST_WAIT))
        except Timeout:
            raise self._busy() from None
        except OSError as problem:
            raise store_error(self.path, problem) from problem
        with contextlib.suppress(StoreError):  # the lock holds without it
            write_bytes(self._owner, msgspec.json.encode(_me()))

    def release(self) -> None:
        """Give the lock back."""
        with contextlib.suppress(OSError):
            self._owner.unlink(missing_ok=True)
        self._lock.release()

    def is_held(self) -> bool:
        """Tell whether anybody holds the lock now."""
        if not self.path.exists():
            return False
        try:
            with FileLock(self.path, blocking=False, thread_local=False):
                return False
        except Timeout:
            return True
        except OSError as problem:
            raise store_error(self.path, problem) from problem

    def _busy(self) -> BusyError:
        who = ""
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            who = f": {decode(self._owner.read_bytes(), Owner)}"
        return BusyError(
            f"another run is at work on this session{who}.",
            where=self.path.stem,
            remedy="Wait for it to finish; what it has done is kept.",
        )


def lock_of(folder: SessionFolder) -> Lock:
    """Return the lock of a session."""
    return Lock(folder.outputs.parent / ".runs" / f"{folder.id}.lock")


@contextmanager
def session_lock(folder: SessionFolder, *, wait: float = 0.0) -> Iterator[Lock]:
    """Hold a session's lock. Raises ``BusyError`` if another run holds it longer than ``wait``.

    Outputs that cannot be written at all need no lock: looking at a finished session still works.
    """
    outputs, lock = folder.outputs.parent, lock_of(folder)
    if outputs.is_dir() and not os.access(outputs, os.W_OK):
        yield lock
        return
    lock.acquire(wait)
    try:
        _clear_away(folder.store.folder)
        yield lock
    finally:
        lock.release()


def _clear_away(work: Path) -> None:
    """Remove what a run that was killed in the middle of a write left; who holds the lock may."""
    for path in work.rglob(f"{WRITING}*"):
        with contextlib.suppress(OSError):
            path.unlink()


def _me() -> Owner:
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "somebody"
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return Owner(user, socket.gethostname(), os.getpid(), now)
