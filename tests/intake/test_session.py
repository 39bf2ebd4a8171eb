"""A session's folder: everything given is used or named, and nothing stops the rest."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from fgd.intake import Intake, files_read, read_session
from fgd.model import Consent, Disclosure, Level
from tests.intake.writers import messages

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nAnna: Hello\n"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A session folder in a project, with these files."""
    folder = root / "recordings" / "day-1"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def take(root: Path, files: Mapping[str, str | bytes]) -> Intake:
    return read_session(make(root, files), "day-1", root=root, digest=digest)


def names(intake: Intake) -> list[str]:
    return [recording.name for recording in intake.session.recordings]


def about(intake: Intake, name: str, level: Level | str = "") -> str:
    return messages([i for i in intake.issues if i.where == name and level in ("", i.level)])


def test_a_whole_session(tmp_path: Path) -> None:
    """Every file of the documented layout finds its place, without a word of complaint."""
    intake = take(
        tmp_path,
        {
            "session.toml": """
title = "Day one"
event = "Regional dialogue"
programme = "Peace process"
date = 2026-05-12
venue = "Phnom Penh"
conveners = ["AVI", "NDSI"]
rapporteur = "R. Porter"
languages = ["en", "Khmer", "en-GB"]
glossary = ["AIPR"]
rule = "institution"
audio_clips = true

[consent]
recorded = true
note = "signed forms"

[speech]
batch = 4

[themes]
codebooks = ["peace-process"]
""",
            "participants.csv": "Name,Role,Institution\nAnna Lee,facilitator,AVI\nBen Ray,,NDSI\n",
            "guide.md": "# Guide\n\n## 1. Opening (5 min)\n\nHello.\n\n## 2. Role (question)\n\nWhat?\n",
            "01-plenary.wav": b"RIFF1",
            "02-group.vtt": VTT,
            "10-end.mp4": b"\0\0\0\x20ftypisom",
            "floor.csv": "start,who,recording\n0:10,Anna Lee,\n0:20,Ben Ray,10-end.mp4\n",
            "decisions.jsonl": '{"id":"d1","target":"V1","field":"participant","value":"anna-lee",'
            '"by":"R","when":"2026-05-13"}\n',
            "README.md": "about",
            "notes.jsonl": "{}",
            "codebook.toml": "",
            ".hidden": "x",
            "03-later.wav.part": "x",
        },
    )
    session = intake.session
    assert (session.id, session.title, session.event) == ("day-1", "Day one", "Regional dialogue")
    assert (session.programme, session.date, session.venue) == (
        "Peace process", "2026-05-12", "Phnom Penh",
    )  # fmt: skip
    assert session.conveners == ("AVI", "NDSI")
    assert session.rapporteur == "R. Porter"
    assert session.languages == ("en", "km")
    assert session.glossary == ("AIPR",)
    assert session.disclosure == Disclosure("institution", True, True, True)
    assert session.consent == Consent(True, False, "signed forms")
    assert intake.overrides == {
        "speech": {"batch": 4}, "themes": {"codebooks": ["peace-process"]},
    }  # fmt: skip
    assert [person.id for person in session.participants] == ["anna-lee", "ben-ray"]
    assert [section.id for section in session.guide.sections] == ["opening", "role"]
    assert [(r.name, r.kind) for r in session.recordings] == [
        ("01-plenary.wav", "audio"), ("02-group.vtt", "transcript"), ("10-end.mp4", "audio"),
    ]  # fmt: skip
    first = session.recordings[0]
    assert first.sha256 == hashlib.sha256(b"RIFF1").hexdigest()
    assert first.id == first.sha256[:12]
    assert [mark.recording for mark in intake.floor] == [first.id, session.recordings[2].id]
    assert [decision.value for decision in intake.decisions] == ["anna-lee"]
    assert intake.issues == ()


