"""Read documents of Word and other programs as paragraphs and tables, in reading order.

python-docx opens a Word file and knows the styles; the text is walked here, because its own
``paragraph.text`` leaves out tracked insertions and content controls, and a transcript that lost
its insertions is not the transcript people see. striprtf, odfpy, pypdf and lxml read RTF,
OpenDocument, PDF and HTML; their output becomes the same blocks. What cannot be read is one issue
with what to do.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgd.core.files import contents, decode, unusable
from fgd.core.text import clean
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
        """Return the place where people find it."""
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
    """Read the body of a document; one that cannot be opened is an issue. Raises ``OSError`` only.

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
        """Read a table; one that only frames other tables is read as if it were not there."""
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
        """Read the paragraphs of a cell, those of tables in it too, in reading order."""
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
    """Find the text boxes anchored in a paragraph, each once, in order."""
    for child in element:
        if child.tag == f"{_W}txbxContent":
            yield child
        elif child.tag != _FALLBACK:
            yield from _boxes(child)


def _own(element: Any, tag: str) -> Iterator[Any]:
    """Find the rows, cells or tables of an element, not those of tables inside it."""
    for child in element:
        if child.tag == f"{_W}{tag}":
            yield child
        elif child.tag in _AROUND:
            yield from _own(child, tag)


def _length(element: Any) -> int:
    return sum(len(text.text or "") for text in element.iter(f"{_W}t"))


def _count(element: Any, *path: str) -> int:
    """Count the columns of a table that something takes; Word has no more than 63."""
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
    """Read the words of a document that stand beside its text, and are left out: in headers,
    footers, footnotes, drawings, documents put into it. Raises ``OSError`` only.

    The document's own title with the number of the page is nothing, another title that repeats on
    every page a note; what reads like speech is a warning.
    """
    issues: list[Issue] = []
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.namelist()
            own = "docProps/core.xml"
            title = _title(archive.read(own)) if own in parts else ""
            for part in sorted(parts):
                if found := _PART.fullmatch(part):
                    issues += _beside(archive.read(part), _BESIDE[found[1]], name, title)
            if re.search(rb"<w:(?:altChunk|subDoc)\b", archive.read("word/document.xml")):
                message = "another document was put into this one; it is not read."
                remedy = "Open it in Word and save it again."
                issues.append(Issue("warning", name, message, remedy, "the text"))
    except (zipfile.BadZipFile, ValueError, KeyError, zlib.error, EOFError, NotImplementedError):
        return issues  # the text itself could be read
    return list(dict.fromkeys(issues))


def read_xml(data: bytes) -> Any:
    """Read the root of an XML file, damaged ones as far as possible. Raises ``ValueError``."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as problem:
        raise ValueError(str(problem)) from problem
    if root is None:
        raise ValueError("it holds no XML")
    return root


def _title(properties: bytes) -> str:
    return str(read_xml(properties or b"<x/>").findtext("{*}title") or "").strip()


def _beside(data: bytes, place: str, name: str, title: str) -> Iterator[Issue]:
    told = (
        "".join(text.text or "" for text in each.iter(f"{_W}t", "{*}t")).strip()
        for each in read_xml(data).iter("{*}p")
    )
    yield from left_beside(
        [each.replace(title, "").strip(_RULES) if title else each for each in told], place, name
    )


_RULES = " \u00b7\u2013\u2014|/,:-"
"""What stands between a title and the number of a page."""


def left_beside(found: Sequence[str], place: str, name: str) -> Iterator[Issue]:
    """Report paragraphs beside a text: a note of what repeats on every page and reads like a title,
    a warning of anything else but the numbers of pages.
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
    """Tell whether a run is in bold, or in what else stands for it."""
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
    """Read ``(numId, level) -> "bullet" | "decimal" | ...`` out of the numbering part."""
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


Blocks = tuple[Paragraph | Table, ...]

_MOST_PAGES = 2_000
_MOST_BYTES = 64_000_000


def too_long(path: Path, name: str) -> Issue | None:
    """Report a text longer than what is read; an 8-hour discussion has one megabyte."""
    size = path.stat().st_size
    if size <= _MOST_BYTES:
        return None
    message = f"this text has {size // 1_000_000} MB; up to {_MOST_BYTES // 1_000_000} MB are read."
    return Issue("error", name, message, "Cut it into several files.")


