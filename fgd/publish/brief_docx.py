"""The brief as a Word document with real headings and tables."""

from __future__ import annotations

import io
from typing import Any

from fgd.model import Brief
from fgd.publish.line import clock
from fgd.publish.package import plain_properties, settled


def brief_docx(brief: Brief) -> bytes:
    """A document whose bytes depend on the brief alone."""
    import docx

    document: Any = docx.Document()
    plain_properties(document, brief.title)
    document.add_heading(brief.title, level=0)
    document.add_paragraph(f"{brief.status} · {brief.edition} edition")
    for fact in brief.masthead:
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{fact.label}: ").bold = True
        paragraph.add_run(fact.value)
    document.add_heading("How to read this", level=1)
    for line in brief.reading:
        document.add_paragraph(line, style="List Bullet")
    document.add_heading("Who spoke how much", level=1)
    table = document.add_table(rows=1, cols=4, style="Light Grid Accent 1")
    for cell, text in zip(table.rows[0].cells, ("Who", "Role", "Time", "Turns"), strict=True):
        cell.text = text
    for each in brief.presence:
        row = (each.label, each.role, clock(each.speech), str(each.turns))
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    if brief.doubts:
        document.add_heading("Doubts", level=1)
        for fact in brief.doubts:
            document.add_paragraph(f"{fact.label}: {fact.value}", style="List Bullet")
    out = io.BytesIO()
    document.save(out)
    return settled(out.getvalue())
