"""WebVTT and SRT as they really come: odd files are read whole, and every oddity is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from fgd.model import Transcript
from tests.intake.writers import heard, messages, read


def spans(transcript: Transcript) -> list[tuple[int, int]]:
    return [(s.span.start, s.span.end) for s in transcript.segments]


def test_zoom_with_mark_and_windows_lines(tmp_path: Path) -> None:
    """A byte order mark, CRLF and numbered cues are nothing to complain about."""
    content = "\ufeffWEBVTT\r\n\r\n1\r\n00:00:01.000 --> 00:00:02.500\r\nAnna Lee: Hello all.\r\n"
    transcript, issues = read(tmp_path, content)
    assert heard(transcript.segments) == [("Anna Lee", "Hello all.")]
    assert spans(transcript) == [(1000, 2500)]
    assert issues == ()
    assert transcript.source == "import:webvtt"
    assert transcript.timed
    assert transcript.segments[0].timing == "interpolated"


def test_teams_cue_with_two_voices_is_cut(tmp_path: Path) -> None:
    """Two voice spans in a cue are two segments that share its time by length of text."""
    cue = "<v.loud Tan, Mei>AT&amp;T is <i>fine</i></v> <v Ben Ray>a &lt; b</v>"
    content = f"WEBVTT\n\n4f1c/2-0\n00:01.000 --> 00:02.800 align:start position:0%\n{cue}\n"
    transcript, issues = read(tmp_path, content)
    assert heard(transcript.segments) == [("Tan, Mei", "AT&T is fine"), ("Ben Ray", "a < b")]
    assert spans(transcript) == [(1000, 2384), (2384, 2800)]
    assert issues == ()


@pytest.mark.parametrize("tag", ["<v Ben Ray. ", "<i ", "<font color=red "])
def test_a_tag_without_its_end_costs_no_words(tmp_path: Path, tag: str) -> None:
    """What stands before the next tag are words; nobody can say where the name ended."""
    content = (
        "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Anna>one</v>\n\n"
        f"00:03.000 --> 00:04.000\n{tag}we ask for nets</v>\n"
    )
    transcript, _ = read(tmp_path, content)
    assert "we ask for nets" in transcript.segments[1].text
    assert transcript.segments[1].label == ""


def test_voice_over_several_lines(tmp_path: Path) -> None:
    """A voice span holds over the lines of its cue; text outside of spans has no label."""
    content = "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Anna>one\ntwo</v>\n\n00:03.000 --> 00:04.000\nthree\n"
    transcript, _ = read(tmp_path, content)
    assert heard(transcript.segments) == [("Anna", "one two"), ("", "three")]


def test_merged_cue_of_several_names(tmp_path: Path) -> None:
    """A cue whose lines begin with names is cut at each; a wrapped line goes on."""
    content = (
        "WEBVTT\n\n00:01.000 --> 00:03.000\nAnna Lee: Hello\nBen Ray: Hi you\n\n"
        "00:03.000 --> 00:04.000\nBen Ray: one thing\nthat Minister: said\n"
    )
    transcript, _ = read(tmp_path, content)
    assert heard(transcript.segments) == [
        ("Anna Lee", "Hello"),
        ("Ben Ray", "Hi you"),
        ("Ben Ray", "one thing that Minister: said"),
    ]
    assert spans(transcript)[:2] == [(1000, 2000), (2000, 3000)]


def test_blocks_that_are_no_cues(tmp_path: Path) -> None:
    """Headers, notes, styles and regions are not speech."""
    content = (
        "WEBVTT - Meeting\nKind: captions\nLanguage: en\n\nSTYLE\n::cue { color: red }\n\n"
        "REGION\nid:one\n\nNOTE a comment --> with an arrow\nAnna: not said\n\n"
        "1\n00:01.000 --> 00:02.000\nAnna: said\n"
    )
    transcript, issues = read(tmp_path, content)
    assert heard(transcript.segments) == [("Anna", "said")]
    assert issues == ()


def test_overlapping_cues_stay(tmp_path: Path) -> None:
    """Two people at once is what happened: both cues keep their times, and it is no problem."""
    content = "WEBVTT\n\n00:01.000 --> 00:05.000\nAnna: a\n\n00:02.000 --> 00:03.000\nBen: b\n"
    transcript, issues = read(tmp_path, content)
    assert spans(transcript) == [(1000, 5000), (2000, 3000)]
    assert issues == ()


def test_consecutive_cues_of_one_speaker_stay_apart(tmp_path: Path) -> None:
    """Joining what one voice says is not the intake's business."""
    content = "WEBVTT\n\n00:01.000 --> 00:02.000\nAnna: a\n\n00:02.000 --> 00:03.000\nAnna: b\n"
    assert len(read(tmp_path, content)[0].segments) == 2


