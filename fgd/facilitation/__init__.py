"""The people who run the discussion: the pack before, the floor log during, the mirror after."""

from fgd.facilitation.added import joined
from fgd.facilitation.align import Aligned, align, named, settle
from fgd.facilitation.document import Document, to_docx, to_html
from fgd.facilitation.offset import Heard
from fgd.facilitation.pack import (
    codes,
    consent_document,
    debrief_document,
    pack_document,
    run_sheet_document,
)
from fgd.facilitation.scaffold import BESIDE, KINDS, session_files

VERSION = 1
"""Changes whenever the same log would be read in another way."""

__all__ = [
    "BESIDE",
    "KINDS",
    "VERSION",
    "Aligned",
    "Document",
    "Heard",
    "align",
    "codes",
    "consent_document",
    "debrief_document",
    "joined",
    "named",
    "pack_document",
    "run_sheet_document",
    "session_files",
    "settle",
    "to_docx",
    "to_html",
]
