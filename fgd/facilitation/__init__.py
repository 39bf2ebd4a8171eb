"""The people who run the discussion: the pack before, the floor log during, the mirror after."""

from fgd.facilitation.document import Document, to_docx, to_html
from fgd.facilitation.pack import (
    consent_document,
    debrief_document,
    pack_document,
    run_sheet_document,
)
from fgd.facilitation.scaffold import BESIDE, KINDS, session_files

__all__ = [
    "BESIDE",
    "KINDS",
    "Document",
    "consent_document",
    "debrief_document",
    "pack_document",
    "run_sheet_document",
    "session_files",
    "to_docx",
    "to_html",
]
