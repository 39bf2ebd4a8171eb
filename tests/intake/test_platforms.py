"""What platforms and people leave in a session's folder besides plain speech."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from fgd.core.clock import milliseconds
from fgd.core.text import is_everybody, near_names, one_name_each, person_key
from fgd.intake.meeting_chat import read_chat
from tests.intake.folders import about, make, names, take
from tests.intake.writers import heard, messages, read

VTT = "WEBVTT\n\n00:01.000 --> 00:04.000\nLina: The ferry is late.\n\n00:05.000 --> 00:09.000\nTomas: It left at six.\n"


def tone(path: Path, seconds: int) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\0\0" * 8000 * seconds)


def test_private_messages_never_come_in(tmp_path: Path) -> None:
    """Public messages are their senders' contributions; anything not sent to all is private."""
    content = (
        "10:00:01\t From  Lina Okoro  to  Everyone:\n\tThe link is below\n\tand here\n"
        "10:00:09\t From  Tomas Reyes  to  Lina Okoro(Direct Message):\n\tkeep this secret\n"
        "10:00:12 From Tomas Reyes to Lina Okoro (Privately) : this as well\n"
        "10:00:20 From Ada Bello to Everyone : I agree\n"
    )
    path = tmp_path / "meeting_saved_chat.txt"
    path.write_text(content, encoding="utf-8")
    chat, issues = read_chat(path, path.name)
    assert [(m.sender, m.text) for m in chat] == [
        ("Lina Okoro", "The link is below and here"),
        ("Ada Bello", "I agree"),
    ]
    assert "2 private message(s) were not read" in messages(issues)


def test_a_chat_is_no_recording(tmp_path: Path) -> None:
    """By its name or by its form, a chat never becomes a transcript."""
    body = "00:00:01 From Lina to Everyone : hello\n00:00:02 From Tomas to Everyone : hi\n"
    intake = take(tmp_path, {"talk.vtt": VTT, "talk-newChat.txt": body, "notes.txt": body})
    assert names(intake) == ["talk.vtt"]
    assert len(intake.written) == 4
    assert "no speech" in about(intake, "notes.txt")


def test_renderings_of_one_meeting(tmp_path: Path) -> None:
    """Films and sounds of one length and one name are one recording; others stay apart."""
    folder = make(tmp_path, {"session.toml": ""})
    tone(folder / "call_Recording.wav", 6)
    tone(folder / "call_Recording_gallery_1280x720.wav", 6)
    intake = take(tmp_path, {"call_Recording.transcript.vtt": VTT})
    assert names(intake) == ["call_Recording.wav"]
    assert intake.session.recordings[0].transcript == "call_Recording.transcript.vtt"
    tone(folder / "call_Recording_gallery_1280x720.wav", 20)
    assert len(names(take(tmp_path, {}))) == 2


def test_files_of_single_speakers_are_told(tmp_path: Path) -> None:
    """Files of one length that are called after people are said to be one talk."""
    roster = "name,role,institution\nLina Okoro,facilitator,Port\nTomas Reyes,participant,Ferry\n"
    folder = make(tmp_path, {"participants.csv": roster})
    tone(folder / "1-lina_okoro.wav", 6)
    tone(folder / "2-tomas_reyes.wav", 6)
    (folder / "2-tomas_reyes.wav").write_bytes(
        (folder / "2-tomas_reyes.wav").read_bytes()[:-2] + b"\1\0"
    )
    intake = take(tmp_path, {})
    assert "a file for each speaker" in about(intake, "1-lina_okoro.wav", "warning")


def test_interpretations_of_one_talk(tmp_path: Path) -> None:
    """Sounds of one length called after languages: the session's is read; else the choice is told."""
    folder = make(tmp_path, {"session.toml": 'languages = ["fr"]\n'})
    for number, tongue in enumerate(("english", "french", "floor")):
        tone(folder / f"talk_{tongue}.wav", 6)
        with (folder / f"talk_{tongue}.wav").open("r+b") as sound:
            sound.seek(-1, 2)
            sound.write(bytes([number]))
    intake = take(tmp_path, {})
    assert names(intake) == ["talk_french.wav"]
    assert "left aside" in about(intake, "talk_english.wav", "warning")
    intake = take(tmp_path, {"session.toml": ""})
    assert len(names(intake)) == 3
    assert "interpretations" in messages(intake.issues, "warning")


