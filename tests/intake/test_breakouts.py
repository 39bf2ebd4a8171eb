"""Tables of a session: told in session.toml, or by names, folders and times of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from fgd.intake import Intake, read_session
from fgd.intake import breakouts as module
from fgd.intake.folder import table_name
from fgd.model import Span
from tests.synthesis.wells import FILES, PEOPLE, written


def digest(path: Path) -> str:
    """Bytes of a file told apart by its path and size."""
    return f"{abs(hash((path.parent.name, path.name))):016x}{path.stat().st_size:08x}"


def read(root: Path) -> Intake:
    return read_session(root / "recordings" / "wells", "wells", root=root, digest=digest)


def tables(found: Intake) -> dict[str, list[str]]:
    names = {each.id: each.name for each in found.session.recordings}
    return {each.name: [names[r] for r in each.recordings] for each in found.session.breakouts}


def messages(found: Intake) -> str:
    return "\n".join(f"{each.level} {each}" for each in found.issues)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("table-1.m4a", "Table 1"),
        ("02 Table_03 part 2.vtt", "Table 3"),
        ("Gruppe A.docx", "Gruppe A"),
        ("Breakout Room 2.mp4", "Breakout Room 2"),
        ("GMT20260509-091500_Breakout Room 11.vtt", "Breakout Room 11"),
        ("mesa-4/rec.m4a", "Mesa 4"),
        ("Tisch B/aufnahme.wav", "Tisch B"),
        ("focus-group-1.m4a", ""),
        ("plenary.m4a", ""),
        ("vegetables-1.m4a", ""),
        ("tables.vtt", ""),
        ("table-100.vtt", ""),
        ("group-therapy.vtt", ""),
    ],
)
def test_names_of_files_and_folders_call_their_table(name: str, table: str) -> None:
    assert table_name(name) == table


def test_names_tell_tables_and_how_sure_that_is(tmp_path: Path) -> None:
    found = read(written(tmp_path))
    assert tables(found) == {"Table 1": ["02-table-1.vtt"], "Table 2": ["02-table-2.vtt"]}
    assert {each.sure for each in found.session.breakouts} == {module.NAMED}
    assert found.session.table_of(found.session.recordings[0].id) == ""
    assert "80% sure" in messages(found)
    assert "breakouts = false" in messages(found)
    seats = {person.name: person.table for person in found.session.participants}
    assert seats["Salma Haddadi"] == "Table 1"
    assert seats["Ines Okafor"] == ""


def test_folders_tell_tables_and_files_of_one_name_stay_apart(tmp_path: Path) -> None:
    files = {
        "plenary.vtt": FILES["03-closing.vtt"],
        "Table 1/rec.vtt": FILES["02-table-1.vtt"],
        "Table 2/rec.vtt": FILES["02-table-2.vtt"],
    }
    found = read(written(tmp_path, files))
    assert tables(found) == {"Table 1": ["Table 1/rec.vtt"], "Table 2": ["Table 2/rec.vtt"]}
    assert len(found.session.recordings) == 3


def test_a_person_settles_what_was_inferred(tmp_path: Path) -> None:
    found = read(written(tmp_path, more="breakouts = false\n"))
    assert found.session.breakouts == ()
    assert "sure" not in messages(found)


def test_told_tables_are_sure(tmp_path: Path) -> None:
    more = """
[[breakouts]]
name = "Wells"
recordings = ["02-table-1.vtt"]
start = "10:15"
end = "10:45"
rapporteur = "Tomas Quispe"

