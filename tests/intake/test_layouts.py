"""Written transcripts in the layouts of Teams, Otter and people, as text and as Word documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fgd.intake import read_transcript
from fgd.model import Issue, Transcript
from tests.intake.writers import RECORDING, heard, messages, read

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


@pytest.mark.parametrize(
    ("content", "first"),
    [
        (
            "{0}  0:12\n{1}\n\n{2}  0:20\n{3}\n\n{4}  1:02:03\n{5}\n\nTranscribed by https://otter.ai",
            12,
        ),
        ("{0}\n0:00:12\n{1}\n{2}\n0:00:20\n{3}\n{4}\n1:02:03\n{5}", 12),
        ("[00:12] {0}: {1}\n[00:20] {2}: {3}\n[1:02:03] {4}: {5}", 12),
        ("00:00:12 {0}: {1}\n00:00:20 {2}: {3}\n01:02:03 {4}: {5}", 12),
        ("{0} (00:12):\n{1}\n\n{2} (00:20):\n{3}\n\n{4} (1:02:03):\n{5}", 12),
        ("{0} [00:12]: {1}\n{2} [00:20]: {3}\n{4} [1:02:03]: {5}", 12),
        ("{0} | 00:12\n{1}\n\n{2} | 00:20\n{3}\n\n{4} | 1:02:03\n{5}", 12),
        ("{0} 00:00:12\n{1}\n{2} 00:00:20\n{3}\n{4} 01:02:03\n{5}", 12),
        ("[00:12]\n{0}: {1}\n[00:20]\n{2}: {3}\n[1:02:03]\n{4}: {5}", 12),
    ],
)
def test_stamped_layouts(tmp_path: Path, content: str, first: int) -> None:
    """Every way of putting a name and a time above or before the words gives the same dialogue."""
    pieces = [piece for line in DIALOGUE for piece in line]
    transcript, issues = read(tmp_path, content.format(*pieces), "a.txt")
    assert heard(transcript.segments) == DIALOGUE
    assert starts(transcript) == [12_000, 20_000, 3_723_000]
    assert transcript.timed
    assert issues == ()


def test_an_hour_without_a_stamp_is_not_an_hour_of_speech(tmp_path: Path) -> None:
    """Words are spread over the time speech takes, not over a break."""
    transcript, _ = read(tmp_path, "Anna Lee  0:00\nHi.\n\nBen Ray  1:00:00\nHello.\n", "a.txt")
    assert transcript.segments[0].span.end < 5_000


def test_whisper_printed_to_a_file(tmp_path: Path) -> None:
    """What the whisper command prints is a transcript with times and without names."""
    content = "[00:00.000 --> 00:04.000]  Hello all\n[00:04.000 --> 00:07.500]  and welcome\n"
    transcript, _ = read(tmp_path, content, "a.txt")
    assert heard(transcript.segments) == [("", "Hello all"), ("", "and welcome")]
    assert [(s.span.start, s.span.end) for s in transcript.segments] == [(0, 4000), (4000, 7500)]


def test_a_time_of_day_is_no_stamp(tmp_path: Path) -> None:
    """10:30 at the start of one sentence is part of it."""
    content = "Anna: We met\nBen: at noon\n10:30 we left for the\nMinistry.\nAnna: so\n"
    transcript, _ = read(tmp_path, content, "a.txt")
    assert not transcript.timed
    assert "10:30 we left" in " ".join(segment.text for segment in transcript.segments)


def test_a_break_with_a_time_is_no_speaker(tmp_path: Path) -> None:
    """Among names before colons, "Lunch 12:30" is text, and the names stay speakers."""
    content = "Anna Lee: One.\nLunch 12:30\nBen Ray: Two.\nCoffee Break\n15:00\nAnna Lee: Three.\n"
    transcript, _ = read(tmp_path, content, "a.txt")
    assert {segment.label for segment in transcript.segments} == {"Anna Lee", "Ben Ray"}
    words = " ".join(segment.text for segment in transcript.segments)
    assert "Lunch 12:30" in words
    assert "Coffee Break" in words


def test_some_names_with_a_time(tmp_path: Path) -> None:
    """Names with a time now and then, and without one in between, are all speakers."""
    content = (
        "Anna Lee (0:05): One.\nBen Ray: Two.\nBen Ray (0:20): Three.\nAnna Lee: Four: five.\n"
    )
    transcript, _ = read(tmp_path, content, "a.txt")
    assert heard(transcript.segments) == [
        ("Anna Lee", "One."), ("Ben Ray", "Two."), ("Ben Ray", "Three."), ("Anna Lee", "Four: five."),
    ]  # fmt: skip
    assert starts(transcript)[0] == 5_000
    assert starts(transcript)[2] == 20_000


def test_title_lines_are_left_out_and_named(tmp_path: Path) -> None:
    """Title and date above the first speaker were not said."""
    content = "Transcript of the session\nDate: 12 May 2026\n\nAnna: Hello\n\nBen: Hi\n"
    transcript, issues = read(tmp_path, content, "a.txt")
    assert heard(transcript.segments) == [("Anna", "Hello"), ("Ben", "Hi")]
    assert "line 1: 2 title line(s) above the first speaker were left out" in messages(issues)


def test_sentences_above_the_first_speaker_are_kept(tmp_path: Path) -> None:
    """Whole sentences up there may have been said: they stay, without a label."""
    content = "The recording begins late.\n\nAnna: Hello\n\nBen: Hi\n"
    transcript, _ = read(tmp_path, content, "a.txt")
    assert heard(transcript.segments)[0] == ("", "The recording begins late.")


def test_a_paragraph_goes_on_with_its_speaker(tmp_path: Path) -> None:
    """A paragraph without a name is the same person's, as a segment of its own."""
    content = "Anna: One.\n\nTwo.\n\nBen (NDSI): Three\nwraps.\n"
    transcript, _ = read(tmp_path, content, "a.txt")
    assert heard(transcript.segments) == [
        ("Anna", "One."), ("Anna", "Two."), ("Ben (NDSI)", "Three wraps."),
    ]  # fmt: skip