def test_one_sound_and_one_transcript_of_its_length(tmp_path: Path) -> None:
    """They are one talk whatever they are called; of other lengths they are two."""
    folder = make(tmp_path, {"Minutes of Monday.vtt": VTT})
    tone(folder / "recorder-0007.wav", 10)
    intake = take(tmp_path, {})
    assert names(intake) == ["recorder-0007.wav"]
    assert intake.session.recordings[0].transcript == "Minutes of Monday.vtt"
    assert "taken for its words" in about(intake, "Minutes of Monday.vtt", "warning")
    tone(folder / "recorder-0007.wav", 60)
    assert len(names(take(tmp_path, {}))) == 2


def test_a_transcript_for_each_speaker_is_told(tmp_path: Path) -> None:
    """Two transcripts called after people are read one after the other, and that is said."""
    roster = "name,role,institution\nLina Okoro,facilitator,Port\nTomas Reyes,participant,Ferry\n"
    files = {"lina.vtt": VTT, "tomas.vtt": VTT.replace("late", "slow"), "participants.csv": roster}
    assert "a file for each speaker" in about(take(tmp_path, files), "lina.vtt", "warning")


def test_transcripts_in_several_languages(tmp_path: Path) -> None:
    """The one in a language of the session is read, the others are left aside."""
    files = {"talk.fr.vtt": VTT, "talk.en.vtt": VTT, "session.toml": 'languages = ["en"]\n'}
    intake = take(tmp_path, files)
    assert names(intake) == ["talk.en.vtt"]
    assert "left aside" in about(intake, "talk.fr.vtt", "warning")


def test_an_agenda_is_no_transcript(tmp_path: Path) -> None:
    """A page beside a recording is left aside; the same page alone is read if it holds turns."""
    page = "<html><body><p>Agenda</p><p>Ten o'clock: tea.</p></body></html>"
    assert names(take(tmp_path / "a", {"talk.vtt": VTT, "agenda.html": page})) == ["talk.vtt"]
    turns = "<p>Lina: Good day to all.</p><p>Tomas: It left at six.</p><p>Lina: Why?</p>"
    assert names(take(tmp_path / "b", {"talk.html": f"<html>{turns}</html>"})) == ["talk.html"]


@pytest.mark.parametrize("name", ["talk.doc", "talk.pages", "talk.nvpx"])
def test_what_cannot_be_read_says_what_to_do(tmp_path: Path, name: str) -> None:
    """A file that may be a transcript is a warning with its remedy, before anything is heard."""
    intake = take(tmp_path, {"talk.wav": b"RIFF", name: b"\xd0\xcf\x11\xe0"})
    found = [issue for issue in intake.issues if issue.where == name]
    assert found[0].level == "warning"
    assert ".docx" in found[0].remedy


def test_one_name_is_one_person(tmp_path: Path) -> None:
    """Unicode forms, marks, case, badges, titles and order make no difference; near names do."""
    spellings = [
        "Zoë Brandt",
        "Zoe\u0308 Brandt",
        "\u200eZOË  BRANDT (Guest)",
        "Brandt, Zoë",
        "Dr. Zoë Brandt",
    ]
    assert len({person_key(each) for each in spellings}) == 1
    assert len(set(one_name_each(spellings).values())) == 1
    assert len(set(one_name_each(["Mr Tan Wei", "Mrs Tan Wei"]).values())) == 2
    assert near_names(["Zoë Brandt", "Zoë Brand", "Lina Okoro"]) == [("Zoë Brandt", "Zoë Brand")]
    assert is_everybody("All")
    assert not is_everybody("Allan")


def test_a_preamble_is_left_out(tmp_path: Path) -> None:
    """Facts about the meeting and a key to the labels are told, not said by anybody."""
    content = (
        "Harbour talk\nDate: 3 May 2026\nFacilitator: Lina Okoro\n\nKey:\nM = Moderator\nP1 = pilot\n\n"
        "M: Why was the ferry late?\n\nP1: It left at six.\n\nM: Why?\n"
    )
    transcript, issues = read(tmp_path, content, "a.txt")
    assert [label for label, _ in heard(transcript.segments)] == ["M", "P1", "M"]
    assert "M = Moderator; P1 = pilot" in messages(issues)


def test_lines_of_platforms_are_left_out(tmp_path: Path) -> None:
    """Who joined and what was started is no speech; the same words with a pronoun are."""
    content = (
        "Lina Okoro: Good day.\nTomas Reyes joined the meeting\nTomas Reyes: He left the meeting.\n"
        "Lina Okoro: I see.\nLina Okoro stopped transcription\n"
    )
    transcript, issues = read(tmp_path, content, "a.txt")
    assert [text for _, text in heard(transcript.segments)] == [
        "Good day.",
        "He left the meeting.",
        "I see.",
    ]
    assert "2 line(s) written by the platform" in messages(issues)


