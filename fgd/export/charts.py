"""Charts: as SVG whose text stays text (read aloud, searched, scanned for leaks), or as PNG.

Drawn by matplotlib without clock and without random ids. Every chart has a table beside it that
holds the same numbers and words, so nothing is told by pixels alone.
"""

from __future__ import annotations

import hashlib
import io
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fgd.core.cache import Kept, installed, source
from fgd.model import Account, Grid, Presence, Stretch

INK, QUIET, LINE, BLUE, PALE = "#1b2733", "#55606b", "#d5dbe1", "#1f5582", "#dfe9f2"
TRACKS = {"coded": "#1f5582", "not coded": "#c9861a", "chair": "#8a949e", "no content": "#dde2e7"}
SECTIONS = ("#1f5582", "#8fb8d8", "#2f7d6d", "#9fd0c4", "#7a5c99", "#c6b3d9", "#a8662a", "#e3bf98")
WIDTH = 7.4
"""Inches; a page's column. Browsers scale it."""

MINUTE = 60_000
LABEL = 34
"""Characters in a line of a label."""

MOST_ROWS = 30


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture to be drawn: as a matplotlib figure, once somebody wants to see it.

    ``title`` says it in words; ``made_of`` is all that the drawing depends on.
    """

    draw: Callable[[], Any]
    title: str
    made_of: tuple[object, ...]


def balance(presence: Sequence[Presence]) -> Chart:
    """Bars of floor time, or of words where the source has no times; the longest on top."""
    timed = any(each.speech for each in presence)
    chosen = presence[:MOST_ROWS]
    values = [each.speech / MINUTE if timed else each.words for each in chosen]
    labels = [each.label for each in chosen]
    colours = ["#8a949e" if each.role == "facilitator" else BLUE for each in chosen]
    unit = "minutes" if timed else "words"
    bars = (labels, values, colours, unit)
    title = f"Floor time in {unit}" if timed else "Words spoken"
    return Chart(lambda: _bars(*bars), title, ("bars", *bars))


def sections(accounts: Sequence[Account]) -> Chart:
    """Minutes planned and minutes used for each section of the guide."""
    chosen = tuple(accounts[:MOST_ROWS])
    return Chart(lambda: _sections(chosen), "Minutes planned and used", ("sections", chosen))


def _sections(chosen: Sequence[Account]) -> Any:
    titles = [each.title for each in chosen]
    figure, axes = _axes(len(chosen), 0.46, titles, top=0.35)
    places = range(len(chosen))
    axes.barh([n - 0.19 for n in places], [each.planned / MINUTE for each in chosen], height=0.34,
              color=PALE, edgecolor=BLUE, linewidth=0.8, label="planned")  # fmt: skip
    axes.barh([n + 0.19 for n in places], [each.spent / MINUTE for each in chosen], height=0.34,
              color=BLUE, label="used")  # fmt: skip
    for place, each in enumerate(chosen):
        if not each.asked:
            axes.text(0.1, place + 0.19, "not asked", va="center", fontsize=8, color="#a3360f")
    _labelled(axes, titles)
    axes.set_xlabel("minutes", color=QUIET, fontsize=9)
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncol=2, frameon=False, fontsize=8)
    return figure


def strip(stretches: Sequence[Stretch]) -> Chart:
    """The timeline of every recording: above the sections of the guide, below how talk is coded."""
    title = "What was discussed when, and which talk is covered by a theme"
    chosen = tuple(stretches)
    return Chart(lambda: _strip(chosen), title, ("strip", chosen))


def _strip(stretches: Sequence[Stretch]) -> Any:
    from matplotlib.patches import Patch

    recordings = list(dict.fromkeys(each.recording for each in stretches))
    titles = list(dict.fromkeys(each.label for each in stretches if each.track == "guide"))
    shades = {title: SECTIONS[n % len(SECTIONS)] for n, title in enumerate(titles)}
    keys = (len(titles) + len(TRACKS) + 1) // 2
    below = 0.55 + 0.19 * keys
    figure, axes = _axes(len(recordings), 0.85, recordings, bottom=below)
    for place, recording in enumerate(recordings):
        for track, offset, colours in (("guide", 0.36, shades), ("talk", 0.0, TRACKS)):
            mine = [e for e in stretches if e.recording == recording and e.track == track]
            axes.broken_barh(
                [(each.span.start / MINUTE, each.span.duration / MINUTE) for each in mine],
                (place - offset, 0.3),
                facecolors=[colours.get(each.label, LINE) for each in mine],
            )
    marks = [Patch(color=shades[title], label=textwrap.shorten(title, 48)) for title in titles]
    marks += [Patch(color=colour, label=_TALK[label]) for label, colour in TRACKS.items()]
    figure.legend(handles=marks, loc="lower left", ncol=2, frameon=False, fontsize=8)
    _labelled(axes, recordings)
    axes.set_xlabel("minutes", color=QUIET, fontsize=9)
    return figure


_TALK = {
    "coded": "talk with a theme",
    "not coded": "talk without a theme",
    "chair": "the chair",
    "no content": "greetings, thanks, asides",
}


def _bars(labels: Sequence[str], values: Sequence[float], colours: Sequence[str], unit: str) -> Any:
    figure, axes = _axes(len(labels), 0.34, labels)
    axes.barh(range(len(labels)), values, height=0.62, color=list(colours))
    for place, value in enumerate(values):
        shown = f"{value:.1f}" if unit == "minutes" else f"{value:.0f}"
        axes.annotate(shown, (value, place), (4, 0), textcoords="offset points", va="center",
                      fontsize=8, color=INK)  # fmt: skip
    axes.set_xlim(0, max(values, default=1) * 1.08 or 1)
    _labelled(axes, labels)
    axes.set_xlabel(unit, color=QUIET, fontsize=9)
    return figure


def _axes(
    rows: int,
    row: float,
    labels: Sequence[str],
    *,
    top: float = 0.15,
    bottom: float = 0.5,
) -> tuple[Any, Any]:
    """A figure ``rows`` lines of ``row`` inches high, with room for its labels (all in inches)."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    mpl.rcParams["svg.fonttype"] = "none"
    mpl.rcParams["svg.hashsalt"] = "fgd"
    height = max(rows, 1) * row + top + bottom
    left = _left(labels)
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.add_axes(
        (
            left / WIDTH,
            bottom / height,
            (WIDTH - left - 0.2) / WIDTH,
            max(rows, 1) * row / height,
        )
    )
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.tick_params(colors=INK, length=0, labelsize=8)
    axes.grid(axis="x", color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    return figure, axes


def _left(labels: Sequence[str]) -> float:
    """Inches that the longest line of the labels needs."""
    lines = (line for text in _wrapped(labels) for line in text.split("\n"))
    return 0.25 + 0.072 * max((len(line) for line in lines), default=0)


def _wrapped(labels: Sequence[str]) -> list[str]:
    return [textwrap.fill(label, LABEL) for label in labels]


def _labelled(axes: Any, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), _wrapped(labels), fontsize=8)
    axes.set_ylim(len(labels) - 0.4, -0.6)