def test_lines_wrapped_by_hand(tmp_path: Path) -> None:
    """In a wrapped text, only paragraphs begin with speakers, never the lines inside them."""
    content = (
        "ANNA LEE: Hello and welcome, as the\nMinister: so they call him\nsaid.\n\n"
        "BEN RAY: Thanks.\n\nANNA LEE: Good.\n"
    )
    transcript, _ = read(tmp_path, content, "a.txt")
    assert heard(transcript.segments) == [
        ("ANNA LEE", "Hello and welcome, as the Minister: so they call him said."),
        ("BEN RAY", "Thanks."),
        ("ANNA LEE", "Good."),
    ]


def test_no_labels_at_all(tmp_path: Path) -> None:
    """Text without speakers is imported paragraph by paragraph, and that is said."""
    transcript, issues = read(tmp_path, "One thing: it rains.\n\nAnother\nthing.\n", "a.txt")
    assert heard(transcript.segments) == [("", "One thing: it rains."), ("", "Another thing.")]
    assert not transcript.timed
    assert "there are no speaker labels" in messages(issues, "note")


def test_few_stamps_do_not_make_times(tmp_path: Path) -> None:
    """One stamp in forty paragraphs tells nothing about the others; it is left out, and said."""
    content = "\n".join(["Anna: words", "Ben: more"] * 20 + ["[00:05:00]", "Anna: end"])
    transcript, issues = read(tmp_path, content, "a.txt")
    assert not transcript.timed
    assert len(transcript.segments) == 41
    assert "only 1 of 41 passages carry a time" in messages(issues)


def test_times_between_stamps_are_estimated(tmp_path: Path) -> None:
    """Passages between two stamps share the time by their length, and that is said."""
    content = "[00:00:10]\nAnna: abcd\nBen: ab\nAnna: abcdef\n[00:00:22]\nBen: end\n"
    transcript, issues = read(tmp_path, content, "a.txt")
    assert starts(transcript) == [10_000, 14_000, 16_000, 22_000]
    assert "2 of 4 passages carry no time" in messages(issues, "note")


def test_stamps_that_go_backwards_are_sorted(tmp_path: Path) -> None:
    """The passages come out in order of time, and the line is named."""
    content = "[00:00:10] Anna: two\nmore of two\n[00:00:05] Ben: one\n"
    transcript, issues = read(tmp_path, content, "a.txt")
    assert heard(transcript.segments) == [
        ("Ben", "one"), ("Anna", "two"), ("Anna", "more of two"),
    ]  # fmt: skip
    assert "a.txt, line 3: times go backwards" in messages(issues, "warning")


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


def test_text_that_is_called_docx(tmp_path: Path) -> None:
    """Content counts more than the name."""
    transcript, issues = read(tmp_path, "Anna: Hi\nBen: Ho\n", "a.docx")
    assert heard(transcript.segments) == [("Anna", "Hi"), ("Ben", "Ho")]
    assert "this is no Word document; it was read as plain text" in messages(issues, "note")


def test_word_that_is_called_txt(tmp_path: Path) -> None:
    """And the other way round."""
    _, _ = word(tmp_path, lambda document: add_run_pairs(document, ": "))
    path = (tmp_path / "meeting.docx").rename(tmp_path / "meeting.txt")
    assert heard(read_transcript(path, RECORDING)[0].segments) == DIALOGUE


def test_control_characters_do_not_come_through(tmp_path: Path) -> None:
    """Bells and escapes in a text cannot reach a terminal or a document."""
    transcript, _ = read(tmp_path, "Anna: a\x1b[31mb\x07c\nBen: d\n", "a.txt")
    assert heard(transcript.segments) == [("Anna", "a [31mb c"), ("Ben", "d")]
