"""Windows: all speech inside, none longer than Whisper hears, cut in pauses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fgd.model import Span
from fgd.transcription.transcribe import LONGEST, windows


@st.composite
def speech(draw: st.DrawFn) -> list[Span]:
    steps = draw(st.lists(st.tuples(st.integers(1, 9_000), st.integers(1, 70_000)), max_size=40))
    spans, at = [], 0
    for pause, length in steps:
        spans.append(Span(at + pause, at + pause + length))
        at += pause + length
    return spans


@given(speech(), st.integers(0, 5_000))
def test_windows_cover_all_speech_in_order(spans: list[Span], tail: int) -> None:
    """Every moment of speech lies in exactly one window, and windows stay in the recording."""
    duration = (spans[-1].end if spans else 0) + tail
    cuts = windows(spans, duration)
    assert all(0 < cut.duration <= LONGEST for cut in cuts)
    assert all(a.end <= b.start for a, b in zip(cuts, cuts[1:], strict=False))
    assert all(cut.start >= 0 and cut.end <= duration for cut in cuts)
    for span in spans:
        assert sum((span & cut).duration for cut in cuts) == span.duration


def test_a_cut_prefers_the_longer_pause() -> None:
    """Of two places where a window could end, the longer pause is taken."""
    spans = [Span(0, 10_000), Span(10_050, 20_000), Span(20_900, 29_000), Span(29_050, 40_000)]
    cuts = windows(spans, 40_000)
    assert len(cuts) == 2
    assert 20_000 <= cuts[0].end <= 20_900


def test_windows_are_as_few_as_possible() -> None:
    """Whisper pays for every window, so short remarks share one."""
    spans = [Span(i * 1000, i * 1000 + 700) for i in range(58)]
    assert len(windows(spans, 58_000)) == 2


def test_long_silence_is_not_carried_along() -> None:
    """Two remarks with ten seconds between them are heard separately."""
    assert len(windows([Span(0, 1000), Span(11_000, 12_000)], 12_000)) == 2


def test_endless_speech_is_cut_where_it_is_quietest() -> None:
    """Without any pause the caller's quietest moment decides."""
    asked: list[Span] = []

    def quietest(span: Span) -> int:
        asked.append(span)
        return span.start + 1234

    cuts = windows([Span(0, 50_000)], 50_000, quietest=quietest)
    assert asked
    assert any(abs(cut.end - (asked[0].start + 1234)) <= 1 for cut in cuts)
