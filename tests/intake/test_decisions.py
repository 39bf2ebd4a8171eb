"""Decisions: one line each; a damaged line costs itself, an undone decision does not hold."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.decisions.log import effective, read_decisions
from fgd.model import Decision, Span
from tests.intake.writers import messages


def decision(name: str, undoes: str = "", value: str = "mei-tan") -> Decision:
    return Decision(
        name, "voice:V3", "participant", "" if undoes else value, "Rapporteur",
        "2026-05-12T10:00:00", "aaa", Span(0, 10), undoes,
    )  # fmt: skip


def test_damaged_lines_are_named(tmp_path: Path) -> None:
    """Every good line is kept, every bad one named, whatever is wrong with it."""
    good = msgspec.json.encode(decision("d1")).decode()
    lines = [
        good,
        "",
        "{not json",
        '{"id": "d2"}',
        good,
        good.replace("d1", "d3").replace('"end":10', '"end":-10'),
        msgspec.json.encode(decision("d4", undoes="d9")).decode(),
        msgspec.json.encode(decision("d5")).decode(),
        good[:30],
    ]
    path = tmp_path / "decisions.jsonl"
    path.write_text("\n".join(lines))
    decisions, issues = read_decisions(path, path.name)
    assert [each.id for each in decisions] == ["d1", "d4", "d5"]
    assert decisions[0] == decision("d1")
    assert [issue.place for issue in issues] == [f"line {n}" for n in (3, 4, 5, 6, 7, 9)]
    assert "the decision 'd1' is there twice" in messages(issues)
    assert "there is no earlier decision 'd9' to undo" in messages(issues)
    assert "It may have been cut off while it was written." in str(issues[-1])


def test_what_nothing_will_apply_is_told(tmp_path: Path) -> None:
    """A field or a key that no kind of decision knows changes nothing, and says so."""
    good = msgspec.json.encode(decision("d1")).decode()
    path = tmp_path / "decisions.jsonl"
    path.write_text(
        "\n".join(
            [
                good,
                good.replace("d1", "d2").replace('"participant"', '"participnt"'),
                good.replace("d1", "d3").replace('"by"', '"because":"x","by"'),
            ]
        )
    )
    decisions, issues = read_decisions(path, path.name)
    assert [each.id for each in decisions] == ["d1", "d2", "d3"]
    assert [issue.place for issue in issues] == ["line 2", "line 3"]
    assert all(issue.remedy and issue.level == "warning" for issue in issues)
    for named in ("'participnt'", "'because'"):
        assert named in messages(issues)


def test_undoing() -> None:
    """An undone decision does not hold; undoing the undoing brings it back."""
    first, undo, again = decision("d1"), decision("d2", "d1"), decision("d3", "d2")
    other = decision("d4")
    assert effective([first, other]) == (first, other)
    assert effective([first, undo, other]) == (other,)
    assert effective([first, undo, again, other]) == (first, other)


def test_a_correction_replaces() -> None:
    """A decision that undoes another and sets a value holds itself."""
    first = decision("d1")
    second = Decision("d2", "voice:V3", "participant", "ben-ray", "R", "now", undoes="d1")
    assert effective([first, second]) == (second,)


@given(st.lists(st.integers(0, 8), max_size=8))
def test_undoing_is_settled_from_the_end(undone: list[int]) -> None:
    """What holds does not depend on anything that was itself undone."""
    decisions = [decision("d0")]
    for n, earlier in enumerate(undone, 1):
        decisions.append(decision(f"d{n}", f"d{earlier}" if earlier < n else ""))
    kept = {each.id for each in effective(decisions)}
    alive: dict[str, bool] = {}
    for each in reversed(decisions):
        alive[each.id] = not any(
            later.undoes == each.id and alive[later.id] for later in decisions if later.id in alive
        )
    assert kept == {each.id for each in decisions if alive[each.id] and not each.undoes}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"voice:V3"', '"planet:Mars"', "of a voice or turn and not of 'planet'"),
        ('"recording":"aaa"', '"recording":""', "names no recording"),
        ('"recording":"aaa",', "", "names no recording"),
    ],
)
def test_a_decision_about_nothing_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    """Somebody decided it, so somebody has to know that nothing came of it."""
    line = msgspec.json.encode(decision("d1")).decode()
    assert old in line
    path = tmp_path / "decisions.jsonl"
    path.write_text(line.replace(old, new) + "\n")
    _, (issue,) = read_decisions(path, path.name)
    assert told in issue.message
    assert (issue.level, issue.place, bool(issue.remedy)) == ("warning", "line 1", True)


def test_words_are_let_go_wherever_they_stand(tmp_path: Path) -> None:
    """What may circulate is decided of words and of no recording."""
    path = tmp_path / "decisions.jsonl"
    made = Decision("d1", "words:Vaipoto", "circulate", "release", "R", "2026-05-12")
    path.write_bytes(msgspec.json.encode(made) + b"\n")
    assert read_decisions(path, path.name) == ((made,), [])
