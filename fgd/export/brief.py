"""A brief in every format, by file name."""

from __future__ import annotations

from collections.abc import Mapping

from fgd.core.cache import Kept
from fgd.export.brief_docx import brief_docx
from fgd.export.brief_html import brief_html
from fgd.export.brief_markdown import brief_markdown
from fgd.export.record import brief_json
from fgd.export.workbook import matrix_xlsx, quotes_csv
from fgd.model import Brief


def brief_files(
    brief: Brief,
    sounds: Mapping[str, bytes] | None = None,
    letterhead: bytes = b"",
    kept: Kept | None = None,
) -> dict[str, bytes]:
    """The files of one edition; the same brief always gives the same bytes.

    ``sounds`` are clips by path beside the brief, ``letterhead`` a Word file to write into.
    ``kept`` holds charts that were drawn before.
    """
    kept = kept or Kept()
    clips = dict(sounds or {})
    return {
        "brief.docx": brief_docx(brief, letterhead, kept),
        "brief.html": brief_html(brief, clips, kept),
        "brief.json": brief_json(brief),
        "brief.md": brief_markdown(brief),
        "matrix.xlsx": matrix_xlsx(brief),
        "quotes.csv": quotes_csv(brief),
        **clips,
    }
