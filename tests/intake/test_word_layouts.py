"""Transcripts in Word documents, as Teams and people lay them out."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fgd.intake import read_transcript
from fgd.model import Issue, Transcript
from tests.intake.writers import RECORDING, heard, messages

Builder = Callable[[Any], None]

DIALOGUE = [("Anna Lee", "Hello to all."), ("Ben Ray", "Hi."), ("Anna Lee", "Shall we begin?")]


def word(folder: Path, build: Builder) -> tuple[Transcript, tuple[Issue, ...]]:
    """What is read from a Word document that python-docx wrote."""
    from docx import Document

    document = Document()
    build(document)
    path = folder / "meeting.docx"
    document.save(str(path))
    return read_transcript(path, RECORDING)


def starts(transcript: Transcript) -> list[int]:
    return [segment.span.start for segment in transcript.segments]


def add_run_pairs(document: Any, separator: str) -> None:
    for label, text in DIALOGUE:
        paragraph = document.add_paragraph()
        paragraph.add_run(label).bold = True
        paragraph.add_run(f"{separator}{text}")


def test_word_bold_names(tmp_path: Path) -> None:
    """Names in bold at the start of paragraphs are labels when they come back."""

    def build(document: Any) -> None:
        document.add_heading("Interview", 0)
        add_run_pairs(document, " ")
        document.add_paragraph().add_run("Ben Ray").bold = True
        document.add_paragraph("Yes.")

    transcript, issues = word(tmp_path, build)
    assert heard(transcript.segments) == [*DIALOGUE, ("Ben Ray", "Yes.")]
    assert not transcript.timed
    assert "paragraph 1: 1 title line(s)" in messages(issues)


def test_word_teams(tmp_path: Path) -> None:
    """Teams: a bold name, the time and, after a break, the words; a title block on top."""

    def build(document: Any) -> None:
        document.add_paragraph("Meeting in General\nJanuary 1, 2026, 9:00AM\n35m 22s")
        for n, (label, text) in enumerate(DIALOGUE):
            paragraph = document.add_paragraph()
            paragraph.add_run(label).bold = True
            paragraph.add_run(f"   0:{10 * n:02}\n{text}")

    transcript, _ = word(tmp_path, build)
    assert heard(transcript.segments) == DIALOGUE
    assert starts(transcript) == [0, 10_000, 20_000]


def test_word_older_teams(tmp_path: Path) -> None:
    """Older Teams: a stretch of time, a name and the words, in one paragraph each."""

    def build(document: Any) -> None:
        for n, (label, text) in enumerate(DIALOGUE):
            document.add_paragraph(f"0:0:{n}.0 --> 0:0:{n}.640\n{label}\n{text}")

    transcript, _ = word(tmp_path, build)
    assert heard(transcript.segments) == DIALOGUE
    assert [(s.span.start, s.span.end) for s in transcript.segments] == [
        (0, 640), (1000, 1640), (2000, 2640),
    ]  # fmt: skip


def test_word_three_paragraphs(tmp_path: Path) -> None:
    """Name, time and words in paragraphs of their own."""

    def build(document: Any) -> None:
        for n, (label, text) in enumerate(DIALOGUE):
            for line in (label, f"0:03:{n:02}", text):
                document.add_paragraph(line)

    transcript, _ = word(tmp_path, build)
    assert heard(transcript.segments) == DIALOGUE
    assert starts(transcript) == [180_000, 181_000, 182_000]


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
@pytest.mark.parametrize("headed", [True, False])
def test_word_table(tmp_path: Path, order: tuple[int, ...], headed: bool) -> None:
    """A table of time, speaker and words in any order, with or without headings."""
    rows = [(f"0:00:{10 * n:02}", label, text) for n, (label, text) in enumerate(DIALOGUE)]
    # The words of a real table are longer than its names.
    rows = [(time, label, f"{text} And more of it.") for time, label, text in rows]

    def build(document: Any) -> None:
        lines = [("Time", "Speaker", "Transcript"), *rows] if headed else rows
        table = document.add_table(rows=len(lines), cols=3)
        for row, line in zip(table.rows, lines, strict=True):
            for cell, n in zip(row.cells, order, strict=True):
                cell.text = line[n]

    transcript, issues = word(tmp_path, build)
    assert heard(transcript.segments) == [(label, text) for _, label, text in rows]
    assert starts(transcript) == [0, 10_000, 20_000]
    assert issues == ()


def test_word_table_as_a_frame(tmp_path: Path) -> None:
    """One column: each cell holds a name, a time and the words."""

    def build(document: Any) -> None:
        table = document.add_table(rows=3, cols=1)
        for n, (label, text) in enumerate(DIALOGUE):
            table.rows[n].cells[0].text = f"{label}\n0:00:{10 * n:02}\n{text}"

    transcript, _ = word(tmp_path, build)
    assert heard(transcript.segments) == DIALOGUE


def test_word_tracked_changes(tmp_path: Path) -> None:
    """Inserted words are part of the text people see, deleted ones are not."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    def build(document: Any) -> None:
        for label, text in DIALOGUE:
            document.add_paragraph(f"{label}: {text}")
        names = nsdecls("w")
        last = document.paragraphs[-1]._p
        last.append(
            parse_xml(f"<w:ins {names}><w:r><w:t xml:space='preserve'> Now.</w:t></w:r></w:ins>")
        )
        last.append(parse_xml(f"<w:del {names}><w:r><w:delText> Never.</w:delText></w:r></w:del>"))

    transcript, _ = word(tmp_path, build)
    assert heard(transcript.segments)[-1] == ("Anna Lee", "Shall we begin? Now.")


