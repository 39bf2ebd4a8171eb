"""The leak scan: every byte of every file about to be written, against every secret."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fgd.editions.matching import hits
from fgd.editions.secrets import Secret


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret found in a file: which file, where in it, and what it says."""

    file: str
    place: str
    text: str
    kind: str

    def __str__(self) -> str:
        return f"{self.file}, {self.place}: {self.kind} ({self.text})"


def leaks(files: Mapping[str, bytes], secrets: Sequence[Secret]) -> tuple[Leak, ...]:
    """Every place in the files, their names included, that says a secret."""
    found: dict[Leak, None] = {}
    for name, data in files.items():
        for place, text in _texts(name, data):
            for hit in hits(text, secrets):
                found[Leak(name, place, text[hit.start : hit.end], hit.secret.kind)] = None
    return tuple(found)


def _texts(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    yield "file name", name
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.namelist():
                yield f"{entry} (name)", entry
                yield from _readings(entry, archive.read(entry))
    else:
        yield from _readings("text", data)


def _readings(place: str, data: bytes) -> Iterator[tuple[str, str]]:
    """The bytes as they are, and as a reader would see them once the markup is gone."""
    raw = data.decode("utf-8", "replace")
    yield place, html.unescape(raw)
    yield f"{place} (read)", html.unescape(re.sub(r"<[^>]*>", "", raw))
