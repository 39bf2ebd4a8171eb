"""Coverage: speech without words is found, whatever the words' times look like."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fgd.model import Span, Word
from fgd.transcription.guards import coverage, merge, shared, subtract

spans = st.lists(
    st.tuples(st.integers(0, 5_000), st.integers(0, 800)).map(lambda p: Span(p[0], p[0] + p[1])),
    max_size=12,
)


def moments(pieces: tuple[Span, ...] | list[Span]) -> set[int]:
    return {moment for piece in pieces for moment in range(piece.start, piece.end)}


@given(spans)
def test_merge_is_the_union(pieces: list[Span]) -> None:
    """Merged spans hold the same moments, in order and apart."""
    merged = merge(pieces)
    assert moments(merged) == moments(pieces)
    assert all(a.end < b.start for a, b in zip(merged, merged[1:], strict=False))


@given(spans, spans)
def test_subtract_is_the_difference(pieces: list[Span], taken: list[Span]) -> None:
    """What is left is exactly what was not taken."""
    left, right = merge(pieces), merge(taken)
    assert moments(subtract(left, right)) == moments(left) - moments(right)


@given(st.integers(0, 5_000), st.integers(0, 900), spans)
def test_shared_counts_the_intersection(start: int, length: int, pieces: list[Span]) -> None:
    """Shared milliseconds are those in both."""
    span, merged = Span(start, start + length), merge(pieces)
    assert shared(span, merged) == len(moments([span]) & moments(merged))


def test_a_passage_without_words_is_a_gap() -> None:
    """Ten seconds of speech with words only in the first half: the rest is reported."""
    words = [Word(Span(i * 500, i * 500 + 400), " word") for i in range(10)]
    found = coverage([Span(0, 10_000)], words)
    assert found.gaps == (Span(5_200, 10_000),)
    assert found.share == 0.52


def test_short_gaps_and_breaths_do_not_count() -> None:
    """A second without words inside speech is how people talk."""
    words = [Word(Span(0, 1_000), " a"), Word(Span(2_400, 3_000), " b")]
    assert coverage([Span(0, 3_000)], words).share == 1.0


def test_no_speech_is_fully_covered() -> None:
    """A silent file misses nothing."""
    assert coverage([], []).share == 1.0