def test_a_bare_recording_is_a_session(tmp_path: Path) -> None:
    """A single file has its own name for a title, and the strictest rule."""
    (tmp_path / "recordings").mkdir()
    path = tmp_path / "recordings" / "Plenary.m4a"
    path.write_bytes(b"\0\0\0\x20ftypM4A ")
    intake = read_session(path, "Plenary", root=tmp_path, digest=digest)
    assert names(intake) == ["Plenary.m4a"]
    assert intake.session.title == "Plenary"
    assert intake.session.disclosure == Disclosure("chatham-house", False, False, False)
    assert not intake.session.consent.recorded
    assert intake.issues == ()
    assert files_read(path) == (path,)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("named", (True, True, True)),
        ("institution", (True, False, True)),
        ("category", (False, False, False)),
        ("chatham-house", (False, False, False)),
        ("Chatham House", (False, False, False)),
    ],
)
def test_switches_follow_the_rule(
    tmp_path: Path, rule: str, expected: tuple[bool, bool, bool]
) -> None:
    """Unless set, the switches are what the rule allows."""
    intake = take(tmp_path, {"session.toml": f'rule = "{rule}"\n', "a.wav": b"x"})
    found = intake.session.disclosure
    assert found.rule == rule.lower().replace(" ", "-")
    assert (found.list_participants, found.audio_clips, found.time_codes) == expected
    assert intake.issues == ()


def test_every_mistake_of_the_settings_at_once(tmp_path: Path) -> None:
    """Each wrong key is an error with its line and costs only itself."""
    intake = take(
        tmp_path,
        {
            "session.toml": """title = 5
event = "Dialogue"
languages = ["en", "klingon", "Vietnamse"]
venu = "Hanoi"
rule = "chatham"
time_codes = "yes"
consent = true
glossary = "AIPR"

[speech]
btach = 4

[attribution]
threshold = "high"

[voices]
diarizer = "embedded"
""",
            "a.wav": b"x",
        },
    )
    lines = about(intake, "session.toml", "error").split("\n")
    expected = [
        "session.toml, line 1: title: expected `str`, got `int`.",
        "session.toml, line 3: 'klingon' is not a language Whisper knows.",
        "session.toml, line 3: 'Vietnamse' is not a language Whisper knows. Did you mean 'vietnamese'?",
        "session.toml, line 4: unknown key 'venu'. Did you mean 'venue'?",
        "session.toml, line 5: unknown rule 'chatham'; the strictest one, chatham-house, was taken.",
        "session.toml, line 6: time_codes: expected `bool`, got `str`.",
        "session.toml, line 7: consent is a table, so none is recorded.",
        "session.toml, line 11: unknown key 'btach' in [speech]. Did you mean 'batch'?",
        "session.toml, line 14: attribution.threshold: expected `float`, got `str`.",
    ]
    for start in expected:
        assert any(line.startswith(start) for line in lines), start
    assert len(lines) == len(expected)
    assert intake.session.event == "Dialogue"
    assert intake.session.languages == ("en",)
    assert intake.session.glossary == ("AIPR",)
    assert intake.session.disclosure == Disclosure()
    assert intake.overrides == {"voices": {"diarizer": "embedded"}}
    assert names(intake) == ["a.wav"]


@pytest.mark.parametrize(
    "content", [b"title = ", b"\xff\xfe\x00 title", b'title = "a"\ntitle = "b"']
)
def test_unreadable_settings_cost_the_settings(tmp_path: Path, content: bytes) -> None:
    """A session.toml that is no TOML is one error; recordings and roster are there all the same."""
    files = {"session.toml": content, "a.wav": b"x", "participants.csv": b"Name,Role\nA,chair\n"}
    intake = take(tmp_path, files)
    assert [issue.level for issue in intake.issues if issue.where == "session.toml"] == ["error"]
    assert names(intake) == ["a.wav"]
    assert len(intake.session.participants) == 1
    assert intake.session.title == "day-1"


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
        "agenda.pdf": ("note", "files of the kind .pdf are not read."),
        "slides.pptx": ("note", "files of the kind .pptx are not read."),
        "photo.jpg": ("note", "files of the kind .jpg are not read."),
        "data.json": ("warning", "this is not a transcript in Whisper's JSON and was left aside."),
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


def test_the_room_imports_nothing_heavy() -> None:
    """Importing the intake loads no document library and nothing that learns."""
    heavy = {"docx", "openpyxl", "markdown_it", "charset_normalizer", "pandas", "numpy", "torch"}
    code = "import sys, fgd.intake; print(' '.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not heavy & set(done.stdout.split())
