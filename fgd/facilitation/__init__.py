"""The people who run the discussion: the pack before, the floor log during, the mirror after."""

from fgd.facilitation.added import joined
from fgd.facilitation.align import Aligned, align
from fgd.facilitation.called import codes, named
from fgd.facilitation.document import Document, to_html
from fgd.facilitation.journal import read_journal
from fgd.facilitation.mirror import mirror, mirror_document, themes_of
from fgd.facilitation.offset import Heard
from fgd.facilitation.pack import (
    consent_document,
    debrief_document,
    pack_document,
    run_sheet_document,
)
from fgd.facilitation.scaffold import BESIDE, KINDS, session_files
from fgd.facilitation.settle import settle
from fgd.facilitation.word import to_docx

VERSION = 2
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
    "mirror",
    "mirror_document",
    "named",
    "pack_document",
    "read_journal",
    "run_sheet_document",
    "session_files",
    "settle",
    "themes_of",
    "to_docx",
    "to_html",
]
