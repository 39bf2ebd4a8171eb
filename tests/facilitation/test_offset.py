"""The floor log laid over the recording, and log and voices putting each other right."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.facilitation.align import align, named
from fgd.facilitation.offset import Heard, find, floors
from fgd.facilitation.settle import settle
from fgd.model import FloorMark, Participant, Span

PEOPLE = ("Ana", "Ben", "Cam", "Dan", "Eve", "Fay")


def talk(seed: int, count: int = 60) -> list[Heard]:
    """Turns of five to forty seconds with pauses, short interjections among them."""
    chance = random.Random(seed)
    turns, moment, last = [], 2_000, ""
    for _ in range(count):
        voice = chance.choice([p for p in PEOPLE if p != last])
        length = chance.randint(3_000, 25_000)
        turns.append(Heard(voice, Span(moment, moment + length)))
        if chance.random() < 0.2:
            other = chance.choice([p for p in PEOPLE if p != voice])
            turns.append(Heard(other, Span(moment + length // 2, moment + length // 2 + 700)))
        moment += length + chance.randint(100, 1_500)
        last = voice
    return turns


def tapped(
    turns: Sequence[Heard], seed: int, *, missed: float = 0.1, wrong: float = 0.03
) -> list[tuple[int, str]]:
    chance = random.Random(seed)
    taps = []
    for turn in floors(turns):
        late = chance.randint(500, 3_000)
        if chance.random() >= missed:
            who = chance.choice(PEOPLE) if chance.random() < wrong else turn.voice
            taps.append((turn.span.start + late, who))
    return sorted(taps)


def marks(taps: Sequence[tuple[int, str]], by: int = 0) -> list[FloorMark]:
    return [FloorMark(Span(at + by, at + by), who) for at, who in taps if at + by >= 0]


def end(turns: Sequence[Heard]) -> int:
    return max(turn.span.end for turn in turns)


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


def wrong_time(found: Sequence[FloorMark], turns: Sequence[Heard]) -> float:
    """The share of speech that the mark with most of it gives to somebody else."""
    wrong = 0
    for turn in turns:
        mark = max(found, key=lambda m: ((m.span & turn.span).duration, m.span == turn.span))
        wrong += turn.span.duration if mark.label != turn.voice else 0
    return wrong / sum(turn.span.duration for turn in turns)


@pytest.mark.parametrize("seed", range(6))
def test_log_and_voices_put_each_other_right(seed: int) -> None:
    """Late, missed and mistaken taps: after settling next to nothing is wrong."""
    turns = talk(seed)
    unnamed = [Heard(f"V{PEOPLE.index(t.voice) + 1}", t.span) for t in turns]
    log = marks(tapped(turns, seed), by=30_000)
    raw = wrong_time(align(log, (), end(turns), by_hand=-30.0).marks, turns)
    laid = align(log, unnamed, end(turns), recording="r", name="01.wav")
    assert abs(laid.offset.milliseconds + 30_000) <= 500
    assert "were moved by -0:00:" in laid.issues[0].message
    settled, remarks = settle(laid.marks, unnamed, "01.wav")
    assert wrong_time(settled, turns) <= min(0.04, raw / 2)
    assert {m.recording for m in settled} == {"r"}
    assert len(remarks) <= 1


def test_a_voice_that_is_two_people_leaves_the_taps_as_they_are() -> None:
    """Where the voices are no better than the log, the log stands."""
    turns = talk(3)
    merged = [Heard("V1" if t.voice in ("Ana", "Ben") else t.voice, t.span) for t in turns]
    laid = align(marks(tapped(turns, 3, missed=0, wrong=0)), merged, end(turns))
    settled, _ = settle(laid.marks, merged)
    assert wrong_time(settled, turns) < 0.06
    assert {"Ana", "Ben"} <= {m.label for m in settled}


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


def test_codes_of_name_plates_are_written_out() -> None:
    known = {"P1": Participant("ana", "Ana Lim")}
    found = named([FloorMark(Span(0, 1), " p1 "), FloorMark(Span(1, 2), "P9")], known)
    assert [m.label for m in found] == ["Ana Lim", "P9"]


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
