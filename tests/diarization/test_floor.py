"""What a floor log adds, and what is wrong with it."""

from __future__ import annotations

import numpy as np

from fgd.diarization.floor import OPEN, seeds, usable
from fgd.model import FloorMark, Span


def mark(start: int, end: int, label: str) -> FloorMark:
    return FloorMark(Span(start, end), label)


def test_good_marks_pass_unchanged() -> None:
    """A log in order and inside the recording raises no issue."""
    log = (mark(0, 9_000, "A"), mark(9_000, 20_000, "B"))
    assert usable(log, 30_000, "x") == (log, ())


def test_open_marks_end_at_the_next_one() -> None:
    """An open end lasts until the next mark; the last one is believed for two minutes."""
    found, issues = usable((mark(0, 0, "A"), mark(9_000, 9_000, "B")), 999_000, "x")
    assert [m.span for m in found] == [Span(0, 9_000), Span(9_000, 9_000 + OPEN)]
    assert issues == ()


def test_marks_beyond_the_end_cost_a_sentence() -> None:
    """They are left aside, and the issue says how many and where the first one is."""
    found, (issue,) = usable((mark(0, 5_000, "A"), mark(70_000, 80_000, "B")), 60_000, "a.wav")
    assert [m.label for m in found] == ["A"]
    assert issue.place == "0:01:10"
    assert "1 of 2" in issue.message


def test_a_mark_that_runs_past_the_end_is_cut() -> None:
    """The recording ends when it ends."""
    ((found,), issues) = usable((mark(1_000, 90_000, "A"),), 60_000, "x")
    assert found.span == Span(1_000, 60_000)
    assert issues == ()


def test_times_that_go_backwards_are_put_in_order() -> None:
    """One sentence, and the log still serves."""
    found, (issue,) = usable((mark(9_000, 12_000, "B"), mark(0, 8_000, "A")), 60_000, "x")
    assert [m.label for m in found] == ["A", "B"]
    assert "backwards" in issue.message


def heard(*voices: int) -> tuple[np.ndarray, np.ndarray]:
    """One moment each 200 ms, as many as voices are given."""
    return np.arange(len(voices)) * 200, np.array(voices)


def test_a_clear_majority_makes_a_seed() -> None:
    """The cores of the majority's voice inside a mark belong together."""
    moments, found = heard(*[0] * 50, *[1] * 50)
    log = (mark(0, 10_000, "A"), mark(10_000, 20_000, "B"))
    cores = [(10, 20), (25, 40), (60, 80)]
    assert seeds(log, moments, found, cores, np.eye(3)) == [[0, 1], [2]]


def test_no_majority_no_seed() -> None:
    """Where two people share a mark, it says nothing."""
    moments, found = heard(*[0] * 25, *[1] * 25)
    assert seeds((mark(0, 10_000, "A"),), moments, found, [(10, 20)], np.eye(1)) == []


def test_a_voice_that_two_labels_claim_is_nobodys() -> None:
    """The log contradicts the sound: better no seed than a voice torn in two."""
    moments, found = heard(*[0] * 100)
    log = (mark(0, 10_000, "A"), mark(10_000, 20_000, "B"))
    cores, alike = [(10, 40), (60, 90)], np.array([[30.0, 3.0], [30.0, 4.0]])
    assert seeds(log, moments, found, cores, alike) == []


def test_two_people_taken_for_one_are_told_apart_by_the_log() -> None:
    """Two labels claim a voice and the sounds under them differ: both get their own cores."""
    moments, found = heard(*[0] * 100)
    log = (mark(0, 10_000, "A"), mark(10_000, 20_000, "B"))
    cores, different = [(10, 40), (60, 90)], np.array([[30.0, 3.0], [15.0, 25.0]])
    assert seeds(log, moments, found, cores, different) == [[0], [1]]
