"""What was said at some time, whatever else was said then."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fgd.decisions.kinds import Clock, moment, moments
from fgd.model import Span, Turn, Unit, Word
from tests.coding.rooms import turn

TURNS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 12)), min_size=1, max_size=12, unique=True
)


def spoken(places: list[tuple[int, int]]) -> list[Turn]:
    """Turns that may overlap; times in units of 400 ms, the pace of a word."""
    made = [turn(400 * start, "maria", " ".join(["word"] * words)) for start, words in places]
    return [replace(each, id=f"t{number}") for number, each in enumerate(made)]


@given(TURNS, st.integers(0, 35), st.integers(1, 20))
def test_no_unit_is_overlooked(places: list[tuple[int, int]], start: int, words: int) -> None:
    turns = spoken(places)
    units = [Unit(each.id, 0, len(each.text), len(each.words), "content") for each in turns]
    span = Span(400 * start, 400 * (start + words))
    expected = set()
    for each, unit in zip(turns, units, strict=True):
        own = moment(each, unit.start, unit.end)
        if 2 * (own & span).duration > min(own.duration, span.duration):
            expected.add(unit.turn)
    assert {unit.turn for unit in Clock(turns, units).units("rec", span)} == expected


def test_another_recording_is_another_time() -> None:
    turns = spoken([(0, 4)])
    clock = Clock(turns, [Unit("t0", 0, len(turns[0].text), 4, "content")])
    assert clock.at("rec@0-1600")
    assert not clock.at("other@0-1600")
    assert not clock.at("rec@1600-0")
    assert not clock.at("nonsense")


@given(st.lists(st.text("ab \t", min_size=1, max_size=4), max_size=8), st.data())
def test_places_in_a_turn_have_the_times_of_their_words(
    pieces: list[str], data: st.DataObject
) -> None:
    """Each word that a place touches counts, whatever white space stands around it."""
    words = tuple(Word(Span(100 * n, 100 * n + 50), piece) for n, piece in enumerate(pieces))
    said = Turn("t", "rec", "V1", Span(0, 2000), words)
    when = moments(said)
    start = data.draw(st.integers(0, 20))
    end = data.draw(st.integers(start + 1, 40))
    raw = "".join(pieces)
    place = -(len(raw) - len(raw.lstrip()))
    touched = []
    for word in words:
        if word.text.strip() and place < end and start < place + len(word.text):
            touched.append(word.span)
        place += len(word.text)
    expected = Span(touched[0].start, touched[-1].end) if touched else said.span
    assert when(start, end) == moment(said, start, end) == expected
