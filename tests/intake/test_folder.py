"""The files of a session: which are recordings, in which order, and what is left aside."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from fgd.intake import files_read, read_session
from tests.intake.folders import VTT, about, digest, make, names, take
from tests.intake.writers import messages


def test_natural_order(tmp_path: Path) -> None:
    """2 comes before 10, as people number their files."""
    files = {f"{name}.wav": name.encode() for name in ("10-c", "2-b", "01-a", "B", "a", "²")}
    assert names(take(tmp_path, files)) == [
        "01-a.wav",
        "2-b.wav",
        "10-c.wav",
        "a.wav",
        "B.wav",
        "².wav",
    ]


def test_listed_recordings(tmp_path: Path) -> None:
    """session.toml has the last word on which recordings there are, and in which order."""
    intake = take(
        tmp_path,
        {
            "session.toml": 'recordings = ["b.wav", "a.wav", "b.wav", "plenry.wav"]\n',
            "a.wav": b"a",
            "b.wav": b"b",
            "plenary.wav": b"c",
        },
    )
    assert names(intake) == ["b.wav", "a.wav"]
    text = about(intake, "session.toml")
    assert "'plenry.wav', and there is no such recording here. Did you mean 'plenary.wav'?" in text
    assert "recordings lists 'b.wav' twice" in text
    left = about(intake, "plenary.wav", "warning")
    assert "left aside because session.toml lists the recordings." in left


def test_a_transcript_stands_in_for_its_recording(tmp_path: Path) -> None:
    """meeting.vtt beside meeting.m4a is used instead of hearing; the best transcript is taken."""
    intake = take(
        tmp_path,
        {
            "meeting.m4a": b"sound",
            "meeting.txt": "Anna: Hello\n",
            "meeting.transcript.vtt": VTT,
            "other.docx.vtt": VTT.replace("Hello", "Bye"),
        },
    )
    first, second = intake.session.recordings
    assert (first.name, first.kind, first.transcript) == (
        "meeting.m4a", "audio", "meeting.transcript.vtt",
    )  # fmt: skip
    assert (second.name, second.kind, second.transcript) == ("other.docx.vtt", "transcript", "")
    assert "is used instead of hearing meeting.m4a" in about(
        intake, "meeting.transcript.vtt", "note"
    )
    assert "is used already; this transcript was left aside" in about(
        intake, "meeting.txt", "warning"
    )


def test_sound_and_film_of_one_name(tmp_path: Path) -> None:
    """Both are read, and that everything may be there twice is said."""
    intake = take(tmp_path, {"meeting.m4a": b"a", "meeting.mp4": b"b"})
    assert len(names(intake)) == 2
    assert "have the same name and are both read" in about(intake, "meeting.m4a", "warning")


def test_bad_files_are_one_sentence_each(tmp_path: Path) -> None:
    """Whatever lies in the folder: one sentence, and the good recording is used."""
    outside = tmp_path / "outside.wav"
    outside.write_bytes(b"x")
    root = tmp_path / "project"
    folder = make(
        root,
        {
            "good.wav": b"good",
            "copy.wav": b"good",
            "empty.mp3": b"",
            "empty.vtt": b"",
            "agenda.pdf": b"%PDF-1.4",
            "slides.pptx": b"PK\x03\x04",
            "photo.jpg": b"\xff\xd8\xff",
            "data.json": json.dumps({"a": 1}),
            "secret.docx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + "EncryptedPackage".encode("utf-16-le"),
            "names.docx": b"PK\x03\x04 broken",
            "noise.txt": bytes(range(32)) * 20,
            "participants.pdf": b"%PDF-1.4",
            "roster.csv": "Name,Role\nAnna Lee,chair\n",
            "participants.csv": "Name,Role\nBen Ray,chair\n",
            "guide.pptx": b"PK\x03\x04",
            "sub/other.wav": b"x",
            "voices/anna-lee.wav": b"x",
            "line\nbreak.wav": b"line",
        },
    )
    (folder / "folder.wav").mkdir()
    (folder / "link.wav").symlink_to(outside)
    (folder / "dead.wav").symlink_to(folder / "nowhere.wav")
    (folder / "inside.wav").symlink_to(folder / "good.wav")
    os.mkfifo(folder / "pipe.wav")
    intake = read_session(folder, "day-1", root=root, digest=digest)
    assert names(intake) == ["copy.wav", "line\nbreak.wav"]
    expected = {
        "good.wav": ("warning", "this is the same file as copy.wav; one is used."),
        "inside.wav": ("warning", "this is the same file as copy.wav; one is used."),
        "empty.mp3": ("error", "the file is empty (0 bytes)."),
        "empty.vtt": ("error", "the file is empty (0 bytes)."),
        "agenda.pdf": ("note", "this was not taken for a transcript and was left aside."),
        "slides.pptx": ("note", "files of the kind .pptx are not read."),
        "photo.jpg": ("note", "files of the kind .jpg are not read."),
        "data.json": ("warning", "this JSON holds no transcript that is known and was left aside."),
        "secret.docx": ("error", "the file is protected with a password and cannot be read."),
        "names.docx": ("error", "the file is a ZIP archive that holds no readable Office document"),
        "noise.txt": ("error", "this is not text but something else."),
        "participants.pdf": ("error", "a roster cannot be read from files of the kind .pdf."),
        "roster.csv": ("warning", "participants.csv is used already; this file was left aside."),
        "guide.pptx": ("error", "a guide cannot be read from files of the kind .pptx."),
        "sub": ("warning", "folders inside a session's folder are not read."),
        "folder.wav": ("error", "this is a folder, not a recording."),
        "link.wav": ("error", "this link leads out of the project and was not followed."),
        "dead.wav": ("warning", "this link leads nowhere."),
        "pipe.wav": ("warning", "this is not a file."),
    }
    found = {issue.where: issue for issue in intake.issues}
    for name, (level, message) in expected.items():
        assert found[name].level == level, name
        assert found[name].message.startswith(message), name
        assert found[name].remedy, name
    assert set(found) == set(expected)
    assert len(intake.issues) == len(expected)
    assert [person.name for person in intake.session.participants] == ["Ben Ray"]
    levels = [issue.level for issue in intake.issues]
    assert levels == sorted(levels, key=["error", "warning", "note"].index)


def test_names_of_files_in_any_script(tmp_path: Path) -> None:
    """Recordings may be called anything; NFC and NFD spellings of a listed name are one name."""
    files: dict[str, str | bytes] = {
        "session.toml": 'recordings = ["Phi\u00ean h\u1ecdp.wav", "ການປະຊຸມ.wav", "🙂.wav"]\n',
        "Phie\u0302n ho\u0323p.wav": b"1",
        "ການປະຊຸມ.wav": b"2",
        "🙂.wav": b"3",
    }
    intake = take(tmp_path, files)
    assert names(intake) == ["Phie\u0302n ho\u0323p.wav", "ການປະຊຸມ.wav", "🙂.wav"]
    assert intake.issues == ()


@pytest.mark.skipif(sys.platform == "darwin", reason="the file system refuses such names")
def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    """A name that is not UTF-8 cannot be written down anywhere: rename it."""
    folder = make(tmp_path, {"a.wav": b"x"})
    (folder / os.fsdecode(b"caf\xe9.wav")).write_bytes(b"y")
    intake = read_session(folder, "day-1", root=tmp_path, digest=digest)
    assert names(intake) == ["a.wav"]
    assert "the name of this file is not valid text" in messages(intake.issues, "error")
    messages(intake.issues).encode()


def test_no_recording(tmp_path: Path) -> None:
    """A folder without recordings is a session with one error."""
    intake = take(tmp_path, {"participants.csv": "Name,Role\nAnna,chair\n"})
    assert messages(intake.issues) == (
        "day-1: there is no recording or transcript in this session. "
        "Put an audio or video file, or a transcript, into its folder."
    )


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    """Unreadable sound leaves its transcript; an unreadable roster costs the roster."""
    folder = make(tmp_path, {"a.wav": b"x", "a.vtt": VTT, "b.wav": b"y"})

    def refusing(path: Path) -> str:
        if path.suffix == ".wav":
            raise PermissionError(13, "Permission denied", str(path))
        return digest(path)

    intake = read_session(folder, "day-1", root=tmp_path, digest=refusing)
    assert [(r.name, r.kind) for r in intake.session.recordings] == [("a.vtt", "transcript")]
    assert "the file cannot be read (Permission denied)" in about(intake, "a.wav", "error")
    assert "the file cannot be read (Permission denied)" in about(intake, "b.wav", "error")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """Even a missing folder is an issue, not a crash."""
    intake = read_session(tmp_path / "gone", "gone", root=tmp_path, digest=digest)
    assert intake.session.id == "gone"
    assert "cannot be opened" in messages(intake.issues, "error")
    assert files_read(tmp_path / "gone") == ()


def test_files_read(tmp_path: Path) -> None:
    """The files for fingerprinting: everything that is looked into, and nothing from outside."""
    (tmp_path / "outside.wav").write_bytes(b"x")
    root = tmp_path / "project"
    folder = make(
        root,
        {
            "session.toml": "", "participants.csv": "Name\nA\n", "guide.md": "", "floor.csv": "",
            "decisions.jsonl": "", "a.wav": b"x", "a.vtt": VTT, ".hidden": "", "b.wav.part": "",
            "voices/a.wav": b"x",
        },
    )  # fmt: skip
    (folder / "link.wav").symlink_to(tmp_path / "outside.wav")
    expected = ["a.vtt", "a.wav", "decisions.jsonl", "floor.csv", "guide.md", "participants.csv"]
    assert [path.name for path in files_read(folder)] == [*expected, "session.toml"]
    assert files_read(folder, root=root) == files_read(folder)


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    """Nothing depends on the order in which the file system lists a folder."""
    files = {f"{n}.wav": str(n).encode() for n in range(9)} | {"x.pdf": b"%PDF", "y.jpg": b"z"}
    assert take(tmp_path, files) == take(tmp_path, dict(reversed(files.items())))
