"""Guides as people write them: Markdown, Word and TOML give the same sections."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.intake.discussion_guide import read_guide
from fgd.model import Guide, Issue, Section, SectionKind
from tests.intake.writers import messages

KINDS: tuple[SectionKind, ...] = (
    "opening", "question", "national assessment", "expert intervention", "exercise inject",
    "wrap-up",
)  # fmt: skip

MARKDOWN = """# Regional Security Workshop

A word to the facilitator.

## 1. Welcome and introductions (10 min)

Please introduce **yourself**.

## 2. Role of the mechanism (question, 1 h 30) {#role}

What role could the mechanism play
after the agreement?
Listen for: early warning; funding

- Who would lead?
- What would it cost?

### Listen for

- trust

## Inject 2: a stolen ship

The ship is gone.

## Closing remarks
"""


def guide(folder: Path, content: str | bytes, name: str = "guide.md") -> tuple[Guide, list[Issue]]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_guide(path, name)


def test_markdown(tmp_path: Path) -> None:
    """Title, numbers, kinds, minutes, ids, probes and themes, in the documented form."""
    found, issues = guide(tmp_path, MARKDOWN)
    assert found.title == "Regional Security Workshop"
    assert found.sections == (
        Section(
            "welcome-and-introductions", "Welcome and introductions", "opening",
            "Please introduce yourself.", minutes=10,
        ),
        Section(
            "role", "Role of the mechanism", "question",
            "What role could the mechanism play after the agreement?",
            ("Who would lead?", "What would it cost?"), 90, ("early warning", "funding", "trust"),
        ),
        Section("inject-2-a-stolen-ship", "Inject 2: a stolen ship", "exercise inject", "The ship is gone."),
        Section("closing-remarks", "Closing remarks", "wrap-up"),
    )  # fmt: skip
    assert issues == []


def word(folder: Path, build: Callable[[Any], None]) -> tuple[Guide, list[Issue]]:
    from docx import Document

    document = Document()
    build(document)
    path = folder / "guide.docx"
    document.save(str(path))
    return read_guide(path, path.name)


def test_a_smaller_heading_before_the_first_large_one(tmp_path: Path) -> None:
    """A rank that was lost or left out makes a section; nothing is dropped."""
    path = tmp_path / "guide.md"
    path.write_text("Opening\n\n## Lamps\n1. What of the lamps?\n\n# Closing\n1. And the pier?\n")
    guide, _ = read_guide(path, path.name)
    assert [section.title for section in guide.sections] == ["Lamps", "Closing"]


def test_word_headings_and_lists(tmp_path: Path) -> None:
    """Word's own headings and lists mean what they mean in Markdown."""

    def build(document: Any) -> None:
        document.add_heading("Workshop", 0)
        document.add_heading("1. Opening (5 min)", 1)
        document.add_paragraph("Welcome.")
        document.add_heading("2. Role (question, 20 min)", 1)
        document.add_paragraph("What role?")
        document.add_paragraph("Who leads?", style="List Bullet")
        document.add_paragraph("Who pays?", style="List Number")
        document.add_heading("Listen for", 2)
        document.add_paragraph("trust", style="List Bullet")

    found, issues = word(tmp_path, build)
    assert found.title == "Workshop"
    assert found.sections == (
        Section("opening", "Opening", "opening", "Welcome.", minutes=5),
        Section(
            "role", "Role", "question", "What role?", ("Who leads?", "Who pays?"), 20, ("trust",)
        ),
    )
    assert issues == []


def test_word_bold_paragraphs(tmp_path: Path) -> None:
    """Where nobody used headings, bold paragraphs are the headings, the first one the title."""

    def build(document: Any) -> None:
        for text in ("Guide for the workshop", "Opening", "Role of the mechanism - 15 min"):
            document.add_paragraph().add_run(text).bold = True
            if text != "Guide for the workshop":
                document.add_paragraph("What now?")
                document.add_paragraph("\u2022 why")

    found, _ = word(tmp_path, build)
    assert found.title == "Guide for the workshop"
    assert [(s.title, s.minutes, s.text, s.probes) for s in found.sections] == [
        ("Opening", 0, "What now?", ("why",)),
        ("Role of the mechanism", 15, "What now?", ("why",)),
    ]


def test_word_numbered_questions(tmp_path: Path) -> None:
    """A bare numbered list is a guide too; what hangs below a number are its probes."""

    def build(document: Any) -> None:
        document.add_paragraph("Questions for the group")
        document.add_paragraph("What is the role? (10 min)", style="List Number")
        document.add_paragraph("Who leads?", style="List Bullet 2")
        document.add_paragraph("What next?", style="List Number")

    found, _ = word(tmp_path, build)
    assert [(s.title, s.text, s.minutes, s.probes) for s in found.sections] == [
        ("What is the role?", "What is the role?", 10, ("Who leads?",)),
        ("What next?", "What next?", 0, ()),
    ]


