"""A Word document written with real styles, captions, tables, endnotes and alternative texts.

The letterhead of a secretariat may be written into: its styles, header, footer and page size are
kept and its text is replaced. A style it lacks is added from ours. Endnotes, which python-docx
does not know, are added as ECMA-376 (part 1, 17.11) describes them.
"""

from __future__ import annotations

import copy
import datetime
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from fgd.core.errors import SettingsError
from fgd.core.files import settled

ENDNOTES = "application/vnd.openxmlformats-officedocument.wordprocessingml.endnotes+xml"
LINE = "C9D1D8"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
STYLES = (
    "Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3", "List Bullet", "Quote", "Caption",
)  # fmt: skip
KEPT = 2
"""Rows at the top of a table that stay on one page with the row after them."""

TALL = 62
"""Points that a row to be filled in by hand is high."""

TURNED, DARK = 6, 0.55
"""More columns of counts than this have their heads turned; darker cells have white text."""

_CONTROL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Text without the characters that XML cannot hold, each shown as the replacement mark."""
    return _CONTROL.sub("\ufffd", text)


def is_rtl(text: str) -> bool:
    """Tell whether a text begins in a script written from right to left."""
    strong = (unicodedata.bidirectional(each) for each in text)
    return next((kind in ("R", "AL") for kind in strong if kind in ("L", "R", "AL")), False)


def _plain_properties(document: Any, title: str) -> None:
    """Write metadata that says what the file is and nothing about when or by whom it was made."""
    properties = document.core_properties
    properties.title = title if len(title) <= 250 else f"{title[:250]}…"  # Word allows 255
    properties.author = "fgd"
    properties.comments = ""
    properties.last_modified_by = ""
    properties.created = properties.modified = datetime.datetime(2000, 1, 1)
    properties.revision = 1


class Page:
    """A document being written, from the top down."""

    def __init__(self, title: str, letterhead: bytes = b"") -> None:
        import docx

        self.document: Any = opened(letterhead) if letterhead else docx.Document()
        self.captions = {"Table": 0, "Figure": 0}
        self.notes: list[str] = []
        self.marks = 0
        self.style_ids: dict[str, str | None] = {}
        _plain_properties(self.document, printable(title))
        self._styles(own=not letterhead)

    def text(self, *runs: str | tuple[str, str], style: str = "Normal") -> Any:
        """A paragraph of runs; a run is text, or text and how it is set (bold, italic, quiet)."""
        paragraph = self.document.add_paragraph()
        paragraph._p.style = self._style_id(style)
        self.runs(paragraph, runs)
        return paragraph

    def runs(self, paragraph: Any, runs: Iterable[str | tuple[str, str]]) -> None:
        """Add runs to a paragraph; text from right to left is set so."""
        _write_runs(paragraph._p, runs)

    def heading(self, text: str, level: int, anchor: str = "") -> Any:
        """Return a heading of the outline; ``anchor`` can be linked to."""
        paragraph = self.text(text, style=f"Heading {level}")
        if anchor:
            self.anchor(paragraph, anchor)
        return paragraph

    def bullet(self, *runs: str | tuple[str, str]) -> Any:
        """Return a line of a list."""
        return self.text(*runs, style="List Bullet")

    def link(self, paragraph: Any, text: str, anchor: str) -> None:
        """A link to a place of this document."""
        link = _child(paragraph._p, "hyperlink", anchor=_bookmark(anchor), history="1")
        run = _child(link, "r")
        _child(_child(run, "rPr"), "color", val=BLUE)
        _child(run, "t").text = printable(text)

    def note(self, paragraph: Any, text: str) -> None:
        """An endnote whose mark stands at the end of a paragraph."""
        self.notes.append(text)
        run = _child(paragraph._p, "r")
        _child(_child(run, "rPr"), "vertAlign", val="superscript")
        _child(run, "endnoteReference", id=str(len(self.notes)))

    def caption(self, kind: str, text: str) -> None:
        """``Table 3. Text``, numbered by a field so that Word can list tables and figures."""
        self.captions[kind] += 1
        paragraph = self.text(f"{kind} ", style="Caption")
        paragraph.paragraph_format.keep_with_next = kind == "Table"
        field = _child(paragraph._p, "fldSimple", instr=f" SEQ {kind} \\* ARABIC ")
        _child(_child(field, "r"), "t").text = str(self.captions[kind])
        self.runs(paragraph, [f". {text}"])

    def table(
        self,
        title: str,
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[float] = (),
        shades: Sequence[Sequence[float]] = (),
        *,
        form: bool = False,
        tall: bool = False,
    ) -> None:
        """Write a table with a caption above, a header row that repeats, and lines between rows.

        ``widths`` are shares of the width of the text, column by column; ``shades`` (rows, cells
        after the first) colour cells from 0 to 1. Many shaded columns have their heads turned.
        A ``form`` is filled in by hand: no caption, lines around every cell, and rows that leave
        room where it is ``tall``; without a header the first cell of a row names the others.
        """
        from docx.shared import Emu, Pt

        if not form:
            self.caption("Table", title)
        lines = [header, *rows] if header else rows
        columns = len(lines[0])
        table = self.document.add_table(rows=0, cols=columns)
        table.autofit = False
        properties = table._tbl.tblPr
        if title:
            _child(properties, "tblCaption", val=printable(title))
        _lined(properties, boxed=form)
        section = self.document.sections[-1]
        room = section.page_width - section.left_margin - section.right_margin
        sizes = [Emu(int(room * share)) for share in widths or [1 / columns] * columns]
        for column, size in zip(table.columns, sizes, strict=True):
            column.width = size
        turned = columns > TURNED and bool(shades)
        for number, cells in enumerate(lines):
            head = bool(header) and not number
            row = _child(table._tbl, "tr")
            how_row = _child(row, "trPr")
            _child(how_row, "cantSplit")
            if head:
                _child(how_row, "tblHeader")
            if (head and turned) or (tall and not head):
                height = min(110, 14 + 5 * max(map(len, header))) if head else TALL
                _child(how_row, "trHeight", val=str(height * 20))
            for place, (text, size) in enumerate(zip(cells, sizes, strict=True)):
                cell = _child(row, "tc")
                how_cell = _child(cell, "tcPr")
                _child(how_cell, "tcW", type="dxa", w=str(size.twips))
                shade = shades[number - 1][place - 1] if shades and number and place else 0.0
                if shade:
                    _child(how_cell, "shd", val="clear", fill=_tint(shade))
                if turned and place and head:
                    _child(how_cell, "textDirection", val="btLr")
                paragraph = _child(cell, "p")
                how_paragraph = _child(paragraph, "pPr")
                if number < KEPT and number < len(lines) - 1:  # no heading alone at a page's foot
                    _child(how_paragraph, "keepNext")
                _child(how_paragraph, "spacing", after="40")
                how = "small bold quiet" if head else "small"
                if form:
                    how = "bold" if head or not (header or place) else ""
                _write_runs(paragraph, [(text, f"{how} light" if shade > DARK else how)])
        self.text(style="Normal").paragraph_format.space_after = Pt(2)

    def picture(self, png: bytes, title: str, alt: str) -> None:
        """A picture as wide as the text, with a caption and a text for those who cannot see it."""
        from docx.shared import Emu, Inches

        section = self.document.sections[-1]
        room = section.page_width - section.left_margin - section.right_margin
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        run = paragraph.add_run()
        shape = run.add_picture(io.BytesIO(png), width=Emu(min(room, Inches(6.6))))
        described = shape._inline.docPr
        described.set("descr", printable(alt))
        described.set("title", printable(title))
        described.set("name", f"Figure {self.captions['Figure'] + 1}")
        self.caption("Figure", title)

    def saved(self) -> bytes:
        """Return the file; its bytes depend on what was written alone."""
        if self.notes:
            self._endnotes()
        out = io.BytesIO()
        self.document.save(out)
        return settled(out.getvalue())

    def anchor(self, paragraph: Any, anchor: str) -> None:
        """A place that links can lead to."""
        self.marks += 1
        begin = _made("bookmarkStart", id=str(self.marks), name=_bookmark(anchor))
        end = _made("bookmarkEnd", id=str(self.marks))
        paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, begin)
        paragraph._p.append(end)

    def _style_id(self, name: str) -> str | None:
        """Looked up once: python-docx searches all styles for every paragraph."""
        from docx.enum.style import WD_STYLE_TYPE

        if name not in self.style_ids:
            self.style_ids[name] = self.document.part.get_style_id(name, WD_STYLE_TYPE.PARAGRAPH)
        return self.style_ids[name]

    def _styles(self, *, own: bool) -> None:
        """Our look where no letterhead is given; with one, only the styles that it lacks."""
        from docx.enum.style import WD_STYLE_TYPE

        styles = self.document.styles
        missing = [name for name in STYLES if name not in [each.name for each in styles]]
        for name in missing:
            added = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            added.base_style = styles.get("Normal", None)
        for name in STYLES if own else missing:
            look(styles[name], name)
        if own:
            self._own_page()

    def _own_page(self) -> None:
        from docx.shared import Cm, Pt, RGBColor

        normal = self.document.styles["Normal"]
        fonts(normal, "Calibri")
        normal.font.size = Pt(10.5)
        normal.font.color.rgb = RGBColor.from_string(INK)
        normal.paragraph_format.space_after = Pt(6)
        normal.paragraph_format.line_spacing = 1.12
        section = self.document.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.3)
        section.top_margin, section.bottom_margin = Cm(2.0), Cm(2.0)

    def banner(self, text: str) -> None:
        """Write a warning above every page."""
        above = self.document.sections[0].header.paragraphs[0]
        self.runs(above, [(text, "small bold warning")])

    def script(self, text: str) -> Any:
        """Write a paragraph to be read out at arm's length; a bar to its left tells it apart."""
        from docx.shared import Cm, Pt

        paragraph = self.text((text, "large"))
        bar = _child(paragraph._p.get_or_add_pPr(), "pBdr")
        _child(bar, "left", val="single", sz="18", space="8", color=BLUE)
        shape = paragraph.paragraph_format
        shape.left_indent, shape.space_before, shape.space_after = Cm(0.6), Pt(6), Pt(6)
        return paragraph

    def plate(self, *lines: tuple[str, int]) -> None:
        """Write a name-plate to be cut out, four to a page: lines of a size in points."""
        from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Cm, Pt

        row = self.document.add_table(rows=1, cols=1, style="Table Grid").rows[0]
        row.height = Cm(5.4)
        _child(row._tr.get_or_add_trPr(), "cantSplit")
        cell = row.cells[0]
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        for number, (text, size) in enumerate(lines):
            line = cell.add_paragraph() if number else cell.paragraphs[0]
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            line.add_run(printable(text)).font.size = Pt(size)
        self.text().paragraph_format.space_after = Pt(0)

    def footer(self, text: str) -> None:
        """A footer with the number of the page; a letterhead's own is left as it is."""
        paragraph = self.document.sections[0].footer.paragraphs[0]
        self.runs(paragraph, [(f"{text} \u00b7 page ", "small quiet")])
        _write_runs(_child(paragraph._p, "fldSimple", instr=" PAGE "), [("1", "small quiet")])

    def _endnotes(self) -> None:
        from docx.opc.constants import RELATIONSHIP_TYPE
        from docx.opc.oxml import serialize_part_xml
        from docx.opc.packuri import PackURI
        from docx.opc.part import Part
        from docx.oxml import parse_xml

        root = parse_xml(f'<w:endnotes xmlns:w="{WORDS}"/>')
        for number, kind in ((-1, "separator"), (0, "continuationSeparator")):
            note = _child(root, "endnote", type=kind, id=str(number))
            _child(_child(_child(note, "p"), "r"), kind)
        for number, text in enumerate(self.notes, 1):
            paragraph = _child(_child(root, "endnote", id=str(number)), "p")
            mark = _child(paragraph, "r")
            _child(_child(mark, "rPr"), "vertAlign", val="superscript")
            _child(mark, "endnoteRef")
            run = _child(paragraph, "r")
            _child(_child(run, "rPr"), "sz", val="18")
            said = _child(run, "t")
            said.text = f" {printable(text)}"
            said.set(_SPACE, "preserve")
        data = serialize_part_xml(root)
        form = _made("endnotePr")
        _child(form, "numFmt", val="decimal")
        settings = self.document.settings.element
        later = settings.find(f"{{{WORDS}}}compat")
        settings.append(form) if later is None else later.addprevious(form)
        for section in self.document.sections:  # LibreOffice looks here
            kept = [each for each in section._sectPr if each.tag.endswith("erReference")]
            section._sectPr.insert(len(kept), copy.deepcopy(form))
        main = self.document.part
        part = Part(PackURI("/word/endnotes.xml"), ENDNOTES, data, main.package)
        main.relate_to(part, RELATIONSHIP_TYPE.ENDNOTES)


