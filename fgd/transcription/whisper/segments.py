"""From decoded tokens and word timings to segments of words in milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from fgd.model import Segment, Span, Word

if TYPE_CHECKING:
    from whisper.timing import WordTiming

# Timestamp tokens count steps of 20 ms.
STEP = 20
# Whisper's attention may stretch a word over the silence beside it; a word longer than twice the
# median (itself capped at 0.7 s) is cut back, as in openai-whisper.
LONGEST_MEDIAN = 700
SENTENCE_ENDS = ".。!！?？"


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of text tokens between two timestamps, in ms from the window's start."""

    span: Span
    tokens: tuple[int, ...]


def cut(tokens: Sequence[int], timestamp_begin: int, duration: int) -> tuple[Cut, ...]:
    """Cut decoded tokens at their timestamps.

    Text after the last timestamp is kept and reaches to the end of the window: here windows end
    where speech does, so unlike a window cut at 30 s nothing follows that would repeat it.
    """
    cuts: list[Cut] = []
    start = 0
    text: list[int] = []
    for token in tokens:
        if token < timestamp_begin:
            text.append(token)
            continue
        moment = min(duration, (token - timestamp_begin) * STEP)
        if text:
            cuts.append(Cut(Span(start, max(start, moment)), tuple(text)))
            text = []
        start = moment
    if text:
        cuts.append(Cut(Span(start, max(start, duration)), tuple(text)))
    return tuple(cuts)


def segments(
    cuts: Sequence[Cut], timings: Sequence[WordTiming], language: str, duration: int
) -> tuple[Segment, ...]:
    """Give each cut its words; words are in order and never reach beyond the window."""
    spans = _in_order(_shortened(timings), duration)
    made: list[Segment] = []
    at = 0
    for piece in cuts:
        mine: list[Word] = []
        taken = 0
        while at < len(timings) and taken < len(piece.tokens):
            if timings[at].word.strip():
                mine.append(Word(spans[at], timings[at].word, round(timings[at].probability, 4)))
            taken += len(timings[at].tokens)
            at += 1
        if mine:
            span = Span(mine[0].span.start, max(word.span.end for word in mine))
            made.append(Segment(span, tuple(mine), language=language))
    return tuple(made)


def _shortened(timings: Sequence[WordTiming]) -> list[tuple[int, int]]:
    """Start and end in ms with stretched words at the ends of sentences cut back."""
    spans = [(round(t.start * 1000), round(t.end * 1000)) for t in timings]
    lengths = [end - start for start, end in spans if end > start]
    if not lengths:
        return spans
    longest = int(2 * min(LONGEST_MEDIAN, median(lengths)))
    for index, (start, end) in enumerate(spans):
        if end - start <= longest:
            continue
        if timings[index].word.rstrip()[-1:] in SENTENCE_ENDS:
            spans[index] = (start, start + longest)
        elif index == 0 or timings[index - 1].word.rstrip()[-1:] in SENTENCE_ENDS:
            spans[index] = (end - longest, end)
    return spans


def _in_order(spans: Sequence[tuple[int, int]], duration: int) -> list[Span]:
    ordered: list[Span] = []
    earliest = 0
    for start, end in spans:
        start = min(max(start, earliest), duration)
        ordered.append(Span(start, min(max(end, start), duration)))
        earliest = start
    return ordered
