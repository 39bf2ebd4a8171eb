"""CSV files with any delimiter: the standard library reads them, this finds out how.

``csv.Sniffer`` was tried and is not used: it takes letters for delimiters on short rosters and
fails on a file with one column.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from fgd.core.text import clean
from fgd.core.textfile import read_text
from fgd.intake.grid import Grid, Row
from fgd.model import Issue

_DELIMITERS = ",;\t|"


def read_csv(path: Path, name: str) -> tuple[Grid, list[Issue]]:
    """The rows of a CSV file with the line each begins in. Raises ``OSError`` only."""
    text, issues = read_text(path, name)
    lines = text.split("\n")
    delimiter, first = _announced(lines[0])
    delimiter = delimiter or _guess(lines)
    try:
        rows = _rows(lines, delimiter, first, strict=True)
    except csv.Error:
        rows, line = _without_quotes(lines, delimiter, first)
        message = "a quotation mark is not closed; quotation marks were read as plain text."
        remedy = "Close it, or write it twice inside a quoted cell."
        issues.append(Issue("warning", name, message, remedy, f"line {line}"))
    return Grid(name, tuple(rows), headings=tuple(rows[:24])), issues


def _announced(line: str) -> tuple[str, int]:
    """Excel's own first line ``sep=;``: the delimiter, and how many lines it takes."""
    found = line.strip().casefold()
    return (line.strip()[-1], 1) if found.startswith("sep=") and len(found) == 5 else ("", 0)


def _guess(lines: list[str]) -> str:
    """The delimiter that cuts most of the first lines, and cuts them into equally many cells."""
    sample = [line[:2000] for line in lines[:40] if line.strip()][:25]

    def merit(delimiter: str) -> tuple[int, int]:
        counts = [len(row) for row in csv.reader(sample, delimiter=delimiter)]
        usual = max(set(counts), key=lambda n: (counts.count(n), n), default=1)
        return (counts.count(usual) if usual > 1 else 0, usual)

    return max(_DELIMITERS, key=merit)


def _rows(lines: list[str], delimiter: str, first: int, *, strict: bool) -> list[Row]:
    source = (line + "\n" for line in lines[first:])
    reader = csv.reader(source, delimiter=delimiter, strict=strict, skipinitialspace=True)
    return list(_numbered(reader, first))


def _numbered(reader: Iterable[list[str]], first: int) -> Iterable[Row]:
    """Rows with the line they *begin* in: a quoted cell may run over several."""
    line = first + 1
    for cells in reader:
        yield Row(line, tuple(clean(cell) for cell in cells))
        line = first + reader.line_num + 1  # type: ignore[attr-defined] # a csv.reader counts lines


def _without_quotes(lines: list[str], delimiter: str, first: int) -> tuple[list[Row], int]:
    """Every line as a row, quotation marks trimmed; and the first line with an odd number."""
    rows = [
        Row(number, tuple(clean(cell).strip('"') for cell in line.split(delimiter)))
        for number, line in enumerate(lines[first:], first + 1)
    ]
    odd = (n for n, line in enumerate(lines, 1) if line.count('"') % 2)
    return rows, next(odd, 1)