@pytest.mark.parametrize(
    ("content", "expected", "complaint"),
    [
        (
            "00:05.000 --> 00:06.000\nAnna: two\n\n00:03.000 --> 00:04.000\nAnna: one\n",
            [("Anna", "one", 3000, 4000), ("Anna", "two", 5000, 6000)],
            "line 6: times go backwards",
        ),
        (
            "00:01.000 -->\nAnna: one\n\n00:03.000 --> 00:04.000\nAnna: two\n",
            [("Anna", "one", 1000, 3000), ("Anna", "two", 3000, 4000)],
            "line 3: a cue has no readable end",
        ),
        (
            "00:05.000 --> 00:04.000\nAnna: one\n\n00:06.000 --> 00:07.000\nAnna: two\n",
            [("Anna", "one", 5000, 6000), ("Anna", "two", 6000, 7000)],
            "line 3: a cue ends before it begins",
        ),
        (
            "00:01.000 --> 00:02.000\nAnna: one\n\ntwo\n\n00:03.000 --> 00:04.000\nAnna: three\n",
            [("Anna", "one two", 1000, 2000), ("Anna", "three", 3000, 4000)],
            "line 6: text outside of a cue",
        ),
        (
            "00:01.000 --> 00:02.000\nAnna: one\n\n00:03.000 --> 00:0",
            [("Anna", "one", 1000, 2000)],
            "line 6: the last cue has no text; the file seems to be cut off",
        ),
        (
            "00:01.000 --> 00:02.000\nAnna: one\n\n00:77.000 --> 00:79.000\nAnna: two\n",
            [("Anna", "one", 1000, 2000), ("Anna", "two", 2000, 2520)],
            "line 6: the times of a cue cannot be read",
        ),
    ],
)
def test_damaged_cues(
    tmp_path: Path, content: str, expected: list[tuple[str, str, int, int]], complaint: str
) -> None:
    """Nothing that was said is lost over a damaged time, and the line is named."""
    transcript, issues = read(tmp_path, f"WEBVTT\n\n{content}")
    found = [(s.label, s.text, s.span.start, s.span.end) for s in transcript.segments]
    assert found == expected
    assert messages(issues).startswith(f"meeting.vtt, {complaint}")
    assert len(issues) == 1


def test_times_that_go_backwards_often_are_one_issue(tmp_path: Path) -> None:
    """A thousand cues out of order are one sentence with the lines, not a thousand sentences."""
    cues = [f"{n:02}:00:00.000 --> {n:02}:00:01.000\nAnna: {n}\n" for n in range(40, 0, -1)]
    _, issues = read(tmp_path, "WEBVTT\n\n" + "\n".join(cues))
    assert len(issues) == 1
    assert issues[0].place == "lines 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 39 and 27 more"


def test_captions_without_header_or_blank_lines(tmp_path: Path) -> None:
    """Cues are known by their times, whatever is missing around them."""
    content = (
        "1\n00:00:01,000 --> 00:00:02,000\nAnna: one\n2\n00:00:02,000 --> 00:00:03,000\nBen: 2\n"
    )
    transcript, _ = read(tmp_path, content, "a.vtt")
    assert heard(transcript.segments) == [("Anna", "one"), ("Ben", "2")]
    assert transcript.source == "import:srt"


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "utf-8-sig"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    """Other encodings than UTF-8 are read right, and a guess is called a guess."""
    content = "WEBVTT\n\n00:01.000 --> 00:02.000\nJosé Muñoz: déjà vu\n"
    transcript, issues = read(tmp_path, content.encode(encoding))
    assert heard(transcript.segments) == [("José Muñoz", "déjà vu")]
    guessed = encoding in ("cp1252", "utf-16-le")
    assert (f"it was read as {encoding}" in messages(issues, "warning")) is guessed


def test_names_only_where_the_speaker_changes(tmp_path: Path) -> None:
    """In such files a name holds until the next one; a bare dash is somebody unknown."""
    lines = [
        "[Anna] Hello",
        "and more",
        "and more",
        "- Yes.",
        "so",
        "[Ben] Well",
        "now",
        "[Anna] So",
        "it is",
        "[Ben] Yes",
        "ok",
    ]
    cues = [
        f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{line}\n" for n, line in enumerate(lines, 1)
    ]
    transcript, issues = read(tmp_path, "\n".join(cues), "a.srt")
    labels = [segment.label for segment in transcript.segments]
    assert labels == ["Anna"] * 3 + ["", "", "Ben", "Ben", "Anna", "Anna", "Ben", "Ben"]
    assert "names stand only where the speaker changes" in messages(issues, "note")


def test_two_dashes_in_a_cue_are_two_people(tmp_path: Path) -> None:
    """Without names, dashes at all lines of a cue still tell where the speaker changes."""
    content = "1\n00:00:01,000 --> 00:00:03,000\n- Is it so?\n- It is.\n"
    transcript, _ = read(tmp_path, content, "a.srt")
    assert heard(transcript.segments) == [("", "Is it so?"), ("", "It is.")]