def _lined(properties: Any, *, boxed: bool) -> None:
    """Draw thin lines between rows; around every cell where it is to be filled in by hand."""
    borders = _child(properties, "tblBorders")
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    for side in sides if boxed else ("top", "bottom", "insideH"):
        _child(borders, side, val="single", sz="4", space="0", color=LINE)


def _tint(share: float) -> str:
    """From nearly white to the full colour, as RRGGBB."""
    pairs = zip((244, 246, 248), (31, 85, 130), strict=True)
    return "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def _bookmark(anchor: str) -> str:
    return "fgd_" + re.sub(r"\W", "_", anchor)[:30]


def _write_runs(paragraph: Any, runs: Iterable[str | tuple[str, str]]) -> None:
    """Add runs to the element of a paragraph. python-docx looks at the whole schema for every
    property, which takes most of the time of a long document.
    """
    said = [run if isinstance(run, tuple) else (run, "") for run in runs]
    turned = is_rtl("".join(text for text, _ in said))
    if turned:
        _child(paragraph.get_or_add_pPr(), "bidi")
    for text, how in said:
        if not text:
            continue
        run = _child(paragraph, "r")
        if how or turned:
            _set(_child(run, "rPr"), how, turned=turned)
        for piece in re.split(r"([\n\t])", printable(text).replace("\r", "\n")):
            if piece in ("\n", "\t"):
                _child(run, "br" if piece == "\n" else "tab")
            elif piece:
                part = _child(run, "t")
                part.text = piece
                if piece != piece.strip():
                    part.set(_SPACE, "preserve")


