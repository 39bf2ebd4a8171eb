"""Problems of table rows, told once each with all the rows they occur in."""

from __future__ import annotations

from dataclasses import dataclass, field

from fgd.intake.grid import Grid, places
from fgd.model import Issue, Level


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