def read_rtf(path: Path, name: str) -> tuple[Blocks, list[Issue]]:
    """Read the paragraphs of a text in RTF. Raises ``OSError`` only."""
    from striprtf import striprtf

    rtf_to_text: Any = striprtf.rtf_to_text  # the library has no types

    problem = too_long(path, name)
    if problem:
        return (), [problem]
    source = path.read_bytes().decode("latin-1")
    page = re.search(r"\\ansicpg(\d+)", source[:2000])
    encoding = f"cp{page[1]}" if page else "cp1252"
    try:
        text = rtf_to_text(source, encoding=encoding, errors="replace")
    except (LookupError, UnicodeError):
        text = rtf_to_text(source, encoding="cp1252", errors="replace")
    except Exception as failure:  # striprtf lets whatever it trips over through
        return (), [_damaged(name, failure)]
    return _paragraphs(text), _rtf_beside(source, name)


_BESIDE_RTF = re.compile(r"\{\\(?:\*\\)?(header|footer|footnote)[lrf]?(?![a-z])")
_PLACES = {word: f"the {word} of a page" for word in ("header", "footer")}
_MOST_BESIDE = 200
"""Headers and footnotes of a text that are looked into; each of their first 4,000 characters."""


def _rtf_beside(source: str, name: str) -> list[Issue]:
    """Read words beside the text, which striprtf leaves out."""
    from striprtf import striprtf

    told: dict[str, list[str]] = {}
    for found in islice(_BESIDE_RTF.finditer(source), _MOST_BESIDE):
        group = source[found.end() : found.end() + 4000]
        depth = 1
        for mark in re.finditer(r"\\[{}]|[{}]", group):
            depth += {"{": 1, "}": -1}.get(mark[0], 0)
            if not depth:
                group = group[: mark.start()]
                break
        rtf_to_text: Any = striprtf.rtf_to_text
        with contextlib.suppress(Exception):  # the text itself could be read
            text = rtf_to_text("{\\rtf1 " + group + "}", errors="replace")
            told.setdefault(_PLACES.get(found[1], "a footnote"), []).append(text.strip())
    return [issue for place, texts in told.items() for issue in left_beside(texts, place, name)]


def read_odt(path: Path, name: str) -> tuple[Blocks, list[Issue]]:
    """Read the paragraphs and tables of an OpenDocument text. Raises ``OSError`` only."""
    from odf.opendocument import load

    try:
        document = load(str(path))
        return tuple(_odf_blocks(document.text, [0])), _odf_beside(document, name)
    except OSError:
        raise
    except Exception as failure:  # odfpy lets whatever it trips over in the XML through
        return (), [_damaged(name, failure)]


def _odf_blocks(parent: Any, count: list[int]) -> Iterator[Paragraph | Table]:
    for child in parent.childNodes:
        kind = getattr(child, "qname", (None, ""))[1]
        if kind in ("p", "h"):
            count[0] += 1
            level = int(child.getAttribute("outlinelevel") or 1) + 1 if kind == "h" else 0
            yield Paragraph("".join(_odf_text(child)), count[0], heading=level)
        elif kind == "table":
            rows = _odf_descend(child, "table-row")
            yield Table(tuple(tuple(_odf_cells(row, count)) for row in rows))
        elif kind not in ("tracked-changes", "forms", "sequence-decls", "note", "annotation"):
            yield from _odf_blocks(child, count)


def _odf_cells(row: Any, count: list[int]) -> Iterator[tuple[Paragraph, ...]]:
    """List the cells of a row, each in its column: those under a merged one are empty."""
    for cell in row.childNodes:
        if getattr(cell, "qname", (None, ""))[1] in ("table-cell", "covered-table-cell"):
            blocks = _odf_blocks(cell, count)
            again = str(cell.getAttribute("numbercolumnsrepeated") or 1)
            text = tuple(b for b in blocks if isinstance(b, Paragraph))
            yield from [text] * (min(63, int(again)) if again.isdigit() else 1)


