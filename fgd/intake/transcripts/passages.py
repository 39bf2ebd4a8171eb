"""Passages: what every reader of transcripts makes, and how they become segments with words.

Words keep Whisper's convention of a leading space. Where the source has no word times they are
spread over the passage by their length in characters. White space is made single; every other
character survives: ``segment.text`` is the passage's text with its white space normalised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from fgd.model import Segment, Span, Word

_MS_PER_CHARACTER = 65
"""Spoken English runs at about 15 characters a second; used only where a file gives no end."""
_SHORTEST = 500
_SLOW = 4


@dataclass(frozen=True, slots=True)
class Passage:
    """Text under one label. ``pieces`` are its lines with their offset in the source; ``start``
    and ``end`` are milliseconds, or -1 where the source does not say.
    """

    label: str
    pieces: tuple[tuple[str, int], ...]
    start: int = -1
    end: int = -1
    number: int = 0

    @property
    def size(self) -> int:
        """Characters of text without white space."""
        return sum(len(word) for text, _ in self.pieces for word in text.split())

    def more(self, text: str, offset: int) -> Passage:
        """The same passage with another line."""
        return replace(self, pieces=(*self.pieces, (text, offset)))


def spread(words: Sequence[str], span: Span, confidence: float = 1.0) -> tuple[Word, ...]:
    """Words over a span, each in proportion to its length.

    >>> [word.span.end for word in spread(["a", "bcd"], Span(0, 400))]
    [100, 400]
    """
    total = sum(len(word) for word in words) or 1
    made: list[Word] = []
    done = 0
    for word in words:
        start = span.start + span.duration * done // total
        done += len(word)
        end = span.start + span.duration * done // total
        made.append(Word(Span(start, end), f" {word}", confidence))
    return tuple(made)


def timed_segment(passage: Passage, span: Span, language: str = "") -> Segment:
    """A passage with times; the words' are interpolated."""
    words = [word for text, _ in passage.pieces for word in text.split()]
    return Segment(span, spread(words, span), passage.label, language, "interpolated")


def untimed_segment(passage: Passage) -> Segment:
    """A passage without times: spans count characters of the source."""
    words = tuple(
        Word(Span(offset + found.start(), offset + found.end()), f" {found[0]}")
        for text, offset in passage.pieces
        for found in re.finditer(r"\S+", text)
    )
    span = Span(words[0].span.start, words[-1].span.end)
    return Segment(span, words, passage.label, timing="none")


def with_text(passages: Iterable[Passage]) -> list[Passage]:
    """The passages that hold any text."""
    return [passage for passage in passages if passage.size]


def spans(passages: Sequence[Passage], starts: Sequence[int]) -> list[Span]:
    """Times for passages that begin at ``starts``, in order of time.

    A passage without an end lasts until the next one that begins later, but no longer than slow
    speech would take: there may be an hour's break before the next stamp.
    """
    made: list[Span] = []
    later = following = -1
    for passage, start in zip(reversed(passages), reversed(starts), strict=True):
        later = following if following > start else later
        following = start
        length = max(_SHORTEST, passage.size * _MS_PER_CHARACTER)
        if passage.end >= start:
            end = passage.end
        elif later > start:
            end = min(later, start + _SLOW * length)
        else:
            end = start + length
        made.append(Span(start, end))
    return made[::-1]


def estimated_starts(passages: Sequence[Passage]) -> list[int]:
    """A start for every passage: its own, or one between its neighbours' by length of text, where
    it has none of its own or the same as the one before (stamps to the second, or the minute).
    """
    anchors = _anchors(passages)
    starts: list[int] = []
    for (first, begin), (last, end) in pairwise(anchors):
        sizes = [max(1, passage.size) for passage in passages[first:last]]
        total, done = sum(sizes), 0
        length = end - begin if end >= 0 else total * _MS_PER_CHARACTER
        for size in sizes:
            starts.append(begin + length * done // total)
            done += size
    return starts


def _anchors(passages: Sequence[Passage]) -> list[tuple[int, int]]:
    """``(index, start)`` of the passages whose start is known and later than the one before; the
    first passage counts from zero, and the end is open (-1).
    """
    anchors = [(0, max(0, passages[0].start))] if passages else []
    for n, passage in enumerate(passages[1:], 1):
        if passage.start > anchors[-1][1]:
            anchors.append((n, passage.start))
    return [*anchors, (len(passages), -1)]
