"""Transcripts laid out as a table in Word: which column holds the time, the speaker, the words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fgd.core.text import normal
from fgd.intake.clock import TIME, milliseconds
from fgd.intake.transcripts.labels import form

_TEXTS = frozenset("text transcript transcription content utterance words speech said".split())
_LABELS = frozenset("speaker speakers name names who participant label".split())
_TIMES = frozenset("time times timestamp start timecode stamp".split())
_OTHERS = frozenset("end no number line id".split())
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
    heads = [set(normal(cell).split()) for cell in rows[0]]
    known = _TEXTS | _LABELS | _TIMES | _OTHERS
    first = int(all(words & known for words in heads if words))
    body = [row for row in rows[first:] if any(cell.strip() for cell in row)]
    filled = [
        [cell for row in body if n < len(row) and (cell := row[n].strip())] for n in range(width)
    ]
    named = heads if first else []
    time = _headed(named, _TIMES)
    if time < 0:
        time = next((n for n, cells in enumerate(filled) if _mostly(cells, is_time)), -1)
    rest = [n for n in range(width) if n != time and filled[n]]
    if not rest:
        return None
    text, label = _headed(named, _TEXTS), _headed(named, _LABELS)
    if text < 0:
        text = max(rest, key=lambda n: -1 if n == label else sum(map(len, filled[n])))
    if label < 0:
        others = (n for n in rest if n != text)
        label = next((n for n in others if _mostly(filled[n], _is_label)), -1)
    return Columns(text, label, time, first) if label >= 0 or time >= 0 else None


def _headed(heads: Sequence[set[str]], words: frozenset[str]) -> int:
    """The first column whose heading has one of the words, or -1."""
    return next((n for n, head in enumerate(heads) if head & words), -1)


def _mostly(cells: Cells, test: Callable[[str], bool]) -> bool:
    return bool(cells) and sum(map(test, cells)) >= 0.7 * len(cells)


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
