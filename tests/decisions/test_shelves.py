"""A quote on a shelf is a slice of the transcript as it is, or says what became of it."""

from __future__ import annotations

import pytest

from fgd.core.errors import InputError
from fgd.decisions.kinds import in_session
from fgd.decisions.shelves import anchored, shelve
from fgd.model import Conversation, Decision, Span, Turn, Word

WHEN = "2026-05-01T09:00:00+00:00"


def turn(text: str, start: int = 10_000, recording: str = "r1", name: str = "r1-1") -> Turn:
    words = tuple(
        Word(Span(start + 500 * n, start + 500 * n + 400), f" {word}")
        for n, word in enumerate(text.split())
    )
    return Turn(name, recording, "V1", Span(start, words[-1].span.end), words)


def talk(*turns: Turn) -> Conversation:
    return Conversation(turns[0].recording, (), turns)


SAID = turn("The ferry stops at nine and nobody waits for the ferry")


def put(start: int, end: int, shelf: str = "Boats", said: Turn = SAID) -> Decision:
    return shelve(said, start, end, shelf, by="ann", when=WHEN)


def test_the_same_words_stand_where_they_stood() -> None:
    (found,) = anchored([put(45, 54)], [talk(SAID)])
    assert (found.state, found.text, found.start) == ("same", "the ferry", 45)


def test_of_the_same_words_twice_those_said_then_are_meant() -> None:
    (found,) = anchored([put(4, 9)], [talk(SAID)])
    assert (found.start, found.end) == (4, 9)
    (found,) = anchored([put(49, 54)], [talk(SAID)])
    assert found.start == 49


def test_a_correction_beside_it_moves_the_slice() -> None:
    later = turn("And the old ferry stops at nine and nobody waits for the ferry", 9_000)
    (found,) = anchored([put(4, 18)], [talk(later)])
    assert (found.state, found.text) == ("same", "ferry stops at")
    assert later.text[found.start : found.end] == found.text


def test_corrected_words_are_told_with_what_they_were() -> None:
    later = turn("The ferry halts at noon and nobody waits for the ferry")
    (found,) = anchored([put(0, 23)], [talk(later)])
    assert (found.state, found.text) == ("changed", "The ferry halts at noon")
    assert found.was == "The ferry stops at nine"


def test_a_recording_that_was_exported_again_is_found_by_the_words() -> None:
    again = turn("The ferry stops at nine and nobody waits for the ferry", 99_000, "r2", "r2-1")
    (found,) = anchored([put(0, 23)], [talk(again)])
    assert (found.state, found.text) == ("moved", "The ferry stops at nine")


def test_what_is_not_there_any_more_is_lost_and_keeps_its_words() -> None:
    (found,) = anchored([put(0, 23)], [talk(turn("Something else", 90_000))])
    assert (found.state, found.text, found.was) == ("lost", "", "The ferry stops at nine")
    (found,) = anchored([put(4, 9)], [talk(turn("One ferry", 90_000, "r2", "r2-1"))])
    assert found.state == "lost"  # one word may stand anywhere


def test_the_same_quote_stands_once_on_a_shelf() -> None:
    twice = [put(4, 9), shelve(SAID, 4, 9, "Boats", by="ben", when=WHEN), put(4, 9, "Other")]
    assert [each.shelf for each in anchored(twice, [talk(SAID)])] == ["Boats", "Other"]


@pytest.mark.parametrize(
    ("start", "end", "shelf"), [(5, 5, "x"), (0, 900, "x"), (-3, 4, "x"), (3, 4, "x"), (0, 4, " ")]
)
def test_no_words_or_no_name_are_refused(start: int, end: int, shelf: str) -> None:
    with pytest.raises(InputError):
        put(start, end, shelf)


def test_no_pass_depends_on_a_shelf() -> None:
    other = Decision.made("words:x", "words", "y", "r1", Span(0, 1), by="ann", when=WHEN)
    assert in_session([put(0, 3), other]) == (other,)
