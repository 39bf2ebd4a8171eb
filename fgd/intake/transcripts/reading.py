"""One way in for every transcript that already exists: by content first, by name second."""

from __future__ import annotations

import re
from pathlib import Path

from fgd.core.files import printable
from fgd.core.textfile import read_text
from fgd.intake.contents import contents, unusable
from fgd.intake.docxfile import read_docx
from fgd.intake.grid import enumeration
from fgd.intake.transcripts.captions import has_cues, read_cues
from fgd.intake.transcripts.cuetext import read_voices
from fgd.intake.transcripts.documents import text_lines, without_controls, word_lines
from fgd.intake.transcripts.layouts import read_layout
from fgd.intake.transcripts.lines import Line
from fgd.intake.transcripts.passages import (
    Passage,
    estimated_starts,
    spans,
    spoken,
    timed_segment,
    untimed_segment,
)
from fgd.intake.transcripts.whisper_json import read_whisper_json
from fgd.model import Issue, Recording, Span, Transcript

_FOOTER = re.compile(r"transcribed by https?://otter\.ai", re.IGNORECASE)
_SPARSE = 20


def read_transcript(path: Path, recording: Recording) -> tuple[Transcript, tuple[Issue, ...]]:
    """Read WebVTT, SRT, Whisper JSON, Word or plain text, and everything that is odd about it.

    Never raises: a file that cannot be read is an empty transcript and an issue of level error.
    """
    name = printable(path.name)
    try:
        transcript, issues = _read(path, recording.id, name)
    except OSError as problem:
        message = f"the file cannot be opened ({problem.strerror})."
        issue = Issue("error", name, message, "Give yourself permission to read it.")
        return Transcript(recording.id, ()), (issue,)
    if not transcript.segments and not any(issue.level == "error" for issue in issues):
        message = "there is no text in this transcript."
        issues.append(Issue("error", name, message, "Check that this is the right file."))
    return transcript, tuple(issues)


def _read(path: Path, recording: str, name: str) -> tuple[Transcript, list[Issue]]:
    found = contents(path)
    if found == "docx":
        return _from_word(path, recording, name)
    problem = unusable(found, name, "docx" if path.suffix.lower() == ".docx" else "text")
    if problem is not None and found != "text":
        return Transcript(recording, ()), [problem]
    text, issues = read_text(path, name)
    transcript, more = _from_text(without_controls(text), path.suffix.lower(), recording, name)
    return transcript, issues + more


def _from_text(text: str, suffix: str, recording: str, name: str) -> tuple[Transcript, list[Issue]]:
    start = text.lstrip()
    if suffix == ".json" or re.match(r'[\[{]\s*["{]', start):
        return read_whisper_json(text, recording, name)
    is_vtt = start.startswith("WEBVTT")
    if is_vtt or has_cues(text):
        return _from_captions(text, "webvtt" if is_vtt else "srt", recording, name)
    issues: list[Issue] = []
    if suffix == ".docx":
        issues.append(Issue("note", name, "this is no Word document; it was read as plain text."))
    if suffix in (".vtt", ".srt"):
        message = "there are no cues with times in this file; it was read as plain text."
        issues.append(Issue("warning", name, message, "Export it again if it should have times."))
    transcript, more = _from_layout(text_lines(text), "text", recording, name)
    return transcript, issues + more


def _from_captions(
    text: str, kind: str, recording: str, name: str
) -> tuple[Transcript, list[Issue]]:
    cues, issues = read_cues(text, name)
    reading = read_voices(cues)
    # A cue that is cut in two may end after the next cue begins.
    passages = sorted(reading.passages, key=lambda passage: passage.start)
    segments = tuple(timed_segment(each, Span(each.start, each.end)) for each in passages)
    if reading.carried:
        message = "names stand only where the speaker changes; they hold until the next one."
        issues.append(Issue("note", name, message))
    if segments and not any(segment.label for segment in segments):
        issues.append(_unlabelled(name))
    return Transcript(recording, segments, f"import:{kind}"), issues


def _from_word(path: Path, recording: str, name: str) -> tuple[Transcript, list[Issue]]:
    blocks, issues = read_docx(path, name)
    if issues:
        return Transcript(recording, ()), issues
    return _from_layout(word_lines(blocks), "docx", recording, name)


def _from_layout(
    lines: list[Line], kind: str, recording: str, name: str
) -> tuple[Transcript, list[Issue]]:
    unit = "paragraph" if kind == "docx" else "line"
    layout = read_layout([line for line in lines if not _FOOTER.match(line.text)], name, unit)
    issues = list(layout.issues)
    passages = spoken(layout.passages)
    if passages and not layout.labelled:
        issues.append(_unlabelled(name))
    stamps = sum(passage.start >= 0 for passage in passages)
    if stamps * _SPARSE < len(passages) or not stamps:
        if stamps:
            message = f"only {stamps} of {len(passages)} passages carry a time; it was left out."
            issues.append(Issue("note", name, message))
        segments = tuple(untimed_segment(passage) for passage in passages)
        return Transcript(recording, segments, f"import:{kind}", timed=False), issues
    passages, more = _in_order(passages, name, unit)
    if stamps < len(passages):
        message = f"{len(passages) - stamps} of {len(passages)} passages carry no time."
        remedy = "Theirs are estimated from the times around them."
        issues.append(Issue("note", name, message, remedy))
    starts = estimated_starts(passages)
    timed = tuple(
        timed_segment(passage, span)
        for passage, span in zip(passages, spans(passages, starts), strict=True)
    )
    return Transcript(recording, timed, f"import:{kind}"), issues + more


def _in_order(passages: list[Passage], name: str, unit: str) -> tuple[list[Passage], list[Issue]]:
    """Passages by time; those without a time stay behind the one they follow."""
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
    return ordered, [Issue("warning", name, message, "", place)]


def _unlabelled(name: str) -> Issue:
    message = "there are no speaker labels; the text was imported without any."
    remedy = "Names before a colon (Name: text) or a recording beside it would help."
    return Issue("note", name, message, remedy)
