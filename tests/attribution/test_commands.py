"""``fgd attribution`` and ``fgd decide`` on a session read from a platform's transcript."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fgd import pipeline
from fgd.cli import main
from fgd.decisions.log import read_decisions
from fgd.workspace.project import Project

ROSTER = """name,role,institution,acronym,category,country,track
Mira Koskela,facilitator,Harbour Institute,HI,think tank,Nordia,1
Tomas Herrera,participant,Lake Policy Centre,LPC,think tank,Sudria,2
Anh Vuong,participant,Ministry of the Interior,MOI,ministry,Nordia,1
Joana Freitas,participant,Lake Policy Centre,LPC,think tank,Sudria,2
"""
VTT = """WEBVTT

00:00:01.000 --> 00:00:09.000
<v Speaker 1>Good morning and welcome. I am Mira Koskela and I will moderate. Dr Herrera, please.</v>

00:00:10.000 --> 00:00:19.000
<v Speaker 2>Thank you. We at the Lake Policy Centre have looked at it for years.</v>

00:00:20.000 --> 00:00:24.000
<v Speaker 1>Thank you, Tomas. Are there any other comments?</v>

00:00:25.000 --> 00:00:33.000
<v Speaker 3>I only came to listen, and I agree with what was said before me.</v>

00:00:34.000 --> 00:00:40.000
<v Speaker 2>May I add that the draft is rather old by now.</v>
"""

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A session that was heard and attributed."""
    folder = tmp_path / "recordings" / "talk"
    folder.mkdir(parents=True)
    (folder / "a.vtt").write_text(VTT)
    (folder / "participants.csv").write_text(ROSTER)
    rerun(tmp_path)
    return tmp_path


def rerun(root: Path) -> pipeline.SessionContext:
    """What ``fgd run`` does, as far as attribution."""
    project = Project.open(root)
    done = pipeline.SessionContext(project, project.session("talk"))
    pipeline.attribute(done)
    return done


@pytest.fixture
def fgd(project: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command; returns exit code, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        code: Any = 0
        try:
            main(["--project", str(project), *arguments])
        except SystemExit as stop:
            code = stop.code
        said = capsys.readouterr()
        return int(code or 0), said.out, said.err

    return run


def rows(fgd: Command, *more: str) -> dict[str, Any]:
    """The table by voice; with ``--turns`` by start of the turn in seconds."""
    _, said, _ = fgd("attribution", "talk", "--json", *more)
    found = json.loads(said)["rows"]
    return {row["voice"]: row for row in found}


def names(fgd: Command) -> dict[str, str]:
    return {voice: row["name"] for voice, row in rows(fgd).items()}


def test_the_table_says_who_and_shows_the_words(fgd: Command) -> None:
    """Name, institution, what follows from it, how sure, when, and the evidence."""
    code, said, _ = fgd("attribution", "talk")
    assert code == 0
    for words in ("Mira Koskela", "Harbour Institute", "think tank, Nordia, 1", "0:00:01-0:00:24"):
        assert words in said
    assert re.search(r'0:00:0\d "', said)
    assert "unknown" in said


def test_the_object_for_machines_holds_everything(fgd: Command) -> None:
    """Evidence quotes the turn it names; category, country and track follow."""
    row = rows(fgd)["V2"]
    assert (row["name"], row["institutions"]) == ("Tomas Herrera", ["lake-policy-centre"])
    assert (row["category"], row["country"], row["track"]) == ("think tank", "Sudria", "2")
    assert row["confidence"] >= 0.8
    assert row["source"] == "talk"
    assert any("Herrera" in piece["text"] for piece in row["evidence"])
    assert rows(fgd)["V3"]["participant"] == ""


def test_one_row_per_turn(fgd: Command) -> None:
    """With ids, as decisions about turns need them."""
    _, said, _ = fgd("attribution", "talk", "--turns", "--json")
    found = json.loads(said)["rows"]
    assert [row["voice"] for row in found] == ["V1", "V2", "V1", "V3", "V2"]
    assert all(len(row["turns"]) == 1 for row in found)
    assert found[1]["turns"][0] in fgd("attribution", "talk", "--turns")[1]


def test_a_session_nobody_heard_says_how_to_hear_it(fgd: Command, project: Path) -> None:
    """No table of nothing."""
    (project / "recordings" / "new.vtt").write_text(VTT)
    code, _, said = fgd("attribution", "new")
    assert code == 2
    assert "fgd run new" in said


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (("--is", "Joana Freitas"), ("Joana Freitas", ["lake-policy-centre"])),
        (("--is", "freitas"), ("Joana Freitas", ["lake-policy-centre"])),
        (("--for", "MOI"), ("", ["ministry-of-the-interior-nordia"])),
        (("--nobody",), ("", [])),
    ],
)
def test_a_voice_is_decided(
    fgd: Command, project: Path, wanted: tuple[str, ...], expected: tuple[str, list[str]]
) -> None:
    """At once in the table, and the same after a rerun."""
    code, said, _ = fgd("decide", "talk", "--voice", "V3", *wanted, "--by", "Rapporteur")
    assert code == 0
    assert "fgd run talk" in said
    for _ in range(2):
        row = rows(fgd)["V3"]
        assert (row["name"], row["institutions"]) == expected
        assert row["source"] == "decision"
        assert any("Rapporteur" in piece["kind"] for piece in row["evidence"])
        rerun(project)