[[breakouts]]
name = "Pumps"
recordings = ["02-table-2.vtt"]
start = "10:20"
end = "10:45"
"""
    found = read(written(tmp_path, more=more, people=PEOPLE.replace(",table", ",tabel")))
    assert tables(found) == {"Wells": ["02-table-1.vtt"], "Pumps": ["02-table-2.vtt"]}
    one, other = found.session.breakouts
    assert (one.sure, one.why, one.rapporteur) == (1.0, "", "Tomas Quispe")
    assert one.span == Span(36_900_000, 38_700_000)
    assert one.is_beside(other)
    assert "breakout" not in messages(found).lower()


def table(name: str, *files: str, more: str = "") -> str:
    listed = ", ".join(f'"{file}"' for file in files)
    return f'\n[[breakouts]]\nname = "{name}"\nrecordings = [{listed}]\n{more}'


ONE, TWO = table("One", "02-table-1.vtt"), table("Two", "02-table-2.vtt")


@pytest.mark.parametrize(
    ("more", "message", "remedy"),
    [
        (ONE + table("One", "02-table-2.vtt") + TWO, "two breakouts are called 'One'", "a name of"),
        (ONE + TWO + table("Three"), "Three has no recording", "List its recordings"),
        (ONE + table("Two", "02-tabel-2.vtt"), "no such recording is read", "'02-table-2.vtt'"),
        (ONE + TWO + table("Three", "02-table-1.vtt"), "is listed for One and for Three", "once"),
        (ONE, "One is the only breakout", "each of the other tables"),
        (ONE + table("", "02-table-2.vtt"), "breakout 2 has no name", 'name = "Table 1"'),
        (
            table("One", "02-table-1.vtt", more='start = "9:00"\nend = "9:30"\n')
            + table("Two", "02-table-2.vtt", more='start = "10:00"\nend = "10:30"\n'),
            "One and Two did not meet at the same time",
            "Correct start and end",
        ),
        (
            table("One", "02-table-1.vtt", more='start = "half past nine"\n') + TWO,
            "'half past nine' is no time of day",
            'start = "10:15"',
        ),
        (
            table("One", "02-table-1.vtt", more='start = "9:30"\nend = "9:00"\n') + TWO,
            "it ends (9:00) before it begins (9:30)",
            'start = "10:15"',
        ),
        (
            table("One", "02-table-1.vtt", more='rapporteur = "Otto Grau"\n') + TWO,
            "Otto Grau is to report for One and is not on the list",
            "add it there",
        ),
    ],
)
def test_what_does_not_fit_is_one_sentence(
    tmp_path: Path, more: str, message: str, remedy: str
) -> None:
    found = read(written(tmp_path, more=more))
    mine = [each for each in found.issues if message in each.message]
    assert len(mine) == 1, messages(found)
    assert remedy in mine[0].remedy


def test_two_files_of_one_table_are_read_as_one(tmp_path: Path) -> None:
    files = {**FILES, "02-table-1-again.vtt": FILES["01-opening.vtt"]}
    found = read(written(tmp_path, files))
    assert sorted(tables(found)["Table 1"]) == ["02-table-1-again.vtt", "02-table-1.vtt"]
    assert "are both called Table 1 and are read as one table" in messages(found)


def test_one_table_alone_is_read_as_plenary(tmp_path: Path) -> None:
    files = {name: said for name, said in FILES.items() if name != "02-table-2.vtt"}
    found = read(written(tmp_path, files))
    assert found.session.breakouts == ()
    assert "looks like a table (Table 1), and there is no other one" in messages(found)


def test_people_at_a_table_without_recording_are_told(tmp_path: Path) -> None:
    found = read(written(tmp_path, people=PEOPLE.replace("HU,1", "HU,7")))
    assert "Salma Haddadi sat at '7', and no recording is of such a table" in messages(found)


def test_sessions_without_tables_have_none(tmp_path: Path) -> None:
    files = {"01-morning.vtt": FILES["02-table-1.vtt"], "02-noon.vtt": FILES["02-table-2.vtt"]}
    found = read(written(tmp_path, files, people=PEOPLE.replace(",table", ",tabel")))
    assert found.session.breakouts == ()
    assert "table" not in messages(found).replace("tabel", "")


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> dict[str, Span]:
    """Times at which files say they were recorded, by name."""
    known: dict[str, Span] = {}
    monkeypatch.setattr(module, "recorded", lambda path: known.get(path.name, Span(0, 0)))
    return known


HALF = 1_800_000


def test_times_confirm_names(tmp_path: Path, times: dict[str, Span]) -> None:
    times["02-table-1.vtt"], times["02-table-2.vtt"] = Span(0, HALF), Span(60_000, HALF)
    found = read(written(tmp_path))
    assert {each.sure for each in found.session.breakouts} == {module.CONFIRMED}


def test_times_that_contradict_names_are_told(tmp_path: Path, times: dict[str, Span]) -> None:
    times["02-table-1.vtt"], times["02-table-2.vtt"] = Span(0, HALF), Span(HALF, 2 * HALF)
    times["03-closing.vtt"] = Span(60_000, HALF)
    found = read(written(tmp_path))
    one, other = found.session.breakouts
    assert one.sure == module.DOUBTED
    assert not one.is_beside(other)
    assert "did not meet at the same time by the times given" in messages(found)
    assert "this was recorded while Table 1 met, and is no table by name" in messages(found)


def test_times_alone_tell_tables_and_are_less_sure(tmp_path: Path, times: dict[str, Span]) -> None:
    files = {"a.vtt": FILES["02-table-1.vtt"], "b.vtt": FILES["02-table-2.vtt"],
             "c.vtt": FILES["03-closing.vtt"]}  # fmt: skip
    times["a.vtt"], times["b.vtt"] = Span(0, HALF), Span(60_000, HALF - 90_000)
    times["c.vtt"] = Span(HALF, 2 * HALF)
    found = read(written(tmp_path, files, people=PEOPLE.replace(",table", ",tabel")))
    assert tables(found) == {"a": ["a.vtt"], "b": ["b.vtt"]}
    assert {each.sure for each in found.session.breakouts} == {module.TIMES}
    assert "warning a.vtt: a, b were taken for tables" in messages(found)


def test_one_talk_recorded_twice_is_no_two_tables(tmp_path: Path, times: dict[str, Span]) -> None:
    files = {"a.vtt": FILES["02-table-1.vtt"], "b.vtt": FILES["02-table-2.vtt"]}
    times["a.vtt"], times["b.vtt"] = Span(0, HALF), Span(0, HALF + 500)
    found = read(written(tmp_path, files, people=PEOPLE.replace(",table", ",tabel")))
    assert found.session.breakouts == ()
