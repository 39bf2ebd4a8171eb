"""Look through the bytes of files for somebody who withdrew: names, words, prints of the voice.

The same readings as the leak scan (unpacked archives, escapes, encodings), and what only this
needs: words of a file that lists them one by one, tables of SQLite and the pages it no longer uses,
and vectors as numbers and as bytes. Findings tell the place and the kind, never the words.
"""

from __future__ import annotations

import base64
import contextlib
import re
import sqlite3
import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from fgd.core.files import MEDIA
from fgd.disclosure.leaks import hits, readings
from fgd.disclosure.words import Secret, fold

RUN = 5
"""Words in a row that tell whose they are, where nobody else said them."""

_WORD = re.compile(r"\w+")
_LISTED = re.compile(r'"(?:text|word|punctuated_word|w)"\s*:\s*"((?:[^"\\]|\\.)*)"')
_AGAIN = re.compile(r" \((?:escapes undone|as read|words apart|lines joined)\)$")
_LEAST_IN_SOUND = 6
"""Letters of a name that is looked for among the bytes of compressed sound, where shorter ones come
about by chance; what a file tells beside its sound is read in full.
"""
_NUMBERS = 3
"""Numbers of a vector in a row that are no chance."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What must not be found any more: spellings, runs of words, prints of voices."""

    names: tuple[Secret, ...] = ()
    words: frozenset[tuple[str, ...]] = frozenset()
    prints: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """Something that is left of somebody: in which file, where, of what kind."""

    file: str
    place: str
    kind: str

    def __str__(self) -> str:
        return f"{self.file}: {self.kind} ({self.place})"


def runs(text: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """List every run of ``RUN`` words of a text, folded, with where it begins and ends."""
    found = [(fold(each.group()), each.start(), each.end()) for each in _WORD.finditer(text)]
    for first in range(len(found) - RUN + 1):
        some = found[first : first + RUN]
        yield tuple(word for word, _, _ in some), some[0][1], some[-1][2]


def own_runs(texts: Iterable[str], others: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """Return the runs of words of some texts that are in no other text."""
    mine = {run for text in texts for run, _, _ in runs(text)}
    return frozenset(mine - {run for text in others for run, _, _ in runs(text)})


def remains(root: Path, paths: Iterable[Path], traces: Traces) -> tuple[Left, ...]:
    """Find what is left in files; a file that cannot be read is told, too."""
    found: dict[Left, None] = {}
    for path in paths:
        name = path.relative_to(root).as_posix()
        try:
            for each in _of_file(name, path, traces):
                found.setdefault(each)
        except OSError:
            found.setdefault(Left(name, "whole file", "it could not be read"))
    return tuple(found)


def _of_file(name: str, path: Path, traces: Traces) -> Iterator[Left]:
    data = path.read_bytes()
    if _prints(data, traces.prints):
        yield Left(name, "its bytes", "a print of the voice")
    if path.suffix.lower() in MEDIA and b"\0" in data[:4096]:
        yield from _of_sound(name, path, data, traces)
        return
    if data.startswith(b"SQLite format 3\0"):
        try:
            for place, text in _tables(path):
                yield from _of_text(name, place, text, traces)
        except sqlite3.Error:  # what nobody can look into is no proof
            yield Left(name, "its tables", "they could not be read")
    told: set[tuple[str, str]] = set()
    for place, text in readings(name, data):
        entry = _AGAIN.sub("", place)
        where = place.removeprefix(name).strip(" :,()") or "text"
        found = [*_of_text(name, where, text, traces)]
        if entry != place:  # the same text in another reading: what is told is told
            found = [each for each in found if (entry, each.kind) not in told]
        yield from found
        told |= {(entry, each.kind) for each in found if not place.endswith(" (name)")}
        listed = " ".join(_LISTED.findall(text)) if '"' in text else ""
        for each in _of_text(name, "words listed one by one", listed, traces):
            if (entry, each.kind) not in told:
                yield each


def _of_text(name: str, place: str, text: str, traces: Traces) -> Iterator[Left]:
    for hit in hits(text, traces.names):
        line = text.count("\n", 0, hit.start) + 1
        yield Left(name, f"{place}, line {line}", "a name or a form of it")
    for run, start, _ in runs(text) if traces.words else ():
        if run in traces.words:
            yield Left(name, f"{place}, line {text.count(chr(10), 0, start) + 1}", "words")


def _of_sound(name: str, path: Path, data: bytes, traces: Traces) -> Iterator[Left]:
    """Read what a recording tells beside its sound, and look for long names among its bytes."""
    yield from _of_text(name, "its name", path.name, traces)
    yield from _of_text(name, "its titles", titles(path), traces)
    folded = data.lower()
    for secret in traces.names:
        if len(secret.text) >= _LEAST_IN_SOUND:
            ways = (secret.text.lower().encode(way) for way in ("utf-8", "utf-16-le", "utf-16-be"))
            if any(way in folded for way in ways):
                yield Left(name, "its bytes", "a name or a form of it")


def titles(path: Path) -> str:
    """Return what a recording tells beside its sound: titles, tags, chapters."""
    import av

    told: list[str] = []
    with (
        contextlib.suppress(av.error.FFmpegError, ValueError, OSError),
        av.open(str(path), metadata_errors="ignore") as container,
    ):
        for holder in (container, *container.streams):
            told += [f"{key} {value}" for key, value in holder.metadata.items()]
        told += [str(chapter) for chapter in container.chapters()]
    return "\n".join(told)


def _tables(path: Path) -> Iterator[tuple[str, str]]:
    """List the texts of a database, one a row. Raises ``sqlite3.Error``."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as base:
        names = [
            row[0] for row in base.execute("select name from sqlite_master where type='table'")
        ]
        for table in names:
            quoted = '"' + table.replace('"', '""') + '"'
            for row in base.execute(f"select * from {quoted}"):  # noqa: S608 - the base's own name
                cells = (
                    each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each)
                    for each in row
                )
                yield f"table {table}", " ".join(cells)


def _prints(data: bytes, prints: Sequence[Collection[float]]) -> bool:
    """Tell whether a vector stands in a file: as text, as bytes, or those in base64."""
    for vector in prints:
        some = tuple(vector)[:_NUMBERS]
        if len(some) < _NUMBERS:
            continue
        written = re.escape(repr(some[0])) + "".join(rf",\s*{re.escape(repr(x))}" for x in some[1:])
        if re.search(written.encode(), data):
            return True
        for kind in ("<f", "<d", ">f"):
            packed = b"".join(struct.pack(kind, number) for number in some)
            if packed in data or base64.b64encode(packed)[:-2].rstrip(b"=") in data:
                return True
    return False