def test_a_turn_is_decided_by_its_time(fgd: Command, project: Path) -> None:
    """The voice keeps its name in its other turns."""
    fgd("decide", "talk", "--turn", "0:00:34", "--is", "Joana Freitas")
    rerun(project)
    _, said, _ = fgd("attribution", "talk", "--turns", "--json")
    assert [row["name"] for row in json.loads(said)["rows"]] == [
        "Mira Koskela", "Tomas Herrera", "Mira Koskela", "", "Joana Freitas",
    ]  # fmt: skip


def test_voices_are_merged_and_split(fgd: Command, project: Path) -> None:
    """One voice that was two people, and two that were one."""
    fgd("decide", "talk", "--voice", "V3", "--same-as", "V2")
    rerun(project)
    assert set(rows(fgd)) == {"V1", "V2"}
    fgd("decide", "talk", "--turn", "0:34", "--split")
    rerun(project)
    assert set(rows(fgd)) == {"V1", "V2", "V2.2"}


def test_a_decision_is_taken_back(fgd: Command, project: Path) -> None:
    """The log keeps both lines; the result is as before."""
    before = names(fgd)
    fgd("decide", "talk", "--voice", "V3", "--is", "Anh Vuong")
    assert names(fgd)["V3"] == "Anh Vuong"
    fgd("decide", "talk", "--undo", "last")
    rerun(project)
    assert names(fgd) == before
    log, issues = read_decisions(project / "recordings/talk/decisions.jsonl", "decisions.jsonl")
    assert [bool(each.undoes) for each in log] == [False, True]
    assert not issues
    _, said, _ = fgd("decide", "talk")
    assert "V3 is Anh Vuong" in said
    assert "(taken back)" in said


def test_whatever_a_page_decides_can_be_decided(fgd: Command, project: Path) -> None:
    """A kind of decision needs no option of its own: the command takes what the pages send."""
    (turn,) = rows(fgd, "--turns")["V3"]["turns"]
    change = json.dumps({"type": "overlap", "turns": [turn], "others": True})
    code, said, _ = fgd("decide", "talk", "--change", change)
    assert code == 0
    assert f"others spoke during turn {turn}" in said
    log, _ = read_decisions(project / "recordings/talk/decisions.jsonl", "decisions.jsonl")
    (made,) = log
    assert (made.field, made.value) == ("overlap", "yes")


