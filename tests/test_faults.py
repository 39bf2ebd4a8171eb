"""One bad session is one bad session; a build is all or nothing; what is withdrawn is gone."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from fgd import coding, pipeline
from fgd.cli import main
from fgd.core.errors import BusyError, GateError, StoreError
from fgd.pipeline import qda, session_pass
from fgd.pipeline.programme_pass import write_topic
from fgd.workspace.lock import session_lock
from fgd.workspace.outcome import Outcome
from fgd.workspace.project import Project
from fgd.workspace.store import write_bytes

ROOT = Path(__file__).resolve().parent.parent

TALK = """WEBVTT

00:00:01.000 --> 00:00:06.000
<v Sefa Alatini>What should be done first about the reef?</v>

00:00:07.000 --> 00:00:14.000
<v Moana Tuilagi>I propose that the wardens count the nets every month.</v>

00:00:15.000 --> 00:00:20.000
<v Ioane Fa'asavalu>Yes, we would support that.</v>
"""
CONSENT = "[consent]\nrecorded = true\n[brief]\nwithout_roster = true\n"


def add(project: Project, name: str) -> Path:
    folder = project.recordings / name
    folder.mkdir()
    (folder / "talk.vtt").write_text(TALK)
    (folder / "session.toml").write_text(CONSENT)
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "recordings").mkdir()
    return Project.open(tmp_path)


def run(project: Project, name: str) -> Outcome:
    return pipeline.run(pipeline.SessionContext(project, project.session(name)))


@pytest.mark.parametrize("problem", [MemoryError(), RecursionError("deep"), ValueError("odd")])
def test_the_unexpected_ends_one_session_and_not_the_others(
    project: Project,
    problem: Exception,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A sentence with a remedy, details in a file, the others done, the object printed."""
    add(project, "a-bad")
    add(project, "b-good")
    theme = coding.theme

    def sometimes(session: Any, *args: Any, **kwargs: Any) -> Any:
        if session.id == "a-bad":
            raise problem
        return theme(session, *args, **kwargs)

    monkeypatch.setattr(coding, "theme", sometimes)
    with pytest.raises(SystemExit) as ended:
        main(["--project", str(project.root), "--json", "run"])
    told = json.loads(capsys.readouterr().out)
    assert ended.value.code == 1
    states = {each["session"]: each["state"] for each in told["sessions"]}
    assert (states["a-bad"], states["b-good"] != "failed") == ("failed", True)
    (issue,) = [i for i in told["sessions"][0]["issues"] if i["level"] == "error"]
    assert issue["where"] == "a-bad"
    assert issue["remedy"]
    details = project.state / "failures" / "a-bad.txt"
    assert type(problem).__name__ in details.read_text()


