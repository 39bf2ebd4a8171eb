"""Captions: WebVTT (W3C) with voice spans, and SRT."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from fgd.export.line import Line
from fgd.model import Span, Word

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
    """A SubRip file, ``Name: text``."""
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
    return f"{_time(span.start, mark)} --> {_time(span.end, mark)}"


def _time(milliseconds: int, mark: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{rest:03d}"
