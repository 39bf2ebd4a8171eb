"""Find the reader of every transcript that already exists: by content first, by name second."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from fgd.core.clock import DAY, clock
from fgd.core.files import Contents, contents, decode, printable, unusable
from fgd.core.text import one_name_each
from fgd.intake.office_texts import (
    Blocks,
    Paragraph,
    read_docx,
    read_html,
    read_odt,
    read_pdf,
    read_rtf,
    too_long,
    unread,
)
from fgd.intake.spreadsheets import Grid, enumeration, read_workbook
from fgd.intake.transcripts.annotations import (
    is_chat,
    is_textgrid,
    read_chat,
    read_elan,
    read_stm,
    read_textgrid,
    read_turns,
)
from fgd.intake.transcripts.columns import by_speaker, find_columns
from fgd.intake.transcripts.documents import (
    Lines,
    block_lines,
    delimited_lines,
    is_system_line,
    looks_like_markdown,
    rewritten,
    row_lines,
    text_lines,
    without_controls,
    without_furniture,
    without_markdown,
)
from fgd.intake.transcripts.json_transcripts import read_json, read_record
from fgd.intake.transcripts.layouts import read_layout
from fgd.intake.transcripts.passages import (
    Line,
    Passage,
    estimated_starts,
    spans,
    timed_segment,
    untimed_segment,
    with_text,
)
from fgd.intake.transcripts.subtitles import (
    Cue,
    has_cues,
    loops,
    read_cues,
    read_older,
    read_substation,
    read_ttml,
    read_voices,
    with_noted_voices,
    without_header,
)
from fgd.model import Flag, Issue, Recording, Segment, Span, Transcript

_FOOTER = re.compile(r"transcribed by https?://otter\.ai", re.IGNORECASE)
_SPARSE = 20
_FASTEST = 8.0
"""Words a second that nobody speaks over a whole transcript."""
_HOUR = 3_600_000
_LONGEST_TEXT = 8_000_000
"""Characters of a text without cues; eight hours of talk have one million."""

_NO_COLUMN = "words of a table that stand in no column of words were not read."
_SHARED = (
    "a cell is merged over rows of several speakers; its words were put under the first of them."
)

Read = tuple[Transcript, list[Issue]]


def read_transcript(
    path: Path, recording: Recording, *, languages: Sequence[str] = (), length: int = 0
) -> tuple[Transcript, tuple[Issue, ...]]:
    """Read a transcript of any format, and everything that is odd about it.

    ``languages`` are the session's: of two columns of text, the one in the first of them is read.
    ``length`` is the sound's in milliseconds, where it is known. Never raises: a file that cannot
    be read is an empty transcript and an issue of level error.
    """
    name = printable(path.name)
    try:
        transcript, issues = _Reader(path, recording.id, name, languages).read()
    except OSError as problem:
        message = f"the file cannot be opened ({problem.strerror})."
        issue = Issue("error", name, message, "Give yourself permission to read it.")
        return Transcript(recording.id, ()), (issue,)
    except RecursionError:
        issue = Issue(
            "error", name, "the file is nested too deeply to be read.", "Export it again."
        )
        return Transcript(recording.id, ()), (issue,)
    if not transcript.segments and not any(issue.level == "error" for issue in issues):
        message = "there is no text in this transcript."
        issues.append(Issue("error", name, message, "Check that this is the right file."))
    transcript, more = _one_name_each(transcript, name)
    transcript, late = _possible_times(transcript, recording, length, name)
    return transcript, (*issues, *more, *late)


class _Reader:
    """One file on its way to a transcript."""

    def __init__(self, path: Path, recording: str, name: str, languages: Sequence[str]) -> None:
        self.path = path
        self.recording = recording
        self.name = name
        self.languages = languages
        self.suffix = path.suffix.lower()

    def read(self) -> Read:
        found = contents(self.path)
        readers: dict[Contents, Callable[[], Read]] = {
            "docx": self.word,
            "xlsx": self.workbook,
            "odt": lambda: self.blocks(*read_odt(self.path, self.name), "odt"),
            "rtf": lambda: self.blocks(*read_rtf(self.path, self.name), "rtf"),
            "pdf": lambda: self.blocks(*read_pdf(self.path, self.name), "pdf"),
        }
        if found in readers:
            return readers[found]()
        problem = unusable(found, self.name, "docx" if self.suffix == ".docx" else "text")
        if problem is not None and found != "text":
            return self.nothing([problem])
        long = too_long(self.path, self.name)
        if long is not None:
            return self.nothing([long])
        return self.decoded(self.path.read_bytes())

    def nothing(self, issues: list[Issue]) -> Read:
        return Transcript(self.recording, ()), issues

    def decoded(self, data: bytes) -> Read:
        text, issues = decode(data, self.name)
        text = rewritten(without_header(without_controls(text.replace("\x15", "\u2022"))))
        transcript, more = self.text(text, data)
        return transcript, issues + more

    def text(self, text: str, data: bytes) -> Read:
        """Read a text file, by what it looks like; ``data`` are its bytes, for readers of XML."""
        start = text.lstrip()
        head = start[:3000]
        if self.suffix in (".json", ".otr", ".jsonl") or re.match(r'[\[{]\s*["{\[]', start):
            if self.suffix == ".otr" or _is_otranscribe(text):
                return self.otranscribe(text)
            if self.suffix in (".json", ".jsonl") or not re.match(r"\[[^\]{]{1,80}\]", start):
                return read_json(text, self.recording, self.name)
        if head.startswith("<"):
            if "<ANNOTATION_DOCUMENT" in head:
                return self.tiers(*read_elan(data, self.name), "eaf")
            if re.search(r"<(?:\w+:)?tt[\s>]", head):
                return self.cues(*read_ttml(data, self.name), "ttml")
            if re.match(r"<sami\b", head, re.I):
                return self.cues(*read_older(text, self.name), "sami")
            turns = None if _is_page(head) else read_turns(data)
            if turns is not None:
                return self.tiers(*turns, "xml")
            if re.search(r"<(?:!doctype html|html|body|p|div|span|table|h\d)\b", head, re.I):
                return self.html(data)
            if head.startswith(("<?xml", "<!DOCTYPE")):
                message = "this is XML of a kind that is not read as a transcript."
                remedy = "Export it as WebVTT, SRT or .docx from the program that made it."
                return self.nothing([Issue("error", self.name, message, remedy)])
        if is_textgrid(start):
            return self.tiers(*read_textgrid(text, self.name), "textgrid")
        if is_chat(text):
            return self.tiers(*read_chat(text), "chat")
        if re.match(r"\[Script Info\]", start, re.I) or "\n[Events]" in text[:100_000]:
            return self.cues(*read_substation(text, self.name), "ass")
        if re.match(r"\\(?:documentclass|begin\{document\}|usepackage)", start):
            message = "this is the source of a LaTeX document, not a transcript."
            remedy = "Save the text it makes as .docx, .pdf or .txt."
            return self.nothing([Issue("error", self.name, message, remedy)])
        older, odd = read_older(text, self.name)
        if older:
            return self.cues(older, odd, "captions")
        if self.suffix == ".stm":
            return self.tiers(*read_stm(text, self.name), "stm")
        if "-->" in text:  # "00:00:02 , 500", as translators' programs leave it
            text = re.sub(
                r"(?<=:\d\d)\s+([.,])\s*(?=\d{3}\b)|(?<=:\d\d)([.,])\s+(?=\d{3}\b)", r"\1\2", text
            )
        is_vtt = start.startswith("WEBVTT")
        if is_vtt or has_cues(text):
            cues, issues = read_cues(with_noted_voices(text) if is_vtt else text, self.name)
            return self.cues(cues, issues, "webvtt" if is_vtt else "srt")
        return self.layout_of_text(text)

    def layout_of_text(self, text: str) -> Read:
        issues: list[Issue] = []
        if len(text) > _LONGEST_TEXT:
            message = (
                f"this text has {len(text):,} characters; up to {_LONGEST_TEXT:,} are read, "
                "so none was."
            )
            return self.nothing([Issue("error", self.name, message, "Cut it into several files.")])
        if self.suffix == ".docx":
            message = "this is no Word document; it was read as plain text."
            issues.append(Issue("note", self.name, message))
        if self.suffix in (".vtt", ".srt"):
            message = "there are no cues with times in this file; it was read as plain text."
            remedy = "Export it again if it should have times."
            issues.append(Issue("warning", self.name, message, remedy))
        table = delimited_lines(text, self.languages)
        if table is not None:
            if table.unclosed:
                message = "a quotation mark is not closed; quotation marks were read as plain text."
                remedy = "Close it, or write it twice inside a quoted cell."
                issues.append(
                    Issue("warning", self.name, message, remedy, f"line {table.unclosed}")
                )
            left = self._left_out(table, "line")
            transcript, more = self.layout(table.lines, "table", "line", left)
            return transcript, issues + more
        lines = text_lines(text)
        if self.suffix in (".md", ".markdown") or looks_like_markdown(lines):
            lines = without_markdown(lines)
        transcript, more = self.layout(lines, "text", "line", [])
        return transcript, issues + more

    def word(self) -> Read:
        blocks, issues = read_docx(self.path, self.name)
        if issues:
            return self.nothing(issues)
        if not any(isinstance(each, Paragraph) and each.bold for each in blocks):
            blocks, _ = read_docx(self.path, self.name, marks=("i", "u", "smallCaps"))
        issues += unread(self.path, self.name)
        return self.blocks(blocks, issues, "docx")

    def workbook(self) -> Read:
        grids, issues = read_workbook(self.path, self.name)
        for read, grid in enumerate(grids):
            rows = [[*row.cells] for row in grid.rows if row]
            numbers = [row.number for row in grid.rows if row]
            wide = by_speaker(rows)
            if wide is not None:
                rows, numbers = wide, [numbers[0], *numbers[: len(wide) - 1]]
                numbers += [numbers[-1]] * (len(wide) - len(numbers))
            columns = find_columns(rows, self.languages)
            if columns is None:
                continue
            found = row_lines(rows, numbers, columns).placed()
            left = self._left_out(found, "row")
            transcript, more = self.layout(found.lines, "xlsx", "row", left)
            return transcript, issues + more + self._other_sheets(grids[read + 1 :], grid.sheet)
        message = "no sheet of this workbook has columns for speaker or time and for the words."
        remedy = "Write headings above them: time, speaker, text."
        return self.nothing([*issues, Issue("error", self.name, message, remedy)])

    def _other_sheets(self, grids: Sequence[Grid], used: str) -> list[Issue]:
        """Report sheets after the one that is read that hold a talk, too; their place is open."""
        message = f"this sheet holds a transcript, too; only sheet {used!r} was read."
        remedy = "Save it as a file of its own beside this one."
        found = [
            (grid, find_columns([[*row.cells] for row in grid.rows if row], strict=True))
            for grid in grids
        ]
        return [
            Issue("warning", self.name, message, remedy, f"sheet {grid.sheet!r}")
            for grid, columns in found
            if columns and (columns.time >= 0 or columns.first)
        ]

    def html(self, data: bytes) -> Read:
        blocks, said, issues = read_html(data, self.name)
        if not said:
            return self.blocks(blocks, issues, "html")
        passages = []
        for start, end, label, text in said:
            mark = (
                re.match(rf"(?:\[?\d[\d:.]*\]?\s*)?{re.escape(label)}\s*:\s*", text)
                if label
                else None
            )
            bare = text[mark.end() :] if mark else text
            passages.append(Passage(label, ((bare, 0),), start, max(start, end)))
        return self.tiers(passages, issues, "html")

    def otranscribe(self, text: str) -> Read:
        """Read oTranscribe: HTML in JSON, with the times in marks of their own."""
        try:
            page = str(json.loads(text).get("text", ""))
        except (ValueError, AttributeError, RecursionError):
            return read_json(text, self.recording, self.name)
        page = re.sub(
            r"<span[^>]*class=\"timestamp\"[^>]*>\s*([\d:.]+)\s*</span>", r"<br/>[\1] ", page
        )
        blocks, _, issues = read_html(f"<body>{page}</body>".encode(), self.name)
        return self.blocks(blocks, issues, "otranscribe")

    def blocks(self, blocks: Blocks, issues: list[Issue], kind: str) -> Read:
        if any(issue.level == "error" for issue in issues):
            return self.nothing(issues)
        bare = [b for b in blocks if isinstance(b, Paragraph)]
        if len(bare) == len(blocks):
            text = without_controls("\n".join(paragraph.text for paragraph in bare))
            if is_textgrid(text) or is_chat(text) or (text and has_cues(text)):
                inner, more = self.text(text, b"")
                return inner, issues + more
        found = block_lines(blocks, self.languages)
        lines = found.lines
        if looks_like_markdown(lines):
            lines = without_markdown(lines)
        unit = "line" if kind in ("pdf", "rtf") else "paragraph"
        transcript, more = self.layout(lines, kind, unit, self._left_out(found, unit))
        return transcript, issues + more

    def _left_out(self, found: Lines, unit: str) -> list[Issue]:
        """Report what of tables is not read, or not as it stands there."""
        issues: list[Issue] = []
        if found.columns:
            names = ", ".join(map(repr, found.columns))
            message = f"of several columns of text one was read; left out: {names}."
            remedy = "Set languages in session.toml to read another."
            issues.append(Issue("note", self.name, message, remedy))
        for numbers, message, remedy in (
            (found.rows, _NO_COLUMN, "Write name and words into their own columns if it was said."),
            (found.shared, _SHARED, "Split the cell, and give each speaker their own words."),
        ):
            if numbers:
                place = f"{unit}{'s' * (len(numbers) > 1)} {enumeration(numbers)}"
                issues.append(Issue("warning", self.name, message, remedy, place))
        return issues

    def tiers(self, passages: Sequence[Passage], issues: list[Issue], kind: str) -> Read:
        """Read passages that have their label and times from their format."""
        if any(issue.level == "error" for issue in issues):
            return self.nothing(issues)
        texts = with_text(passages)
        if texts and not any(each.start >= 0 for each in texts):
            segments = tuple(untimed_segment(each) for each in texts)
            return Transcript(self.recording, segments, f"import:{kind}", timed=False), issues
        ordered = (
            sorted(texts, key=lambda each: each.start)
            if all(e.start >= 0 for e in texts)
            else texts
        )
        starts = (
            estimated_starts(ordered)
            if any(e.start < 0 for e in ordered)
            else [e.start for e in ordered]
        )
        timed = zip(ordered, spans(ordered, starts), strict=True)
        made = tuple(timed_segment(each, span) for each, span in timed)
        return Transcript(self.recording, made, f"import:{kind}"), issues

    def cues(self, cues: list[Cue], issues: list[Issue], kind: str) -> Read:
        if any(issue.level == "error" for issue in issues):
            return self.nothing(issues)
        reading = read_voices(_with_records(cues))
        # A cue that is cut in two may end after the next cue begins.
        passages = sorted(reading.passages, key=lambda passage: passage.start)
        kept = [
            each for each in passages if not is_system_line(" ".join(t for t, _ in each.pieces))
        ]
        if kept and len(kept) < len(passages):
            message = f"{len(passages) - len(kept)} line(s) written by the platform were left out."
            issues.append(Issue("note", self.name, message))
            passages = kept
        segments = [timed_segment(each, Span(each.start, each.end)) for each in passages]
        for begin, count in loops(passages):
            message = (
                f"the same words stand in {count} cues in a row, as machines repeat themselves."
            )
            remedy = "Listen there; the words were kept and marked."
            place = f"line {passages[begin].number}"
            issues.append(Issue("warning", self.name, message, remedy, place))
            for n in range(begin + 1, begin + count):
                flag = Flag("loop", "the same words as in the cue before")
                segments[n] = replace(segments[n], flags=(*segments[n].flags, flag))
        if reading.carried:
            message = "names stand only where the speaker changes; they hold until the next one."
            issues.append(Issue("note", self.name, message))
        issues += [Issue("note", self.name, note) for note in reading.notes]
        if segments and not any(segment.label for segment in segments):
            issues.append(_unlabelled(self.name))
        if len(segments) > 3 and len({segment.span.start for segment in segments}) == 1:
            message = "all cues begin at the same time, so the times say nothing."
            remedy = "Export it again; until then it is read as text without times."
            issues.append(Issue("warning", self.name, message, remedy))
            return _without_times(tuple(segments), self.recording, f"import:{kind}"), issues
        return Transcript(self.recording, tuple(segments), f"import:{kind}"), issues

    def layout(self, lines: list[Line], kind: str, unit: str, issues: list[Issue]) -> Read:
        lines, more = without_furniture(
            [line for line in lines if not _FOOTER.match(line.text)], self.name, unit
        )
        layout = read_layout(lines, self.name, unit)
        issues = [*issues, *more, *layout.issues]
        passages = with_text(layout.passages)
        if passages and not layout.labelled:
            issues.append(_unlabelled(self.name))
        stamps = sum(passage.start >= 0 for passage in passages)
        issues += _unknown_form(passages, layout.labelled, stamps > 0, self.name, unit)
        source = f"import:{kind}"
        if stamps * _SPARSE < len(passages) or not stamps:
            if stamps:
                message = (
                    f"only {stamps} of {len(passages)} passages carry a time; it was left out."
                )
                issues.append(Issue("note", self.name, message))
            segments = tuple(untimed_segment(passage) for passage in passages)
            return Transcript(self.recording, segments, source, timed=False), issues
        passages, moved = _on_one_clock(passages, self.name)
        passages, order = _in_order(passages, self.name, unit)
        issues += moved + order
        if stamps < len(passages):
            message = f"{len(passages) - stamps} of {len(passages)} passages carry no time."
            remedy = "Theirs are estimated from the times around them."
            issues.append(Issue("note", self.name, message, remedy))
        starts = estimated_starts(passages)
        timed = tuple(
            timed_segment(passage, span)
            for passage, span in zip(passages, spans(passages, starts), strict=True)
        )
        return Transcript(self.recording, timed, source), issues


_CLOCK = re.compile(r"\d{1,3}[:.'h]\d{2}(?!\d)")
_LEAD = re.compile(r"^\W*[^\W\d_][^:\uff1a]{0,60}[:\uff1a]\s")


def _unknown_form(
    passages: Sequence[Passage], labelled: bool, timed: bool, name: str, unit: str
) -> list[Issue]:
    """Warn where most passages seem to begin with a name or a time that was not read."""
    found: list[tuple[str, Passage]] = []
    for each in passages:
        lead = f"{each.label} {each.pieces[0][0]}"[:90]
        if not timed and _CLOCK.search(lead[:40]):
            found.append(("time", each))
        elif not labelled and _LEAD.match(lead.lstrip()):
            found.append(("name", each))
    if len(found) < 3 or len(found) < 0.6 * len(passages):
        return []
    what, first = found[0]
    shown = f"{first.label} {first.pieces[0][0]}".strip()[:60]
    message = f"most passages seem to begin with a {what} in a form that is not known ({shown!r})."
    remedy = "Write [0:01:02] Name: words, or export it as WebVTT or .docx."
    return [Issue("warning", name, message, remedy, f"{unit} {first.number}")]


def _is_page(head: str) -> bool:
    return bool(
        re.match(
            r"(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html|body|p|div|span|table|h\d)\b", head, re.I
        )
    )


def _with_records(cues: list[Cue]) -> list[Cue]:
    """Read cues that hold a record in JSON each, as Teams writes them for programs."""
    first = [cue for cue in cues if cue.lines][:5]
    if not first or not all(cue.lines[0].startswith("{") for cue in first):
        return cues
    read = [read_record(" ".join(cue.lines)) for cue in cues]
    return [
        replace(cue, lines=(told[1],), label=told[0]) if told else cue
        for cue, told in zip(cues, read, strict=True)
    ]


def _is_otranscribe(text: str) -> bool:
    return '"text"' in text[:4000] and ('"media-time"' in text or 'class=\\"timestamp\\"' in text)


def _without_times(segments: Sequence[Segment], recording: str, source: str) -> Transcript:
    """Drop the times of a text; spans count characters."""
    made: list[Segment] = []
    at = 0
    for segment in segments:
        passage = Passage(segment.label, ((segment.text, at),))
        at += len(segment.text) + 1
        if passage.size:
            made.append(replace(untimed_segment(passage), flags=segment.flags))
    return Transcript(recording, tuple(made), source, timed=False)


def _on_one_clock(passages: list[Passage], name: str) -> tuple[list[Passage], list[Issue]]:
    """Correct times of written transcripts: hours and minutes read as minutes and seconds."""
    starts = [each.start for each in passages if each.start >= 0]
    words = sum(len(text.split()) for each in passages for text, _ in each.pieces)
    length = max(starts) - min(starts)
    minutes = all(start % 1000 == 0 for start in starts) and max(starts) < 24 * 60_000
    if len(starts) < 3 or not minutes or min(starts) < 5 * 60_000:
        return passages, []
    if words < _FASTEST * max(1, length / 1000) or length * 60 > 16 * _HOUR:
        return passages, []
    message = (
        "the times would mean more than eight words a second; they were read as hours and minutes."
    )
    remedy = "Write times as h:mm:ss."
    scaled = [
        replace(e, start=e.start * 60, end=-1 if e.end < 0 else e.end * 60) if e.start >= 0 else e
        for e in passages
    ]
    return scaled, [Issue("warning", name, message, remedy)]


def _possible_times(
    transcript: Transcript, recording: Recording, length: int, name: str
) -> tuple[Transcript, list[Issue]]:
    """Count times of the clock on the wall from the first one; report those that no talk can have,
    and drop them where nothing of them can be right.
    """
    if not transcript.timed or not transcript.segments:
        return transcript, []
    segments = transcript.segments
    first = segments[0].span.start
    last = max(segment.span.start for segment in segments)
    words = sum(len(segment.words) for segment in segments)
    issues: list[Issue] = []
    alone = recording.kind == "transcript"
    of_day = first >= DAY or (
        last - first < first and (first >= 5 * _HOUR or (first >= _HOUR and alone))
    )
    of_day = of_day or (0 < length < first and last - first <= length)
    if of_day:
        # Films are cut to begin at one o'clock sharp; any other time is one of the clock.
        by = _HOUR if _HOUR <= first < _HOUR + 600_000 else first
        time = first % DAY
        message = f"times begin at {clock(time)}, which is a time of the clock; they were counted "
        message += f"from {clock(by % DAY)}."
        remedy = "Check that the recording begins with the first passage."
        issues.append(Issue("warning", name, message, remedy))
        segments = tuple(_shifted(segment, by) for segment in segments)
        transcript = replace(transcript, segments=segments)
        last -= by
    ends = max(segment.span.end for segment in segments)
    rate = words / max(1.0, (ends - segments[0].span.start) / 1000)
    talked = sum(segment.span.duration for segment in segments) / 1000
    drawn_out = talked > 30 * max(1, words) and ends > _HOUR
    if words > 60 and rate > _FASTEST and len(segments) > 3:
        message = f"the times would mean {rate:.0f} words a second, so they cannot be right."
        remedy = "It is read as text without times; export it again if you need them."
        issues.append(Issue("warning", name, message, remedy))
        return _without_times(segments, transcript.recording, transcript.source), issues
    if drawn_out:
        message = f"the times say that {words} words took {clock(ends)}, so they cannot be right."
        remedy = "Check the unit of the times (seconds or milliseconds) and export it again."
        issues.append(Issue("warning", name, message, remedy))
        return _without_times(segments, transcript.recording, transcript.source), issues
    if 0 < length < last - 2_000:
        late = sum(segment.span.start > length for segment in segments)
        message = f"{late} passage(s) begin after the end of the recording ({clock(length)})."
        remedy = "Check that transcript and recording belong together."
        issues.append(Issue("warning", name, message, remedy))
        if late > 0.5 * len(segments):
            return _without_times(segments, transcript.recording, transcript.source), issues
    return transcript, issues


def _shifted(segment: Segment, by: int) -> Segment:
    words = tuple(
        replace(word, span=Span(max(0, word.span.start - by), max(0, word.span.end - by)))
        for word in segment.words
    )
    span = Span(max(0, segment.span.start - by), max(0, segment.span.end - by))
    return replace(segment, span=span, words=words)


def _one_name_each(transcript: Transcript, name: str) -> tuple[Transcript, list[Issue]]:
    """Unite labels that are spellings of one name; people decide about those merely near."""
    labels = [segment.label for segment in transcript.segments if segment.label]
    if not labels:
        return transcript, []
    chosen = one_name_each(labels)
    issues: list[Issue] = []
    joined: dict[str, list[str]] = {}
    for label in dict.fromkeys(labels):
        joined.setdefault(chosen[label], []).append(label)
    for shown, spellings in joined.items():
        if len(spellings) > 1:
            message = f"{', '.join(map(repr, spellings))} were read as one name, {shown!r}."
            issues.append(Issue("note", name, message))
    if any(
        chosen[segment.label] != segment.label for segment in transcript.segments if segment.label
    ):
        segments = tuple(
            replace(segment, label=chosen[segment.label]) if segment.label else segment
            for segment in transcript.segments
        )
        transcript = replace(transcript, segments=segments)
    return transcript, issues


def _in_order(passages: list[Passage], name: str, unit: str) -> tuple[list[Passage], list[Issue]]:
    """Sort passages by time; those without a time stay behind the one they follow."""
    anchored: list[tuple[int, Passage]] = []
    latest = 0
    back: list[int] = []
    before = 0
    for passage in passages:
        if passage.start >= 0:
            latest = passage.start
            back += [passage.number] if latest < before else []
            before = latest
        anchored.append((latest, passage))
    if not back:
        return passages, []
    message = "times go backwards; the passages were put in order of time."
    place = f"{unit} {back[0]}" if len(back) == 1 else f"{unit}s {enumeration(back)}"
    ordered = [passage for _, passage in sorted(anchored, key=lambda pair: pair[0])]
    remedy = "If words stand in the wrong place, export the file again or correct the times."
    return ordered, [Issue("warning", name, message, remedy, place)]


def _unlabelled(name: str) -> Issue:
    message = "there are no speaker labels; the text was imported without any."
    remedy = "Names before a colon (Name: text) or a recording beside it would help."
    return Issue("note", name, message, remedy)
