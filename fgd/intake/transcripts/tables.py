"""Transcripts laid out as a table in Word: which column holds the time, the speaker, the words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fgd.intake.clock import TIME, milliseconds
from fgd.intake.slugs import normal
from fgd.intake.transcripts.labels import form

_HEADINGS = frozenset(
    "speaker name names who participant label time timestamp start end timecode text transcript "
    "content utterance words speech comment what no number".split()
)
_TIME = re.compile(rf"[\[(]?({TIME})(?:\s*(?:-{{1,2}}>|[\u2010-\u2015-])\s*({TIME}))?[\])]?")

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what; -1 where there is none. ``first`` is the first row of speech."""

    text: int
    label: int = -1
    time: int = -1
    first: int = 0


def find_columns(rows: Sequence[Cells]) -> Columns | None:
    """The columns of a transcript's table; nothing if the table is none."""
    width = max((len(row) for row in rows), default=0)
    if width < 2:
        return None
    first = int(all(set(normal(cell).split()) & _HEADINGS for cell in rows[0] if cell.strip()))
    body = [row for row in rows[first:] if any(cell.strip() for cell in row)]
    columns = [[row[n].strip() for row in body if n < len(row)] for n in range(width)]
    filled = [[cell for cell in column if cell] for column in columns]
    time = next((n for n, cells in enumerate(filled) if _mostly(cells, is_time)), -1)
    rest = [n for n in range(width) if n != time and filled[n]]
    if not rest:
        return None
    text = max(rest, key=lambda n: sum(map(len, filled[n])))
    label = next((n for n in rest if n != text and _mostly(filled[n], _is_label)), -1)
    return Columns(text, label, time, first) if label >= 0 or time >= 0 else None


def _mostly(cells: Cells, test: object) -> bool:
    return callable(test) and bool(cells) and sum(map(test, cells)) >= 0.7 * len(cells)


def is_time(cell: str) -> bool:
    """Whether a cell holds a time or a stretch of time, and nothing else."""
    return _TIME.fullmatch(cell.strip()) is not None


def times(cell: str) -> tuple[int, int]:
    """The start and end of a cell in milliseconds, -1 where they are not given."""
    found = _TIME.fullmatch(cell.strip())
    start = milliseconds(found[1]) if found else None
    end = milliseconds(found[2]) if found and found[2] else None
    return (-1 if start is None else start, -1 if end is None else end)


def _is_label(cell: str) -> bool:
    return form(cell.rstrip(":")) in ("name", "neutral", "weak")
