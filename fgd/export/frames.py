"""Tables as files: CSV and Excel that are safe to open, and Parquet."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fgd.core.errors import BackendUnavailable
from fgd.core.office import settled
from fgd.export.tables import csv_text
from fgd.export.workbook import sheet

if TYPE_CHECKING:
    import pandas as pd


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
    """Rows of plain values; what is missing is an empty cell."""
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
