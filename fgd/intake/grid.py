"""Tables as people hand them in: rows of clean cells that know where they stand."""

from __future__ import annotations

from dataclasses import dataclass


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
