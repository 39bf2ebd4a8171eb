"""Rosters in Excel: merged cells, formulas, hidden rows, every problem with its cell."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.core.text import clean
from fgd.intake.roster import Roster, read_roster
from fgd.model import Issue
from tests.intake.writers import NAMES, messages


def workbook(folder: Path, rows: Sequence[Sequence[object]]) -> tuple[Any, Path]:
    """An unsaved workbook with these rows, and where to save it."""
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    return book, folder / "participants.xlsx"


def saved(book: Any, path: Path) -> tuple[Roster, list[Issue]]:
    book.save(path)
    return read_roster(path, path.name)


@settings(max_examples=15, deadline=None)
@given(names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True))
def test_names_of_any_script_survive_excel(names: list[str]) -> None:
    """The same through a workbook, line breaks inside the cells and all."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [["Name", "Institution"], *([name.replace(" ", "\n"), "X"] for name in names)]
        roster, _ = saved(*workbook(Path(folder), rows))
    assert [person.name for person in roster.participants] == [clean(name) for name in names]


def test_every_problem_at_once(tmp_path: Path) -> None:
    """All that is wrong with a workbook comes in one go, with sheet, row, column and remedy."""
    book, path = workbook(
        tmp_path,
        [
            ["Name", "Role", "Institution", "Categry", "Shoe size", "Country"],
            ["Mei Tan", "particpant", "AVI", "", 38, "Cambodia"],
            ["John Tan", "participant", "", "", 40, ""],
            ["Mei Tan", "participant", "AVI", "", 38, "Cambodia"],
            ["", "participant", "NDSI", "", "", ""],
            ["=A2", "participant", "AVI", "", "", ""],
            ["Ana Diaz", "Director", "AVI", "", "", "#REF!"],
            ["Ben Ray", "Director", "AVI", "", "", ""],
        ],
    )
    book.active.title = "List"
    book.active.row_dimensions[8].hidden = True
    roster, issues = saved(book, path)
    assert [p.name for p in roster.participants] == ["Mei Tan", "John Tan", "Ana Diaz", "Ben Ray"]
    assert [i.name for i in roster.institutions] == ["AVI", "NDSI"]
    expected = [
        ("sheet 'List', row 1, column D", "the column 'Categry' is not known"),
        ("sheet 'List', row 1", "columns that are not used were left out: 'Shoe size'."),
        ("sheet 'List', row 2, column B", "unknown role 'particpant', taken as participant."),
        ("sheet 'List', rows 7 and 8, column B", "unknown role 'Director', taken as participant."),
        ("sheet 'List', row 3, column C", "John Tan has no institution."),
        ("sheet 'List', row 4, column A", "Mei Tan is listed again with the same institution"),
        ("sheet 'List', rows 5 and 6, column A", "a row without a name"),
        ("sheet 'List', column A", "formulas without a saved result (rows 6) were read as empty."),
        ("sheet 'List', row 7, column F", "the cell shows #REF! instead of a value."),
        ("sheet 'List'", "hidden rows are read like the others (rows 8)."),
        ("sheet 'List', rows 2 and 3", "2 people share a last name: Mei Tan and John Tan."),
        ("", "nobody is marked as facilitator."),
    ]
    found = {issue.place: issue for issue in issues}
    for place, message in expected:
        assert found[place].message.startswith(message), place
    assert len(issues) == len(expected)
    assert found["sheet 'List', row 2, column B"].remedy == "Did you mean 'participant'?"
    assert found["sheet 'List', row 1, column D"].remedy == "Did you mean 'category'?"
    assert all(issue.where == "participants.xlsx" for issue in issues)


def test_title_rows_and_merged_headings(tmp_path: Path) -> None:
    """The header may stand lower and span two rows; merged cells below it hold for all rows."""
    book, path = workbook(
        tmp_path,
        [
            ["List of participants", "", "", ""],
            [],
            ["Name", "Organisation", "", "Role"],
            ["", "Name", "Acronym", ""],
            ["Government", "", "", ""],
            ["Mei Tan", "Asian Vision Institute", "AVI", "Chair"],
            ["John Lim", "", "", "Delegate"],
        ],
    )
    for area in ("A1:D1", "A3:A4", "B3:C3", "D3:D4", "A5:D5", "B6:B7", "C6:C7"):
        book.active.merge_cells(area)
    roster, issues = saved(book, path)
    assert [(p.name, p.role, p.institutions) for p in roster.participants] == [
        ("Mei Tan", "facilitator", ("asian-vision-institute",)),
        ("John Lim", "participant", ("asian-vision-institute",)),
    ]
    assert roster.institutions[0].acronym == "AVI"
    assert messages(issues) == (
        "participants.xlsx, sheet 'Sheet', row 5: a caption across the table was left out."
    )


