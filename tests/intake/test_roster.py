"""Rosters as people keep them: CSV of any kind, and every problem with its cell."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.core.text import clean
from fgd.intake.roster import Roster, read_roster
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
    """A guess at the encoding is a warning that says which."""
    content = "Name,Role,Institution\nJosé Muñoz,chair,Universität Genève\n".encode("cp1252")
    roster, issues = csv_roster(tmp_path, content)
    assert roster.participants[0].name == "José Muñoz"
    assert "it was read as cp1252" in messages(issues, "warning")


people = st.lists(
    st.one_of(
        st.sampled_from(NAMES),
        st.text(
            # a file with other control characters is refused as no text
            st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\t\n"),
            min_size=1,
            max_size=30,
        ).filter(
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


def test_first_and_last_names_in_two_columns(tmp_path: Path) -> None:
    """Two columns make one name, and an unnumbered row of a form is nobody."""
    content = "No.,Surname,First name,Affiliation,Role\n1,Tan,Mei,AVI,chair\n2,,,,\n"
    roster, issues = csv_roster(tmp_path, content)
    assert [person.name for person in roster.participants] == ["Mei Tan"]
    assert messages(issues, "warning") == ""


def test_five_thousand_rows(tmp_path: Path) -> None:
    """A long list is read whole, with few sentences about it."""
    rows = [[f"Person {n} Surname{n % 900}", f"Institute {n % 300}", "guest"] for n in range(5000)]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["Name", "Institution", "Role"], *rows])
    roster, issues = csv_roster(tmp_path, text.getvalue())
    assert len(roster.participants) == 5000
    assert len(roster.institutions) == 300
    assert len(issues) == 2


def test_a_roster_of_a_whole_country_is_refused(tmp_path: Path) -> None:
    """More people than any meeting has: nobody is read, and the limit is named."""
    rows = "".join(f"Delegate Number{n},participant\n" for n in range(6001))
    roster, issues = csv_roster(tmp_path, f"Name,Role\n{rows}")
    assert roster == Roster()
    assert [(i.level, "at most 6,000" in i.message, bool(i.remedy)) for i in issues] == [
        ("error", True, True)
    ]


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


@pytest.mark.parametrize(
    "content",
    [
        "Abebe Tessema,participant,Office A\nXimena Quispe,participant,Office B\n",
        "Abebe Tessema,participant,Office A\nXimena Quispe,chair,Office B\n",
        "Speaker,Abebe Tessema\nObserver,Ximena Quispe\n",
    ],
)
def test_a_list_without_headings_is_none(tmp_path: Path, content: str) -> None:
    """A role that is also a word for people heads no column: nobody's name would be withheld."""
    roster, issues = csv_roster(tmp_path, content)
    assert roster.participants == ()
    assert "no row with column headings" in messages(issues, "error")


def test_a_column_called_participant_holds_names(tmp_path: Path) -> None:
    """Also where one of them is a word for a role."""
    content = "Participant,Role\nAbebe Tessema,chair\nXimena Quispe,\nModerator,facilitator\n"
    roster, _ = csv_roster(tmp_path, content)
    assert [person.name for person in roster.participants][:2] == ["Abebe Tessema", "Ximena Quispe"]
