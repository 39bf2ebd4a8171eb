"""What costs much to make and is asked for again: kept on disk, filed by what it was made of.

A cache and nothing else: deleting its file loses time alone, and whatever prevents reading or
writing it means that the thing is made anew. Which steps are fresh is decided elsewhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

MOST = 500
"""Things kept; the oldest give way."""


class Kept:
    """Bytes by the things they depend on; without a ``path`` for this process alone."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._met: dict[str, bytes] = {}

    def get(self, *made_of: object, make: Callable[[], bytes]) -> bytes:
        """What ``make`` returns, made at most once for things that print the same.

        ``made_of`` must tell everything that the result depends on (``repr`` is what counts).
        """
        key = hashlib.sha256(repr(made_of).encode("utf-8", "surrogatepass")).hexdigest()
        if key not in self._met:
            found = self._read(key)
            self._met[key] = make() if found is None else found
            if found is None:
                self._write(key, self._met[key])
        return self._met[key]

    def _read(self, key: str) -> bytes | None:
        if self.path is None or not self.path.is_file():
            return None
        with (
            contextlib.suppress(sqlite3.Error),
            closing(sqlite3.connect(self.path, timeout=10)) as base,
        ):
            row = base.execute("select value, digest from kept where key = ?", (key,)).fetchone()
            if row and hashlib.sha256(row[0]).hexdigest() == row[1]:
                return bytes(row[0])
        return None

    def _write(self, key: str, value: bytes) -> None:
        if self.path is None:
            return
        try:
            self._insert(key, value)
        except sqlite3.OperationalError:  # locked, full, or not ours to write
            return
        except sqlite3.DatabaseError:  # damaged: the next one begins anew
            with contextlib.suppress(OSError):
                self.path.unlink()
        except OSError:
            return

    def _insert(self, key: str, value: bytes) -> None:
        assert self.path is not None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=10)) as base, base:
            base.execute("pragma synchronous = off")  # what a power cut takes is made anew
            base.execute(
                "create table if not exists kept"
                " (number integer primary key autoincrement, key text unique, value blob, digest)"
            )
            row = (key, value, hashlib.sha256(value).hexdigest())
            base.execute("insert or replace into kept (key, value, digest) values (?, ?, ?)", row)
            base.execute("delete from kept where number <= (select max(number) from kept) - ?",
                         (MOST,))  # fmt: skip


@cache
def source(package: str) -> str:
    """A hash of the Python files of a package: what is kept never outlives the code behind it."""
    digest = hashlib.sha256()
    for path in sorted(files(package).iterdir(), key=lambda each: each.name):
        if path.name.endswith((".py", ".toml")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@cache
def installed(package: str) -> str:
    """The version of an installed package; empty where it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