def _set(properties: Any, how: str, *, turned: bool) -> None:
    """How a run is set, its properties in the order of the schema (ECMA-376, 17.3.2.28)."""
    if "bold" in how:
        _child(properties, "b")
    if "italic" in how:
        _child(properties, "i")
    if "light" in how or "quiet" in how:
        _child(properties, "color", val="FFFFFF" if "light" in how else QUIET)
    elif "warning" in how:
        _child(properties, "color", val=WARNING)
    size = next((size for name, size in SIZES.items() if name in how), "")
    if size:
        _child(properties, "sz", val=size)
    if turned:
        _child(properties, "rtl")


def _made(name: str, /, **attributes: str) -> Any:
    from docx.oxml import OxmlElement

    element = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        element.set(f"{{{WORDS}}}{key}", value)
    return element


def _child(parent: Any, name: str, /, **attributes: str) -> Any:
    from lxml import etree

    given = {f"{{{WORDS}}}{key}": value for key, value in attributes.items()}
    return etree.SubElement(parent, f"{{{WORDS}}}{name}", given)


WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TEMPLATE = DOCUMENT.replace("document.main", "template.main")
INK, BLUE, QUIET, WARNING = "1B2733", "1F5582", "55606B", "8A2F0C"
SIZES = {"tiny": "14", "small": "18", "large": "26"}
"""Of runs, in half points."""


