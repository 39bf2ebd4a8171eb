"""The transcript for people: captions, a document with stamps, a table, and JSON with words."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from fgd.core.office import plain_properties, settled
from fgd.core.text import clock
from fgd.export.captions import srt, webvtt
from fgd.export.line import Line
from fgd.export.tables import transcript_csv
from fgd.model import Session


def transcript_files(session: Session, lines: Sequence[Line]) -> dict[str, bytes]:
    """The transcript in every format, by file name.

    Captions need times and one recording each: with several recordings each gets its own file.
    """
    files = {
        "transcript.csv": transcript_csv(lines).encode("utf-8"),
        "transcript.docx": transcript_docx(session, lines),
        "transcript.json": transcript_json(session, lines),
    }
    recordings = list(dict.fromkeys(line.recording for line in lines if line.timed))
    for number, recording in enumerate(recordings, 1):
        mine = [line for line in lines if line.recording == recording]
        stem = "transcript" if len(recordings) == 1 else f"transcript-{number:02d}"
        files[f"{stem}.vtt"] = webvtt(mine).encode("utf-8")
        files[f"{stem}.srt"] = srt(mine).encode("utf-8")
    return files


def transcript_json(session: Session, lines: Sequence[Line]) -> bytes:
    """Every word with its times, confidence and the doubts about it, for other programs."""
    import msgspec

    document = {"session": session.id, "title": session.title, "lines": lines}
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def transcript_docx(session: Session, lines: Sequence[Line]) -> bytes:
    """A document with a stamp and a name before every turn, and behind it what decided the voice;
    doubtful turns are shaded.
    """
    import docx
    from docx.shared import Pt, RGBColor

    document: Any = docx.Document()
    plain_properties(document, session.title or session.id)
    document.add_heading(session.title or session.id, level=0)
    facts = [part for part in (session.event, session.date, session.venue) if part]
    if facts:
        document.add_paragraph(" · ".join(facts))
    note = document.add_paragraph()
    note.add_run(
        "Machine transcript. Grey italics mark text that is doubtful; listen before quoting it. "
        "The small print after a turn says what decided its voice, and how much of it agrees."
    ).italic = True
    names = {recording.id: recording.name for recording in session.recordings}
    several = len({line.recording for line in lines}) > 1
    current = ""
    for line in lines:
        if several and line.recording != current:
            current = line.recording
            document.add_heading(names.get(current, current), level=1)
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(4)
        if line.timed:
            stamp = paragraph.add_run(f"[{clock(line.span.start)}] ")
            stamp.font.color.rgb = RGBColor(0x59, 0x63, 0x6E)
            stamp.font.size = Pt(9)
        paragraph.add_run(f"{line.speaker}: ").bold = True
        if line.overlap:
            paragraph.add_run("[overlap] ").italic = True
        text = paragraph.add_run(line.text)
        if line.flags:
            text.italic = True
            text.font.color.rgb = RGBColor(0x59, 0x63, 0x6E)
        if line.decided_by:
            how = paragraph.add_run(f"  {line.voice}: {line.decided_by}, {line.certainty:.0%}")
            how.font.color.rgb = RGBColor(0x59, 0x63, 0x6E)
            how.font.size = Pt(7)
    out = io.BytesIO()
    document.save(out)
    return settled(out.getvalue())
