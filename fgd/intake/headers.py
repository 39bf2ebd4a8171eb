"""Finding the row that names the columns, whatever people call them.

A heading is recognised by its whole text, without case, punctuation or what stands in brackets.
Where a heading spans two rows ("Institution" merged over "Name" and "Acronym"), the two texts
together are tried first ("institution name").
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from fgd.core.text import normal
from fgd.intake.grid import Grid, Row
from fgd.model import Issue

SEARCHED_ROWS = 20

Synonyms = Mapping[str, tuple[str, ...]]


def synonyms(**columns: str) -> dict[str, tuple[str, ...]]:
    """Columns with the ``;``-separated headings people use for them, their own name included."""
    return {
        column: (column.replace("_", " "), *(normal(text) for text in texts.split(";")))
        for column, texts in columns.items()
    }


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns stand. ``columns`` maps a field to its columns in order (several where a
    heading is repeated), ``others`` lists headings nobody knows, ``row`` is the header's number.
    """

    row: int
    columns: Mapping[str, tuple[int, ...]]
    others: tuple[tuple[int, str], ...] = ()

    def text(self, row: Row, column: str, join: str = " ") -> str:
        """What a row says in a field, repeated columns joined."""
        found = (row.cell(n) for n in self.columns.get(column, ()))
        return join.join(dict.fromkeys(text for text in found if text))

    def first(self, column: str) -> int:
        """The first column of a field, or -1."""
        return next(iter(self.columns.get(column, ())), -1)


def find_header(grid: Grid, known: Synonyms, needed: tuple[str, ...]) -> Header | None:
    """The best header among the first rows: one that has any of the ``needed`` fields, and the
    most fields of all; nothing if there is none.
    """
    named = {text: column for column, texts in known.items() for text in texts}
    best: Header | None = None
    above: Row | None = None
    for row in grid.headings[:SEARCHED_ROWS]:
        header = _read(row, above, named)
        if any(column in header.columns for column in needed) and (
            best is None or len(header.columns) > len(best.columns)
        ):
            best = header
        above = row if row else above
    return best


def _read(row: Row, above: Row | None, named: Mapping[str, str]) -> Header:
    columns: dict[str, tuple[int, ...]] = {}
    others: list[tuple[int, str]] = []
    for number, text in enumerate(row.cells):
        over = above.cell(number) if above else ""
        field = named.get(_key(f"{over} {text}"), "") if over and over != text else ""
        field = field or named.get(_key(text), "")
        if field:
            columns[field] = (*columns.get(field, ()), number)
        elif text:
            others.append((number, text))
    return Header(row.number, columns, tuple(others))


def _key(text: str) -> str:
    bare = re.sub(r"\(.*?\)|\[.*?\]|\*", " ", text).replace("_", " ")
    return re.sub(r"\s+\d$", "", normal(bare))


def left_out(grid: Grid, header: Header, known: Synonyms) -> list[Issue]:
    """Unknown columns: a warning for what looks like a typing mistake, one note for the rest."""
    texts = {text: column for column, all_texts in known.items() for text in all_texts}
    issues: list[Issue] = []
    rest: list[str] = []
    for column, text in header.others:
        near = difflib.get_close_matches(_key(text), texts, n=1, cutoff=0.85)
        if near:
            meant = texts[near[0]].replace("_", " ")
            place = grid.place(header.row, column)
            message = f"the column {text!r} is not known and was left out."
            remedy = f"Did you mean {meant!r}?"
            issues.append(Issue("warning", grid.name, message, remedy, place))
        else:
            rest.append(repr(text))
    if rest:
        message = f"columns that are not used were left out: {', '.join(rest)}."
        issues.append(Issue("note", grid.name, message, "", grid.place(header.row)))
    return issues


def missing_header(grid: Grid, known: Synonyms, needed: tuple[str, ...]) -> Issue:
    """The issue for a table without a row of headings."""
    wanted = " or ".join(repr(column.replace("_", " ")) for column in needed)
    return Issue(
        "error",
        grid.name,
        f"no row with column headings was found in the first {SEARCHED_ROWS} rows.",
        f"Write them above the entries: {wanted} is needed; known columns are "
        f"{', '.join(column.replace('_', ' ') for column in known)}.",
        grid.place(1),
    )
