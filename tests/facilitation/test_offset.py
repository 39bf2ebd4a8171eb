"""The floor log laid over the recording, and log and voices putting each other right."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.floorlog.alignment import Heard, align, find, floors, settle
from fgd.floorlog.floorlog import named
from fgd.model import FloorMark, Participant, Span
from tests.facilitation.talks import PEOPLE, end, marks, talk, tapped


@pytest.mark.parametrize("seed", range(20))
def test_offsets_are_found_within_half_a_second(seed: int) -> None:
    turns = talk(seed)
    truth = random.Random(seed).randint(-600_000, 600_000)
    found = find([(at - truth, who) for at, who in tapped(turns, seed)], turns, end(turns))
    assert found.told
    assert abs(found.milliseconds - truth) <= 500
    assert found.matched >= 0.8 * found.taps


@pytest.mark.parametrize("seed", range(20))
def test_the_log_of_another_discussion_is_not_claimed(seed: int) -> None:
    turns, other = talk(seed), talk(seed + 1_000)
    found = find(tapped(other, seed), turns, end(turns))
    assert not found.told
    assert found.milliseconds == 0


def test_a_log_that_begins_late_and_stops_half_way_still_fits() -> None:
    turns = talk(7)
    some = tapped(turns, 7)[15:35]
    found = find([(at + 90_000, who) for at, who in some], turns, end(turns))
    assert found.told and abs(found.milliseconds + 90_000) <= 500


@pytest.mark.parametrize("count", [0, 1, 7])
def test_too_few_taps_tell_nothing(count: int) -> None:
    turns = talk(1)
    assert not find(tapped(turns, 1)[:count], turns, end(turns)).told
    assert not find(tapped(turns, 1), turns[:3], end(turns)).told


def test_interjections_do_not_take_the_floor() -> None:
    turns = [
        Heard("A", Span(0, 5_000)),
        Heard("B", Span(5_100, 5_800)),
        Heard("A", Span(6_000, 9_000)),
        Heard("B", Span(9_500, 12_000)),
    ]
    assert floors(turns) == (Heard("A", Span(0, 9_000)), Heard("B", Span(9_500, 12_000)))


def test_a_strange_log_is_left_aside_and_it_is_said() -> None:
    turns = talk(1)
    laid = align(marks(tapped(talk(900), 5)), turns, end(turns), name="01.wav")
    assert laid.marks == ()
    assert "left aside" in laid.issues[0].message and "floor_offset" in laid.issues[0].remedy


def test_a_short_log_is_taken_as_it_is_written() -> None:
    turns = talk(1)
    log = marks([(3_000, "Ana"), (20_000, "Ben")])
    laid = align(log, turns, end(turns), name="01.wav")
    assert [(m.span.start, m.label) for m in laid.marks] == [(3_000, "Ana"), (20_000, "Ben")]
    assert laid.issues[0].level == "note"


def test_an_offset_set_by_hand_is_taken_at_its_word() -> None:
    laid = align(marks([(10_000, "Ana"), (30_000, "Ben")]), (), 60_000, by_hand=-5.5)
    assert [m.span for m in laid.marks] == [Span(4_500, 24_500), Span(24_500, 60_000)]
    assert laid.issues == ()


def test_taps_that_stop_leave_the_rest_open() -> None:
    laid = align(marks([(0, "Ana"), (60_000, "Ben")]), (), 3_600_000, by_hand=0.0)
    assert laid.marks[-1].span == Span(60_000, 180_000)


def test_codes_and_aliases_are_written_out_as_names() -> None:
    people = (
        Participant("ana", "Ana Lim", aliases=("Dr Lim",)),
        Participant("bea", "Bea Lim", aliases=("Lim",)),
        Participant("cam", "Cam Lim", aliases=("Lim",)),
    )
    said = (" p1 ", "P9", "dr  lim", "Lim", "ana lim")
    found = named([FloorMark(Span(n, n + 1), label) for n, label in enumerate(said)], people)
    assert [m.label for m in found] == ["Ana Lim", "P9", "Ana Lim", "Lim", "Ana Lim"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(PEOPLE)), max_size=30),
    st.lists(
        st.tuples(st.sampled_from("VW"), st.integers(0, 10**6), st.integers(1, 60_000)), max_size=30
    ),
    st.integers(-(10**6), 10**6),
)
def test_any_log_over_any_voices_gives_marks_inside_the_recording(
    taps: list[tuple[int, str]], voices: list[tuple[str, int, int]], by: int
) -> None:
    turns = [Heard(v, Span(a, a + length)) for v, a, length in voices]
    duration = max((t.span.end for t in turns), default=1_000)
    for by_hand in ("auto", by / 1000):
        laid = align(marks(sorted(taps)), turns, duration, by_hand=by_hand)
        assert all(0 <= m.span.start < m.span.end <= duration for m in laid.marks)
        settled, _ = settle(laid.marks, turns)
        assert all(m.label in PEOPLE for m in settled)


def test_times_of_another_clock_are_not_taken_as_they_are() -> None:
    """Where no voice changes nothing can be matched, but a log that ends after the recording does
    is not on its clock.
    """
    one_voice = [Heard("V1", Span(0, 300_000))]
    log = marks([(20_000 * n + 100_000, PEOPLE[n % 6]) for n in range(14)])
    laid = align(log, one_voice, 300_000, name="01.wav")
    assert laid.marks == ()
    assert "not the recording's" in laid.issues[0].message
    laid = align(log, one_voice, 500_000, name="01.wav")
    assert len(laid.marks) == 14
