"""Tables as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from fgd.core.text import clock
from fgd.export.line import Line

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def neutral(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV with a byte order mark, because Excel reads UTF-8 only with one."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


TRANSCRIPT_HEADER = (
    "recording", "start", "end", "start_ms", "end_ms", "voice", "speaker", "text",
    "overlap", "decided_by", "certainty", "doubts", "turn",
)  # fmt: skip


def transcript_csv(lines: Sequence[Line]) -> str:
    """One row a turn; times are empty where the source has none."""
    rows = []
    for line in lines:
        times: tuple[object, ...] = ("", "", "", "")
        if line.timed:
            start, end = line.span.start, line.span.end
            times = (clock(start), clock(end), start, end)
        rows.append(
            (
                line.recording,
                *times,
                line.voice,
                line.speaker,
                line.text,
                "yes" if line.overlap else "",
                line.decided_by,
                f"{line.certainty:.2f}",
                "; ".join(f"{flag.kind}: {flag.reason}" for flag in line.flags),
                line.turn,
            )
        )
    return csv_text(TRANSCRIPT_HEADER, rows)
