"""A new session's folder is one that the intake reads without a single remark."""

from __future__ import annotations

import io
import json
import wave
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fgd.cli import main
from fgd.facilitation import KINDS, session_files
from fgd.facilitation.pack import kind
from fgd.intake import Intake, read_session
from fgd.model import Rule
from fgd.workspace.store import hash_file

RULES: tuple[Rule, ...] = ("named", "institution", "category", "chatham-house")


def placed(folder: Path, files: dict[str, bytes]) -> Intake:
    """Write the files, add a recording, and read the session."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    sound = io.BytesIO()
    with wave.open(sound, "wb") as writer:
        writer.setparams((1, 2, 16_000, 0, "NONE", ""))
        writer.writeframes(b"\0\0" * 16_000)
    (folder / "01.wav").write_bytes(sound.getvalue())
    return read_session(folder, "s", root=folder.parent.parent, digest=hash_file)


@pytest.mark.parametrize("template", KINDS)
@pytest.mark.parametrize("rule", RULES)
def test_every_template_is_read_without_a_remark(tmp_path: Path, template: str, rule: Rule) -> None:
    folder = tmp_path / "recordings" / "s"
    files = session_files("A title", template, rule=rule, date="2026-03-18", start="10:15")
    read = placed(folder, files)
    assert read.issues == ()
    assert read.session.title == "A title"
    assert read.session.date == "2026-03-18"
    assert read.session.disclosure.rule == rule
    assert read.session.glossary == kind(template).glossary
    assert not read.session.consent.recorded
    assert read.overrides["facilitation"] == {"start": "10:15"}
    planned = kind(template).sections
    assert [s.title for s in read.session.guide.sections] == [s.title for s in planned]
    assert [s.kind for s in read.session.guide.sections] == [s.kind for s in planned]
    assert [s.probes for s in read.session.guide.sections] == [s.probes for s in planned]
    assert [s.minutes for s in read.session.guide.sections] == [s.minutes for s in planned]
    assert sum(p.role == "facilitator" for p in read.session.participants) == 1


@pytest.mark.parametrize("template", KINDS)
def test_the_office_files_say_the_same(tmp_path: Path, template: str) -> None:
    """Who works in Word and Excel moves the two files up instead of the plain ones."""
    files = session_files("A title", template)
    plain = placed(tmp_path / "recordings" / "a", files)
    moved = {
        "session.toml": files["session.toml"],
        "participants.xlsx": files["facilitation/participants.xlsx"],
        "guide.docx": files["facilitation/guide.docx"],
    }
    office = placed(tmp_path / "recordings" / "b", moved)
    assert office.issues == ()
    assert office.session.guide == plain.session.guide
    assert office.session.participants == plain.session.participants
    assert office.session.institutions == plain.session.institutions


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1).filter(str.strip))
def test_any_title_is_read_back(tmp_path: Path, title: str) -> None:
    read = placed(tmp_path / "recordings" / "s", session_files(title, "focus-group"))
    assert not [i for i in read.issues if i.where == "session.toml"]
    assert read.session.title.split() == title.split() or read.session.title


def test_the_command_makes_a_folder_and_never_overwrites(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "recordings").mkdir()
    line = [
        "--json",
        "--project",
        str(tmp_path),
        "new",
        "Law & order: ຖາມ",
        "--template",
        "table-top",
    ]
    with pytest.raises(SystemExit) as ended:
        main(line)
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    folder = Path(told["folder"])
    assert folder.name == "law-order-ຖາມ"
    for name in told["files"]:
        assert (folder / name).stat().st_size > 100
    with pytest.raises(SystemExit) as ended:
        main(line)
    assert ended.value.code == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value"), [("--date", "tomorrow"), ("--start", "25:00"), ("--start", "nine")]
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--project", str(tmp_path), "new", "Title", option, value])
    assert ended.value.code == 2
    assert value in capsys.readouterr().err
    assert not (tmp_path / "recordings").exists()
