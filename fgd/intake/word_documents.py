"""Word documents as paragraphs and tables, in reading order.

python-docx opens the package and knows the styles; the text is walked here, because its own
``paragraph.text`` leaves out tracked insertions and content controls, and a transcript that lost
its insertions is not the transcript people see.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgd.core.text import clean
from fgd.intake.contents import contents, unusable
from fgd.model import Issue

if TYPE_CHECKING:
    from docx.document import Document

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_GONE = {f"{_W}del", f"{_W}moveFrom", f"{_W}pPr", f"{_W}rPr", f"{_W}txbxContent"}
# A drawing stands twice in a file, once for older programs of Word.
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BREAKS = {f"{_W}br", f"{_W}cr"}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; breaks inside are newlines. ``bold`` counts the bold characters it begins
    with, ``heading`` is its level (0: none), ``depth`` its depth in a list (-1: in none).
    """

    text: str
    number: int
    bold: int = 0
    heading: int = 0
    depth: int = -1
    numbered: bool = False

    @property
    def place(self) -> str:
        """Where people find it."""
        return f"paragraph {self.number}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table: rows of cells of paragraphs."""

    rows: tuple[tuple[tuple[Paragraph, ...], ...], ...]


def read_docx(
    path: Path, name: str, *, marks: Sequence[str] = ("b",)
) -> tuple[tuple[Paragraph | Table, ...], list[Issue]]:
    """The body of a document; one that cannot be opened is an issue. Raises ``OSError`` only.

    ``marks`` are the properties of runs that count as bold: ``b``, ``i``, ``u``.
    """
    problem = unusable(contents(path), name, "docx")
    if problem is not None:
        return (), [problem]
    data = path.read_bytes()
    try:
        from docx import Document

        document = Document(io.BytesIO(data))
        return tuple(_Walker(document, marks).blocks(document.element.body)), []
    except Exception as failure:  # python-docx lets whatever it trips over in the XML through
        message = f"the document is damaged and cannot be read ({clean(str(failure))[:120]})."
        return (), [Issue("error", name, message, "Open it in Word and save it again.")]


class _Walker:
    """Goes through the XML once; paragraphs are numbered as met, in tables too."""

    def __init__(self, document: Document, marks: Sequence[str]) -> None:
        self.marks = marks
        self.count = 0
        self.styles: dict[str, str] = {
            style.style_id: (style.name or "").lower() for style in document.styles
        }
        self.formats = _list_formats(document)

    def blocks(self, parent: Any) -> Iterator[Paragraph | Table]:
        for child in parent:
            if child.tag == f"{_W}p":
                yield self.paragraph(child)
                for box in _boxes(child):
                    yield from self.blocks(box)
            elif child.tag == f"{_W}tbl":
                yield Table(tuple(self.row(row) for row in child.iter(f"{_W}tr")))
            elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
                yield from self.blocks(child)

    def row(self, row: Any) -> tuple[tuple[Paragraph, ...], ...]:
        cells = (cell for cell in row.iter(f"{_W}tc"))
        return tuple(tuple(self.paragraph(p) for p in cell.iter(f"{_W}p")) for cell in cells)

    def paragraph(self, element: Any) -> Paragraph:
        self.count += 1
        pieces = list(_runs(element, self.marks))
        text = "".join(piece for piece, _ in pieces)
        bold = 0
        for piece, is_bold in pieces:
            if not is_bold and piece.strip() and (bold or not _STAMP.fullmatch(piece)):
                break
            bold += len(piece)
        style = _value(element, "pPr", "pStyle")
        depth, numbered = self.listing(element, style)
        heading = self.heading(element, style)
        return Paragraph(text, self.count, bold, heading, depth, numbered)

    def heading(self, element: Any, style: str) -> int:
        name = self.styles.get(style, style.lower())
        if name == "title":
            return 1
        level = name.removeprefix("heading ")
        if name.startswith("heading ") and level.isdigit():
            # A document's title has the style Title; below it, headings begin with the second.
            return int(level) + 1
        outline = _value(element, "pPr", "outlineLvl")
        return int(outline) + 2 if outline.isdigit() and int(outline) < 9 else 0

    def listing(self, element: Any, style: str) -> tuple[int, bool]:
        name = self.styles.get(style, style.lower())
        number = _value(element, "pPr", "numPr", "numId")
        level = _value(element, "pPr", "numPr", "ilvl")
        depth = int(level) if level.isdigit() else 0
        if number and number != "0":
            return depth, self.formats.get((number, str(depth)), "bullet") != "bullet"
        if name.startswith(("list bullet", "list number")):
            rest = name.split()[-1]
            return (int(rest) - 1 if rest.isdigit() else 0), "number" in name
        return (0, False) if name == "list paragraph" and number != "0" else (-1, False)


