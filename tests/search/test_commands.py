"""``fgd find`` on a session that was run, and the index in step with it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from fgd.cli import main
from fgd.core.embeddings import embedder
from fgd.pipeline import indexing
from fgd.workspace.project import Project
from tests.coding.rooms import TALK, themed, written


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = written(tmp_path / "project", TALK)
    (root / "recordings" / "empty").mkdir()
    (root / "recordings" / "empty" / "talk.vtt").write_text("WEBVTT\n")
    themed(root)
    return root


def printed(capsys: pytest.CaptureFixture[str], project: Path, *arguments: str) -> str:
    try:
        main(["--project", str(project), *arguments])
    except SystemExit as end:
        assert end.code in (0, None), capsys.readouterr().err
    return capsys.readouterr().out


def test_find_prints_slices_with_their_place(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads(printed(capsys, project, "find", "women", "mediate in valleys", "--json"))
    first = told["hits"][0]
    assert first["text"].startswith("In our valleys women mediate")
    assert first["url"].startswith("/s/council/transcript#")
    assert int(first["url"].rpartition("@")[2]) == first["begins"]
    words = {first["text"][a:b].lower() for a, b in first["marks"]}
    assert {"women", "mediate", "valleys"} <= words
    (issue,) = told["issues"]
    assert "1 session has not been run" in issue["message"]
    told = printed(capsys, project, "find", "by:hafiz", "-fund", "valleys", "--session", "council")
    assert "Hafiz Karim" in told
    filtered = printed(capsys, project, "find", "by:hafiz")
    assert "recording 1, 0:" in filtered
    assert "near in meaning" not in filtered, "no words were looked for"
    told = printed(capsys, project, "find", "women", "mediate")
    marked = next(line for line in told.splitlines() if line.startswith("council"))
    assert "near in meaning" not in marked
    assert "(near in meaning only)" in printed(capsys, project, "find", "ladies")
    assert "Nothing was found" in printed(capsys, project, "find", '"zebra crossing"')


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--fnord", "x"], "there is no option --fnord"),
        (["fund", "--only", "luck"], "nothing is ranked by 'luck'"),
        (["by:Hafitz"], 'Did you mean by:"Hafiz Karim"'),
        (["'; drop table passages; --"], ""),
        (['"'], "there is no word to look for"),
        (["\udcff"], "nothing was asked"),
    ],
)
def test_bad_questions_are_one_sentence(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    try:
        main(["--project", str(project), "find", *words])
    except SystemExit as end:
        assert end.code in (0, 2)
    said = capsys.readouterr().err
    assert told in said
    assert "Traceback" not in said


def test_the_index_follows_the_records(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened = Project.open(project)
    printed(capsys, project, "find", "fund")
    index = indexing.index_of(opened, embedder())
    before = index.stamps()
    assert list(before) == ["council"]
    record = project / "outputs" / "council" / "work" / "themes.json"
    os.utime(record, (1, 1))
    indexing.refresh(opened, index)
    assert index.stamps() != before
    talk = project / "recordings" / "council" / "talk.vtt"
    talk.write_text(talk.read_text().replace("standing fund", "rotating purse"))
    themed(project)
    assert "Nothing was found" in printed(capsys, project, "find", '"standing fund"')
    assert "rotating purse" in printed(capsys, project, "find", '"rotating purse"')
    record.unlink()
    indexing.refresh(opened, index)
    assert "Nothing was found" in printed(capsys, project, "find", '"rotating purse"')


def test_forgotten_sessions_come_back_from_their_records_alone(project: Path) -> None:
    opened = Project.open(project)
    index = indexing.index_of(opened, embedder())
    indexing.refresh(opened, index)
    assert b"standing fund" in index.path.read_bytes()
    indexing.forget(opened, ["council"])
    assert b"standing" not in index.path.read_bytes()
    indexing.refresh(opened, index)
    assert list(index.stamps()) == ["council"]


def test_a_session_that_is_gone_is_dropped(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed(capsys, project, "find", "fund")
    (project / "recordings" / "council").rename(project / "elsewhere")
    told = json.loads(printed(capsys, project, "find", "fund", "--json"))
    assert (told["hits"], told["passages"]) == ([], 0)
