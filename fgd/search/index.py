"""Keep every passage of every session in one SQLite file, to be asked for words and for meaning.

The file is a cache: what is in it was read from the sessions' records, it is made anew where it is
missing, damaged or of another version, and a session whose records changed replaces its own part.
Writers take turns by a lock beside the file. Words lie in an FTS5 table without contents, folded
before they get there, so that the tokenizer only has to part them; vectors as eight bits for every
number and, for a first look over all of them, as one (Yamada et al. 2021, arXiv:2106.00882).
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from filelock import FileLock

from fgd.core.errors import BackendUnavailable, StoreError, store_error
from fgd.search.tokens import searchable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

T = TypeVar("T")

VERSION = 2
"""Changes whenever the same sessions would give another file."""

WAIT = 60
"""Seconds for which a reader or writer waits for another one."""

_SCHEMA = """
create table made (version integer, model text);
create table sessions (
    id integer primary key, name text unique, stamp text, content text,
    title text, programme text, date text,
    first integer, passages integer, codes blob
);
create table speakers (
    id integer primary key, session integer, label text, person text, names text, bodies text
);
create table sections (id integer primary key, session integer, title text);
create table passages (
    id integer primary key, session integer, speaker integer, section integer,
    recording text, source integer, turn text, start integer, end integer,
    begins integer, ends integer, text text
);
create index passages_speaker on passages (speaker);
create index passages_section on passages (section);
create table vectors (id integer primary key, vector blob);
create virtual table words using fts5 (
    text, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
);
create virtual table spread using fts5vocab (words, row);
"""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody heard in a session: how they are printed, and every form that may mean them."""

    label: str
    person: str = ""
    names: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """One to three sentences of a turn: characters ``start``..``end`` of it, said at ``begins`` ms
    (-1 where the source has no times); ``speaker`` and ``section`` are numbers into their session,
    ``section`` -1 for none, ``source`` is the recording's number; ``meant`` is what its vector is
    made of, empty where it needs none.
    """

    recording: str
    source: int
    turn: str
    start: int
    end: int
    begins: int
    ends: int
    speaker: int
    section: int
    text: str
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A session as it is indexed. ``content`` names its records by what they contain, ``stamp``
    tells cheaply that they may have changed.
    """

    name: str
    stamp: str
    content: str
    title: str = ""
    programme: str = ""
    date: str = ""
    speakers: tuple[Speaker, ...] = ()
    sections: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()


class Index:
    """The file, opened for as long as each question or change takes; ``model`` made its vectors."""

    def __init__(self, path: Path, model: str) -> None:
        self.path = path
        self.model = model
        self._lock = path.with_suffix(".lock")
        self._codes: tuple[object, Any] | None = None

    # -- what is there ----------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open the file to ask it; an empty one if there is none or it cannot be used."""
        try:
            there = self.path.is_file() and self.path.stat().st_size > 0
        except OSError as problem:
            raise store_error(self.path, problem) from problem
        if not there:
            with closing(_empty(self.model)) as base:
                yield base
            return
        with closing(_opened(self.path, "ro")) as base:
            base.execute("begin")  # all that is asked is of one moment, whoever writes meanwhile
            yield base

    def stamps(self) -> dict[str, str]:
        """Return the stamp of every session that is indexed; nothing of an index to be remade."""
        try:
            with self.reading() as base:
                if not _fits(base, self.model):
                    return {}
                return dict(base.execute("select name, stamp from sessions"))
        except sqlite3.DatabaseError as problem:
            if _passes(problem):
                raise _busy(self.path, problem) from problem
            return {}

    def codes(self, base: sqlite3.Connection) -> tuple[Any, Any]:
        """Return the numbers of all passages, and the bits of each as a column, kept while they
        stay.
        """
        import numpy as np

        rows = base.execute(
            "select id, content, first, passages from sessions order by first"
        ).fetchall()
        if self._codes is None or self._codes[0] != rows:
            blobs = [row[0] for row in base.execute("select codes from sessions order by first")]
            ids = [np.arange(first, first + count) for _, _, first, count in rows]
            parts = [
                np.frombuffer(blob, np.uint64).reshape(-1, row[3])
                for blob, row in zip(blobs, rows, strict=True)
                if row[3]
            ]
            bits = np.concatenate(parts, axis=1) if parts else np.zeros((0, 0), np.uint64)
            numbers = np.concatenate(ids) if ids else np.zeros(0, np.int64)
            self._codes = (rows, (numbers, bits))
        return self._codes[1]

    # -- changing it ------------------------------------------------------------------------------

    def put(self, entry: Entry, vectors: npt.NDArray[np.float32]) -> None:
        """Index a session anew; ``vectors`` has a row for each passage, of zeros for none.

        Raises ``StoreError`` if the file cannot be written.
        """
        self._change(lambda base: _put(base, entry, vectors))

    def touch(self, name: str, stamp: str, content: str) -> bool:
        """Take a new stamp for a session whose content is the same; whether that was so."""

        def take(base: sqlite3.Connection) -> bool:
            found = base.execute(
                "update sessions set stamp = ? where name = ? and content = ?",
                (stamp, name, content),
            )
            return found.rowcount > 0

        return self._change(take)

    def forget(self, names: Sequence[str]) -> None:
        """Take sessions out so that no byte of the file tells of them any more.

        Word lists are merged until no deleted entry is left, freed pages are overwritten, and the
        file is written anew without them. The other sessions stay; these come back, from what
        their records then say, when somebody searches next.
        """

        def clear(base: sqlite3.Connection) -> None:
            _drop(base, names)
            base.execute("insert into words (words) values ('optimize')")

        if not self.path.exists():
            return
        known = self.stamps()
        if not known:  # whatever is in it cannot be told
            self.remove()
        elif known.keys() & set(names):
            self._change(clear)
            with self._alone(), closing(_opened(self.path, "rw")) as base:
                base.execute("vacuum")

    def remove(self) -> None:
        """Delete the file."""
        with self._alone():
            _delete(self.path)

    def trouble(self, problem: sqlite3.DatabaseError) -> StoreError:
        """Tell what went wrong while the file was asked; a damaged one is deleted."""
        if _passes(problem):
            return _busy(self.path, problem)
        self.remove()
        message = "the search index was damaged; it is made anew for the next question."
        return StoreError(message, where=str(self.path), remedy="Ask again.")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._lock, thread_local=False):
                yield
        except OSError as problem:
            raise store_error(self.path, problem) from problem

    def _change(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do one change, whole or not at all; a file that cannot be used gives way to a new one."""
        with self._alone():
            for again in (True, False):
                try:
                    with closing(_opened(self.path, "rwc")) as base:
                        if not _fits(base, self.model):
                            raise sqlite3.DatabaseError("another version")
                        with base:
                            base.execute("begin immediate")
                            return work(base)
                except sqlite3.DatabaseError as problem:
                    if _passes(problem) or not again:
                        raise _busy(self.path, problem) from problem
                    _delete(self.path)
                    with closing(_opened(self.path, "rwc")) as base, base:
                        _create(base, self.model)
        raise AssertionError("unreachable")


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    """Open a file. Raises ``BackendUnavailable`` where SQLite cannot search texts."""
    if not searches_texts():
        raise BackendUnavailable(
            "the SQLite of this Python was built without full-text search (FTS5), so nothing can "
            "be found.",
            remedy="Use a Python from python.org, conda or your system's packages.",
        )
    quoted = str(path.resolve()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    base = sqlite3.connect(
        f"file:{quoted}?mode={mode}", uri=True, timeout=WAIT, check_same_thread=False
    )
    base.execute("pragma secure_delete = on")
    return base


def _empty(model: str) -> sqlite3.Connection:
    base = _opened(Path(":memory:"), "memory")
    _create(base, model)
    return base


def _create(base: sqlite3.Connection, model: str) -> None:
    base.executescript(_SCHEMA)
    base.execute("insert into made values (?, ?)", (VERSION, model))
    base.commit()


@cache
def searches_texts() -> bool:
    """Tell whether this Python's SQLite was built with full-text search."""
    with closing(sqlite3.connect(":memory:")) as base:
        try:
            base.execute("create virtual table words using fts5 (text)")
        except sqlite3.OperationalError:
            return False
    return True


def _fits(base: sqlite3.Connection, model: str) -> bool:
    """Whether a file is one of ours, of this version, with vectors of this model."""
    try:
        made: object = base.execute("select version, model from made").fetchone()
        return made == (VERSION, model)
    except sqlite3.OperationalError as problem:
        if _passes(problem):
            raise
        return False


def _passes(problem: sqlite3.Error) -> bool:
    """Whether another file would not help: it is in use, the disk is full or not ours to write."""
    text = str(problem)
    return isinstance(problem, sqlite3.OperationalError) and any(
        told in text for told in ("locked", "full", "readonly", "unable to open", "disk I/O")
    )


def _busy(path: Path, problem: sqlite3.Error) -> StoreError:
    return StoreError(
        f"the search index cannot be used ({problem}).",
        where=str(path),
        remedy="Try again; it may be deleted at any time and is then made anew.",
    )


def _delete(path: Path) -> None:
    for each in (path, *(path.with_name(path.name + end) for end in ("-journal", "-wal", "-shm"))):
        with contextlib.suppress(FileNotFoundError):
            each.unlink()


def _drop(base: sqlite3.Connection, names: Sequence[str]) -> None:
    for name in names:
        found = base.execute("select id from sessions where name = ?", (name,)).fetchone()
        if found is None:
            continue
        rows = base.execute("select id, text from passages where session = ?", found).fetchall()
        base.executemany(
            "insert into words (words, rowid, text) values ('delete', ?, ?)",
            ((number, searchable(text)) for number, text in rows),
        )
        base.executemany("delete from vectors where id = ?", ((number,) for number, _ in rows))
        for table in ("passages", "speakers", "sections"):
            base.execute(f"delete from {table} where session = ?", found)  # noqa: S608 - our names
        base.execute("delete from sessions where id = ?", found)


def _put(base: sqlite3.Connection, entry: Entry, vectors: npt.NDArray[np.float32]) -> None:
    _drop(base, [entry.name])
    (first,) = base.execute("select coalesce(max(id), 0) + 1 from passages").fetchone()
    codes, small = coded(vectors)
    made = base.execute(
        "insert into sessions (name, stamp, content, title, programme, date, first, passages,"
        " codes) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry.name, entry.stamp, entry.content, entry.title, entry.programme, entry.date,
            first, len(entry.passages), codes.tobytes(),
        ),
    )  # fmt: skip
    session = made.lastrowid
    (speaker,) = base.execute("select coalesce(max(id), 0) + 1 from speakers").fetchone()
    base.executemany(
        "insert into speakers values (?, ?, ?, ?, ?, ?)",
        (
            (speaker + n, session, s.label, s.person, "\n".join(s.names), "\n".join(s.bodies))
            for n, s in enumerate(entry.speakers)
        ),
    )
    (section,) = base.execute("select coalesce(max(id), 0) + 1 from sections").fetchone()
    base.executemany(
        "insert into sections values (?, ?, ?)",
        ((section + n, session, title) for n, title in enumerate(entry.sections)),
    )
    base.executemany(
        "insert into passages values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                first + n, session, speaker + p.speaker,
                section + p.section if p.section >= 0 else None,
                p.recording, p.source, p.turn, p.start, p.end, p.begins, p.ends, p.text,
            )
            for n, p in enumerate(entry.passages)
        ),
    )  # fmt: skip
    base.executemany(
        "insert into words (rowid, text) values (?, ?)",
        ((first + n, searchable(p.text)) for n, p in enumerate(entry.passages)),
    )
    base.executemany(
        "insert into vectors values (?, ?)",
        ((first + n, row.tobytes()) for n, row in enumerate(small) if row.any()),
    )


def coded(vectors: npt.NDArray[np.float32]) -> tuple[Any, Any]:
    """Return vectors as one bit for every number, a vector a column, and as eight, a vector a row.

    Only the direction of a vector counts, so the largest number of each is as large as eight bits
    allow. Bits are filled up to whole words of 64.
    """
    import numpy as np

    wide = -(-vectors.shape[1] // 64) * 64
    positive = np.zeros((len(vectors), wide), bool)
    positive[:, : vectors.shape[1]] = vectors > 0
    bits = np.ascontiguousarray(np.packbits(positive, axis=1).view(np.uint64).T)
    most = np.abs(vectors).max(axis=1, keepdims=True, initial=0)
    small = np.rint(vectors / np.maximum(most, 1e-9) * 127).astype(np.int8)
    return bits, small
