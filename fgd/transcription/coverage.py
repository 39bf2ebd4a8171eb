"""Whether speech that was detected is covered by words that were written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fgd.model import Coverage, Span, Word

# Speech this close to a word belongs to it: word times and speech edges are both uncertain.
REACH = 300
# Uncovered speech shorter than this is a hum or a cough more often than lost text.
SHORTEST_GAP = 1_000


def coverage(speech: Sequence[Span], words: Iterable[Word]) -> Coverage:
    """Compare speech spans (in order) with words.

    Gaps of at least a second are listed; they are where text is missing.
    """
    reached = merge(Span(max(0, word.span.start - REACH), word.span.end + REACH) for word in words)
    gaps = [gap for gap in subtract(speech, reached) if gap.duration >= SHORTEST_GAP]
    total = sum(span.duration for span in speech)
    return Coverage(total, total - sum(gap.duration for gap in gaps), tuple(gaps))


def merge(spans: Iterable[Span], gap: int = 0) -> tuple[Span, ...]:
    """The union of spans in order of time, joined where at most ``gap`` ms lie between them."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end + gap:
            merged[-1] |= span
        else:
            merged.append(span)
    return tuple(merged)


def subtract(spans: Sequence[Span], taken: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of ``spans`` outside ``taken``; both in order and not overlapping."""
    left: list[Span] = []
    first = 0
    for span in spans:
        start = span.start
        while first < len(taken) and taken[first].end <= start:
            first += 1
        at = first
        while at < len(taken) and taken[at].start < span.end:
            if taken[at].start > start:
                left.append(Span(start, taken[at].start))
            start = max(start, taken[at].end)
            at += 1
        if start < span.end:
            left.append(Span(start, span.end))
    return tuple(left)


def shared(span: Span, spans: Sequence[Span]) -> int:
    """Milliseconds of ``span`` that lie in ``spans``."""
    return sum((span & other).duration for other in spans if other.overlaps(span))
