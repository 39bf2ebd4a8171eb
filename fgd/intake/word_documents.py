"""Word documents as paragraphs and tables, in reading order.

python-docx opens the package and knows the styles; the text is walked here, because its own
``paragraph.text`` leaves out tracked insertions and content controls, and a transcript that lost
its insertions is not the transcript people see.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
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
# Around paragraphs, rows or cells without being one: content controls, tracked insertions.
_AROUND = {f"{_W}{tag}" for tag in ("sdt", "sdtContent", "ins", "moveTo", "customXml")}


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
    """A table: rows of cells of paragraphs, each in its column: one merged across columns is
    followed by empty ones. ``tall`` are the cells (row, column) merged with the one above.
    """

    rows: tuple[tuple[tuple[Paragraph, ...], ...], ...]
    tall: frozenset[tuple[int, int]] = frozenset()


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
                yield from self.table(child)
            elif child.tag in _AROUND:
                yield from self.blocks(child)

    def table(self, element: Any) -> Iterator[Paragraph | Table]:
        """A table; what stands in one that only frames other tables is read as if it did not."""
        cells = [[*_own(row, "tc")] for row in _own(element, "tr")]
        inner = [table for row in cells for cell in row for table in _own(cell, "tbl")]
        if inner and 2 * sum(map(_length, inner)) > _length(element):
            for row in cells:
                for cell in row:
                    yield from self.blocks(cell)
            return
        rows: list[tuple[tuple[Paragraph, ...], ...]] = []
        tall: set[tuple[int, int]] = set()
        for n, row in enumerate(_own(element, "tr")):
            made: list[tuple[Paragraph, ...]] = [()] * _count(row, "trPr", "gridBefore")
            for cell in cells[n]:
                merge = cell.find(f"{_W}tcPr/{_W}vMerge")
                if merge is not None and merge.get(f"{_W}val", "continue") == "continue":
                    tall.add((n, len(made)))
                made.append(tuple(self.cell(cell)))
                made += [()] * (_count(cell, "tcPr", "gridSpan") - 1)
            rows.append(tuple(made))
        yield Table(tuple(rows), frozenset(tall))

    def cell(self, element: Any) -> Iterator[Paragraph]:
        """The paragraphs of a cell, those of tables in it too, in reading order."""
        for block in self.blocks(element):
            if isinstance(block, Paragraph):
                yield block
            else:
                yield from (each for row in block.rows for cell in row for each in cell)

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


def _own(element: Any, tag: str) -> Iterator[Any]:
    """The rows, cells or tables of an element, not those of tables inside it."""
    for child in element:
        if child.tag == f"{_W}{tag}":
            yield child
        elif child.tag in _AROUND:
            yield from _own(child, tag)


def _length(element: Any) -> int:
    return sum(len(text.text or "") for text in element.iter(f"{_W}t"))


def _count(element: Any, *path: str) -> int:
    """How many columns of a table something takes; Word has no more than 63."""
    found = _value(element, *path)
    return min(63, int(found)) if found.isdigit() and len(found) < 4 else 0


_BESIDE = {
    "header": "the header of a page",
    "footer": "the footer of a page",
    "footnotes": "a footnote",
    "endnotes": "an endnote",
    "data": "a drawing",
}
_PART = re.compile(r"word/(?:diagrams/)?(header|footer|footnotes|endnotes|data)\d*\.xml")
_SPOKEN = re.compile(r"^[^\W\d_][^:\uff1a]{0,60}[:\uff1a]\s+\S|(?:\S+\s+){4,}\S+[.?!\u2026\u3002]")


_PAGE = re.compile(r"(?:page|seite|p\.|of|von|de|[\W\d_])*", re.IGNORECASE)


def unread(path: Path, name: str) -> list[Issue]:
    """Words of a document that stand beside its text, and are left out: in headers, footers,
    footnotes, drawings, documents put into it. Raises ``OSError`` only.

    A title that repeats on every page is a note; what reads like speech is a warning.
    """
    issues: list[Issue] = []
    try:
        with zipfile.ZipFile(path) as archive:
            for part in sorted(archive.namelist()):
                if found := _PART.fullmatch(part):
                    issues += _beside(archive.read(part), _BESIDE[found[1]], name)
            if re.search(rb"<w:(?:altChunk|subDoc)\b", archive.read("word/document.xml")):
                message = "another document was put into this one; it is not read."
                remedy = "Open it in Word and save it again."
                issues.append(Issue("warning", name, message, remedy, "the text"))
    except (zipfile.BadZipFile, ValueError, KeyError, zlib.error, EOFError, NotImplementedError):
        return issues  # the text itself could be read
    return list(dict.fromkeys(issues))


def _beside(data: bytes, place: str, name: str) -> Iterator[Issue]:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(data or b"<x/>", parser)
    paragraphs = () if root is None else root.iter("{*}p")
    told = (
        "".join(text.text or "" for text in each.iter(f"{_W}t", "{*}t")).strip()
        for each in paragraphs
    )
    yield from left_beside([*told], place, name)


def left_beside(found: Sequence[str], place: str, name: str) -> Iterator[Issue]:
    """What is told of paragraphs beside a text: a note of what repeats on every page and reads
    like a title, a warning of anything else but the numbers of pages.
    """
    texts = [clean(text) for text in found if not _PAGE.fullmatch(text)]
    if not texts:
        return
    shown = " / ".join(dict.fromkeys(texts))
    shown = shown if len(shown) < 100 else f"{shown[:100]}..."
    if not place.endswith("of a page") or any(map(_SPOKEN.search, texts)):
        message = f"words in {place} are not read: {shown!r}."
        remedy = "Write into the text whatever in them was said."
        yield Issue("warning", name, message, remedy, place)
    else:
        yield Issue("note", name, f"{place} was left out: {shown!r}.", "", place)


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
        elif child.tag == f"{_W}ruby":  # a reading above the words, which are what is read
            yield from (piece for run in child.iter(f"{_W}r") for piece in _base(run))


def _base(run: Any) -> Iterator[str]:
    return _letters(run) if run.getparent().tag == f"{_W}rubyBase" else iter(())


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