def test_an_intake_that_falls_over_ends_its_session_only(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder cannot even be read, for a reason nobody foresaw."""
    from fgd.pipeline import context

    def fall(*_: object, **__: object) -> None:
        raise KeyError("guide")

    add(project, "one")
    monkeypatch.setattr(context, "read_session", fall)
    outcome = run(project, "one")
    assert outcome.state == "failed"
    assert "KeyError" in outcome.issues[0].message


def test_a_withdrawn_edition_goes_without_its_record(project: Project) -> None:
    """Consent is taken back and nothing is left that tells what was written before."""
    folder = add(project, "one")
    run(project, "one")
    outputs = project.session("one").outputs
    circulation = outputs / "circulation"
    assert (circulation / "brief.docx").is_file()
    (circulation / "letter.odt").write_text("mine")
    (outputs / "work" / "briefs.json").unlink()
    (folder / "session.toml").write_text("")
    outcome = run(project, "one")
    assert [path.name for path in circulation.rglob("*")] == ["letter.odt"]
    assert any(issue.where == "circulation/letter.odt" for issue in outcome.issues)
    assert (outputs / "internal" / "brief.docx").is_file()


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("participants.xlsx", b"<html>Sign in to continue</html>", "is unread"),
        ("participants.csv", b"", "no list of participants"),
        ("", b"", "no list of participants"),
    ],
)
def test_without_a_roster_nobody_knows_what_to_withhold(
    project: Project, name: str, data: bytes, told: str
) -> None:
    """A list that is missing or cannot be read: no circulation edition, and what to do."""
    folder = add(project, "one")
    (folder / "session.toml").write_text("[consent]\nrecorded = true\n")
    if name:
        (folder / name).write_bytes(data)
    outcome = run(project, "one")
    outputs = project.session("one").outputs
    assert (outputs / "internal" / "brief.docx").is_file()
    assert not (outputs / "circulation").exists()
    (issue,) = [each for each in outcome.issues if "circulation" in each.message]
    assert told in issue.message or "is unread" in issue.message
    assert issue.where == "one/participants.csv"
    assert "without_roster" in issue.remedy


def test_an_edition_goes_before_the_step_that_fails(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The roster changed: what was made under the old one is gone although the pass fails."""
    folder = add(project, "one")
    run(project, "one")
    circulation = project.session("one").outputs / "circulation"
    assert (circulation / "brief.docx").is_file()

    def fails(*_: Any, **__: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(coding, "theme", fails)
    (folder / "participants.csv").write_text("name,role\nMoana Tuilagi,participant\n")
    assert run(project, "one").state == "failed"
    assert not circulation.exists()


def test_words_are_let_go_and_the_edition_is_released(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Words in doubt are listed, released by a person, and a later change takes the release back."""
    folder = add(project, "one")
    (folder / "talk.vtt").write_text(TALK.replace("every month", "at Vaipoto every month"))
    run(project, "one")
    brief = project.session("one").outputs / "circulation" / "brief.md"
    assert "Vaipoto" not in brief.read_text()
    assert "DRAFT for the rapporteur" in brief.read_text()

    def circulation(*options: str) -> None:
        with pytest.raises(SystemExit) as stop:
            main(["--project", str(project.root), "circulation", "one", *options])
        assert stop.value.code == 0

    circulation()
    assert "[Vaipoto]" in capsys.readouterr().out
    circulation("--release", "Vaipoto")
    run(project, "one")
    assert "Vaipoto" in brief.read_text()
    circulation("--reword", "every month=again and again")
    assert "not known to be harmless" not in capsys.readouterr().err
    run(project, "one")
    assert "[again and again]" in brief.read_text().replace("\\", "")
    assert "words of the rapporteur in square brackets" in brief.read_text()
    circulation("--released")
    run(project, "one")
    assert "Version 1, released by the rapporteur on" in brief.read_text()
    circulation("--withhold", "wardens")
    outcome = run(project, "one")
    assert "DRAFT for the rapporteur" in brief.read_text()
    assert "wardens" not in brief.read_text()
    (told,) = [each for each in outcome.issues if "was taken back" in each.message]
    assert "withheld other words" in told.message
    away = project.session("one").outputs / "withdrawn" / "version-1"
    assert "wardens" in (away / "brief.md").read_text()
    assert "withheld other words" in (away / "why.txt").read_text()
    circulation()
    assert "withheld other words" in capsys.readouterr().out


def test_the_rapporteurs_words_pass_the_same_gate(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name is no way of saying it in other words."""
    add(project, "one")
    run(project, "one")
    with pytest.raises(SystemExit) as stop:
        main(
            ["--project", str(project.root), "circulation", "one", "--reword", "nets=Moana's nets"]
        )
    assert stop.value.code
    assert "not known to be harmless" in capsys.readouterr().err


def test_a_released_edition_is_put_away_when_consent_is_taken_back(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any step that could fail, with the reason, and another release is a version more."""
    folder = add(project, "one")
    run(project, "one")

    def let_go() -> None:
        with pytest.raises(SystemExit):
            main(["--project", str(project.root), "circulation", "one", "--released"])

    let_go()
    run(project, "one")
    outputs = project.session("one").outputs
    (folder / "session.toml").write_text(CONSENT.replace("true", "false", 1))
    outcome = run(project, "one")
    assert not (outputs / "circulation").exists()
    assert (
        "no consent is recorded any more"
        in (outputs / "withdrawn" / "version-1" / "why.txt").read_text()
    )
    assert any("no consent is recorded any more" in each.message for each in outcome.issues)
    with pytest.raises(GateError, match="no consent"):
        qda.project(pipeline.SessionContext(project, project.session("one")), "circulation")


def test_a_project_for_analysts_needs_the_release(project: Project) -> None:
    """What nobody has looked at is not written for other programs either."""
    add(project, "one")
    run(project, "one")
    with pytest.raises(GateError, match="nobody has released"):
        qda.project(pipeline.SessionContext(project, project.session("one")), "circulation")
    with pytest.raises(SystemExit):
        main(["--project", str(project.root), "circulation", "one", "--released"])
    run(project, "one")
    with pytest.raises(SystemExit) as stop:
        where = ["--project", str(project.root)]
        main([*where, "export", "one", "--format", "qdpx", "--edition", "circulation"])
    assert stop.value.code == 0
    outputs = project.session("one").outputs
    assert b"Moana" not in (outputs / "circulation" / "analysis" / "one.qdpx").read_bytes()
    (outputs / "work" / "briefs.json").unlink()
    run(project, "one")
    assert (outputs / "circulation" / "analysis" / "one.qdpx").is_file()
    (project.recordings / "one" / "talk.vtt").write_text(TALK.replace("nets", "ropes"))
    run(project, "one")
    assert not (outputs / "circulation" / "analysis").exists()
    assert (outputs / "withdrawn" / "version-1" / "analysis" / "one.qdpx").is_file()


def test_a_full_disk_leaves_the_old_edition_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a new DOCX beside an old HTML."""
    old = {"internal/brief.docx": b"1", "internal/brief.html": b"1", "transcript.csv": b"1"}
    session_pass.replace_editions(tmp_path, old)
    (tmp_path / "internal" / "mirror.html").write_text("mine")

    def full(path: Path, data: bytes) -> Path:
        if path.suffix == ".html":
            raise StoreError("there is no space left on the disk.", where=str(path))
        return write_bytes(path, data)

    monkeypatch.setattr(session_pass, "write_bytes", full)
    with pytest.raises(StoreError):
        session_pass.replace_editions(tmp_path, dict.fromkeys(old, b"2"))
    assert {name: (tmp_path / name).read_bytes() for name in old} == old
    assert not list(tmp_path.glob(".b*"))
    monkeypatch.undo()
    session_pass.replace_editions(tmp_path, dict.fromkeys(old, b"2"))
    assert {(tmp_path / name).read_bytes() for name in old} == {b"2"}
    assert (tmp_path / "internal" / "mirror.html").read_text() == "mine"


def test_a_swap_that_was_interrupted_is_taken_up(tmp_path: Path) -> None:
    """Killed between two renames: the old edition comes back before the new one is built."""
    session_pass.replace_editions(tmp_path, {"internal/brief.md": b"1"})
    (tmp_path / "internal" / "mirror.html").write_text("mine")
    (tmp_path / "internal").rename(tmp_path / ".before-internal")
    session_pass.replace_editions(tmp_path, {"internal/brief.md": b"2"})
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        "brief.md", "mirror.html",
    ]  # fmt: skip


def test_a_programme_waits_for_its_sessions(project: Project) -> None:
    """A brief over sessions does not read the records of one that is at work."""
    add(project, "one")
    run(project, "one")
    with session_lock(project.session("one")), pytest.raises(BusyError):
        write_topic(project, "reef")


@pytest.mark.skipif(os.name != "posix", reason="a umask is POSIX's")
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o007, 0o660)])
def test_files_are_as_open_as_the_umask_says(tmp_path: Path, mask: int, mode: int) -> None:
    """Who closes files to others with a umask finds ours closed, too."""
    code = (
        "import os, sys; from pathlib import Path; from fgd.workspace.store import write_bytes; "
        "from fgd.floorlog.floorlog import Journal, Tap; "
        f"os.umask({mask}); folder = Path(sys.argv[1]); write_bytes(folder / 'x.json', b'x'); "
        "Journal(folder).add([Tap('a', 'floor', 0, label='Ada')], 'one')"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=ROOT)
    for name in ("x.json", "notes.jsonl", "floor.csv"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode, name


def test_a_link_to_itself_is_one_sentence(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the list of sessions and inside of one."""
    folder = add(project, "one")
    (project.recordings / "circle").symlink_to("circle")
    (folder / "guide.md").symlink_to("guide.md")
    with pytest.raises(SystemExit):
        main(["--project", str(project.root), "--json", "status"])
    told = json.loads(capsys.readouterr().out)
    assert [issue["where"] for issue in told["issues"]] == ["circle"]
    assert told["issues"][0]["remedy"]
    assert run(project, "one").state != "failed"


def test_json_is_printed_for_what_cannot_even_begin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Settings that are wrong end a run with their issue as the object."""
    (tmp_path / "recordings").mkdir()
    (tmp_path / "fgd.toml").write_text("[speech]\nthreads = -1\n")
    with pytest.raises(SystemExit) as ended:
        main(["--project", str(tmp_path), "--json", "run"])
    told = capsys.readouterr()
    (issue,) = json.loads(told.out)["issues"]
    assert ended.value.code == 2
    assert issue["where"] == "fgd.toml"
    assert "threads" in told.err


def test_every_extra_that_a_remedy_names_exists() -> None:
    """``pip install 'fgd[x]'`` works for every x that the package tells people to install."""
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = set(known.get("optional-dependencies", {}))
    for path in [*(ROOT / "fgd").rglob("*.py"), *(ROOT / "docs").glob("*.md"), ROOT / "README.md"]:
        for extra in re.findall(r"fgd\[([\w,-]+)\]", path.read_text(encoding="utf-8")):
            assert set(extra.split(",")) <= extras, f"{path.name}: fgd[{extra}]"


def test_an_os_error_is_told_by_its_reason(project: Project) -> None:
    """Out of file handles is not a disk that failed."""
    from fgd.workspace.outcome import failure

    told = failure(OSError(errno.EMFILE, os.strerror(errno.EMFILE)), project, "one")
    assert "Too many open files" in told.message
    assert told.remedy


def test_a_guide_without_end_is_read_up_to_a_limit(tmp_path: Path) -> None:
    """The limit is named, with the file and what to do."""
    from fgd.intake.discussion_guide import MOST_SECTIONS, read_guide

    path = tmp_path / "guide.md"
    path.write_text("".join(f"# Part {n}\n\n1. Why?\n\n" for n in range(MOST_SECTIONS + 40)))
    guide, issues = read_guide(path, path.name)
    assert len(guide.sections) == MOST_SECTIONS
    (issue,) = [each for each in issues if each.level == "error"]
    assert (issue.where, "340" in issue.message, bool(issue.remedy)) == ("guide.md", True, True)


@pytest.mark.parametrize("name", ["participants.csv", "guide.md"])
def test_what_is_far_too_long_is_refused_in_one_sentence(project: Project, name: str) -> None:
    """Before it is read: the limit, the file and what to do; the session goes on without it."""
    folder = add(project, "one")
    head = {"participants.csv": "name,role\n", "guide.md": "# Reef\n\n"}[name]
    (folder / name).write_text(head + "Moana Tuilagi,participant\n" * 20_000)
    outcome = run(project, "one")
    (issue,) = [each for each in outcome.issues if each.where == name and each.level == "error"]
    assert re.search(r"at most 20,000|first 300,000", issue.message)
    assert issue.remedy
    assert (project.session("one").outputs / "internal" / "brief.docx").is_file()


GUIDE = "# Reef\n\n1. What about the reef?\n\n# Landing\n\n1. What about the landing site?\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("talk-2.wav", b"RIFFnonsense" * 50),
        ("talk-2.vtt", b"WEBVTT\n\n"),
        ("talk-2.docx", b"\x00\x01\x02" * 100),
    ],
    ids=["sound", "empty", "noise"],
)
def test_a_brief_tells_that_a_recording_is_not_in_it(
    project: Project, name: str, data: bytes
) -> None:
    """Both editions, on the first page; of what was not asked, half a session knows nothing."""
    folder = add(project, "one")
    (folder / "guide.md").write_text(GUIDE)
    (folder / name).write_bytes(data)
    outcome = run(project, "one")
    assert outcome.state == "attention", outcome.issues
    outputs = project.session("one").outputs
    for edition in ("internal", "circulation"):
        brief = (outputs / edition / "brief.md").read_text()
        head, _, rest = brief.partition("## At a glance")
        assert "Not in this brief: 1 of 2 recordings" in head
        assert "does not tell what was not asked" in rest
        assert "was not put to the room" not in rest
    told = (outputs / "internal" / "brief.md").read_text()
    assert f"**{name}" in told.partition("## Doubts about the record")[2]
    (folder / name).unlink()
    run(project, "one")
    whole = (outputs / "circulation" / "brief.md").read_text()
    assert "Not in this brief" not in whole
    assert "does not tell what was not asked" not in whole


