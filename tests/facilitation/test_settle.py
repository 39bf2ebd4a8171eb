"""Log and voices putting each other right, turn by turn."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fgd.floorlog.alignment import Heard, align, settle
from fgd.model import FloorMark, Span
from tests.facilitation.talks import PEOPLE, end, marks, talk, tapped, wrong_time


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


def named(found: Sequence[FloorMark], turns: Sequence[Heard]) -> dict[str, int]:
    """Milliseconds under the right name, a wrong one and none."""
    counts = {"right": 0, "wrong": 0, "none": 0}
    for turn in turns:
        mark = max(found, key=lambda m: (m.span & turn.span).duration)
        under = (mark.span & turn.span).duration
        counts["right" if mark.label == turn.voice else "wrong"] += under
        counts["none"] += turn.span.duration - under
    return counts


def test_two_people_under_one_voice_are_cut_apart_at_their_taps() -> None:
    """Ana and Ben follow each other under one voice: no change of voice, yet two names."""
    turns = [
        Heard(who, Span(10_000 * n, 10_000 * n + 9_500))
        for n, who in enumerate(("Ana", "Ben", "Cam", "Ben", "Ana", "Cam", "Ana", "Ben"))
    ]
    merged = [Heard("V1" if t.voice in ("Ana", "Ben") else "V2", t.span) for t in turns]
    log = [FloorMark(Span(t.span.start, t.span.start + 10_000), t.voice) for t in turns]
    settled, remarks = settle(log, merged)
    counts = named(settled, turns)
    assert counts["wrong"] == 0
    assert counts["none"] == 0
    assert remarks == ()


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("merged", [("Ana", "Ben"), ("Ana", "Ben", "Cam", "Dan")])
def test_merged_voices_make_no_more_wrong_names_than_the_taps_do(
    seed: int, merged: tuple[str, ...]
) -> None:
    """Taps as late, missed and mistaken as a note-taker's over voices that hold several people."""
    turns = talk(seed)
    heard = [Heard("V" if t.voice in merged else t.voice, t.span) for t in turns]
    log = marks(tapped(turns, seed))
    raw = align(log, (), end(turns), by_hand=0.0).marks
    laid = align(log, heard, end(turns), by_hand=0.0)
    settled, _ = settle(laid.marks, heard)
    assert named(settled, turns)["wrong"] < named(raw, turns)["wrong"]


def test_a_single_tap_against_the_voice_is_nobodys_turn() -> None:
    """It may be a slip or their only turn in a voice much like this one: neither is claimed."""
    turns = [Heard("V1", Span(20_000 * n, 20_000 * n + 9_000)) for n in range(6)]
    others = [Heard("V2", Span(20_000 * n + 10_000, 20_000 * n + 19_000)) for n in range(6)]
    both = sorted((*turns, *others), key=lambda t: t.span)
    log = [
        FloorMark(Span(t.span.start, t.span.start + 10_000), "Ana" if t.voice == "V1" else "Ben")
        for t in both
    ]
    log[6] = FloorMark(log[6].span, "Eve")
    settled, (remark,) = settle(log, both, "01.wav")
    assert not any(m.span & both[6].span for m in settled)
    assert "Eve tapped, Ana heard" in remark.message
    log[6] = FloorMark(log[6].span, "Ben")  # who has a voice, and it is not this one
    settled, _ = settle(log, both)
    assert [m.label for m in settled if m.span & both[6].span] == ["Ana"]


def test_a_new_voice_under_a_mark_that_runs_on_is_nobodys() -> None:
    """The tap for it is missing, and the mark was for somebody else."""
    turns = [
        Heard("V1", Span(0, 9_000)), Heard("V2", Span(10_000, 19_000)),
        Heard("V3", Span(20_000, 29_000)), Heard("V1", Span(30_000, 39_000)),
    ]  # fmt: skip
    log = [
        FloorMark(Span(0, 10_000), "Ana"), FloorMark(Span(10_000, 30_000), "Ben"),
        FloorMark(Span(30_000, 40_000), "Ana"),
    ]  # fmt: skip
    settled, _ = settle(log, turns)
    assert [(m.label, m.span) for m in settled] == [
        ("Ana", turns[0].span), ("Ben", turns[1].span), ("Ana", turns[3].span),
    ]  # fmt: skip
