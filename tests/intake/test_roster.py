"""Rosters as people keep them: CSV of any kind, workbooks of any kind, every problem with its cell."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.intake.roster import Roster, read_roster
from fgd.intake.slugs import clean
from fgd.model import Issue, Participant
from tests.intake.writers import NAMES, messages

GOOD = """Name,Role,Institution,Acronym,Category,Country,Track,Aliases,Institution aliases
Dr. Mei Tan,facilitator,Asian Vision Institute,AVI,think tank,Cambodia,1.5,Mei;Dr Tan,Vision Institute
Somchai Jaidee,participant,Ministry of Foreign Affairs,MFA,ministry,Thailand,1,,
"""


def csv_roster(
    folder: Path, content: str | bytes, name: str = "participants.csv"
) -> tuple[Roster, list[Issue]]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_roster(path, name)


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


def test_everything_in_its_place(tmp_path: Path) -> None:
    """All columns at once, and nothing to complain about."""
    roster, issues = csv_roster(tmp_path, GOOD)
    assert roster.participants[0] == Participant(
        id="dr-mei-tan", name="Dr. Mei Tan", role="facilitator",
        institutions=("asian-vision-institute",), country="Cambodia", track="1.5",
        aliases=("Mei", "Dr Tan"),
    )  # fmt: skip
    first, second = roster.institutions
    assert (first.id, first.name, first.acronym) == (
        "asian-vision-institute", "Asian Vision Institute", "AVI",
    )  # fmt: skip
    assert (first.category, first.country, first.aliases) == (
        "think tank", "Cambodia", ("Vision Institute",),
    )  # fmt: skip
    assert second.id == "ministry-of-foreign-affairs-thailand"
    assert issues == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_csv(tmp_path: Path, delimiter: str, encoding: str, end: str) -> None:
    """Delimiter, encoding and line ends are found out without a word."""
    rows = [
        ["Full name", "Organisation", "Function"],
        ["Nguyễn Văn An", "A, B; and C", "Moderator"],
    ]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(rows)
    roster, issues = csv_roster(tmp_path, text.getvalue().encode(encoding))
    assert [(p.name, p.role) for p in roster.participants] == [("Nguyễn Văn An", "facilitator")]
    assert [i.name for i in roster.institutions] == ["A, B", "and C"]
    assert issues == []


def test_excel_says_its_delimiter(tmp_path: Path) -> None:
    """Excel's first line ``sep=;`` is obeyed, and lines still count right."""
    roster, issues = csv_roster(tmp_path, "sep=;\nName;Role;Institution\nA B;chair;\nC D;bos;X\n")
    assert [p.role for p in roster.participants] == ["facilitator", "participant"]
    assert "line 4, column 2: unknown role 'bos'" in messages(issues)


def test_legacy_encoding_is_stated(tmp_path: Path) -> None:
    """A guess at the encoding is a note that says which."""
    content = "Name,Role,Institution\nJosé Muñoz,chair,Universität Genève\n".encode("cp1252")
    roster, issues = csv_roster(tmp_path, content)
    assert roster.participants[0].name == "José Muñoz"
    assert "it was read as cp1252" in messages(issues, "note")