def test_word_notes_without_speakers(tmp_path: Path) -> None:
    """Notes are imported too, without labels, and that is said."""

    def build(document: Any) -> None:
        document.add_heading("Notes", 1)
        document.add_paragraph("We spoke about the budget.")

    transcript, issues = word(tmp_path, build)
    assert heard(transcript.segments) == [("", "Notes"), ("", "We spoke about the budget.")]
    assert "there are no speaker labels" in messages(issues, "note")


def test_word_that_is_called_txt(tmp_path: Path) -> None:
    """And the other way round."""
    _, _ = word(tmp_path, lambda document: add_run_pairs(document, ": "))
    path = (tmp_path / "meeting.docx").rename(tmp_path / "meeting.txt")
    assert heard(read_transcript(path, RECORDING)[0].segments) == DIALOGUE


ROWS = [
    ("0:01", "Anna Lee", "Hello to all of you."),
    ("0:02", "Ben Ray", "Hi, and thank you."),
    ("0:03", "Cam Oto", "Good morning to you."),
    ("0:04", "Anna Lee", "Shall we begin now?"),
]
SAID = [(label, text) for _, label, text in ROWS]


def tabled(document: Any) -> Any:
    table = document.add_table(rows=5, cols=3)
    for row, line in zip(table.rows, [("Time", "Speaker", "Words"), *ROWS], strict=True):
        for cell, text in zip(row.cells, line, strict=True):
            cell.text = text
    return table


@pytest.mark.parametrize("columns", [(1, 2), (0, 2)])
def test_merged_cells_that_tell_who_speaks(tmp_path: Path, columns: tuple[int, int]) -> None:
    """Name and words in one cell over both columns are read as in the rows beside it."""

    def build(document: Any) -> None:
        row = tabled(document).rows[2].cells
        row[columns[0]].merge(row[columns[1]]).text = "Ben Ray: Hi, and thank you."

    transcript, issues = word(tmp_path, build)
    assert heard(transcript.segments) == SAID
    assert messages(issues, "warning") == ""


def test_merged_cells_that_do_not(tmp_path: Path) -> None:
    """What stands across a table is nobody's words, and is told with its place."""

    def build(document: Any) -> None:
        row = tabled(document).rows[3].cells
        row[0].merge(row[2]).text = "The lights went out for a while"

    transcript, issues = word(tmp_path, build)
    assert heard(transcript.segments) == [SAID[0], SAID[1], SAID[3]]
    (told,) = [each for each in issues if each.level == "warning"]
    assert (told.where, told.place, bool(told.remedy)) == ("meeting.docx", "paragraph 10", True)


