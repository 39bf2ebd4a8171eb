"""Tables and counts in which few people could be told apart: withheld, also from subtraction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fgd.model import Grid

SMALL_NOTE = "Cells of fewer than {k} people are withheld, and others from which they would follow."


def suppressed(grid: Grid, people: Mapping[str, int], least: int) -> tuple[Grid, ...]:
    """A table by groups of people with small groups gone and small cells withheld.

    ``people`` counts the people of each column; columns of fewer than ``least`` are left out, and
    with fewer than two columns left there is no table. Each theme's total is printed elsewhere,
    so a row in which a single cell is withheld, or in which a small group's share of the total
    could be computed, loses a second cell.
    """
    keep = [n for n, column in enumerate(grid.columns) if people.get(column, 0) >= least]
    if len(keep) < 2:
        return ()
    dropped = len(keep) < len(grid.columns)
    rows = tuple(_row(tuple(row[n] for n in keep), least, dropped) for row in grid.values)
    note = " ".join(part for part in (grid.note, SMALL_NOTE.format(k=least)) if part)
    return (replace(grid, columns=tuple(grid.columns[n] for n in keep), values=rows, note=note),)


def _row(values: tuple[int, ...], least: int, dropped: bool) -> tuple[int, ...]:
    """One row; ``dropped`` tells that it once had columns that are left out now.

    What is left out counts as one withheld cell already.
    """
    cells = [Grid.WITHHELD if 0 < value < least else value for value in values]
    hidden = cells.count(Grid.WITHHELD) + dropped
    if hidden == 1:
        shown = [n for n, value in enumerate(cells) if value > 0]
        if shown:
            cells[min(shown, key=lambda n: (cells[n], n))] = Grid.WITHHELD
        else:
            cells = [Grid.WITHHELD] * len(cells)
    return tuple(cells)