def test_rolling_captions_and_loops(tmp_path: Path) -> None:
    """Repetitions of captions go, repetitions of a machine stay and are told."""
    rolling = "WEBVTT\n\n" + "\n\n".join(
        f"00:{n:02}.000 --> 00:{n + 1:02}.000\nline {n}\nline {n + 1}" for n in range(1, 6)
    )
    transcript, _ = read(tmp_path, rolling, "a.vtt")
    assert [s.text for s in transcript.segments] == [
        "line 1 line 2",
        *[f"line {n}" for n in range(3, 7)],
    ]
    loop = "WEBVTT\n\n" + "\n\n".join(
        f"00:{n:02}.000 --> 00:{n + 1:02}.000\nSee you soon." for n in range(1, 7)
    )
    transcript, issues = read(tmp_path, loop, "b.vtt")
    assert len(transcript.segments) == 6
    assert transcript.segments[-1].flags[0].kind == "loop"
    assert "6 cues in a row" in messages(issues, "warning")


def test_times_of_the_clock_and_times_that_cannot_be(tmp_path: Path) -> None:
    """Times of day count from the first; times no talk can have are left out, and both are told."""
    content = "09:15:00 Lina: Good day.\n09:15:20 Tomas: It left at six.\n09:16:00 Lina: Why?\n"
    transcript, issues = read(tmp_path, content, "a.txt")
    assert [s.span.start for s in transcript.segments] == [0, 20_000, 60_000]
    assert "time of the clock" in messages(issues, "warning")
    cues = "\n\n".join(
        f"00:00:00.{n:03} --> 00:00:00.{n + 1:03}\n" + "seven words are in each of these"
        for n in range(20)
    )
    transcript, issues = read(tmp_path, f"WEBVTT\n\n{cues}", "b.vtt")
    assert not transcript.timed
    assert "words a second" in messages(issues, "warning")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("#00:01:02-5#", 62_500), ("00;00;04;15", 4_500), ("1 hour 3 minutes 27 seconds", 3_807_000),
        ("1 Std 3 Min", 3_780_000), ("2:03 PM", 50_580_000), ("61:75", None), ("1:75:00", None),
        ("soon", None), ("", None),
    ],
)  # fmt: skip
def test_times_of_every_shape(text: str, time: int | None) -> None:
    """Whatever programs and people write is read, and what is no time is none."""
    assert milliseconds(text) == time


def test_reports_of_platforms_are_rosters(tmp_path: Path) -> None:
    """Facts about the meeting are no people; who joined twice is one; old names are aliases."""
    report = (
        "Meeting ID,Topic,Participants\n123,Harbour talk,3\n\n"
        "Name (Original Name),User Email,Join Time,Leave Time\n"
        "Lina Okoro,l@example.org,10:00,11:00\nTomas Reyes (iPad),t@example.org,10:01,10:20\n"
        "Tomas Reyes (iPad),t@example.org,10:22,11:00\n"
    )
    people = take(tmp_path, {"talk.vtt": VTT, "participants.csv": report}).session.participants
    assert [(p.name, p.aliases) for p in people] == [("Lina Okoro", ()), ("Tomas Reyes", ("iPad",))]


@pytest.mark.parametrize(
    "roster",
    [
        "Nom;Prénom;Rôle;Organisme\nOkoro;Lina;Modératrice;Port\nReyes;Tomas;Participant;Bac\n",
        "Nachname;Vorname;Rolle;Einrichtung\nOkoro;Lina;Moderatorin;Hafen\nReyes;Tomas;Teilnehmer;Amt\n",
        "Apellidos;Nombre;Rol;Institución\nOkoro;Lina;Moderadora;Puerto\nReyes;Tomas;Participante;Ferry\n",
        "Employee ID,Last Name,First Name,Role,Department\n1,Okoro,Lina,Moderator,Port\n2,Reyes,Tomas,Participant,Bay\n",
    ],
)
def test_rosters_in_other_words(tmp_path: Path, roster: str) -> None:
    """Headings and roles in other languages, and those of personnel departments."""
    session = take(tmp_path, {"talk.vtt": VTT, "participants.csv": roster}).session
    assert [(p.name, p.role) for p in session.participants] == [
        ("Lina Okoro", "facilitator"), ("Tomas Reyes", "participant"),
    ]  # fmt: skip
    assert len(session.institutions) == 2


def test_times_that_excel_rewrote(tmp_path: Path) -> None:
    """Minutes and seconds that became hours and minutes are put right, and that is told."""
    log = "start;participant\n0:01:00;Lina\n0:05:00;Tomas\n"
    intake = take(tmp_path, {"talk.vtt": VTT, "floor.csv": log})
    assert [mark.span.start for mark in intake.floor] == [1_000, 5_000]
    assert "Excel" in about(intake, "floor.csv", "warning")
