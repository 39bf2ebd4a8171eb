"""One document, two kinds of file: the same blocks as a printable HTML page and as Word."""

from __future__ import annotations

import datetime
import html
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; those of rank 1 begin a new page in print."""

    text: str
    rank: int = 1


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. ``kind`` "script" is read out word by word, "small" is an explanation."""

    text: str
    kind: Literal["plain", "script", "small", "warning"] = "plain"


@dataclass(frozen=True, slots=True)
class Items:
    """A list; with ``boxes`` each line begins with a box to tick on paper."""

    lines: tuple[str, ...]
    boxes: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head, all of the same width; ``tall`` leaves room to write by hand."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    tall: bool = False


@dataclass(frozen=True, slots=True)
class Plates:
    """Name-plates to be cut out: code, name, institution."""

    plates: tuple[tuple[str, str, str], ...]


Block = Heading | Text | Items | Table | Plates


@dataclass(frozen=True, slots=True)
class Document:
    """Blocks under a title; ``banner`` says who may read it."""

    title: str
    blocks: tuple[Block, ...]
    banner: str = ""


_CSS = """
:root{--ink:#1b2733;--quiet:#55606b;--line:#d5dbe1;--blue:#1f5582;--pale:#eef3f7;--warn:#8a2f0c}
*{box-sizing:border-box}html{color-scheme:light}
body{margin:0 auto;max-width:52rem;padding:1.5rem 1.25rem 3rem;color:var(--ink);background:#fff;
font:1rem/1.5 "Segoe UI","Helvetica Neue","Noto Sans",Arial,sans-serif}
.banner{background:var(--warn);color:#fff;font-weight:600;padding:.4rem .8rem;margin:0 0 1rem}
h1{font-size:1.8rem;line-height:1.2}h2{margin-top:2.4rem;border-top:1px solid var(--line);
padding-top:1rem;font-size:1.4rem}h3{font-size:1.1rem;margin:1.6rem 0 .4rem}
p.script{background:var(--pale);border-left:4px solid var(--blue);padding:.6rem .9rem}
p.small{color:var(--quiet);font-size:.875rem}p.warning{color:var(--warn);font-weight:600}
ul.boxes{list-style:none;padding-left:0}ul.boxes li::before{content:"\\2610\\00a0\\00a0"}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{border:1px solid var(--line);padding:.35rem .5rem;text-align:left;vertical-align:top}
th{background:var(--pale)}tr.tall td{height:4.5rem}
.plates{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:0}
.plate{border:1px dashed var(--quiet);padding:1.6rem 1rem;text-align:center;overflow-wrap:anywhere}
.plate b{display:block;font-size:1.5rem}.plate span{display:block;color:var(--quiet)}
@media print{@page{margin:16mm}body{max-width:none;padding:0;font-size:10.5pt}
h2{break-before:page;border:0;margin-top:0}h2.first{break-before:auto}
tr,.plate,li,p.script{break-inside:avoid}h3{break-after:avoid}
.banner{background:none;color:var(--warn);border:1px solid var(--warn)}}
"""


def to_html(document: Document) -> bytes:
    """A page that needs nothing beside it and runs no script."""
    e = html.escape
    banner = f'<p class="banner">{e(document.banner)}</p>' if document.banner else ""
    parts = [f"<h1>{e(document.title)}</h1>"]
    first = True
    for block in document.blocks:
        if isinstance(block, Heading):
            rank, mark = block.rank + 1, ' class="first"' if first and block.rank == 1 else ""
            parts.append(f"<h{rank}{mark}>{e(block.text)}</h{rank}>")
            first = False
        elif isinstance(block, Text):
            kind = "" if block.kind == "plain" else f' class="{block.kind}"'
            parts.append(f"<p{kind}>{e(block.text)}</p>")
        elif isinstance(block, Items):
            lines = "".join(f"<li>{e(line)}</li>" for line in block.lines)
            parts.append(f"<ul{' class=boxes' if block.boxes else ''}>{lines}</ul>")
        elif isinstance(block, Table):
            parts.append(_html_table(block))
        else:
            plates = "".join(
                f'<div class="plate"><span>{e(code)}</span><b>{e(name)}</b><span>{e(body)}</span>'
                "</div>"
                for code, name, body in block.plates
            )
            parts.append(f'<div class="plates">{plates}</div>')
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{e(document.title)}</title><style>{_CSS}</style></head><body>{banner}<main>"
        + "\n".join(parts)
        + "</main></body></html>\n"
    )
    return page.encode("utf-8", "replace")


def _html_table(table: Table) -> str:
    head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in table.head)
    mark = ' class="tall"' if table.tall else ""
    rows = "".join(
        f"<tr{mark}>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
        for row in table.rows
    )
    body = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="scroll" tabindex="0">{body}</div>'


def to_docx(document: Document) -> bytes:
    """A Word document whose bytes depend on the document alone."""
    import docx
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    made: Any = docx.Document()
    made.core_properties.title = document.title
    made.core_properties.author = "fgd"
    made.core_properties.comments = ""
    moment = datetime.datetime(2000, 1, 1)
    made.core_properties.created = made.core_properties.modified = moment
    if document.banner:
        made.add_paragraph().add_run(document.banner).bold = True
    made.add_heading(_safe(document.title), level=0)
    first = True
    for block in document.blocks:
        if isinstance(block, Heading):
            heading = made.add_heading(_safe(block.text), level=block.rank)
            heading.paragraph_format.page_break_before = block.rank == 1 and not first
            first = False
        elif isinstance(block, Text):
            paragraph = made.add_paragraph(
                style="Intense Quote" if block.kind == "script" else None
            )
            run = paragraph.add_run(_safe(block.text))
            run.bold = block.kind == "warning" or None
            if block.kind == "small":
                run.font.size = Pt(9)
        elif isinstance(block, Items):
            for line in block.lines:
                box = "\N{BALLOT BOX} " if block.boxes else ""
                style = "List Paragraph" if block.boxes else "List Bullet"
                made.add_paragraph(_safe(box + line), style=style)
        elif isinstance(block, Table):
            _docx_table(made, block)
        else:
            for code, name, body in block.plates:
                table = made.add_table(rows=1, cols=1, style="Table Grid")
                table.rows[0].height = Cm(4)
                cell = table.rows[0].cells[0].paragraphs[0]
                cell.alignment = WD_ALIGN_PARAGRAPH.CENTER
                cell.add_run(f"{code}\n")
                run = cell.add_run(f"{_safe(name)}\n")
                run.bold, run.font.size = True, Pt(26)
                cell.add_run(_safe(body))
                made.add_paragraph()
    out = io.BytesIO()
    made.save(out)
    return _settled(out.getvalue())


def _docx_table(made: Any, block: Table) -> None:
    from docx.shared import Cm

    table = made.add_table(rows=1, cols=len(block.head), style="Table Grid")
    for cell, text in zip(table.rows[0].cells, block.head, strict=True):
        cell.paragraphs[0].add_run(_safe(text)).bold = True
    for row in block.rows:
        added = table.add_row()
        if block.tall:
            added.height = Cm(2.2)
        for cell, text in zip(added.cells, row, strict=True):
            cell.text = _safe(text)
    made.add_paragraph()


def _safe(text: str) -> str:
    """Text without the control characters that XML cannot hold."""
    return "".join(c for c in text if c in "\n\t" or (c >= " " and not "\ud800" <= c <= "\udfff"))


def _settled(data: bytes) -> bytes:
    """The same archive without the time it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            plain = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
            plain.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(plain, source.read(entry))
    return out.getvalue()


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
    return _settled(out.getvalue())
