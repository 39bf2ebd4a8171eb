"""Written transcripts in the layouts of Teams, Otter and people."""

from __future__ import annotations

from pathlib import Path

import pytest

from fgd.intake import read_transcript
from fgd.model import Recording, Transcript
from tests.intake.writers import heard, messages, read

DIALOGUE = [("Anna Lee", "Hello to all."), ("Ben Ray", "Hi."), ("Anna Lee", "Shall we begin?")]


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
    assert "line 1: 2 line(s) about the meeting above the first speaker were left out" in messages(
        issues
    )


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


def test_text_that_is_called_docx(tmp_path: Path) -> None:
    """Content counts more than the name."""
    transcript, issues = read(tmp_path, "Anna: Hi\nBen: Ho\n", "a.docx")
    assert heard(transcript.segments) == [("Anna", "Hi"), ("Ben", "Ho")]
    assert "this is no Word document; it was read as plain text" in messages(issues, "note")


def test_control_characters_do_not_come_through(tmp_path: Path) -> None:
    """Bells and escapes in a text cannot reach a terminal or a document."""
    transcript, _ = read(tmp_path, "Anna: a\x1b[31mb\x07c\nBen: d\n", "a.txt")
    assert heard(transcript.segments) == [("Anna", "a [31mb c"), ("Ben", "d")]


def test_a_second_sheet_with_a_talk_is_told(tmp_path: Path) -> None:
    """One sheet is read; of the morning's and the afternoon's, nobody can say which is which."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Morning"
    later, people, secret = (book.create_sheet(name) for name in ("Later", "People", "Secret"))
    for sheet, word in ((book.active, "nets"), (later, "boats"), (secret, "reef")):
        sheet.append(["start", "speaker", "text"])
        for n in range(4):
            sheet.append([f"00:00:{n:02d}", "Anna Lee", f"We ask for {word} number {n}."])
    people.append(["name", "institution"])
    people.append(["Anna Lee", "Office"])
    secret.sheet_state = "hidden"
    path = tmp_path / "talk.xlsx"
    book.save(path)
    transcript, issues = read_transcript(path, Recording("r", path.name, "", "transcript"))
    assert "nets" in transcript.segments[0].text
    told = [(issue.level, issue.place) for issue in issues]
    assert told == [("note", "sheet 'Secret'"), ("warning", "sheet 'Later'")]


TABLE = (
    'start,speaker,text\n0:01,Anna Lee,"We ask for nets."\n0:05,Ben Ray,"We ask for boats."\n'
    '0:09,Anna Lee,"Yes."\n0:12,Ben Ray,"No."\n'
)


def test_an_open_quotation_mark_gives_nobody_the_words_of_another(tmp_path: Path) -> None:
    """Read as CSV has it, the next row would be a part of the cell."""
    transcript, issues = read(tmp_path, TABLE.replace('nets."', "nets."), "a.csv")
    assert [label for label, _ in heard(transcript.segments)] == ["Anna Lee", "Ben Ray"] * 2
    (issue,) = [each for each in issues if each.level == "warning"]
    assert "quotation mark" in issue.message
    assert issue.place == "line 2"


def test_a_cell_over_several_lines_is_one_turn(tmp_path: Path) -> None:
    """As spreadsheets write a cell in which somebody pressed Alt and Enter."""
    content = TABLE.replace(" for ", "\nfor\n")
    transcript, issues = read(tmp_path, content, "a.csv")
    said = heard(transcript.segments)
    assert {label for label, _ in said} == {"Anna Lee", "Ben Ray"}
    assert " ".join(text for _, text in said).startswith("We ask for nets. We ask for boats.")
    assert issues == ()


def test_commas_in_words_without_quotation_marks_cost_nothing(tmp_path: Path) -> None:
    """The words are the last column, so what stands behind them belongs to them."""
    content = TABLE.replace('"', "").replace("nets.", "nets, and for boats.")
    transcript, _ = read(tmp_path, content, "a.csv")
    assert heard(transcript.segments)[0] == ("Anna Lee", "We ask for nets, and for boats.")


def test_a_text_without_end_is_refused(tmp_path: Path) -> None:
    """Before it is searched for names and times: the limit, and what to do."""
    transcript, issues = read(tmp_path, "Ana Reyes: " + "we say nets " * 700_000, "a.txt")
    assert transcript.segments == ()
    (told,) = issues
    assert ("8,000,000" in told.message, told.level, bool(told.remedy)) == (True, "error", True)
