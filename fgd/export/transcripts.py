"""Write the transcript: captions, a document with stamps, a table, JSON with words, and the formats
of analysts' programs (NVivo, MAXQDA and f4, ELAN).
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fgd.core.clock import clock
from fgd.export.tables import csv_text
from fgd.export.word import Page
from fgd.model import Conversation, Flag, Session, Span, Word


def transcript_files(session: Session, lines: Sequence[Line]) -> dict[str, bytes]:
    """Return the transcript in every format, by file name.

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
    """Return every word with its times, confidence and the doubts about it, for other programs."""
    import msgspec

    document = {"session": session.id, "title": session.title, "lines": lines}
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def transcript_docx(session: Session, lines: Sequence[Line]) -> bytes:
    """Write a document with a stamp and a name before every turn, and what decided its voice behind
    it; doubtful turns are set apart.
    """
    from docx.shared import Pt

    page = Page(session.title or session.id)
    page.text(session.title or session.id, style="Title")
    facts = [part for part in (session.event, session.date, session.venue) if part]
    if facts:
        page.text(" · ".join(facts), style="Subtitle")
    note = (
        "Machine transcript. Grey italics mark text that is doubtful; listen before quoting it. "
        "The small print after a turn says what decided its voice, and how much of it agrees."
    )
    page.text((note, "italic"))
    names = {recording.id: recording.name for recording in session.recordings}
    several = len({line.recording for line in lines}) > 1
    current = ""
    for line in lines:
        if several and line.recording != current:
            current = line.recording
            page.heading(names.get(current, current), 1)
        decided = f"  {line.voice}: {line.decided_by}, {line.certainty:.0%}"
        paragraph = page.text(
            (f"[{clock(line.span.start)}] " if line.timed else "", "small quiet"),
            (f"{line.speaker}: ", "bold"),
            ("[overlap] " if line.overlap else "", "italic"),
            (line.text, "italic quiet" if line.flags else ""),
            (decided if line.decided_by else "", "tiny quiet"),
        )
        paragraph.paragraph_format.space_after = Pt(4)
    return page.saved()


@dataclass(frozen=True, slots=True)
class Line:
    """One turn, its speaker named as far as is known. ``span`` means nothing if not ``timed``."""

    turn: str
    recording: str
    voice: str
    speaker: str
    span: Span
    words: tuple[Word, ...]
    overlap: bool
    timed: bool
    decided_by: str
    certainty: float
    flags: tuple[Flag, ...]

    @property
    def text(self) -> str:
        """The words as written."""
        return "".join(word.text for word in self.words).strip()


def lines(
    conversations: Sequence[Conversation], speakers: Mapping[str, str] | None = None
) -> tuple[Line, ...]:
    """Return every turn of every recording in order.

    ``speakers`` maps turn ids to the name to print; a turn without one keeps the label of its
    imported transcript, else its voice.
    """
    known = speakers or {}
    return tuple(
        Line(
            turn.id,
            turn.recording,
            turn.voice,
            known.get(turn.id) or turn.label or turn.voice,
            turn.span,
            turn.words,
            bool(turn.overlaps),
            conversation.timed,
            turn.decided_by,
            turn.share,
            turn.flags,
        )
        for conversation in conversations
        for turn in conversation.turns
    )


# Two lines of captions: what a person reads in one glance (EBU and BBC guidelines agree on it).
LONGEST_TEXT = 84
LONGEST_CUE = 7_000
SENTENCE_ENDS = ".!?。！？"


def webvtt(lines: Sequence[Line]) -> str:
    """A WebVTT file; each cue names its voice (``<v Name>``) and doubtful text is in italics.

    A comment, which no player shows, says before each turn how its voice was decided.
    """
    blocks = ["WEBVTT"]
    for line in lines:
        if line.decided_by:
            overlap = ", overlap" if line.overlap else ""
            decided = f"{line.decided_by}, {line.certainty:.0%}{overlap}".replace("-->", "->")
            blocks.append(f"NOTE {line.turn} {line.voice}: {decided}")
        for span, words in cues(line):
            text = html.escape("".join(word.text for word in words).strip(), quote=False)
            if line.flags:
                text = f"<i>{text}</i>"
            mark = ".overlap" if line.overlap else ""
            name = html.escape(" ".join(line.speaker.split()), quote=False)
            blocks.append(f"{_stamp(span, '.')}\n<v{mark} {name}>{text}</v>")
    return "\n\n".join(blocks) + "\n"


