"""The people who run the discussion: the pack before, the mirror after."""

from fgd.facilitation.document import Document, to_docx, to_html
from fgd.facilitation.mirror import mirror, mirror_document, themes_of
from fgd.facilitation.pack import (
    BESIDE,
    KINDS,
    consent_document,
    debrief_document,
    pack_document,
    run_sheet_document,
    session_files,
)

__all__ = [
    "BESIDE",
    "KINDS",
    "Document",
    "consent_document",
    "debrief_document",
    "mirror",
    "mirror_document",
    "pack_document",
    "run_sheet_document",
    "session_files",
    "themes_of",
    "to_docx",
    "to_html",
]
