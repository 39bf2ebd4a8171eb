"""A brief in every format, by file name."""

from __future__ import annotations

from fgd.model import Brief
from fgd.publish.brief_docx import brief_docx
from fgd.publish.brief_html import brief_html
from fgd.publish.brief_markdown import brief_markdown


def brief_files(brief: Brief) -> dict[str, bytes]:
    """The files of one edition; the same brief always gives the same bytes."""
    return {
        "brief.docx": brief_docx(brief),
        "brief.html": brief_html(brief),
        "brief.md": brief_markdown(brief),
    }
