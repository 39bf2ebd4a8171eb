"""Tables of counts as pictures: rectangles and texts, written as SVG without a drawing library.

A page has one for every table, and all of them change whenever a person is named; matplotlib takes
a hundred times as long for the same rectangles.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterator, Sequence

from fgd.export.charts import BLUE, INK, LABEL, MOST_ROWS, WIDTH
from fgd.model import Grid

DEEPEST = 3
"""The full colour stands for at least so many people: one alone is no dark cell."""

SLANTED = 8
"""From so many columns on their heads are slanted."""

POINT = 72
"""Points to an inch: the unit of the drawing."""

ROW, SIZE, LEADING = 26.0, 8.0, 9.8
"""Height of a row, size of a label's letters and from line to line, in points."""

LETTER = 5.2
"""Width of a letter of that size, on average; a text is never measured."""

LIGHT, DARK = (244, 246, 248), 0.55
"""The colour of an empty cell; cells darker than this share have white numbers."""


def heat(grid: Grid) -> str:
    """A table of counts, darker where more people spoke; withheld cells are hatched.

    Rows without any count are left out, and all beyond ``MOST_ROWS``; the table beside it has them.
    """
    from markupsafe import escape

    shown = [n for n, row in enumerate(grid.values) if any(row)][:MOST_ROWS]
    rows = [textwrap.wrap(grid.rows[n], LABEL) for n in shown]
    values = [grid.values[n] for n in shown]
    slanted = len(grid.columns) >= SLANTED
    left = 18 + LETTER * max((len(line) for lines in rows for line in lines), default=0)
    heads, top, beyond = _heads(grid.columns, slanted=slanted, room=WIDTH * POINT - left - 14)
    column = (WIDTH * POINT - left - 14 - beyond) / max(len(grid.columns), 1)
    most = max(DEEPEST, *(value for row in grid.values for value in row), 0)
    title = f"{grid.title}: number of {grid.unit}"
    mark = f"h{hashlib.sha256(title.encode()).hexdigest()[:6]}"
    made: list[str] = []
    for number, lines in enumerate(heads):
        x = left + column * (number + (0.35 if slanted else 0.5))
        made += _slanted(lines, x, top - 6) if slanted else _lines(lines, x, top - 6, "middle", 1)
    for y, (lines, row) in enumerate(zip(rows, values, strict=True)):
        middle = top + ROW * (y + 0.5)
        made += _lines(lines, left - 6, middle + SIZE / 3, "end", 0.5)
        for x, value in enumerate(row):
            made += _cell(value, value / most, left + column * x, top + ROW * y, column, mark)
    height = top + ROW * max(len(rows), 1) + 6
    return (
        f'<svg role="img" focusable="false" viewBox="0 0 {WIDTH * POINT:.1f} {height:.1f}"'
        f' xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>'
        f'<defs><pattern id="{mark}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<path d="M0 6L6 0" stroke="#9aa5af"/></pattern></defs>'
        f'<g font-size="{SIZE:g}" fill="{INK}">{"".join(made)}</g></svg>'
    )


def _heads(
    columns: Sequence[str], *, slanted: bool, room: float
) -> tuple[list[list[str]], float, float]:
    """The heads in lines, the height they need, and the width they need beyond the last column."""
    if not slanted:
        heads = [textwrap.wrap(each, max(8, 66 // max(len(columns), 1))) for each in columns]
        return heads, 12 + LEADING * max(map(len, heads), default=1), 0.0
    names = [textwrap.shorten(each, LABEL, placeholder=" ...") for each in columns]
    step = room / (len(columns) + 3)
    reach = [
        0.72 * LETTER * len(name) - step * (n + 0.65) for n, name in enumerate(reversed(names))
    ]
    longest = max(map(len, names), default=1)
    return [[name] for name in names], 20 + 0.65 * LETTER * longest, max(0.0, *reach)


def _lines(lines: Sequence[str], x: float, y: float, anchor: str, above: float) -> Iterator[str]:
    """Lines of a label; ``above`` is the share of the lines but the last that lies above ``y``."""
    from markupsafe import escape

    first = y - above * LEADING * (len(lines) - 1)
    for number, line in enumerate(lines):
        place = f'x="{x:.1f}" y="{first + LEADING * number:.1f}" text-anchor="{anchor}"'
        yield f"<text {place}>{escape(line)}</text>"


def _slanted(lines: Sequence[str], x: float, y: float) -> Iterator[str]:
    from markupsafe import escape

    for line in lines:
        yield f'<text transform="translate({x:.1f} {y:.1f}) rotate(-38)">{escape(line)}</text>'


def _cell(value: int, share: float, x: float, y: float, width: float, mark: str) -> Iterator[str]:
    withheld = value == Grid.WITHHELD
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{ROW:g}"'
    yield f'<rect {place} fill="{_shade(max(share, 0.0))}" stroke="#fff" stroke-width="1.2"/>'
    if withheld:
        yield f'<rect {place} fill="url(#{mark})" stroke="#9aa5af" stroke-width=".6"/>'
    if value:
        text = "\N{EN DASH}" if withheld else str(value)
        light = ' fill="#fff"' if share > DARK else ""
        at = f'x="{x + width / 2:.1f}" y="{y + ROW / 2 + 3.2:.1f}" text-anchor="middle"'
        yield f'<text {at} font-size="9"{light}>{text}</text>'


def _shade(share: float) -> str:
    """From nearly white for nobody to the full colour."""
    full = [int(BLUE[n : n + 2], 16) for n in (1, 3, 5)]
    mixed = (round(a + (b - a) * share) for a, b in zip(LIGHT, full, strict=True))
    return "#" + "".join(f"{each:02x}" for each in mixed)