def _odf_beside(document: Any, name: str) -> list[Issue]:
    """Read words beside the text: notes in it, headers and footers of its pages."""
    found = [
        ("a footnote", document.text, ("note-body",)),
        ("the header or footer of a page", document.masterstyles, ("header", "footer")),
    ]
    issues: list[Issue] = []
    for place, parent, kinds in found:
        inside = [node for kind in kinds for node in _odf_descend(parent, kind)]
        texts = ["".join(_odf_text(node)).strip() for node in inside]
        issues += left_beside(texts, place, name)
    return issues


def _odf_descend(node: Any, wanted: str) -> Iterator[Any]:
    for child in node.childNodes:
        if getattr(child, "qname", (None, ""))[1] == wanted:
            yield child
        elif hasattr(child, "childNodes"):
            yield from _odf_descend(child, wanted)


def _odf_text(node: Any) -> Iterator[str]:
    for child in node.childNodes:
        kind = getattr(child, "qname", (None, ""))[1]
        if child.nodeType == child.TEXT_NODE:
            yield str(child.data)
        elif kind == "tab":
            yield "\t"
        elif kind == "line-break":
            yield "\n"
        elif kind == "s":
            yield " " * min(100, int(child.getAttribute("c") or 1))
        elif kind not in ("note", "annotation", "tracked-changes", "bookmark"):
            yield from _odf_text(child)


def read_pdf(path: Path, name: str) -> tuple[Blocks, list[Issue]]:
    """Read the lines of a PDF, without what repeats on every page. Raises ``OSError`` only.

    A PDF of pictures (a scan) has no text, which is an error with its remedy.
    """
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    problem = too_long(path, name)
    if problem:
        return (), [problem]
    try:
        reader = PdfReader(io.BytesIO(path.read_bytes()))
        if reader.is_encrypted and not reader.decrypt(""):
            message = "the file is protected with a password and cannot be read."
            return (), [Issue("error", name, message, "Save it without the password.")]
        pages = [page.extract_text() or "" for page in reader.pages[:_MOST_PAGES]]
        total = len(reader.pages)
    except Exception as failure:  # pypdf lets whatever it trips over through
        return (), [_damaged(name, failure)]
    issues: list[Issue] = []
    if total > _MOST_PAGES:
        message = f"the first {_MOST_PAGES} of {total} pages were read."
        issues.append(Issue("warning", name, message, "Cut the file into several."))
    texts = _without_repeats([page.split("\n") for page in pages])
    if not any(line.strip() for page in texts for line in page):
        message = "this PDF holds no text; it may be a scan of paper."
        remedy = "Let a program recognise the text (OCR), or save the original as .docx or .txt."
        return (), [*issues, Issue("error", name, message, remedy)]
    return _paragraphs("\n".join(line for page in texts for line in page)), issues


def _without_repeats(pages: Sequence[list[str]]) -> list[list[str]]:
    """Drop the first and last lines of pages that most of them share but for numbers."""

    def shape(line: str) -> str:
        return re.sub(r"\d+", "#", line.strip())

    edges = Counter(
        kind
        for page in pages
        for kind in {shape(line) for line in (*page[:2], *page[-2:]) if line.strip()}
    )
    often = {kind for kind, n in edges.items() if len(pages) > 2 and n >= 0.6 * len(pages)}
    bare = {
        kind
        for kind in edges
        if re.fullmatch(r"(?:page |seite |p\. ?)?#(?: ?(?:/|of|von|de) ?#)?", kind, re.I)
    }
    made: list[list[str]] = []
    for page in pages:
        last = len(page)
        made.append(
            [
                line
                for n, line in enumerate(page)
                if not ((n < 2 or n >= last - 2) and shape(line) in often | bare)
            ]
        )
    return made


_BLOCK = frozenset(
    "p div li tr h1 h2 h3 h4 h5 h6 blockquote section article header footer ul ol table dd dt "
    "main body pre".split()
)
_SILENT = frozenset("script style head title meta link noscript template svg button nav".split())
_ANCHOR = re.compile(r"ts_(\d+)_(\d+)_(.*)", re.DOTALL)