def test_a_transcript_without_text_is_no_brief(project: Project) -> None:
    """Nothing was read, so nothing is told of the discussion but why."""
    folder = add(project, "one")
    (folder / "talk.vtt").write_text("WEBVTT\n\n")
    outcome = run(project, "one")
    assert (outcome.state, outcome.files) == ("failed", ())
    (issue,) = [each for each in outcome.issues if each.level == "error"]
    assert (issue.where, bool(issue.remedy)) == ("talk.vtt", True)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_half_a_file_of_a_killed_run_goes_with_the_next(project: Project) -> None:
    """Killed in the middle of a write, at any size: the next run leaves nothing of it."""
    add(project, "one")
    record = project.session("one").store.folder / "rec" / "sound.wav"
    code = (
        "import os, signal, sys; from pathlib import Path; from fgd.workspace.store import write_with"
        "\ndef half(path):\n    path.write_bytes(b'RIFF'); os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_with(Path(sys.argv[1]), half)"
    )
    subprocess.run([sys.executable, "-c", code, str(record)], check=False, cwd=ROOT)
    assert [path.suffix for path in record.parent.iterdir()] == [".wav"]
    run(project, "one")
    assert list(record.parent.iterdir()) == []


def test_one_talk_in_two_files_is_told(project: Project) -> None:
    """A clean copy beside the export: everything would be counted twice."""
    folder = add(project, "one")
    said = [
        f"Number {n}: we would ask the {word} to look after the landing site {n} times a year."
        for n, word in enumerate(("wardens", "council", "fishers", "ministry", "chiefs"))
    ]
    (folder / "talk.vtt").write_text(
        "WEBVTT\n\n"
        + "\n".join(
            f"00:00:{5 * n:02d}.000 --> 00:00:{5 * n + 4:02d}.000\n<v Moana Tuilagi>{text}</v>\n"
            for n, text in enumerate(said)
        )
    )
    (folder / "minutes.txt").write_text("\n".join(f"Moana Tuilagi: {text}" for text in said[1:]))
    (issue,) = [each for each in run(project, "one").issues if "counted twice" in each.message]
    assert (issue.level, issue.where, bool(issue.remedy)) == ("warning", "talk.vtt", True)
    told = (project.session("one").outputs / "internal" / "brief.md").read_text()
    assert "counted twice" in told.partition("## Doubts about the record")[2]
