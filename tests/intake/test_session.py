"""A session's folder: everything given is used or named, and nothing stops the rest."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from fgd.intake import files_read, read_session
from fgd.model import Consent, Disclosure
from tests.intake.folders import VTT, about, digest, names, take


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
            '"by":"R","when":"2026-05-13","recording":"aaa"}\n',
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


def test_the_room_imports_nothing_heavy() -> None:
    """Importing the intake loads no document library and nothing that learns."""
    heavy = {"docx", "openpyxl", "markdown_it", "charset_normalizer", "pandas", "numpy", "torch"}
    code = "import sys, fgd.intake; print(' '.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not heavy & set(done.stdout.split())


@pytest.mark.parametrize(
    ("written", "kept", "level"),
    [
        ("2026-03-04", "2026-03-04", ""),
        ('"2026-3-4"', "2026-03-04", ""),
        ("2026-03-04T09:30:00", "2026-03-04T09:30:00", ""),
        ('"4 March 2026"', "4 March 2026", "warning"),
        ('"2026-02-30"', "", "error"),
        ("0026-03-04", "", "error"),
        ('"2926-03-04"', "", "error"),
    ],
)
def test_a_date_is_a_day_on_which_people_met(
    tmp_path: Path, written: str, kept: str, level: str
) -> None:
    """One that cannot be is not told as one; one that software cannot order stays as written."""
    intake = take(tmp_path, {"session.toml": f"date = {written}\n", "talk.vtt": VTT})
    met = [issue for issue in intake.issues if issue.where == "session.toml"]
    assert intake.session.date == kept
    assert [issue.level for issue in met] == ([level] if level else [])
    assert all(issue.place and "2026-03-04" in issue.remedy for issue in met)
