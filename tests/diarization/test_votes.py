"""How words are shared out among turns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fgd.diarization import VoiceTurn
from fgd.diarization.assignment import NEAR, Ballot
from fgd.model import Span, Word


def turn(voice: str, start: int, end: int) -> VoiceTurn:
    return VoiceTurn(voice, Span(start, end))


def test_votes_count_milliseconds_of_words_only() -> None:
    """Silence between words does not vote; overlapping turns both get the time."""
    ballot = Ballot([turn("V1", 0, 1000), turn("V2", 900, 2000)])
    words = [Word(Span(0, 100), " a"), Word(Span(850, 1050), " b")]
    assert ballot.votes(words) == {"V1": 250, "V2": 150}


def test_the_nearest_turn_within_a_second() -> None:
    """Words between turns go with the closer one; far from all of them with none."""
    ballot = Ballot([turn("V1", 0, 1000), turn("V2", 3000, 4000)])
    assert ballot.nearest(Span(1200, 1400)) == "V1"
    assert ballot.nearest(Span(2700, 2900)) == "V2"
    assert ballot.nearest(Span(4000 + NEAR, 6000)) == ""


def test_changes_inside_a_span() -> None:
    """Only a change of voice strictly inside is one."""
    ballot = Ballot([turn("V1", 0, 1000), turn("V1", 1300, 2000), turn("V2", 2100, 3000)])
    assert ballot.changes(Span(500, 2900)) == [(2050, "V1", "V2")]
    assert ballot.changes(Span(2100, 2900)) == []


SPANS = st.tuples(st.integers(0, 5000), st.integers(0, 800)).map(lambda p: Span(p[0], sum(p)))


@given(st.lists(st.tuples(st.sampled_from("ABC"), SPANS)), st.lists(SPANS, max_size=6))
def test_votes_are_those_of_counting_everything(
    turns: list[tuple[str, Span]], words: list[Span]
) -> None:
    """The index finds what a comparison of every word with every turn finds."""
    ballot = Ballot([VoiceTurn(voice, span) for voice, span in turns])
    ordered = sorted(words)
    expected: dict[str, int] = {}
    for word in ordered:
        for voice, span in turns:
            if shared := (word & span).duration:
                expected[voice] = expected.get(voice, 0) + shared
    assert ballot.votes([Word(span, " x") for span in ordered]) == expected