_STAMP = re.compile(r"\s*[\[(<#]?\d{1,3}(?:[:.]\d{2}){1,3}(?:[.,]\d{1,3})?[\])>#]?\s*")


def _boxes(element: Any) -> Iterator[Any]:
    """The text boxes anchored in a paragraph, each once, in order."""
    for child in element:
        if child.tag == f"{_W}txbxContent":
            yield child
        elif child.tag != _FALLBACK:
            yield from _boxes(child)


def footnotes(path: Path) -> int:
    """How many footnotes and endnotes of a document hold text. Raises ``OSError`` only."""
    count = 0
    try:
        with zipfile.ZipFile(path) as archive:
            for part in ("word/footnotes.xml", "word/endnotes.xml"):
                if part in archive.namelist():
                    data = archive.read(part)
                    notes = re.findall(
                        rb"<w:(?:foot|end)note\b.*?</w:(?:foot|end)note>", data, re.S
                    )
                    count += sum(bool(re.search(rb"<w:t[ >][^<]*[^<\s]", note)) for note in notes)
    except (zipfile.BadZipFile, ValueError, KeyError):
        return 0
    return count


def _runs(element: Any, marks: Sequence[str]) -> Iterator[tuple[str, bool]]:
    for child in element:
        if child.tag == f"{_W}r":
            yield "".join(_letters(child)), _is_marked(child, marks)
        elif child.tag not in _GONE:
            yield from _runs(child, marks)


def _letters(run: Any) -> Iterator[str]:
    for child in run:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag == f"{_W}tab":
            yield "\t"
        elif child.tag in _BREAKS:
            yield "\n"
        elif child.tag == f"{_W}noBreakHyphen":
            yield "-"


def _is_marked(run: Any, marks: Sequence[str]) -> bool:
    """Whether a run is in bold, or in what else stands for it."""
    if "b" in marks and _value(run, "rPr", "rStyle").lower() == "strong":
        return True
    found = (run.find(f"{_W}rPr/{_W}{mark}") for mark in marks)
    return any(
        mark is not None and mark.get(f"{_W}val", "1") not in ("0", "false", "off", "none")
        for mark in found
    )


def _value(element: Any, *path: str) -> str:
    found = element.find("/".join(_W + part for part in path))
    return "" if found is None else str(found.get(f"{_W}val", ""))


def _list_formats(document: Document) -> dict[tuple[str, str], str]:
    """``(numId, level) -> "bullet" | "decimal" | ...`` out of the numbering part."""
    try:
        root = document.part.numbering_part.element
    except (KeyError, NotImplementedError, AttributeError):
        return {}
    abstract = {a.get(f"{_W}abstractNumId"): a for a in root.iter(f"{_W}abstractNum")}
    formats: dict[tuple[str, str], str] = {}
    for number in root.iter(f"{_W}num"):
        definition = abstract.get(_value(number, "abstractNumId"))
        levels = () if definition is None else definition.iter(f"{_W}lvl")
        for level in levels:
            key = (str(number.get(f"{_W}numId")), str(level.get(f"{_W}ilvl")))
            formats[key] = _value(level, "numFmt")
    return formats
