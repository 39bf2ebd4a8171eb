"""The transcript as analysts' programs take it: NVivo, MAXQDA and f4, ELAN, a plain Word document.

Nothing but speaker, time and words: whatever else stood in such a file would be coded as speech.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from fgd.core.office import plain_properties, settled
from fgd.export.line import Line
from fgd.model import Session


def nvivo_rows(lines: Sequence[Line]) -> bytes:
    """Rows of Timespan, Content, Speaker with tabs between, as NVivo imports transcripts."""
    rows = ["Timespan\tContent\tSpeaker"]
    for line in lines:
        span = f"{_tenths(line.span.start)} - {_tenths(line.span.end)}" if line.timed else ""
        rows.append(f"{span}\t{_one_line(line.text)}\t{_one_line(line.speaker)}")
    return ("\r\n".join(rows) + "\r\n").encode("utf-8")


def f4_text(lines: Sequence[Line]) -> bytes:
    """Paragraphs ``Name: words #hh:mm:ss-t#`` with the end of each, as f4 writes them and MAXQDA
    and ATLAS.ti read them.
    """
    paragraphs = []
    for line in lines:
        stamp = f" #{_hashed(line.span.end)}#" if line.timed else ""
        paragraphs.append(f"{_one_line(line.speaker)}: {_one_line(line.text)}{stamp}")
    return ("\n\n".join(paragraphs) + "\n").encode("utf-8")


def headed_docx(session: Session, lines: Sequence[Line]) -> bytes:
    """A Word document in which every speaker is a heading and the words stand below, for coding
    by speaker; turns in a row of one speaker share a heading.
    """
    import docx

    document: Any = docx.Document()
    plain_properties(document, session.title or session.id)
    before = ""
    for line in lines:
        if line.speaker != before:
            document.add_heading(_one_line(line.speaker), level=1)
            before = line.speaker
        document.add_paragraph(_one_line(line.text))
    out = io.BytesIO()
    document.save(out)
    return settled(out.getvalue())


def elan(lines: Sequence[Line], media: str = "") -> bytes:
    """An ELAN file with a tier for every speaker; ``media`` is the name of the sound beside it."""
    from lxml import etree

    root = etree.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "fgd", "DATE": "2000-01-01T00:00:00+00:00", "FORMAT": "3.0", "VERSION": "3.0",
            "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation":
                "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
        },
        nsmap={"xsi": "http://www.w3.org/2001/XMLSchema-instance"},
    )  # fmt: skip
    header = etree.SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    if media:
        etree.SubElement(
            header, "MEDIA_DESCRIPTOR", MEDIA_URL=f"./{media}", RELATIVE_MEDIA_URL=f"./{media}",
            MIME_TYPE="audio/x-wav",
        )  # fmt: skip
    order = etree.SubElement(root, "TIME_ORDER")
    timed = [line for line in lines if line.timed]
    for number, line in enumerate(timed):
        for slot, time in ((2 * number + 1, line.span.start), (2 * number + 2, line.span.end)):
            etree.SubElement(order, "TIME_SLOT", TIME_SLOT_ID=f"ts{slot}", TIME_VALUE=str(time))
    for speaker in dict.fromkeys(line.speaker for line in timed):
        tier = etree.SubElement(
            root, "TIER", LINGUISTIC_TYPE_REF="default-lt", PARTICIPANT=speaker, TIER_ID=speaker
        )
        for number, line in enumerate(timed):
            if line.speaker == speaker:
                holder = etree.SubElement(tier, "ANNOTATION")
                annotation = etree.SubElement(
                    holder, "ALIGNABLE_ANNOTATION", ANNOTATION_ID=f"a{number + 1}",
                    TIME_SLOT_REF1=f"ts{2 * number + 1}", TIME_SLOT_REF2=f"ts{2 * number + 2}",
                )  # fmt: skip
                etree.SubElement(annotation, "ANNOTATION_VALUE").text = _one_line(line.text)
    etree.SubElement(
        root, "LINGUISTIC_TYPE", GRAPHIC_REFERENCES="false", LINGUISTIC_TYPE_ID="default-lt",
        TIME_ALIGNABLE="true",
    )  # fmt: skip
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return data


def _one_line(text: str) -> str:
    kept = "".join(c if c >= " " and c not in "\ufffe\uffff" else " " for c in text)
    return " ".join(kept.split())


def _tenths(span: int) -> str:
    return f"{span // 3_600_000}:{span // 60_000 % 60:02}:{span // 1000 % 60:02}.{span // 100 % 10}"


def _hashed(span: int) -> str:
    clock = f"{span // 3_600_000:02}:{span // 60_000 % 60:02}:{span // 1000 % 60:02}"
    return f"{clock}-{span // 100 % 10}"
