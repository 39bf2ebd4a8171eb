"""Tables and counts in which few people could be told apart: withheld, also from subtraction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fgd.model import Grid

SMALL_NOTE = "Cells of fewer than {k} people are withheld, and others from which they would follow."


def suppressed(
    grid: Grid,
    people: Mapping[str, int],
    least: int,
    totals: Sequence[int | None] = (),
) -> tuple[Grid, ...]:
    """A table by groups of people with small groups gone and small cells withheld.

    ``people`` counts the people of each column, and nobody belongs to two; columns of fewer than
    ``least`` are left out, and with fewer than two columns left there is no table. ``totals`` are
    the people of each row as printed elsewhere (by default the row's own sum). What is withheld
    or left out must not follow from them, nor from the sums of columns: more cells are withheld
    until each of those that matter could have several values (secondary suppression; Willenborg
    and de Waal, Elements of Statistical Disclosure Control, 2001, chapter 4).
    """
    keep = [n for n, column in enumerate(grid.columns) if people.get(column, 0) >= least]
    if len(keep) < 2:
        return ()
    gone = [n for n in range(len(grid.columns)) if n not in keep]
    known = list(totals) or [None] * len(grid.rows)
    rows = []
    for values, total in zip(grid.values, known, strict=True):
        row = _Row(
            [values[n] for n in keep],
            [people.get(grid.columns[n], 0) for n in keep],
            [people.get(grid.columns[n], 0) for n in gone],
            sum(values) if total is None else total,
        )
        rows.append(row.suppressed(least))
    rows = _by_column(rows, [[values[n] for n in keep] for values in grid.values])
    note = " ".join(part for part in (grid.note, SMALL_NOTE.format(k=least)) if part)
    told = tuple(map(tuple, rows))
    return (replace(grid, columns=tuple(grid.columns[n] for n in keep), values=told, note=note),)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row's cells with the sizes of their groups, the sizes of groups left out, and its total."""

    cells: list[int]
    sizes: list[int]
    gone: list[int]
    total: int

    def suppressed(self, least: int) -> list[int]:
        """The row with as many cells withheld as it takes."""
        hidden = {n for n, value in enumerate(self.cells) if 0 < value < least}
        while self._follows(hidden):
            shown = [n for n in range(len(self.cells)) if n not in hidden]
            if not shown:
                break
            # The smallest count that is one; a zero only where nothing else is left to withhold.
            hidden.add(min(shown, key=lambda n: (self.cells[n] == 0, self.cells[n], n)))
        return [Grid.WITHHELD if n in hidden else value for n, value in enumerate(self.cells)]

    def _follows(self, hidden: set[int]) -> bool:
        """Whether a cell that is withheld, or a group left out, has only one possible value.

        A reader knows that a withheld cell holds somebody and how large each group is.
        """
        rest = self.total - sum(v for n, v in enumerate(self.cells) if n not in hidden)
        bounds = [(1, self.sizes[n]) for n in sorted(hidden)]
        bounds += [(0, size) for size in self.gone]
        if not bounds or (not hidden and rest <= 0):
            return False  # nothing is hidden, or nobody of the groups left out spoke
        low, high = sum(a for a, _ in bounds), sum(b for _, b in bounds)
        return any(max(a, rest - (high - b)) >= min(b, rest - (low - a)) for a, b in bounds)


def _by_column(rows: list[list[int]], values: Sequence[Sequence[int]]) -> list[list[int]]:
    """Rows in which no column has a single withheld cell: a sum of the column would tell it.

    The second cell is the smallest count of the column; its row then has two withheld cells or
    more, since a row with one alone was completed before.
    """
    made = [list(row) for row in rows]
    for _ in range(len(made) * max((len(row) for row in made), default=0)):
        alone = next(
            (
                column
                for column in range(len(made[0]) if made else 0)
                if [row[column] for row in made].count(Grid.WITHHELD) == 1 and len(made) > 1
            ),
            None,
        )
        if alone is None:
            break
        free = [n for n, row in enumerate(made) if row[alone] != Grid.WITHHELD]
        number = min(free, key=lambda n: (values[n][alone] == 0, values[n][alone], n))
        made[number][alone] = Grid.WITHHELD
        if made[number].count(Grid.WITHHELD) == 1:
            others = [n for n in range(len(made[number])) if n != alone]
            second = min(others, key=lambda n: (values[number][n] == 0, values[number][n], n))
            made[number][second] = Grid.WITHHELD
    return made
