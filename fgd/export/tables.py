"""Write tables as CSV, Excel or Parquet, safe to open: text is text, and no cell is a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fgd.core.errors import BackendUnavailable
from fgd.core.files import settled
from fgd.core.text import FORMULA_STARTS, no_formula
from fgd.export.told import Told
from fgd.export.word import printable
from fgd.model import Brief, Extract, Grid, Side

if TYPE_CHECKING:
    import pandas as pd


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV with a byte order mark, because Excel reads UTF-8 only with one."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([no_formula(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


LONGEST_CELL = 32_000
"""Characters; Excel refuses cells of more than 32,767."""

QUOTES_HEADER = (
    "id", "quote", "speaker", "place", "themes", "session", "note", "corrected by its speaker",
)  # fmt: skip
PROPOSITIONS_HEADER = (
    "id", "kind", "section", "by", "to", "proposition", "for", "on condition", "against",
    "in doubt", "instead", "yes", "no", "in part", "answered", "spoke to it", "nobody answered",
)  # fmt: skip
ANSWERS_HEADER = ("proposition", "side", "only seems", "who", "words", "instead", "place")


def matrix_xlsx(brief: Brief) -> bytes:
    """Return a workbook: a sheet for every table of counts, then propositions, answers and quotes.

    It holds what the brief holds: in a circulation edition nothing else is there to be written.
    """
    import openpyxl

    book: Any = openpyxl.Workbook()
    book.remove(book.active)
    told = Told(brief)
    for grid in brief.grids:
        sheet(book, grid.title, (grid.corner, *grid.columns), _grid_rows(grid))
    sheet(book, "Propositions", PROPOSITIONS_HEADER, proposition_rows(told))
    sheet(book, "Answers", ANSWERS_HEADER, answer_rows(told))
    sheet(book, "Quotes", QUOTES_HEADER, quote_rows(brief))
    presence, rows = told.presence_table()
    sheet(book, "Who spoke", presence, rows)
    book.properties.title = printable(brief.title)
    book.properties.creator = "fgd"
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue())


def quotes_csv(brief: Brief) -> bytes:
    """Return every quote of the brief, one a line."""
    return csv_text(QUOTES_HEADER, quote_rows(brief)).encode("utf-8", "replace")


def quote_rows(brief: Brief) -> list[tuple[str, ...]]:
    """Return the quotes as rows below ``QUOTES_HEADER``."""
    told = Told(brief)

    def row(each: Extract) -> tuple[str, ...]:
        themes = told.themes(each.codes)
        return (
            each.id, each.text, each.speaker, each.place, themes, each.session, each.note,
            each.corrected,
        )  # fmt: skip

    return [row(each) for each in brief.extracts]


def proposition_rows(told: Told) -> list[tuple[object, ...]]:
    """Return every proposition with the number of people on each side."""
    sides: tuple[Side, ...] = (
        "for", "condition", "against", "doubt", "alternative", "yes", "no", "part", "answer",
        "open",
    )  # fmt: skip
    return [
        (
            each.id,
            each.kind,
            told.heading(each.section),
            each.speaker,
            each.addressee,
            told.extracts[each.extract].text if each.extract in told.extracts else "",
            *(len(each.said(side)) for side in sides),
            "yes" if each.unanswered else "",
        )
        for each in told.brief.findings
    ]


def answer_rows(told: Told) -> list[tuple[str, ...]]:
    """Return every answer: who took which side towards which proposition, in which words."""
    return [
        (
            each.id,
            answer.side,
            "yes" if answer.unsure else "",
            answer.speaker,
            told.extracts[answer.extract].text if answer.extract in told.extracts else "",
            answer.instead,
            told.extracts[answer.extract].place if answer.extract in told.extracts else "",
        )
        for each in told.brief.findings
        for answer in each.answers
    ]


def sheet(
    book: Any, title: str, header: Sequence[object], rows: Iterable[Sequence[object]]
) -> None:
    """A sheet with a header that stays in sight; text that looks like a formula stays text."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    taken = {each.casefold() for each in book.sheetnames}
    name = re.sub(r"[\\/*?:\[\]']", " ", printable(title)).strip()[:28] or "Sheet"
    base, number = name, 2
    while name.casefold() in taken:
        name, number = f"{base[:25]} {number}", number + 1
    page = book.create_sheet(name)
    widths = [10] * len(header)
    for place, row in enumerate([header, *rows], 1):
        for column, value in enumerate(row, 1):
            cell = page.cell(place, column)
            _fill(cell, value)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if place == 1:
                cell.font = Font(bold=True)
            widths[column - 1] = max(widths[column - 1], min(len(str(value)) + 2, 60))
    for column, width in enumerate(widths, 1):
        page.column_dimensions[get_column_letter(column)].width = width
    page.freeze_panes = "B2"


def _fill(cell: Any, value: object) -> None:
    if isinstance(value, int):
        cell.value = value
        return
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "\ufffd", printable(str(value)))[:LONGEST_CELL]
    cell.value = text
    cell.data_type = "s"  # openpyxl would take "=..." for a formula
    if text.startswith(FORMULA_STARTS):
        cell.quotePrefix = True


def _grid_rows(grid: Grid) -> list[tuple[object, ...]]:
    return [
        (row, *("\u2013" if value == Grid.WITHHELD else value for value in values))
        for row, values in zip(grid.rows, grid.values, strict=True)
    ]


def frame_files(tables: Mapping[str, pd.DataFrame], form: str) -> dict[str, bytes]:
    """The tables by file name: one CSV or Parquet file each, or one workbook with a sheet each.

    Text that looks like a formula stays text. Raises ``BackendUnavailable`` for Parquet where
    pyarrow is not installed.
    """
    if form == "xlsx":
        return {"tables.xlsx": _workbook(tables)}
    if form == "parquet":
        return {f"{name}.parquet": _parquet(frame) for name, frame in tables.items()}
    return {
        f"{name}.csv": csv_text(tuple(frame.columns), _rows(frame)).encode("utf-8", "replace")
        for name, frame in tables.items()
    }


def _rows(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    """Return rows of plain values; what is missing is an empty cell."""
    import pandas as pd

    return [
        tuple("" if pd.isna(cell) else cell for cell in row)
        for row in frame.itertuples(index=False, name=None)
    ]


def _workbook(tables: Mapping[str, pd.DataFrame]) -> bytes:
    import openpyxl

    book: Any = openpyxl.Workbook()
    book.remove(book.active)
    for name, frame in tables.items():
        sheet(book, name.replace("_", " "), tuple(frame.columns), _rows(frame))
    book.properties.creator = "fgd"
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue())


def _parquet(frame: pd.DataFrame) -> bytes:
    try:
        import pyarrow  # noqa: F401 - pandas finds it by itself, and says in many words if not
    except ImportError as problem:
        raise BackendUnavailable(
            "Parquet needs a package that is not installed.",
            where="--tables parquet",
            remedy="Run: pip install 'fgd[parquet]', or choose csv or xlsx.",
        ) from problem
    out = io.BytesIO()
    frame.to_parquet(out, index=False)
    return out.getvalue()
