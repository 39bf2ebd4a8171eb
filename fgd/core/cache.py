"""What costs much to make and is asked for again: kept on disk, filed by what it was made of.

A cache and nothing else: deleting its file loses time alone, and whatever prevents reading or
writing it means that the thing is made anew. Which steps are fresh is decided elsewhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

_AT_ONCE = 500
"""Keys asked for in one statement; SQLite takes at least 999."""


class Kept:
    """Bytes by the things they depend on; without a ``path`` for this process alone.

    ``most`` things are kept on disk, the oldest give way.
    """

    def __init__(self, path: Path | None = None, *, most: int = 500) -> None:
        self.path = path
        self.most = most
        self._met: dict[str, bytes] = {}

    @staticmethod
    def key(*made_of: object) -> str:
        """Tell what a thing is filed under; ``repr`` of what it was made of is what counts."""
        return hashlib.sha256(repr(made_of).encode("utf-8", "surrogatepass")).hexdigest()

    def get(self, *made_of: object, make: Callable[[], bytes]) -> bytes:
        """Return what ``make`` returns, made at most once for things that print the same.

        ``made_of`` must tell everything that the result depends on.
        """
        key = self.key(*made_of)
        if key not in self._met:
            found = self.found([key]).get(key)
            self._met[key] = make() if found is None else found
            if found is None:
                self.keep({key: self._met[key]})
        return self._met[key]

    def found(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return what is kept under these keys, whole and as it was put there."""
        wanted = list(keys)
        found: dict[str, bytes] = {}
        if self.path is None or not self.path.is_file():
            return found
        with (
            contextlib.suppress(sqlite3.Error),
            closing(sqlite3.connect(self.path, timeout=10)) as base,
        ):
            for first in range(0, len(wanted), _AT_ONCE):
                some = wanted[first : first + _AT_ONCE]
                marks = ",".join("?" * len(some))
                query = f"select key, value, digest from kept where key in ({marks})"  # noqa: S608 - marks only
                for key, value, digest in base.execute(query, some):
                    if hashlib.sha256(value).hexdigest() == digest:
                        found[key] = bytes(value)
        return found

    def keep(self, made: Mapping[str, bytes]) -> None:
        """Put things on disk, all of them or none, if that can be done at all."""
        if self.path is None or not made:
            return
        try:
            self._insert(self.path, made)
        except sqlite3.OperationalError:  # locked, full, or not ours to write
            return
        except sqlite3.DatabaseError:  # damaged: the next one begins anew
            with contextlib.suppress(OSError):
                self.path.unlink()
        except OSError:
            return

    def _insert(self, path: Path, made: Mapping[str, bytes]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [(key, value, hashlib.sha256(value).hexdigest()) for key, value in made.items()]
        with closing(sqlite3.connect(path, timeout=10)) as base, base:
            base.execute("pragma synchronous = off")  # what a power cut takes is made anew
            base.execute(
                "create table if not exists kept"
                " (number integer primary key autoincrement, key text unique, value blob, digest)"
            )
            base.executemany(
                "insert or replace into kept (key, value, digest) values (?, ?, ?)", rows
            )
            base.execute(
                "delete from kept where number <= (select max(number) from kept) - ?", (self.most,)
            )


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
    """Return the version of an installed package; empty where it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
