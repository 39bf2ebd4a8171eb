"""Where words may be cut: at sentence ends, long pauses and labels, never elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.diarization.assignment import PAUSE, ends_sentence, together, units
from fgd.model import Flag, Segment, Span, Word


def segment(text: str, start: int = 0, label: str = "", gap: int = 0) -> Segment:
    """A segment of words of 200 ms each, ``gap`` ms apart."""
    words, at = [], start
    for token in text.split():
        words.append(Word(Span(at, at + 200), f" {token}"))
        at += 200 + gap
    return Segment(Span(start, max(start, at - gap)), tuple(words), label)


def texts(*segments: Segment) -> list[str]:
    return ["".join(w.text for w in unit.words).strip() for unit in units(segments)]


@pytest.mark.parametrize(
    ("word", "ends"),
    [
        (" there.", True),
        (" there?”", True),
        (" (there!)", True),
        (" no.", True),
        (" 好。", True),
        (" พอ", False),
        (" Dr.", False),
        (" Prof.", False),
        (" comma,", False),
        (" 3.5", False),
    ],
)
def test_sentence_ends(word: str, *, ends: bool) -> None:
    """Full stops end sentences in any script; titles do not."""
    assert ends_sentence(word) is ends


def test_a_whisper_segment_is_no_unit() -> None:
    """A sentence runs on across segments, and a segment may hold two sentences."""
    first = segment("We agree. But the")
    second = segment("budget is small.", 800)
    assert texts(first, second) == ["We agree.", "But the budget is small."]


def test_pauses_cut_from_half_a_second() -> None:
    """500 ms cut, 499 do not."""
    assert texts(segment("one two", gap=PAUSE)) == ["one", "two"]
    assert texts(segment("one two", gap=PAUSE - 1)) == ["one two"]


def test_labels_cut() -> None:
    """A new name on the transcript is a new unit, even in mid-sentence."""
    assert texts(segment("and so", label="A"), segment("no wait", 400, "B")) == [
        "and so",
        "no wait",
    ]


def test_without_times_pauses_mean_nothing() -> None:
    """Spans of plain text count characters; only sentence ends cut."""
    apart = segment("one two.", gap=10_000)
    assert len(units([apart], timed=False)) == 1


def test_units_inherit_doubts_and_the_worst_timing() -> None:
    """Flags and timing of every segment that a unit draws on."""
    doubt = Flag("loop", "said five times")
    first = Segment(Span(0, 200), (Word(Span(0, 200), " and"),), timing="interpolated")
    second = Segment(Span(200, 400), (Word(Span(200, 400), " so."),), flags=(doubt,))
    (unit,) = units([first, second])
    assert unit.flags == (doubt,)
    assert unit.timing == "interpolated"


@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.sampled_from(["a", "b.", "Dr.", "c?"]), st.integers(0, 900)),
                     min_size=0, max_size=6),
            st.sampled_from(["", "A", "B"]),
        ),
        max_size=6,
    )
)  # fmt: skip
def test_no_word_is_lost_and_no_clause_is_cut(
    material: list[tuple[list[tuple[str, int]], str]],
) -> None:
    """All words once and in order; between two units there is a reason."""
    at, segments = 0, []
    for tokens, label in material:
        words = []
        for token, gap in tokens:
            at += gap
            words.append(Word(Span(at, at + 100), f" {token}"))
            at += 100
        segments.append(Segment(Span(0, 0), tuple(words), label))
    found = units(segments)
    assert [w for u in found for w in u.words] == [w for s in segments for w in s.words]
    for before, after in zip(found, found[1:], strict=False):
        last, first = before.words[-1], after.words[0]
        pause = first.span.start - last.span.end
        assert before.label != after.label or pause >= PAUSE or ends_sentence(last.text)
    if found:
        assert together(found).words == tuple(w for u in found for w in u.words)
