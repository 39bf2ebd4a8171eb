"""Print one document as two kinds of file: an HTML page and a Word file, both for A4."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fgd.export.word import Page


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of rank 1 or 2."""

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
    """Rows under a head, all of the same width; ``tall`` leaves room to write by hand. Without a
    head the first cell of each row names what stands beside it.
    """

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
    """Blocks under a title; ``banner`` says who may read it. With ``sheets`` every heading of rank
    1 begins a new page in print, to be handed out by itself.
    """

    title: str
    blocks: tuple[Block, ...]
    banner: str = ""
    sheets: bool = False


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
@media print{@page{size:A4;margin:16mm}body{max-width:none;padding:0;font-size:10.5pt}
.sheets h2{break-before:page;border:0;margin-top:0}.sheets h2.first{break-before:auto}
tr,.plate,li,p.script{break-inside:avoid}h2,h3{break-after:avoid}
.banner{background:none;color:var(--warn);border:1px solid var(--warn)}}
"""


def to_html(document: Document) -> bytes:
    """Return a page that needs nothing beside it and runs no script."""
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
    sheets = ' class="sheets"' if document.sheets else ""
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{e(document.title)}</title><style>{_CSS}</style></head><body{sheets}>{banner}<main>"
        + "\n".join(parts)
        + "</main></body></html>\n"
    )
    return page.encode("utf-8", "replace")


def _html_table(table: Table) -> str:
    head = "".join(f'<th scope="col">{html.escape(cell)}</th>' for cell in table.head)
    head = f"<thead><tr>{head}</tr></thead>" if head else ""
    mark = ' class="tall"' if table.tall else ""
    lines = []
    for row in table.rows:
        cells = [f"<td>{html.escape(cell)}</td>" for cell in row]
        if not table.head:
            cells[0] = f'<th scope="row">{html.escape(row[0])}</th>'
        lines.append(f"<tr{mark}>{''.join(cells)}</tr>")
    body = f"<table>{head}<tbody>{''.join(lines)}</tbody></table>"
    return f'<div class="scroll" tabindex="0">{body}</div>'


WIDTH = 16.4
"""Centimetres between the margins."""

LETTER, PADDING, BLANK, LONG, BOLD = 0.22, 0.5, 2.2, 40, 1.15
"""Widths in cm of a letter, of a cell's padding and of a column to write in by hand; the number of
letters from which a cell may as well break; and how much wider bold letters are.
"""


def to_docx(document: Document) -> bytes:
    """Write the document for Word, A4; its bytes depend on the document alone."""
    page = Page(document.title)
    if document.banner:
        page.banner(document.banner)
    page.footer(document.title)
    page.text(document.title, style="Title")
    first = True
    for block, following in zip(document.blocks, [*document.blocks[1:], None], strict=True):
        # What belongs to one question stays on one page.
        keep = following is not None and not isinstance(following, Heading | Table | Plates)
        if isinstance(block, Heading):
            heading = page.heading(block.text, block.rank)
            if document.sheets and block.rank == 1 and not first:
                heading.paragraph_format.page_break_before = True
            first = False
        elif isinstance(block, Table):
            rows = [*([block.head] if block.head else []), *block.rows]
            if rows:
                shares = [width / WIDTH for width in _widths(rows)]
                page.table("", block.head, block.rows, shares, form=True, tall=block.tall)
        elif isinstance(block, Plates):
            for code, name, body in block.plates:
                page.plate((code, 12), (name, 32), (body, 15))
        else:
            _paragraphs(page, block, keep=keep)
    return page.saved()


def _paragraphs(page: Page, block: Text | Items, *, keep: bool) -> None:
    """Write a text or a list; a list stays on one page."""
    from docx.shared import Pt

    if isinstance(block, Items):
        for number, line in enumerate(block.lines, 1):
            paragraph = page.text(f"\N{BALLOT BOX} {line}") if block.boxes else page.bullet(line)
            paragraph.paragraph_format.space_after = Pt(2)
            paragraph.paragraph_format.keep_with_next = keep or number < len(block.lines)
        return
    how = {"small": "small", "warning": "bold warning"}.get(block.kind, "")
    paragraph = page.script(block.text) if block.kind == "script" else page.text((block.text, how))
    paragraph.paragraph_format.keep_together = True
    paragraph.paragraph_format.keep_with_next = keep


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
