"""A brief in every format, by file name."""

from __future__ import annotations

from collections.abc import Mapping

from fgd.kept import Kept
from fgd.model import Brief
from fgd.publish.brief_docx import brief_docx
from fgd.publish.brief_html import brief_html
from fgd.publish.brief_markdown import brief_markdown
from fgd.publish.record import brief_json
from fgd.publish.workbook import matrix_xlsx, quotes_csv


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
