"""Read tables as people hand them in: rows of clean cells that know where they stand.

Workbooks come through openpyxl; merged cells, formulas and hidden rows are made plain. CSV files
come with any delimiter: the standard library reads them, this finds out how.
``csv.Sniffer`` was tried and is not used: it takes letters for delimiters on short rosters and
fails on a file with one column.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import warnings
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fgd.core.files import read_text
from fgd.core.text import clean
from fgd.intake.contents import contents, unusable
from fgd.model import Issue, Level

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet


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


HEADING_ROWS = 24
# One stray cell at the far end of a sheet makes it a million rows high.
_MOST_ROWS, _MOST_COLUMNS = 20_000, 100
_MOST_CELLS = 300_000  # what openpyxl reads in some seconds
_CELL = re.compile(rb"<c[ >/]")
_FORMULA = re.compile(rb"<f[ >/]")


def read_workbook(path: Path, name: str) -> tuple[tuple[Grid, ...], list[Issue]]:
    """Every visible sheet as a grid, and what is wrong with single cells.

    A workbook that cannot be opened is one issue and no sheet. Raises ``OSError`` only.
    """
    problem = unusable(contents(path), name, "xlsx")
    if problem is not None:
        return (), [problem]
    data = path.read_bytes()
    try:
        if (cells := _cells(data)) > _MOST_CELLS:
            message = f"this has {cells:,} cells; at most {_MOST_CELLS:,} are read, so none was."
            return (), [Issue("error", name, message, "Keep the list itself, and delete the rest.")]
        values = _load(data, values=True)
        formulas = _load(data, values=False) if _has_formulas(data) else None
    except Exception as failure:  # openpyxl lets whatever it trips over in the XML through
        message = f"the workbook is damaged and cannot be read ({clean(str(failure))[:120]})."
        return (), [Issue("error", name, message, "Open it in Excel and save it again.")]
    grids: list[Grid] = []
    issues: list[Issue] = []
    for sheet in values.worksheets:
        if sheet.sheet_state == "visible":
            grid, found = _grid(sheet, formulas[sheet.title] if formulas else None, name)
            grids.append(grid)
            issues += found
        else:
            place = f"sheet {clean(sheet.title)!r}"
            told = "this sheet is hidden and was not read."
            issues.append(Issue("note", name, told, "Show it if it is needed.", place))
    return tuple(grids), issues


def _load(data: bytes, *, values: bool) -> Workbook:
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        # About styles and extensions it leaves out, none of which we read.
        warnings.simplefilter("ignore")
        return load_workbook(io.BytesIO(data), data_only=values)


def _cells(data: bytes) -> int:
    """How many cells all sheets hold; a stray cell far away counts as one."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        return sum(len(_CELL.findall(archive.read(sheet))) for sheet in sheets)


def _has_formulas(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/sheet")]
        return any(_FORMULA.search(archive.read(sheet)) for sheet in sheets)


def _grid(sheet: Worksheet, formulas: Worksheet | None, name: str) -> tuple[Grid, list[Issue]]:
    title = clean(sheet.title)
    last, width = min(sheet.max_row, _MOST_ROWS), min(sheet.max_column, _MOST_COLUMNS)
    area = sheet.iter_rows(max_row=last, max_col=width, values_only=True)
    cells = [[_text(value) for value in row] for row in area]
    issues = _broken(cells, Grid(name, (), title))
    if last < sheet.max_row or width < sheet.max_column:
        message = f"only the first {_MOST_ROWS} rows and {_MOST_COLUMNS} columns are read."
        remedy = "Delete what stands far below or to the right of the list."
        issues.append(Issue("warning", name, message, remedy, f"sheet {title!r}"))
    if formulas is not None:
        issues += _unsaved(cells, formulas, Grid(name, (), title))
    hidden = [n for n in range(1, len(cells) + 1) if _is_hidden(sheet, n) and any(cells[n - 1])]
    if hidden:
        message = f"hidden rows are read like the others (rows {enumeration(hidden)})."
        remedy = "Delete them if these people were not invited."
        issues.append(Issue("warning", name, message, remedy, f"sheet {title!r}"))
    headings = [list(row) for row in cells[:HEADING_ROWS]]
    captions = _unmerge(sheet, cells, headings)
    rows = tuple(Row(n, tuple(row), n in captions) for n, row in enumerate(cells, 1))
    tops = tuple(Row(n, tuple(row)) for n, row in enumerate(headings, 1))
    return Grid(name, rows, title, tops), issues


def _unmerge(sheet: Worksheet, cells: list[list[str]], headings: list[list[str]]) -> set[int]:
    """Give merged cells their text: in headings everywhere, below only downwards (one institution
    for three delegates). Returns the rows that are captions: merged across most of the table.
    """
    captions: set[int] = set()
    for area in sheet.merged_cells.ranges:
        top, left = area.min_row - 1, area.min_col - 1
        if top >= len(cells) or left >= len(cells[top]):
            continue
        text = cells[top][left]
        last = min(area.max_row, len(cells))
        for row in range(top, last):
            cells[row][left] = text
            if row < len(headings):
                for column in range(left, min(area.max_col, len(headings[row]))):
                    headings[row][column] = text
        if 2 * (area.max_col - left) >= len(cells[top]) and area.max_col - left > 1:
            captions.add(area.min_row)
    return captions


def _is_hidden(sheet: Worksheet, row: int) -> bool:
    return row in sheet.row_dimensions and bool(sheet.row_dimensions[row].hidden)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    return clean(str(value))


def _broken(cells: list[list[str]], grid: Grid) -> list[Issue]:
    """Cells that show an error of Excel's, emptied."""
    issues: list[Issue] = []
    for number, row in enumerate(cells, 1):
        for column, text in enumerate(row):
            if re.fullmatch(r"#(REF|NAME|VALUE|DIV/0|NULL|NUM)[!?]|#N/A", text):
                row[column] = ""
                message = f"the cell shows {text} instead of a value."
                place = grid.place(number, column)
                issues.append(Issue("warning", grid.name, message, "Type the value.", place))
    return issues


def _unsaved(cells: list[list[str]], formulas: Worksheet, grid: Grid) -> list[Issue]:
    """Formulas whose result is not in the file: written by a program other than Excel."""
    found: dict[int, list[int]] = {}
    area = formulas.iter_rows(max_row=len(cells), max_col=len(cells[0]) if cells else 1)
    for number, row in enumerate(area, 1):
        for column, cell in enumerate(row):
            if cell.data_type == "f" and not cells[number - 1][column]:
                found.setdefault(column, []).append(number)
    issues: list[Issue] = []
    for column, rows in sorted(found.items()):
        message = f"formulas without a saved result (rows {enumeration(rows)}) were read as empty."
        remedy = "Open the workbook in Excel or LibreOffice and save it, or type the values."
        place = f"sheet {grid.sheet!r}, column {letters(column)}"
        issues.append(Issue("warning", grid.name, message, remedy, place))
    return issues
