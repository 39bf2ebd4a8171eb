"""The note-taker's journal: nothing acknowledged is lost, nothing counts twice."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.core.errors import InputError, StoreError
from fgd.floorlog.floorlog import (
    Entry,
    EvenClock,
    Journal,
    Tap,
    floor_csv,
    for_people,
    lines,
    read_journal,
    read_lines,
    rows,
    sittings,
    zero,
)
from fgd.intake import read_session
from fgd.workspace.store import hash_file

START = 1_773_800_000_000  # 2026-03-18, ms since 1970


class Watch:
    """A wall clock and a steady one that a test moves."""

    def __init__(self) -> None:
        self.wall, self.steady = START / 1000, 100.0

    def clock(self) -> EvenClock:
        return EvenClock(lambda: self.wall, lambda: self.steady)

    def wait(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


def floor(number: int, at: float, label: str, by: str = "") -> Entry:
    ms = START + round(1000 * at)
    return Entry(f"{by}{number}", ms, for_people(ms), "floor", by, label=label)


def tap(identity: str, at: float, label: str, kind: str = "floor", **more: object) -> Tap:
    made = {"id": identity, "kind": kind, "wall": START + round(1000 * at), "label": label, **more}
    return msgspec.convert(made, Tap)


def told(folder: Path) -> list[tuple[str, str]]:
    with (folder / "floor.csv").open(encoding="utf-8", newline="") as stream:
        return [(row["start"], row["participant"]) for row in csv.DictReader(stream)]


def table(entries: Sequence[Entry]) -> list[tuple[float, str]]:
    return [((row.start - START) / 1000, row.label) for row in rows(entries)]


# -- what counts ---------------------------------------------------------------------------------


def test_a_double_tap_and_a_second_note_taker_count_once() -> None:
    entries = [floor(1, 0, "Ana"), floor(2, 0.3, "Ana"), floor(3, 0.9, "Ana", "second")]
    assert table(entries) == [(0, "Ana")]


def test_a_slip_put_right_at_once_leaves_no_trace_but_its_time() -> None:
    entries = [floor(1, 0, "Ana"), floor(2, 10, "Ben"), floor(3, 11, "Cam")]
    assert table(entries) == [(0, "Ana"), (10, "Cam")]


def test_note_takers_who_disagree_are_both_kept_and_it_is_said() -> None:
    made = rows([floor(1, 0, "Ana", "one"), floor(2, 1, "Ben", "two")])
    assert [row.label for row in made] == ["Ana", "Ben"]
    assert made[1].note == "two note-takers disagree: Ana"


def test_time_begins_with_the_recorder() -> None:
    recorder = Entry("r", START + 60_000, for_people(START + 60_000), "recording")
    entries = [floor(1, 0, "Ana"), floor(2, 30, "Ben"), recorder, floor(3, 90, "Cam")]
    assert zero(entries) == START + 60_000
    assert [line[:2] for line in lines(entries).values()] == [
        ("0:00:00.000", "Ben"),
        ("0:00:30.000", "Cam"),
    ]


def test_a_pause_ends_a_mark_and_an_undone_tap_is_gone() -> None:
    pause = Entry("p", START + 20_000, for_people(START + 20_000), "pause")
    undo = Entry("u", START + 30_000, for_people(START + 30_000), "undo", target="2")
    entries = [floor(1, 0, "Ana"), pause, floor(2, 25, "Ben"), undo]
    assert [line[:3] for line in lines(entries).values()] == [("0:00:00.000", "Ana", "0:00:20.000")]


def test_another_day_is_set_aside() -> None:
    rehearsal = [floor(n, -90_000 + n, f"Test {n}") for n in range(9)]
    session = [floor(n, 10 * n, f"Person {n}", "x") for n in range(5)]
    day = for_people(START)[:10]
    chosen, others = sittings([*session, *rehearsal], day)
    assert {e.by for e in chosen} == {"x"}
    assert [len(o) for o in others] == [9]
    # Without a date, the sitting with the most taps of the floor.
    assert len(sittings([*session, *rehearsal])[0]) == 9


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 600), st.sampled_from("ABC"), st.sampled_from(["x", "y"])),
        max_size=25,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_arrival_changes_nothing(
    taps: list[tuple[int, str, str]], order: random.Random
) -> None:
    entries = [floor(n, at, label, by) for n, (at, label, by) in enumerate(taps)]
    shuffled = list(entries)
    order.shuffle(shuffled)
    assert floor_csv(lines(shuffled)) == floor_csv(lines(entries))
    made = rows(entries)
    assert all(a.label != b.label for a, b in zip(made, made[1:], strict=False))
    assert {row.label for row in made} <= {label for _, label, _ in taps}


# -- the disk ------------------------------------------------------------------------------------


def test_a_tap_sent_twice_is_written_once_and_acknowledged_twice(tmp_path: Path) -> None:
    journal = Journal(tmp_path, clock=Watch().clock())
    assert journal.add([tap("a", 0, "Ana")], "one") == ("a",)
    assert journal.add([tap("a", 0, "Ana"), tap("b", 0, "Ben", "note")], "one") == ("a", "b")
    assert len((tmp_path / "notes.jsonl").read_bytes().splitlines()) == 2
    assert told(tmp_path) == [("0:00:00.000", "Ana")]


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(0, 10_000), after=st.integers(0, 5))
def test_a_power_cut_at_any_byte_loses_only_the_line_it_cut(
    tmp_path_factory: pytest.TempPathFactory, cut: int, after: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    watch = Watch()
    journal = Journal(folder, clock=watch.clock())
    for number in range(8):
        watch.wait(5)
        journal.add([tap(f"t{number}", 5 + 5 * number, f"P{number}")], "one")
    path = folder / "notes.jsonl"
    whole = path.read_bytes()
    kept = whole[: cut % (len(whole) + 1)]
    path.write_bytes(kept)
    complete = kept.count(b"\n")
    again = Journal(folder, clock=watch.clock())
    assert complete <= len(again.entries) <= complete + 1
    # The page sends what was not acknowledged once more.
    again.add([tap(f"t{n}", 5 + 5 * n, f"P{n}") for n in range(8)], "one")
    assert [e.id for e in read_journal(folder)[0]] == [f"t{n}" for n in range(8)]
    assert [name for _, name in told(folder)] == [f"P{n}" for n in range(8)]
    assert after >= 0


def test_two_servers_on_one_folder_see_each_other(tmp_path: Path) -> None:
    watch = Watch()
    one, two = Journal(tmp_path, clock=watch.clock()), Journal(tmp_path, clock=watch.clock())
    one.add([tap("a", 0, "Ana")], "one")
    two.add([tap("b", 0.5, "Ben"), tap("a", 0, "Ana")], "two")
    assert one.after(0)[0] == 2
    assert read_lines((tmp_path / "notes.jsonl").read_bytes())[1] == 0
    assert told(tmp_path) == [("0:00:00.000", "Ana"), ("0:00:00.500", "Ben")]


def test_what_people_write_into_the_floor_log_stays(tmp_path: Path) -> None:
    watch = Watch()
    journal = Journal(tmp_path, clock=watch.clock())
    journal.add([tap("a", 0, "Anna")], "one")
    path = tmp_path / "floor.csv"
    text = path.read_text(encoding="utf-8").replace("Anna", "Hanna")
    path.write_text(text + "0:00:05,Written by hand\n", encoding="utf-8")
    watch.wait(9)
    journal.add([tap("b", 9, "Ben")], "one")
    watch.wait(9)
    journal.add([tap("c", 18, "Cam")], "one")
    assert [name for _, name in told(tmp_path)] == ["Hanna", "Written by hand", "Ben", "Cam"]
    assert [e.label for e in journal.entries] == ["Anna", "Ben", "Cam"]


def test_setting_the_clock_moves_no_tap(tmp_path: Path) -> None:
    watch = Watch()
    journal = Journal(tmp_path, clock=watch.clock())
    journal.add([tap("a", 0, "Ana")], "one")
    watch.wait(60)
    watch.wall += 3600  # somebody puts the computer an hour ahead
    journal.add([tap("b", 60, "Ben")], "one")
    # A tablet three hours behind, which knows so:
    watch.wait(30)
    late = tap("c", 90 - 10_800, "Cam", drift=10_800_000)
    # One whose clock was put ahead after it last heard of ours:
    ahead = tap("d", 5000, "Dan")
    journal.add([late], "two")
    watch.wait(5)
    journal.add([ahead], "two")
    assert told(tmp_path) == [
        ("0:00:00.000", "Ana"), ("0:01:00.000", "Ben"), ("0:01:30.000", "Cam"),
        ("0:01:35.000", "Dan"),
    ]  # fmt: skip
    notes = [e for e in journal.entries if e.kind == "note"]
    assert [n.text for n in notes] == [
        "The computer's clock was set by +3600 s; times go on evenly."
    ]
    assert next(e for e in journal.entries if e.id == "d").doubt


def test_a_floor_log_that_cannot_be_written_costs_no_tap(tmp_path: Path) -> None:
    (tmp_path / "floor.csv").mkdir()
    watch = Watch()
    journal = Journal(tmp_path, clock=watch.clock())
    assert journal.add([tap("a", 0, "Ana")], "one") == ("a",)
    assert [i.where for i in journal.issues] == ["floor.csv"]
    (tmp_path / "floor.csv").rmdir()
    watch.wait(5)
    journal.add([tap("b", 5, "Ben")], "two")
    assert [name for _, name in told(tmp_path)] == ["Ana", "Ben"]
    assert journal.issues == []


def test_a_disk_that_refuses_is_said_and_acknowledges_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path, clock=Watch().clock())
    (tmp_path / "notes.jsonl").mkdir()
    with pytest.raises(StoreError):
        journal.add([tap("a", 0, "Ana")], "one")
    (tmp_path / "notes.jsonl").rmdir()
    assert journal.add([tap("a", 0, "Ana")], "one") == ("a",)
    assert len(read_journal(tmp_path)[0]) == 1


def test_an_id_is_needed(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Journal(tmp_path).add([tap("", 0, "Ana")], "one")


def test_the_intake_reads_what_was_tapped(tmp_path: Path) -> None:
    folder = tmp_path / "recordings" / "s"
    folder.mkdir(parents=True)
    (folder / "01.txt").write_text("Ana: Good morning.\n", encoding="utf-8")
    (folder / "participants.csv").write_text(
        "name,role,institution\nAna Lim,facilitator,A\nBen Tan,participant,B\n", encoding="utf-8"
    )
    watch = Watch()
    journal = Journal(folder, clock=watch.clock())
    watch.wait(30)
    section = tap("s", 9, "", "section", section="welcome")
    journal.add([tap("a", 0, "Ana Lim"), section, tap("b", 20.5, "=Ben Tan")], "=one")
    read = read_session(folder, "s", root=tmp_path, digest=hash_file)
    assert [(m.label, m.span.start, m.section) for m in read.floor] == [
        ("Ana Lim", 0, ""), ("Ana Lim", 9_000, "welcome"), ("'=Ben Tan", 20_500, "welcome"),
    ]  # fmt: skip
    assert [i for i in read.issues if i.where in ("floor.csv", "notes.jsonl")] == []