def srt(lines: Sequence[Line]) -> str:
    """Return a SubRip file, ``Name: text``."""
    blocks: list[str] = []
    for line in lines:
        for span, words in cues(line):
            text = "".join(word.text for word in words).strip()
            speaker = " ".join(line.speaker.split())
            blocks.append(f"{len(blocks) + 1}\n{_stamp(span, ',')}\n{speaker}: {text}")
    return "\n\n".join(blocks) + "\n"


def cues(line: Line) -> Iterator[tuple[Span, list[Word]]]:
    """Cut a turn into cues of at most two lines and seven seconds, at sentence ends if possible."""
    cue: list[Word] = []
    length = 0
    for word in line.words:
        full = cue and (
            length + len(word.text) > LONGEST_TEXT
            or word.span.end - cue[0].span.start > LONGEST_CUE
            or (cue[-1].text.rstrip()[-1:] in SENTENCE_ENDS and length > LONGEST_TEXT // 2)
        )
        if full:
            yield _reach(cue), cue
            cue, length = [], 0
        cue.append(word)
        length += len(word.text)
    if cue:
        yield _reach(cue), cue


def _reach(words: Sequence[Word]) -> Span:
    """From the first word to the last; a player shows nothing for a cue without length."""
    start, end = words[0].span.start, max(word.span.end for word in words)
    return Span(start, max(end, start + 1))


def _stamp(span: Span, mark: str) -> str:
    return f"{clock(span.start, mark, hours=2)} --> {clock(span.end, mark, hours=2)}"


def nvivo_rows(lines: Sequence[Line]) -> bytes:
    """Return rows of Timespan, Content, Speaker with tabs between, as NVivo imports transcripts."""
    rows = ["Timespan\tContent\tSpeaker"]
    for line in lines:
        span = (
            f"{clock(line.span.start, '.', digits=1)} - {clock(line.span.end, '.', digits=1)}"
            if line.timed
            else ""
        )
        rows.append(f"{span}\t{_one_line(line.text)}\t{_one_line(line.speaker)}")
    return ("\r\n".join(rows) + "\r\n").encode("utf-8")


def f4_text(lines: Sequence[Line]) -> bytes:
    """Paragraphs ``Name: words #hh:mm:ss-t#`` with the end of each, as f4 writes them and MAXQDA
    and ATLAS.ti read them.
    """
    paragraphs = []
    for line in lines:
        stamp = f" #{clock(line.span.end, '-', hours=2, digits=1)}#" if line.timed else ""
        paragraphs.append(f"{_one_line(line.speaker)}: {_one_line(line.text)}{stamp}")
    return ("\n\n".join(paragraphs) + "\n").encode("utf-8")


def headed_docx(session: Session, lines: Sequence[Line]) -> bytes:
    """A Word document in which every speaker is a heading and the words stand below, for coding
    by speaker; turns in a row of one speaker share a heading.
    """
    page = Page(session.title or session.id)
    before = ""
    for line in lines:
        if line.speaker != before:
            page.heading(_one_line(line.speaker), 1)
            before = line.speaker
        page.text(_one_line(line.text))
    return page.saved()


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


TRANSCRIPT_HEADER = (
    "recording", "start", "end", "start_ms", "end_ms", "voice", "speaker", "text",
    "overlap", "decided_by", "certainty", "doubts", "turn",
)  # fmt: skip


def transcript_csv(lines: Sequence[Line]) -> str:
    """Return one row a turn; times are empty where the source has none."""
    rows = []
    for line in lines:
        times: tuple[object, ...] = ("", "", "", "")
        if line.timed:
            start, end = line.span.start, line.span.end
            times = (clock(start), clock(end), start, end)
        rows.append(
            (
                line.recording,
                *times,
                line.voice,
                line.speaker,
                line.text,
                "yes" if line.overlap else "",
                line.decided_by,
                f"{line.certainty:.2f}",
                "; ".join(f"{flag.kind}: {flag.reason}" for flag in line.flags),
                line.turn,
            )
        )
    return csv_text(TRANSCRIPT_HEADER, rows)