def test_merged_downwards(tmp_path: Path) -> None:
    """A name over several rows holds for them; words over rows of several people are told."""

    def build(document: Any) -> None:
        table = tabled(document)
        table.cell(2, 1).text = ""
        table.cell(1, 1).merge(table.cell(2, 1)).text = "Anna Lee"
        table.cell(4, 2).text = ""
        table.cell(3, 2).merge(table.cell(4, 2)).text = "We both say so."

    transcript, issues = word(tmp_path, build)
    assert heard(transcript.segments) == [
        SAID[0], ("Anna Lee", SAID[1][1]), ("Cam Oto", "We both say so."),
    ]  # fmt: skip
    assert "paragraph 13: a cell is merged over rows of several" in messages(issues, "warning")


def test_tables_in_tables(tmp_path: Path) -> None:
    """Words of inner tables are read once, and a table in a frame is read as a table."""

    def build(document: Any) -> None:
        cell = tabled(document).cell(4, 2)
        cell.add_table(1, 2).cell(0, 1).text = "Inside."
        frame = document.add_table(1, 1).cell(0, 0)
        inner = frame.add_table(len(ROWS), 2)
        for row, (_, label, text) in zip(inner.rows, ROWS, strict=True):
            row.cells[0].text, row.cells[1].text = label, text

    transcript, _ = word(tmp_path, build)
    texts = [text for _, text in SAID]
    assert [label for label, _ in heard(transcript.segments)] == [label for label, _ in SAID] * 2
    assert [text for _, text in heard(transcript.segments)] == [
        *texts[:3], f"{texts[3]} Inside.", *texts,
    ]  # fmt: skip


def test_words_beside_the_text_are_told(tmp_path: Path) -> None:
    """A title of every page is a note, what reads like speech a warning, a page's number nothing."""

    def build(document: Any) -> None:
        add_run_pairs(document, ": ")
        part = document.sections[0]
        part.header.paragraphs[0].text = "Verbatim record"
        part.footer.paragraphs[0].text = "Page 1 of 3"
        part.different_first_page_header_footer = True
        part.first_page_footer.paragraphs[0].text = "Ben Ray: and one more thing."

    _, issues = word(tmp_path, build)
    assert [(each.level, each.place, bool(each.remedy)) for each in issues] == [
        ("warning", "the footer of a page", True),
        ("note", "the header of a page", False),
    ]


OUTSIDE = {
    "docx": (
        "word/footnotes.xml",
        '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:footnote><w:p><w:r><w:t>Nets were meant.</w:t></w:r></w:p></w:footnote></w:footnotes>",
    ),
    "rtf": ("", r"{\rtf1 Anna Lee: Hello.\par Ben Ray: Hi{\footnote Nets were meant.}.\par}"),
}


@pytest.mark.parametrize("kind", OUTSIDE)
def test_footnotes_are_told(tmp_path: Path, kind: str) -> None:
    """In Word's own documents and in RTF."""
    part, text = OUTSIDE[kind]
    path = tmp_path / f"meeting.{kind}"
    if part:
        word(tmp_path, lambda document: add_run_pairs(document, ": "))
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(part, text)
    else:
        path.write_text(text)
    _, issues = read_transcript(path, RECORDING)
    (told,) = [each for each in issues if each.level == "warning"]
    assert "'Nets were meant.'" in told.message
    assert (told.where, told.place, bool(told.remedy)) == (path.name, "a footnote", True)


def test_merged_cells_of_a_page(tmp_path: Path) -> None:
    """In HTML, too, a name over two rows holds for both, and columns keep their place."""
    rows = "".join(
        f"<tr><td rowspan=2>{label}</td><td>{text}</td></tr><tr><td>And more.</td></tr>"
        for _, label, text in ROWS
    )
    path = tmp_path / "meeting.html"
    head = "<tr><th>Speaker</th><th>Words</th></tr>"
    path.write_text(f"<html><body><table>{head}{rows}</table></body></html>")
    transcript, _ = read_transcript(path, RECORDING)
    said = [each for label, text in SAID for each in ((label, text), (label, "And more."))]
    assert heard(transcript.segments) == said
