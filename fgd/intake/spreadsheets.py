"""Tables as people hand them in: rows of clean cells that know where they stand, out of CSV files.

CSV files come with any delimiter: the standard library reads them, this finds out how.
``csv.Sniffer`` was tried and is not used: it takes letters for delimiters on short rosters and
fails on a file with one column.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from fgd.core.text import clean
from fgd.core.textfile import read_text
from fgd.model import Issue, Level


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``number`` is the line or row people see. ``title`` marks a line that spans the
    table (a merged cell) and therefore is a caption rather than a record.
    """

    number: int
    cells: tuple[str, ...]
    title: bool = False

    def cell(self, column: int) -> str:
        """The text of a column (from 0), empty where the row is too short."""
        return self.cells[column] if column < len(self.cells) else ""

    def __bool__(self) -> bool:
        return any(self.cells)


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet, or one CSV file (``sheet`` is empty then).

    ``headings`` are the first rows with merged cells filled in both directions, because a merged
    heading speaks for all the columns below it.
    """

    name: str
    rows: tuple[Row, ...]
    sheet: str = ""
    headings: tuple[Row, ...] = ()

    def place(self, row: int, column: int = -1) -> str:
        """``line 4, column 3`` of a CSV file; ``sheet 'List', row 4, column C`` of a workbook."""
        if not self.sheet:
            return f"line {row}" + (f", column {column + 1}" if column >= 0 else "")
        letter = f", column {letters(column)}" if column >= 0 else ""
        return f"sheet {self.sheet!r}, row {row}{letter}"


def letters(column: int) -> str:
    """A column's letters in a workbook: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def places(grid: Grid, rows: list[int], column: int = -1) -> str:
    """Several rows in one place: ``rows 3, 5, 9 and 12 more``."""
    if len(rows) == 1:
        return grid.place(rows[0], column)
    listed = enumeration(rows)
    if not grid.sheet:
        return f"lines {listed}"
    letter = f", column {letters(column)}" if column >= 0 else ""
    return f"sheet {grid.sheet!r}, rows {listed}{letter}"


def enumeration(numbers: list[int], limit: int = 12) -> str:
    """``3, 5 and 9``, cut after ``limit`` numbers with a count of the rest."""
    shown = [str(number) for number in numbers[:limit]]
    if len(numbers) > limit:
        return f"{', '.join(shown)} and {len(numbers) - limit} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


@dataclass(slots=True)
class Tally:
    """Collects problems; two with the same words about the same column become one issue."""

    grid: Grid
    _found: dict[tuple[Level, str, str, int], list[int]] = field(default_factory=dict)

    def add(self, level: Level, row: int, column: int, message: str, remedy: str = "") -> None:
        """Note a problem in a cell (``column`` -1: in the whole row)."""
        self._found.setdefault((level, message, remedy, column), []).append(row)

    def issues(self) -> list[Issue]:
        """Every problem, in order of its first row."""
        return [
            Issue(level, self.grid.name, message, remedy, places(self.grid, rows, column))
            for (level, message, remedy, column), rows in sorted(
                self._found.items(), key=lambda item: item[1][0]
            )
        ]


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
