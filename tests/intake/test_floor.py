"""The floor log: marks in order, open ends closed by the next mark, every doubt with its line."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from fgd.core.clock import clock, milliseconds, moment
from fgd.intake.floor_csv import read_floor
from fgd.model import FloorMark, Institution, Issue, Participant, Recording, Session, Span
from tests.intake.writers import messages, stamp

SESSION = Session(
    "s",
    institutions=(Institution("avi", "Asian Vision Institute", "AVI"),),
    participants=(
        Participant("mei-tan", "Mei Tan", aliases=("Dr Tan",)),
        Participant("b", "Ben Ray"),
    ),
    recordings=(
        Recording("aaa", "01-plenary.wav", "a" * 64),
        Recording("bbb", "02-group.mp3", "b" * 64),
    ),
)


def floor(folder: Path, content: str) -> tuple[tuple[FloorMark, ...], list[Issue]]:
    path = folder / "floor.csv"
    path.write_text(content)
    return read_floor(path, "floor.csv", SESSION)


def test_marks(tmp_path: Path) -> None:
    """Seconds, minutes and hours; an open mark lasts until the next, the last one stays open."""
    content = (
        "start,who,section,note\n75,Mei Tan,opening,\n1:30.5,Dr Tan,,asked\n"
        '0:02:00,AVI,,"a, b"\n1:00:00,ben ray,,\n'
    )
    marks, issues = floor(tmp_path, content)
    assert marks == (
        FloorMark(Span(75_000, 90_500), "Mei Tan", "opening", "", "aaa"),
        FloorMark(Span(90_500, 120_000), "Dr Tan", "", "asked", "aaa"),
        FloorMark(Span(120_000, 3_600_000), "AVI", "", "a, b", "aaa"),
        FloorMark(Span(3_600_000, 3_600_000), "ben ray", "", "", "aaa"),
    )
    assert issues == []


def test_ends_and_recordings(tmp_path: Path) -> None:
    """Given ends hold; marks belong to the recording they name, and are closed within it."""
    content = (
        "Start;End;Speaker;Recording\n0:10;0:15;Mei Tan;\n0:20;;Ben Ray;02-group.mp3\n"
        "0:30;;Mei Tan;\n0:40;;Mei Tan;02-group\n"
    )
    marks, issues = floor(tmp_path, content)
    found = [(m.recording, m.span.start, m.span.end) for m in marks]
    assert found == [
        ("aaa", 10_000, 15_000), ("aaa", 30_000, 30_000), ("bbb", 20_000, 40_000),
        ("bbb", 40_000, 40_000),
    ]  # fmt: skip
    assert issues == []


def test_every_problem_at_once(tmp_path: Path) -> None:
    """Unreadable times cost their line; strangers, backward ends and files are kept and named."""
    content = (
        "start,end,participant,recording\nsoon,,Mei Tan,\n,,Mei Tan,\n2:00,,,\n1:00,0:30,Mei Tan,\n"
        "0:30,later,Nobody Known,\n0:40,,Mei Tan,99.wav\n1:75,,Mei Tan,\n"
    )
    marks, issues = floor(tmp_path, content)
    assert [(m.span.start, m.span.end, m.label) for m in marks] == [
        (30_000, 40_000, "Nobody Known"), (40_000, 60_000, "Mei Tan"), (60_000, 60_000, "Mei Tan"),
    ]  # fmt: skip
    text = messages(issues)
    for complaint in (
        "line 2, column 1: the time 'soon' cannot be read; left out.",
        "line 3, column 1: there is no time; left out.",
        "line 4, column 3: nobody named; left out.",
        "line 5, column 2: the end 0:00:30 lies before the start",
        "line 6, column 2: the end 'later' cannot be read",
        "line 6, column 3: Nobody Known is not on the roster; the mark is kept.",
        "line 7, column 4: there is no recording '99.wav'; the first one was assumed.",
        "line 8, column 1: the time '1:75' cannot be read; left out.",
        "line 6: times go backwards; the marks were put in order of time.",
    ):
        assert complaint in text, complaint
    assert len(issues) == 9


def test_without_headings(tmp_path: Path) -> None:
    """A log without headings cannot be read, and the remedy names them."""
    marks, issues = floor(tmp_path, "0:10,Mei Tan\n0:20,Ben Ray\n")
    assert marks == ()
    assert "'start' or 'participant'" in messages(issues, "error")


@given(st.integers(0, 99 * 3_600_000))
def test_times_are_read_as_written(time: int) -> None:
    """Milliseconds survive being written as h:mm:ss.mmm, with a point or a comma."""
    assert milliseconds(stamp(time)) == milliseconds(stamp(time, ",")) == time
    assert milliseconds(clock(time)) == time // 1000 * 1000
    assert moment(f"{time // 1000}.{time % 1000:03}") == time


@given(st.text(max_size=12))
def test_other_texts_are_no_times(text: str) -> None:
    """Reading a time never raises."""
    for found in (milliseconds(text), moment(text)):
        assert found is None or found >= 0
