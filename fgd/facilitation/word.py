"""Documents for Word, made to be printed on A4, and tables for Excel."""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence
from typing import Any

from fgd.core.office import settled
from fgd.facilitation.document import Document, Heading, Items, Plates, Table, Text

WIDTH = 17.0
"""Centimetres between the margins."""

LETTER, PADDING, BLANK, LONG, BOLD = 0.22, 0.5, 2.2, 40, 1.15
"""Widths in cm of a letter, of a cell's padding and of a column to write in by hand; the number of
letters from which a cell may as well break; and how much wider bold letters are.
"""


def to_docx(document: Document) -> bytes:
    """A Word document whose bytes depend on the document alone."""
    import docx

    made: Any = docx.Document()
    made.core_properties.title = document.title
    made.core_properties.author = "fgd"
    made.core_properties.comments = ""
    moment = datetime.datetime(2000, 1, 1)
    made.core_properties.created = made.core_properties.modified = moment
    _page(made, document)
    made.add_heading(_safe(document.title), level=0)
    first = True
    for block, following in zip(document.blocks, [*document.blocks[1:], None], strict=True):
        # What belongs to one question stays on one page.
        keep = following is not None and not isinstance(following, Heading | Table | Plates)
        if isinstance(block, Heading):
            heading = made.add_heading(_safe(block.text), level=block.rank)
            if document.sheets and block.rank == 1 and not first:
                heading.paragraph_format.page_break_before = True
            first = False
        elif isinstance(block, Table):
            _table(made, block)
        elif isinstance(block, Plates):
            _plates(made, block)
        else:
            _paragraphs(made, block, keep=keep)
    out = io.BytesIO()
    made.save(out)
    return settled(out.getvalue())


def _page(made: Any, document: Document) -> None:
    """A4, the banner on every sheet, and the number of the page below."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    section = made.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm((21.0 - WIDTH) / 2)
    section.top_margin = section.bottom_margin = Cm(2)
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(11)
    normal.paragraph_format.space_after = Pt(4)
    if document.banner:
        run = section.header.paragraphs[0].add_run(_safe(document.banner))
        run.bold, run.font.size, run.font.color.rgb = True, Pt(9), RGBColor(0x8A, 0x2F, 0x0C)
    below = section.footer.paragraphs[0]
    below.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    below._p.append(field)


def _paragraphs(made: Any, block: Text | Items, *, keep: bool) -> None:
    from docx.shared import Cm, Pt

    if isinstance(block, Items):
        box = "\N{BALLOT BOX} " if block.boxes else ""
        style = "List Paragraph" if block.boxes else "List Bullet"
        for number, line in enumerate(block.lines, 1):
            paragraph = made.add_paragraph(_safe(box + line), style=style)
            paragraph.paragraph_format.space_after = Pt(2)
            paragraph.paragraph_format.keep_with_next = keep or number < len(block.lines)
        return
    paragraph = made.add_paragraph()
    run = paragraph.add_run(_safe(block.text))
    paragraph.paragraph_format.keep_together = True
    paragraph.paragraph_format.keep_with_next = keep
    if block.kind == "script":
        # Read out at arm's length.
        run.font.size = Pt(13)
        paragraph.paragraph_format.left_indent = Cm(0.6)
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(6)
        _bar(paragraph)
    elif block.kind == "small":
        run.font.size = Pt(9)
    elif block.kind == "warning":
        run.bold = True


def _bar(paragraph: Any) -> None:
    """A line to the left of a paragraph: this is said, the rest is not."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders, left = OxmlElement("w:pBdr"), OxmlElement("w:left")
    drawn = {"val": "single", "sz": "18", "space": "8", "color": "1F5582"}
    for name, value in drawn.items():
        left.set(qn(f"w:{name}"), value)
    borders.append(left)
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc",
        "w:rPr", "w:sectPr",
    )  # fmt: skip


def _table(made: Any, block: Table) -> None:
    """A table with columns as wide as what stands in them, no row on two pages."""
    from docx.shared import Cm, Pt

    rows = [*([block.head] if block.head else []), *block.rows]
    if not rows:
        return
    table = made.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    table.autofit = False
    widths = _widths(rows)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for number, row in enumerate(rows):
        added = table.add_row()
        named = bool(block.head) and number == 0
        if named:
            _mark(added, "w:tblHeader")
        elif block.tall:
            added.height = Cm(2.2)
        _mark(added, "w:cantSplit")
        for place, (cell, text) in enumerate(zip(added.cells, row, strict=True)):
            cell.width = Cm(widths[place])
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(2)
            # A question and the room for its answer stay together.
            paragraph.paragraph_format.keep_with_next = named
            run = paragraph.add_run(_safe(text))
            run.bold = named or (not block.head and place == 0) or None
    after = made.add_paragraph().paragraph_format
    after.space_after, after.line_spacing = Pt(0), Pt(9)


def _mark(row: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _widths(rows: Sequence[Sequence[str]]) -> list[float]:
    """Column widths in cm: no word is broken, and what is long gets what is left."""
    if not any(any(row) for row in rows[1:]):
        return [WIDTH / len(rows[0])] * len(rows[0])
    least, wanted = [], []
    for column in zip(*rows, strict=True):
        blank = BLANK if not any(column[1:]) else 0.0
        bold = [BOLD * len(word) for word in column[0].split()]
        plain = [float(len(word)) for cell in column[1:] for word in cell.split()]
        word = max(bold + plain, default=0.0)
        longest = min(max(map(len, column)), LONG)
        least.append(max(LETTER * word + PADDING, blank))
        wanted.append(max(LETTER * longest + PADDING, blank))
    left = WIDTH - sum(least)
    if left <= 0:
        return [WIDTH * each / sum(least) for each in least]
    more = [max(w - each, 0.0) for w, each in zip(wanted, least, strict=True)]
    total = sum(more)
    if not total:
        return [WIDTH * each / sum(least) for each in least]
    return [each + left * m / total for each, m in zip(least, more, strict=True)]


def _plates(made: Any, block: Plates) -> None:
    """Four to a page, to be cut out and folded or slid into a holder."""
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    for code, name, body in block.plates:
        table = made.add_table(rows=1, cols=1, style="Table Grid")
        row = table.rows[0]
        row.height = Cm(5.4)
        _mark(row, "w:cantSplit")
        cell = row.cells[0]
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        for number, (text, size) in enumerate(((code, 12), (name, 32), (body, 15))):
            line = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            run = line.add_run(_safe(text))
            run.font.size, run.bold = Pt(size), number == 1 or None
        after = made.add_paragraph().paragraph_format
        after.space_after, after.line_spacing = Pt(0), Pt(8)


def _safe(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return "".join(c for c in text if c in "\n\t" or (c >= " " and not "\ud800" <= c <= "\udfff"))


def workbook(title: str, rows: Sequence[Sequence[str]]) -> bytes:
    """An Excel file with one sheet, its first row bold and in view."""
    import openpyxl
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = 22
    sheet.freeze_panes = "A2"
    book.properties.created = book.properties.modified = datetime.datetime(2000, 1, 1)
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue())