def opened(letterhead: bytes) -> Any:
    """A letterhead or template with its body emptied; its last section keeps the page layout."""
    import docx

    try:
        document: Any = docx.Document(io.BytesIO(_as_document(letterhead)))
    except (zipfile.BadZipFile, KeyError, ValueError) as problem:
        raise SettingsError(
            "the letterhead is not a Word file.",
            where="[brief] letterhead",
            remedy="Name a .docx or .dotx file.",
        ) from problem
    body = document.element.body
    for each in list(body):
        if not each.tag.endswith("}sectPr"):
            body.remove(each)
    for kind, relation in list(document.part.rels.items()):
        if relation.reltype.endswith(("/endnotes", "/comments")):
            del document.part.rels[kind]
    return document


def _as_document(data: bytes) -> bytes:
    """Return a template (.dotx) with the content type of a document, which is all that differs."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            inner = source.read(entry)
            if entry.filename == "[Content_Types].xml":
                inner = inner.replace(TEMPLATE.encode(), DOCUMENT.encode())
            target.writestr(entry.filename, inner)
    return out.getvalue()


def look(style: Any, name: str) -> None:
    """How a style looks in a brief without a letterhead."""
    from docx.shared import Cm, Pt, RGBColor

    sizes = {"Title": 24, "Subtitle": 11, "Heading 1": 16, "Heading 2": 13, "Heading 3": 11.5,
             "Caption": 9.5}  # fmt: skip
    colours = {"Heading 1": BLUE, "Caption": INK, "Subtitle": QUIET}
    fonts(style, "Calibri")
    style.font.italic = False
    style.font.bold = name in ("Title", "Heading 1", "Heading 2", "Heading 3", "Caption")
    style.font.color.rgb = RGBColor.from_string(colours.get(name, INK))
    if name in sizes:
        style.font.size = Pt(sizes[name])
    shape = style.paragraph_format
    if name.startswith("Heading"):
        shape.space_before, shape.space_after = Pt(16 if name == "Heading 1" else 11), Pt(4)
        shape.keep_with_next = True
    if name == "Quote":
        shape.left_indent, shape.space_before, shape.space_after = Cm(0.7), Pt(2), Pt(4)
    if name == "Title":
        shape.space_after = Pt(4)
        borders = style.element.get_or_add_pPr().find(f"{{{WORDS}}}pBdr")
        if borders is not None:
            style.element.pPr.remove(borders)


def fonts(style: Any, name: str) -> None:
    """One font for every script a style has; themes would otherwise win."""
    style.font.name = name
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for key in list(fonts.attrib):
        if key.endswith("Theme"):
            del fonts.attrib[key]
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(f"{{{WORDS}}}{script}", name)
