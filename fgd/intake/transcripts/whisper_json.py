"""Whisper's JSON: openai-whisper's own, and its relatives that add speakers or drop the words."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from fgd.intake.languages import language
from fgd.intake.transcripts.passages import spread
from fgd.model import Issue, Segment, Span, Timing, Transcript, Word


def is_whisper_json(path: Path) -> bool:
    """Whether a file is JSON with segments of text. Raises ``OSError`` only."""
    try:
        return _looks_right(json.loads(path.read_bytes()))
    except (ValueError, RecursionError):
        return False


def read_whisper_json(text: str, recording: str, name: str) -> tuple[Transcript, list[Issue]]:
    """A transcript with measured word times where the file has them."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as problem:
        line = getattr(problem, "lineno", 1)
        message = "this is not valid JSON; the file may be cut off."
        issue = Issue("error", name, message, "Copy or export it again.", f"line {line}")
        return Transcript(recording, ()), [issue]
    if not _looks_right(data):
        message = "this JSON holds no segments with text, so it is no transcript of Whisper's."
        remedy = "Export it again with segments (start, end, text)."
        return Transcript(recording, ()), [Issue("error", name, message, remedy)]
    code = language(_string(data, "language")) if isinstance(data, Mapping) else ""
    segments: list[Segment] = []
    broken: list[int] = []
    for number, item in enumerate(_segments(data)):
        segment = _segment(item, code)
        if segment is None:
            broken.append(number)
        elif segment.words:
            segments.append(segment)
    issues = _issues(segments, broken, name)
    segments.sort(key=lambda segment: segment.span.start)
    spoken = (code,) if code else ()
    return Transcript(recording, tuple(segments), "import:whisper-json", spoken), issues


def _looks_right(data: object) -> bool:
    found = list(_segments(data))
    return bool(found) and all("text" in item and "start" in item for item in found[:5])


def _segments(data: object) -> Iterator[Mapping[str, object]]:
    listed = data.get("segments") if isinstance(data, Mapping) else data
    if isinstance(listed, list):
        yield from (item for item in listed if isinstance(item, Mapping))


def _segment(item: Mapping[str, object], code: str) -> Segment | None:
    """One segment, or nothing if its times cannot be read."""
    start, end = _time(item, "start"), _time(item, "end")
    if start is None:
        return None
    span = Span(start, max(start, end if end is not None else start))
    text = " ".join(_string(item, "text").split())
    words, timing = _measured(item, text), "measured"
    if not words:
        words, timing = spread(text.split(), span, _certainty(item)), "interpolated"
    label = " ".join(_string(item, "speaker").split())
    kept: Timing = "measured" if timing == "measured" else "interpolated"
    return Segment(span, words, label, language(_string(item, "language")) or code, kept)


def _measured(item: Mapping[str, object], text: str) -> tuple[Word, ...]:
    """The words with their own times, if they are all there and spell the segment's text."""
    listed = item.get("words")
    words: list[Word] = []
    for entry in listed if isinstance(listed, list) else ():
        start, end = (_time(entry, k) for k in ("start", "end")) if _is_map(entry) else (None, None)
        if start is None or end is None:
            return ()
        spelled = _string(entry, "word")
        share = _number(entry, "probability")
        share = _number(entry, "score") if share is None else share
        confidence = 1.0 if share is None else min(1.0, max(0.0, share))
        words.append(Word(Span(start, max(start, end)), spelled, confidence))
    if "".join("".join(word.text for word in words).split()) != "".join(text.split()):
        return ()
    spaced = " ".join("".join(word.text for word in words).split())
    if spaced != text:
        # Some programs leave out the leading spaces that openai-whisper writes.
        words = [Word(word.span, f" {word.text.strip()}", word.confidence) for word in words]
        if "".join(word.text for word in words).strip() != text:
            return ()
    return tuple(words)


def _certainty(item: Mapping[str, object]) -> float:
    """A confidence for words that have none of their own: the segment's mean probability."""
    found = _number(item, "avg_logprob")
    return 1.0 if found is None else min(1.0, math.exp(min(0.0, found)))


def _issues(segments: list[Segment], broken: list[int], name: str) -> list[Issue]:
    issues: list[Issue] = []
    if broken:
        message = f"{len(broken)} segment(s) without readable times were left out."
        issues.append(Issue("warning", name, message, "", f"segment {broken[0] + 1}"))
    pairs = pairwise(segments)
    back = [n for n, (one, two) in enumerate(pairs, 2) if two.span.start < one.span.start]
    if back:
        message = "times go backwards; the segments were put in order of time."
        issues.append(Issue("warning", name, message, "", f"segment {back[0]}"))
    if not segments:
        message = "there is no text in any segment."
        issues.append(Issue("warning", name, message, "Check that this is the right file."))
    return issues


def _is_map(entry: object) -> bool:
    return isinstance(entry, Mapping)


def _time(item: Mapping[str, object], key: str) -> int | None:
    found = _number(item, key)
    return None if found is None else max(0, round(found * 1000))


def _number(item: Mapping[str, object], key: str) -> float | None:
    """A finite number; JSON of Python's may hold NaN."""
    value = item.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _string(item: Mapping[str, object], key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""
