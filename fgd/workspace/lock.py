"""One run at a time on a session, on one machine or on several that share the outputs.

A lock is a small file that says who holds it: user, host, process and since when. Its owner
touches it every few seconds. A lock whose owner is gone is taken over: on the same machine as soon
as the process has ended, on another one when nobody touched the file while we watched. What counts
there is our own steady clock and whether the file changes, never the time of day, so clocks that
jump or disagree neither break a lock nor keep a dead one. Locks lie in the outputs, because that
is the folder that workers share.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import getpass
import hashlib
import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from fgd.core.errors import BusyError, store_error
from fgd.core.progress import Progress
from fgd.core.serialization import decode
from fgd.workspace.project import SessionFolder

# Seconds between two touches, and how long a lock must lie untouched to count as abandoned.
BEAT = 10.0
STALE = 120.0
# A lock that already looks abandoned is watched for this long before it is taken over.
WATCH = 2.5 * BEAT
_POLL = 0.5

log = logging.getLogger("fgd")


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a lock. ``machine`` and ``born`` tell a process from one that has its number."""

    user: str
    host: str
    pid: int
    since: str
    machine: str
    born: str
    token: str

    def __str__(self) -> str:
        return f"{self.user} on {self.host} (process {self.pid}, since {self.since})"

    @property
    def is_here(self) -> bool:
        """Whether the owner ran on this machine, since it was last started."""
        return self.machine == machine()

    @property
    def is_running(self) -> bool:
        """Whether the owner's process is still there; only meaningful on its own machine."""
        return _born(self.pid) == self.born if self.born else _exists(self.pid)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A lock file at one moment: its owner if it can be read, and what changes with a touch."""

    owner: Owner | None
    token: str
    touched: int


class Lock:
    """A lock on one path; ``acquire`` it and ``release`` it, or use ``session_lock``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lost = False
        self._owner: Owner | None = None
        self._stop = threading.Event()
        self._heart: threading.Thread | None = None

    def acquire(self, wait: float = 0.0) -> None:
        """Take the lock, waiting up to ``wait`` seconds for another owner to finish.

        Raises ``BusyError`` if somebody else still holds it, ``StoreError`` if none can be made.
        """
        begun = first = time.monotonic()
        last, told = ("", 0), False
        while not self._create():
            now = time.monotonic()
            seen = self._look()
            if seen is None:
                continue
            if (seen.token, seen.touched) != last:
                last, first = (seen.token, seen.touched), now
            verdict = self._verdict(seen, now - first)
            if verdict == "dead" and self._inherit(seen):
                continue
            if verdict == "alive" and now - begun >= wait:
                raise self._busy(seen)
            if not told:
                log.info("%s: waiting for another run", self.path.stem)
                told = True
            time.sleep(_POLL)
        self._heart = threading.Thread(target=self._beat, name="lock", daemon=True)
        self._heart.start()

    def release(self) -> None:
        """Give the lock back; one that another run has taken over is left alone."""
        self._stop.set()
        if self._heart is not None:
            self._heart.join()
        if self._owner is not None:
            seen = self._look()
            if seen is not None and seen.token == self._owner.token:
                self.path.unlink(missing_ok=True)
            self._owner = None

    def holder(self) -> Owner | None:
        """Who holds the lock now, as far as one look can tell; nobody if its owner is gone."""
        seen = self._look()
        if seen is None or self._verdict(seen, 0.0) != "alive":
            return None
        return seen.owner

    def guard(self, progress: Progress) -> Progress:
        """The same callback, but it ends the pass with ``BusyError`` once the lock is lost.

        That happens when this machine slept so long that another one took over.
        """

        def guarded(step: str, completed: int, total: int, /) -> None:
            if self.lost:
                raise self._busy(self._look())
            progress(step, completed, total)

        return guarded

    def _create(self) -> bool:
        """Put our own lock there if none is. Only one of many can succeed."""
        owner = self._owner or _me()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            return False
        except OSError as problem:
            raise store_error(self.path, problem) from problem
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(msgspec.json.encode(owner))
        except OSError as problem:
            self.path.unlink(missing_ok=True)
            raise store_error(self.path, problem) from problem
        self._owner = owner
        return True

    def _look(self) -> _Seen | None:
        try:
            raw = self.path.read_bytes()
            touched = self.path.stat().st_mtime_ns
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise store_error(self.path, problem) from problem
        try:
            owner = decode(raw, Owner)
        except msgspec.MsgspecError:
            # Its writer died before it was finished, or is just about to.
            return _Seen(None, hashlib.sha256(raw).hexdigest()[:32], touched)
        return _Seen(owner, owner.token, touched)

    def _busy(self, seen: _Seen | None) -> BusyError:
        who = f": {seen.owner}" if seen and seen.owner else ""
        return BusyError(
            f"another run is at work on this session{who}.",
            where=self.path.stem,
            remedy="Wait for it to finish; what it has done is kept.",
        )

    def _verdict(self, seen: _Seen, watched: float) -> Literal["alive", "dead", "perhaps"]:
        """What is known of the owner after watching for so many seconds without a change."""
        if seen.owner is not None and seen.owner.is_here:
            return "alive" if seen.owner.is_running else "dead"
        if self._age(seen) < STALE:
            return "dead" if watched >= STALE else "alive"
        return "dead" if watched >= WATCH else "perhaps"

    def _age(self, seen: _Seen) -> float:
        """Seconds since the last touch, by the clock of the disk that holds the lock."""
        probe = self.path.with_name(f".{uuid.uuid4().hex}.probe")
        try:
            probe.touch()
            now = probe.stat().st_mtime_ns
        except OSError:
            return 0.0
        finally:
            with contextlib.suppress(OSError):
                probe.unlink(missing_ok=True)
        return (now - seen.touched) / 1e9

    def _inherit(self, dead: _Seen) -> bool:
        """Clear a dead owner's lock away.

        Of all who see the same dead owner only the one that creates the heir's file may remove the
        lock, so nobody ever removes the lock of a successor.
        """
        heir = self.path.with_name(f"{self.path.name}.{dead.token}.heir")
        try:
            os.close(os.open(heir, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            # Whoever died between the two lines below must not block this lock for ever.
            with contextlib.suppress(OSError):
                if self._age(_Seen(None, "", heir.stat().st_mtime_ns)) >= STALE:
                    heir.unlink(missing_ok=True)
            return False
        except OSError as problem:
            raise store_error(heir, problem) from problem
        try:
            now = self._look()
            if now is not None and now.token == dead.token:
                self.path.unlink(missing_ok=True)
        finally:
            heir.unlink(missing_ok=True)
        return True

    def _beat(self) -> None:
        while not self._stop.wait(BEAT):
            try:
                seen = self._look()
                if seen is None:
                    self.lost = not self._create()  # somebody emptied the outputs folder
                elif self._owner is None or seen.token != self._owner.token:
                    self.lost = True
                else:
                    os.utime(self.path)
            except Exception:  # noqa: S112 - a disk that is away for a moment; the next beat tries
                continue
            if self.lost:
                return


def lock_of(folder: SessionFolder) -> Lock:
    """The lock of a session."""
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
        yield lock
    finally:
        lock.release()


def _me() -> Owner:
    pid = os.getpid()
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    token = uuid.uuid4().hex
    return Owner(_user(), socket.gethostname(), pid, now, machine(), _born(pid), token)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"


@functools.cache
def machine() -> str:
    """Names this machine since its last start; containers on one machine differ, too."""
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    # Where numbers of processes cannot be asked for safely, every owner counts as far away.
    return "/".join(parts) if os.name == "posix" else uuid.uuid4().hex


def _born(pid: int) -> str:
    """When a process was started, in the kernel's ticks; empty if it is gone or cannot be told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
