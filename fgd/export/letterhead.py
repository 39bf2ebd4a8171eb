"""The letterhead that a Word document is written into, and how it looks where there is none."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from fgd.core.errors import SettingsError

WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
TEMPLATE = DOCUMENT.replace("document.main", "template.main")
INK, BLUE, QUIET = "1B2733", "1F5582", "55606B"


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
    """A template (.dotx) with the content type of a document, which is all that differs."""
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