def test_the_sheet_with_the_header_is_read(tmp_path: Path) -> None:
    """A cover sheet is passed over, and so is a hidden one."""
    book, path = workbook(tmp_path, [["Regional dialogue"], ["Phnom Penh"]])
    hidden = book.create_sheet("Old")
    hidden.append(["Name", "Role"])
    hidden.append(["Nobody", "chair"])
    hidden.sheet_state = "hidden"
    sheet = book.create_sheet("People")
    sheet.append(["Name", "Role"])
    sheet.append(["Mei Tan", "chair"])
    assert [p.name for p in saved(book, path)[0].participants] == ["Mei Tan"]


def test_saved_formulas_are_values(tmp_path: Path) -> None:
    """A formula whose result Excel saved is as good as text."""
    book, path = workbook(tmp_path, [["Name", "Role"], ["=1", "chair"]])
    book.save(path)
    data = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(path, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b"<v></v>", b"<v>7</v>").replace(b"<v />", b"<v>7</v>")
                assert b"<v>7</v>" in content
            new.writestr(item, content)
    roster, issues = read_roster(path, path.name)
    assert [person.name for person in roster.participants] == ["7"]
    assert "formulas" not in messages(issues)


def test_more_cells_than_any_list_has(tmp_path: Path) -> None:
    """A small file that unpacks into hundreds of thousands of cells is refused before it is read."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["Name", "Role"])
    for _ in range(3100):
        sheet.append(["x"] * 100)
    path = tmp_path / "participants.xlsx"
    book.save(path)
    roster, issues = read_roster(path, path.name)
    assert roster.participants == ()
    assert [(i.level, "at most 300,000" in i.message, bool(i.remedy)) for i in issues] == [
        ("error", True, True)
    ]


def test_a_stray_cell_far_away(tmp_path: Path) -> None:
    """A cell in the last row of the sheet does not make the list a million rows long."""
    book, path = workbook(tmp_path, [["Name", "Role"], ["Mei Tan", "chair"]])
    book.active["B1048576"] = "x"
    roster, issues = saved(book, path)
    assert [person.name for person in roster.participants] == ["Mei Tan"]
    assert "only the first 20000 rows and 100 columns are read" in messages(issues, "warning")


def test_damaged_workbook(tmp_path: Path) -> None:
    """A workbook whose inside is broken is one sentence too."""
    path = tmp_path / "participants.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<broken")
    roster, issues = read_roster(path, path.name)
    assert roster == Roster()
    assert "the workbook is damaged and cannot be read" in messages(issues, "error")


def test_a_workbook_called_csv(tmp_path: Path) -> None:
    """Content counts more than the name."""
    book, path = workbook(tmp_path, [["Name", "Role"], ["Mei Tan", "chair"]])
    book.save(path)
    renamed = path.rename(tmp_path / "participants.csv")
    assert [p.name for p in read_roster(renamed, "participants.csv")[0].participants] == ["Mei Tan"]


def test_a_second_list_of_people_is_an_error(tmp_path: Path) -> None:
    """Whose names are on no list that was read, nobody withholds: no circulation edition."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["name", "role"])
    book.active.append(["Anna Lee", "facilitator"])
    for title, rows in (("Late", [["name", "institution"], ["Ben Ray", "Office"]]),
                        ("Key", [["code", "meaning"], ["F", "chairs"]])):  # fmt: skip
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    path = tmp_path / "participants.xlsx"
    book.save(path)
    roster, issues = read_roster(path, path.name)
    assert [person.name for person in roster.participants] == ["Anna Lee"]
    wrong = [(issue.place, bool(issue.remedy)) for issue in issues if issue.level == "error"]
    assert wrong == [("sheet 'Late'", True)]
