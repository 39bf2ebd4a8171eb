"""A recording is exported again: what people decided about it stays, or they are told."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import msgspec
import pytest

from fgd import pipeline
from fgd.core.text import carried
from fgd.decisions import corrections
from fgd.workspace.outcome import Outcome
from fgd.workspace.project import Project
from tests.test_faults import CONSENT, TALK


def run(project: Project) -> tuple[Outcome, str]:
    folder = project.session("reef")
    outcome = pipeline.run(pipeline.SessionContext(project, folder))
    return outcome, (folder.outputs / "transcript.csv").read_text(encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A session in which somebody corrected two words."""
    folder = tmp_path / "recordings" / "reef"
    folder.mkdir(parents=True)
    (folder / "talk.vtt").write_text(TALK)
    (folder / "session.toml").write_text(CONSENT)
    project = Project.open(tmp_path)
    run(project)
    context = pipeline.SessionContext(project, project.session("reef"))
    turns = pipeline.arranged(context)[0].turns
    (turn,) = [turn for turn in turns if "wardens" in turn.text]
    better = turn.text.replace("wardens", "rangers").replace("every month", "each quarter")
    made = corrections.rewrite(turn, better, by="ana", when="2026-01-03T10:00:00Z")
    lines = b"".join(msgspec.json.encode(each) + b"\n" for each in made)
    (folder / "decisions.jsonl").write_bytes(lines)
    assert "rangers" in run(project)[1]
    return project


def export_again(project: Project, talk: str) -> None:
    folder = project.recordings / "reef"
    (folder / "talk.vtt").unlink()
    (folder / "talk-2.vtt").write_text(talk)


def later(talk: str) -> str:
    """Other bytes: every cue has a number, and begins 80 ms later."""
    number = 0

    def cue(match: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f"{number}\n{match[0].replace('.000 -->', '.080 -->')}"

    return re.sub(r"^\d\d:.*$", cue, talk, flags=re.MULTILINE)


@pytest.mark.parametrize("outputs", [True, False])
def test_corrections_stay_with_a_talk_that_was_exported_again(
    project: Project, outputs: bool
) -> None:
    """With the old outputs at hand and without: the words say that it is the same talk."""
    if not outputs:
        shutil.rmtree(project.outputs)
    talk = later(TALK)
    export_again(project, talk)
    outcome, words = run(project)
    assert talk != TALK
    if outputs:
        assert "rangers" in words
        assert "each quarter" in words
        assert [i.level for i in outcome.issues if i.where == "decisions.jsonl"] == ["note"]
    else:  # three corrected words are too few to tell
        assert [i.level for i in outcome.issues if i.where == "decisions.jsonl"] == ["warning"]


def test_nothing_is_taken_over_by_another_talk(project: Project) -> None:
    """Another talk in the same place: the decisions wait, and their number is told."""
    other = TALK.replace("reef", "road").replace(
        "I propose that the wardens count the nets every month", "The bus should come on Sundays"
    )
    export_again(project, other.replace("would support that", "know of no other way"))
    outcome, words = run(project)
    assert "rangers" not in words
    (issue,) = [i for i in outcome.issues if i.where == "decisions.jsonl"]
    assert (issue.level, issue.message[:12]) == ("warning", "2 decisions ")
    assert len((project.recordings / "reef" / "decisions.jsonl").read_text().splitlines()) == 2


def test_what_no_file_can_hold_is_replaced() -> None:
    """Lone surrogates, noncharacters and control characters, however deep they lie."""
    value = ("a\ud800b", ["\uffff", "fine"], {"k\x00": "\ufffe\U0001ffff"})
    assert carried(value) == ("a\ufffdb", ["\ufffd", "fine"], {"k\ufffd": "\ufffd\ufffd"})
    same = ("tab\tand\nline", ("é", "ជំរាប"))
    assert carried(same) is same