people = st.lists(
    st.one_of(
        st.sampled_from(NAMES),
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).filter(
            lambda text: (
                any(c.isalpha() for c in text)
                and clean(text)[:1].isalpha()
                and clean(text).casefold() not in ("n/a", "tbc", "tba", "tbd")
            )
        ),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(names=people, delimiter=st.sampled_from(",;\t|"))
def test_names_of_any_script_survive_csv(names: list[str], delimiter: str) -> None:
    """Names come back in NFC on one line, ids are unique, whatever is in the cells."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows(
        [["Name", "Institution"], *([name, f"Body {n}"] for n, name in enumerate(names))]
    )
    with tempfile.TemporaryDirectory() as folder:
        roster, _ = csv_roster(Path(folder), text.getvalue())
    assert [person.name for person in roster.participants] == [clean(name) for name in names]
    ids = [person.id for person in roster.participants]
    assert len(set(ids)) == len(ids)
    assert all(ids)


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


def test_first_and_last_names_in_two_columns(tmp_path: Path) -> None:
    """Two columns make one name, and an unnumbered row of a form is nobody."""
    content = "No.,Surname,First name,Affiliation,Role\n1,Tan,Mei,AVI,chair\n2,,,,\n"
    roster, issues = csv_roster(tmp_path, content)
    assert [person.name for person in roster.participants] == ["Mei Tan"]
    assert messages(issues, "warning") == ""


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


def test_five_thousand_rows(tmp_path: Path) -> None:
    """A long list is read whole, with few sentences about it."""
    rows = [[f"Person {n} Surname{n % 900}", f"Institute {n % 300}", "guest"] for n in range(5000)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["Name", "Institution", "Role"], *rows])
    roster, issues = csv_roster(tmp_path, text.getvalue())
    assert len(roster.participants) == 5000
    assert len(roster.institutions) == 300
    assert len(issues) == 2


def test_a_stray_cell_far_away(tmp_path: Path) -> None:
    """A cell in the last row of the sheet does not make the list a million rows long."""
    book, path = workbook(tmp_path, [["Name", "Role"], ["Mei Tan", "chair"]])
    book.active["B1048576"] = "x"
    roster, issues = saved(book, path)
    assert [person.name for person in roster.participants] == ["Mei Tan"]
    assert "only the first 20000 rows and 100 columns are read" in messages(issues, "warning")


def test_two_hats(tmp_path: Path) -> None:
    """Two institutions in a cell stay in order; acronym, category and country go along."""
    content = (
        "Name,Role,Institution,Acronym,Category,Country\n"
        "A B,chair,Asian Vision Institute; Ministry of Defence,AVI;MOD,think tank;ministry,Laos;Laos\n"
        "C D,guest,Ministry of Defence / AVI,,,Laos\n"
    )
    roster, issues = csv_roster(tmp_path, content)
    hats = [person.institutions for person in roster.participants]
    assert hats == [
        ("asian-vision-institute", "ministry-of-defence-laos"),
        ("ministry-of-defence-laos", "asian-vision-institute"),
    ]
    assert [i.category for i in roster.institutions] == ["think tank", "ministry"]
    assert issues == []


def test_the_same_name_with_another_institution(tmp_path: Path) -> None:
    """Two people of one name are two people, and the other reading is offered."""
    content = "Name,Role,Institution\nA Tan,chair,X\nA Tan,guest,Y\n"
    roster, issues = csv_roster(tmp_path, content)
    assert [person.id for person in roster.participants] == ["a-tan", "a-tan-2"]
    assert "kept as two people. If it is one person" in messages(issues, "warning")


def test_unknown_category_is_kept_with_a_suggestion(tmp_path: Path) -> None:
    """A category of one's own is allowed; a typing mistake is pointed out."""
    content = "Name,Role,Institution,Type\nA,chair,X,Thinktnk\nB,guest,Y,University\n"
    roster, issues = csv_roster(tmp_path, content)
    assert [i.category for i in roster.institutions] == ["Thinktnk", "University"]
    assert "Did you mean 'think tank'?" in messages(issues)
    assert "unknown category 'University', kept as written. Categories are" in messages(issues)


def test_open_quotation_mark(tmp_path: Path) -> None:
    """A quotation mark that never closes does not swallow the rest of the list."""
    content = 'Name,Role,Institution\n"Mei Tan,chair,X\nBen Ray,guest,Y\nC D,guest,Y\n'
    roster, issues = csv_roster(tmp_path, content)
    assert [person.name for person in roster.participants] == ["Mei Tan", "Ben Ray", "C D"]
    assert "line 2: a quotation mark is not closed" in messages(issues, "warning")


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("participants.xlsx", b"Name,Role\nA,chair\n", "this is not an Excel workbook but text."),
        ("participants.xlsx", b"", "the file is empty (0 bytes)."),
        ("participants.xlsx", b"PK\x03\x04" + b"x" * 50, "a ZIP archive that holds no readable"),
        (
            "participants.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "the file is protected with a password",
        ),
        ("roster.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "old Office format"),
        ("roster.csv", b"\xff\xd8\xff\xe0" + b"\0" * 99, "this is not text but something else."),
        ("roster.csv", b"just some words\nand more\n", "no row with column headings was found"),
    ],
)
def test_files_that_are_no_roster(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    """One sentence with a remedy, and nobody on the list."""
    roster, issues = csv_roster(tmp_path, content, name)
    assert roster == Roster()
    assert [issue.level for issue in issues] == ["error"]
    assert complaint in issues[0].message
    assert issues[0].remedy


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
