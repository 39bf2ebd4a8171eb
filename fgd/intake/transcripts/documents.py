"""Documents as lines, each with its place in the text: what the layouts are read from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from fgd.intake.docxfile import Paragraph, Table
from fgd.intake.transcripts.lines import Line
from fgd.intake.transcripts.tables import find_columns, times

# Kept: tabs and line ends. Everything else below space would only break whoever prints it.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f]")


def without_controls(text: str) -> str:
    """Text in which every control character but tab and newline is a space."""
    return _CONTROLS.sub(" ", text)


def text_lines(text: str) -> list[Line]:
    """The lines of a plain text; every line is a paragraph where no blank lines part them."""
    lines: list[Line] = []
    offset = 0
    opens = True
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            lines.append(Line(line, offset, number, opens))
        opens = not line.strip()
        offset += len(line) + 1
    parted = sum(line.opens for line in lines) > 1
    return lines if parted else [replace(line, opens=True) for line in lines]


def word_lines(blocks: Sequence[Paragraph | Table]) -> list[Line]:
    """The lines of a Word document; offsets count as if it were saved as plain text."""
    lines: list[Line] = []
    offset = 0
    for block in blocks:
        found = _paragraph_lines(block) if isinstance(block, Paragraph) else _table_lines(block)
        for line in found:
            lines.append(replace(line, offset=offset))
            offset += len(line.text) + 1
    return lines


def _paragraph_lines(paragraph: Paragraph) -> list[Line]:
    lines: list[Line] = []
    bold = paragraph.bold
    for n, text in enumerate(without_controls(paragraph.text).split("\n")):
        if text.strip():
            lines.append(Line(text, 0, paragraph.number, n == 0, max(0, min(bold, len(text)))))
        bold -= len(text) + 1
    return lines


def _table_lines(table: Table) -> list[Line]:
    """A table's rows as labelled lines, or its cells as paragraphs where it is only a frame."""
    rows = [["\n".join(p.text for p in cell) for cell in row] for row in table.rows]
    columns = find_columns(rows)
    if columns is None:
        return [
            line
            for row in table.rows
            for cell in row
            for paragraph in cell
            for line in _paragraph_lines(paragraph)
        ]
    lines: list[Line] = []
    for row, cells in zip(table.rows[columns.first :], rows[columns.first :], strict=True):
        start, end = times(cells[columns.time]) if -1 < columns.time < len(cells) else (-1, -1)
        label = cells[columns.label] if -1 < columns.label < len(cells) else ""
        label = " ".join(label.split()).rstrip(":").strip()
        number = next((p.number for cell in row for p in cell), 0)
        text = cells[columns.text] if columns.text < len(cells) else ""
        first, *more = [*filter(str.strip, without_controls(text).split("\n")), ""]
        if first:
            lines.append(Line(first, 0, number, True, 0, label, start, end))
        lines += [Line(part, 0, number, opens=False) for part in more if part]
    return lines