def read_html(
    data: bytes, name: str
) -> tuple[Blocks, list[tuple[int, int, str, str]], list[Issue]]:
    """Read the blocks of an HTML page, and where it has them noScribe's anchors: start and end in
    milliseconds, speaker, text.
    """
    from lxml import html

    try:
        parser = html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
        root = html.document_fromstring(decode(data, name)[0].encode() or b"<p></p>", parser)
    except Exception as failure:  # lxml has errors of several families
        return (), [], [_damaged(name, failure)]
    said: list[tuple[int, int, str, str]] = []
    for anchor in root.iter("a"):
        found = _ANCHOR.fullmatch(anchor.get("name") or anchor.get("id") or "")
        text = " ".join("".join(anchor.itertext()).split())
        if found and text and len(found[1]) < 12 and len(found[2]) < 12:
            said.append((int(found[1]), int(found[2]), " ".join(found[3].split()), text))
    count = [0]
    return tuple(_html_blocks(root, count)), said, []


def _html_blocks(root: Any, count: list[int]) -> Iterator[Paragraph | Table]:
    """Read paragraphs in reading order, without recursion: pages nest deeply."""
    texts: list[str] = []
    bold: list[bool] = []
    level = [0]

    def flush() -> Iterator[Paragraph]:
        text = "".join(texts)
        lead = 0
        for piece, is_bold in zip(texts, bold, strict=True):
            if not is_bold and piece.strip():
                break
            lead += len(piece)
        texts.clear()
        bold.clear()
        if text.strip():
            count[0] += 1
            cut = len(text) - len(text.lstrip())
            yield Paragraph(text.strip(), count[0], max(0, lead - cut), level[0])

    stack: list[tuple[Any, str, bool]] = [(root, "open", False)]
    while stack:
        node, state, is_bold = stack.pop()
        tag = node.tag if isinstance(node.tag, str) else ""
        if state == "open":
            if tag in _SILENT or not tag:
                stack.append((node, "tail", is_bold))
                continue
            if tag == "table":
                yield from flush()
                yield _html_table(node, count)
                stack.append((node, "tail", is_bold))
                continue
            if tag in _BLOCK:
                yield from flush()
                level[0] = int(tag[1]) if re.fullmatch("h[1-6]", tag) else 0
            inner = is_bold or tag in ("b", "strong", "dt")
            if tag == "br":
                texts.append("\n")
                bold.append(True)
            elif node.text:
                texts.append(re.sub(r"\s+", " ", node.text))
                bold.append(inner)
            stack.append((node, "close", is_bold))
            stack += [(child, "open", inner) for child in reversed(node)]
            continue
        if state == "close" and tag in _BLOCK:
            yield from flush()
            level[0] = 0
        if node.tail and node is not root:
            texts.append(re.sub(r"\s+", " ", node.tail))
            bold.append(is_bold)
    yield from flush()


def _html_table(table: Any, count: list[int]) -> Table:
    """Read a table, each cell in its column: a merged one is followed by empty ones."""
    rows: list[tuple[tuple[Paragraph, ...], ...]] = []
    below: dict[int, int] = {}
    tall: set[tuple[int, int]] = set()
    for row in table.iter("tr"):
        if next(row.iterancestors("table")) is not table:
            continue  # of a table in a cell, whose words are read with the cell's
        cells: list[tuple[Paragraph, ...]] = []
        for cell in [each for each in row if each.tag in ("td", "th")] + [None]:
            while below.get(len(cells), 0):
                below[len(cells)] -= 1
                tall.add((len(rows), len(cells)))
                cells.append(())
            if cell is not None:
                count[0] += 1
                text = " ".join("".join(cell.itertext()).split())
                across, down = _merged(cell, "colspan"), _merged(cell, "rowspan")
                below |= dict.fromkeys(range(len(cells), len(cells) + across), down - 1)
                cells += [(Paragraph(text, count[0]),), *[()] * (across - 1)]
        rows.append(tuple(cells))
    return Table(tuple(rows), frozenset(tall))


def _merged(cell: Any, how: str) -> int:
    told = str(cell.get(how) or "")
    return max(1, min(63, int(told))) if told.isdigit() and len(told) < 6 else 1


def _paragraphs(text: str) -> Blocks:
    """Make paragraphs of the lines of a text; blank lines end them."""
    return tuple(
        Paragraph(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()
    )


def _damaged(name: str, failure: Exception) -> Issue:
    message = f"the document is damaged and cannot be read ({clean(str(failure))[:120]})."
    return Issue("error", name, message, "Open it in Word or LibreOffice and save it as .docx.")