def png(chart: Chart, kept: Kept) -> bytes:
    """Return the picture in pixels, 144 to an inch, for documents that cannot hold SVG."""
    return kept.get("png", *_means(), *chart.made_of, make=lambda: _png(chart))


def svg(chart: Chart, kept: Kept) -> str:
    """The picture as markup to stand inside a page, with a title for those who cannot see it."""
    made_of = ("svg", *_means(), chart.title, *chart.made_of)
    return kept.get(*made_of, make=lambda: _svg(chart).encode("utf-8", "surrogatepass")).decode(
        "utf-8", "surrogatepass"
    )


def _means() -> tuple[str, ...]:
    """Tell what draws: the same chart may look different once that changed."""
    return (source("fgd.export"), installed("matplotlib"))


def _png(chart: Chart) -> bytes:
    import warnings

    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        chart.draw().savefig(out, format="png", dpi=144, metadata={"Software": None})
    return out.getvalue()


def _svg(chart: Chart) -> str:
    import warnings

    out = io.StringIO()
    title = chart.title
    with warnings.catch_warnings():
        # Scripts that matplotlib's own font lacks are drawn by the reader's fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        chart.draw().savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    markup = out.getvalue()
    markup = markup[markup.index("<svg") :]
    markup = re.sub(r"<metadata>.*?</metadata>", "", markup, flags=re.DOTALL)
    markup = re.sub(r'(<svg\b[^>]*?) width="[^"]*"', r"\1", markup, count=1)
    markup = re.sub(r'(<svg\b[^>]*?) height="[^"]*"', r"\1", markup, count=1)
    markup = markup.replace("<svg", '<svg role="img" focusable="false"', 1)
    head, _, rest = markup.partition(">")
    from markupsafe import escape

    return _own_ids(f"{head}><title>{escape(title)}</title>{rest}", title)


def _own_ids(markup: str, title: str) -> str:
    """Return ids made unique among several charts of one page."""
    import hashlib

    mark = hashlib.sha256(title.encode()).hexdigest()[:6]
    return re.sub(r'(\bid="|href="#|url\(#)(?=[^")]+)', rf"\g<1>{mark}-", markup)


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
    """Return a table of counts, darker where more people spoke; withheld cells are hatched.

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