def test_plain_questions(tmp_path: Path) -> None:
    """Paragraphs that end in a question mark are better than no sections."""
    found, _ = guide(tmp_path, "Some words.\n\nWhat is the role?\n\nAnd then?\n")
    assert [section.title for section in found.sections] == ["What is the role?", "And then?"]


def test_groups_of_sections(tmp_path: Path) -> None:
    """A heading that only groups others is no section."""
    content = "# Guide\n\n## Part A\n\n### 1. One (question)\n\ntext\n\n### 2. Two\n\n## Part B\n\nwords\n"
    found, _ = guide(tmp_path, content)
    assert [section.title for section in found.sections] == ["One", "Two", "Part B"]


def test_toml(tmp_path: Path) -> None:
    """[[section]] tables with the same fields; one wrong key costs that key."""
    content = """
title = "Workshop"

[[section]]
id = "role"
title = "Role"
kind = "Discussion"
text = "What role?"
probes = ["Who leads?"]
minutes = "15 min"
listen_for = ["trust"]

[[section]]
title = "End"
kind = "closing"
minuts = 5
"""
    found, issues = guide(tmp_path, content, "guide.toml")
    assert found == Guide(
        "Workshop",
        (
            Section("role", "Role", "question", "What role?", ("Who leads?",), 15, ("trust",)),
            Section("end", "End", "wrap-up"),
        ),
    )
    assert messages(issues) == (
        "guide.toml, line 16: unknown key 'minuts' in [section]. Did you mean 'minutes'?"
    )


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("guide.md", "# Only a title\n", "no sections were found in the guide."),
        ("guide.md", "", "no sections were found in the guide."),
        ("guide.md", "## A {#x}\n\n## B {#x}\n", "line 3: the id 'x' is taken"),
        ("guide.md", "## A (question, ten minutes)\n\n## B\n", "line 1: the length 'ten minutes'"),
        ("guide.md", "## A (quesion, 5 min)\n\n## B\n", "Did you mean 'question'?"),
        ("guide.toml", "[[section]\n", "this is not valid TOML"),
        ("guide.toml", "[section]\ntitle = 'A'\n", "sections are written as a list of tables."),
        ("guide.toml", "[[section]]\nkind = 'quest'\n", "line 1: unknown kind of section 'quest'"),
        ("guide.toml", "[[section]]\nminutes = 'many'\n", "line 1: the length 'many' is not"),
        ("guide.toml", "[[section]]\ntitle = 5\n", "section.title: expected `str`, got `int`."),
        ("guide.docx", "just text", "this is not a Word document but text."),
    ],
)
def test_problems(tmp_path: Path, name: str, content: str, complaint: str) -> None:
    """What is unclear in a guide is said with its line."""
    _, issues = guide(tmp_path, content, name)
    assert complaint in messages(issues)
    assert all(issue.where == name for issue in issues)


def test_front_matter_and_lines(tmp_path: Path) -> None:
    """Front matter is no section, and lines are counted through it."""
    _, issues = guide(tmp_path, "---\ntitle: x\n---\n\n## A (question, some minutes)\n\n## B\n")
    assert issues[0].place == "line 5"


titles = st.lists(
    st.text(st.characters(categories=("Lu", "Ll", "Lo", "Mn")), min_size=1, max_size=8),
    min_size=1,
    max_size=5,
).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            titles, st.sampled_from(KINDS), st.integers(1, 300), st.lists(titles, max_size=3)
        ),
        min_size=2,
        max_size=6,
    )
)
def test_markdown_round_trip(sections: list[tuple[str, SectionKind, int, list[str]]]) -> None:
    """Titles of any script, kinds, minutes and probes come back; ids are unique."""
    content = "# The title\n\n" + "\n".join(
        f"## {n}. {title} ({kind}, {minutes} min)\n\nText {n}.\n\n"
        + "".join(f"- {p}\n" for p in probes)
        for n, (title, kind, minutes, probes) in enumerate(sections, 1)
    )
    with tempfile.TemporaryDirectory() as folder:
        found, issues = guide(Path(folder), content)
    import unicodedata

    expected = [
        (unicodedata.normalize("NFC", title), kind, float(minutes), len(probes))
        for title, kind, minutes, probes in sections
    ]
    assert [(s.title, s.kind, s.minutes, len(s.probes)) for s in found.sections] == expected
    assert len({section.id for section in found.sections}) == len(sections)
    assert issues == []