def test_older_teams_cues_begin_with_a_name_line(tmp_path: Path) -> None:
    """A first line that is a name in every cue is the speaker."""
    content = "\n".join(
        f"0:0:{n}.0 --> 0:0:{n}.9\n{name}\nsaid {n}\n"
        for n, name in enumerate(["Lee, Anna", "Ray, Ben", "Lee, Anna"])
    )
    transcript, _ = read(tmp_path, content, "a.txt")
    assert heard(transcript.segments) == [
        ("Lee, Anna", "said 0"), ("Ray, Ben", "said 1"), ("Lee, Anna", "said 2"),
    ]  # fmt: skip


def test_events_in_brackets_are_no_speakers(tmp_path: Path) -> None:
    """[applause] and [inaudible 00:12:30] are text, however often they come."""
    cues = [
        f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n[{what}] thanks\n"
        for n, what in enumerate(["applause", "inaudible 00:12:30", "applause", "speaking Khmer"])
    ]
    transcript, issues = read(tmp_path, "\n".join(cues), "a.srt")
    assert {segment.label for segment in transcript.segments} == {""}
    assert transcript.segments[0].text == "[applause] thanks"
    assert "there are no speaker labels" in messages(issues, "note")


def test_languages_without_spaces(tmp_path: Path) -> None:
    """Thai is cut where there are spaces and nowhere else; nothing is lost."""
    content = "WEBVTT\n\n00:01.000 --> 00:03.000\nสมชาย: สวัสดีครับ ท่านประธาน\n"
    segment = read(tmp_path, content)[0].segments[0]
    assert [word.text for word in segment.words] == [" สวัสดีครับ", " ท่านประธาน"]
    assert segment.text == "สวัสดีครับ ท่านประธาน"


@pytest.mark.parametrize(
    ("content", "name", "complaint"),
    [
        (b"", "a.vtt", "the file is empty (0 bytes)."),
        (b"WEBVTT\n\n", "a.vtt", "there is no text in this transcript."),
        (bytes(range(256)) * 8, "a.srt", "this is not text but something else."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.docx", "old Office format"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
            + "EncryptedPackage".encode("utf-16-le"),
            "a.docx",
            "protected with a password",
        ),
        (b"PK\x03\x04 not really", "a.docx", "a ZIP archive that holds no readable Office"),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(
    tmp_path: Path, content: bytes, name: str, complaint: str
) -> None:
    """One sentence of level error with a remedy, and an empty transcript."""
    transcript, issues = read(tmp_path, content, name)
    assert transcript.segments == ()
    assert [issue.level for issue in issues] == ["error"]
    assert complaint in issues[0].message
    assert issues[0].remedy


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Even a file that vanished between looking and reading is an issue."""
    from fgd.intake import read_transcript
    from tests.intake.writers import RECORDING

    transcript, issues = read_transcript(tmp_path / "gone.vtt", RECORDING)
    assert transcript.segments == ()
    assert "cannot be opened" in issues[0].message


def test_text_before_the_first_cue_is_told(tmp_path: Path) -> None:
    """There is no cue to which it could be added."""
    content = "WEBVTT\n\nWe ask for nets.\n\n00:03.000 --> 00:04.000\nthree\n"
    transcript, issues = read(tmp_path, content)
    assert [segment.text for segment in transcript.segments] == ["three"]
    (issue,) = [each for each in issues if each.level == "warning"]
    assert (issue.place, bool(issue.remedy)) == ("line 3", True)


def test_words_in_place_of_a_cues_name_are_kept(tmp_path: Path) -> None:
    """A sentence is nobody's number; Webex writes numbers and names there."""
    content = (
        "WEBVTT\n\nWe ask for nets first.\n00:01.000 --> 00:02.000\nAnd for boats.\n\n"
        '2 "Anna M. Lee" (1234)\n00:03.000 --> 00:04.000\nYes.\n'
    )
    transcript, issues = read(tmp_path, content)
    assert transcript.segments[0].text == "We ask for nets first. And for boats."
    assert "Anna" not in " ".join(each.text for each in transcript.segments)
    (issue,) = [each for each in issues if each.level == "warning"]
    assert (issue.place, bool(issue.remedy)) == ("line 4", True)


def test_words_behind_the_times_of_a_cue_are_kept(tmp_path: Path) -> None:
    """Where the end of that line was lost; settings of a cue are no words."""
    content = (
        "1\n00:00:01,000 --> 00:00:02,000 We ask for nets first.\nAnd for boats.\n\n"
        "2\n00:00:03,000 --> 00:00:04,000 X1:10 Y1:20\nYes.\n\n3\n00:00:05,000 --> 00:00:06,000\nNo.\n"
    )
    transcript, issues = read(tmp_path, content, "talk.srt")
    said = " ".join(each.text for each in transcript.segments)
    assert said == "We ask for nets first. And for boats. Yes. No."
    (issue,) = [each for each in issues if each.level == "warning"]
    assert (issue.place, bool(issue.remedy)) == ("line 2", True)
