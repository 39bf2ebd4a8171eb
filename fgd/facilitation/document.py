"""One document, two kinds of file: blocks, here as a printable HTML page, in ``word`` as DOCX."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Literal


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