def test_what_waits_for_the_next_run_is_said(fgd: Command) -> None:
    """A table that is ahead of the briefs says so."""
    fgd("decide", "talk", "--voice", "V3", "--nobody")
    assert "1 decisions since the last run" in fgd("attribution", "talk")[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--voice", "V9", "--nobody"), "Voices heard: V1, V2, V3"),
        (("--voice", "V3", "--is", "Jonah Fraitas"), "Joana Freitas"),
        (("--voice", "V3", "--for", "Lake Centre of Pottery"), "Lake Policy Centre"),
        (("--voice", "V3"), "nothing was decided"),
        (("--is", "Anh Vuong"), "--voice V3"),
        (("--voice", "V3", "--nobody", "--for", "MOI"), "two decisions"),
        (("--voice", "V3", "--split"), "--turn"),
        (("--turn", "0:34", "--for", "MOI"), "--voice"),
        (("--turn", "9:59:59", "--nobody"), "nobody is heard"),
        (("--turn", "no-such-turn", "--nobody"), "--turns lists them"),
        (("--undo", "d-none"), "no decision"),
        (("--undo", "last"), "no decision"),
        (("--change", '{"type": "overlap"}'), "name-voice, place-voice"),
        (("--change", '{"type": "undo", "decision": "d-none"}'), "no such decision"),
        (("--change", "{}", "--voice", "V3"), "says all"),
        (("--voice", "V3", "--nobody", "--recording", "b.vtt"), "a.vtt"),
    ],
)
def test_what_cannot_be_decided_is_said_and_not_written(
    fgd: Command, project: Path, arguments: tuple[str, ...], words: str
) -> None:
    """Exit code 2, a sentence with a remedy, no line in the log."""
    code, _, said = fgd("decide", "talk", *arguments)
    assert code == 2
    assert words in said
    assert not (project / "recordings/talk/decisions.jsonl").exists()


def test_a_name_that_fits_two_is_not_guessed(fgd: Command, project: Path) -> None:
    """Both are named, with the ids that tell them apart."""
    roster = project / "recordings/talk/participants.csv"
    roster.write_text(ROSTER + "Anh Freitas,participant,Ministry of the Interior,MOI,,,\n")
    code, _, said = fgd("decide", "talk", "--voice", "V3", "--is", "Freitas")
    assert code == 2
    assert "Joana Freitas" in said
    assert "Anh Freitas" in said


def test_a_single_file_has_no_place_for_decisions(fgd: Command, project: Path) -> None:
    """And the sentence says where to put it."""
    (project / "recordings" / "bare.vtt").write_text(VTT)
    code, _, said = fgd("decide", "bare", "--voice", "V1", "--nobody")
    assert code == 2
    assert "recordings/bare/" in said


def test_a_folder_that_cannot_be_written_is_one_sentence(fgd: Command, project: Path) -> None:
    """No traceback: the file, what is wrong with it, and what to do."""
    before = sorted((project / "recordings" / "talk").iterdir())
    (project / ".fgd" / "review").mkdir(parents=True, exist_ok=True)
    (project / "recordings" / "talk" / "decisions.jsonl").symlink_to("/proc/version")
    code, said, problem = fgd("decide", "talk", "--voice", "V2", "--is", "Tomas Herrera")
    assert code == 2
    assert "decisions.jsonl" in problem
    assert problem.count("\n") == 1
    (project / "recordings" / "talk" / "decisions.jsonl").unlink()
    assert sorted((project / "recordings" / "talk").iterdir()) == before
    (project / ".fgd" / "review").rename(project / ".fgd" / "away")
    (project / ".fgd" / "review").write_text("")
    code, said, problem = fgd("decide", "talk", "--voice", "V2", "--is", "Tomas Herrera")
    assert (code, said) == (2, "")
    assert problem.startswith("fgd: ")


@pytest.mark.parametrize("command", ["status", "attribution talk", "decide talk --undo last"])
def test_looking_and_deciding_load_no_web_application(project: Path, command: str) -> None:
    """Neither the pages, nor Prefect, nor the networks: a decision takes a moment."""
    script = (
        "import sys\nfrom fgd.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit:\n"
        "    pass\nheavy = ('starlette', 'uvicorn', 'prefect', 'torch', 'fgd.server')\n"
        "print('LOADED', [m for m in sys.modules if m.startswith(heavy)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "--project", str(project), *command.split()],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "LOADED []"
