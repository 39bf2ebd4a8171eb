"""What people decide about themes is taken back with ``fgd decide --undo``, without a trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from fgd.cli import main
from fgd.model import Themed
from tests.coding.rooms import WITH_FISH, themed, written

Command = Callable[[str, list[str]], list[str]]
"""The arguments of a command, from the id of the emergent theme and the ids of its turns."""

COMMANDS: dict[str, Command] = {
    "rename": lambda new, _: ["rename", "council", new, "Fisheries"],
    "describe": lambda *_: ["describe", "council", "trust", "Nobody waits for a donor any more."],
    "merge": lambda *_: ["merge", "council", "incl-women", "ownership"],
    "merge what came up": lambda new, _: ["merge", "council", new, "resources"],
    "split": lambda new, turns: ["split", "council", new, "Ice", turns[0]],
    "move": lambda *_: ["move", "council", "resources", "mechanisms"],
    "lock": lambda *_: ["lock", "council", "resources"],
    "lock what came up": lambda new, _: ["lock", "council", new],
    "accept": lambda new, _: ["accept", "council", new],
    "reject": lambda *_: ["reject", "council", "resources"],
    "reject what came up": lambda new, _: ["reject", "council", new],
    "code": lambda _, turns: ["code", "council", turns[0], "trust"],
    "uncode": lambda new, turns: ["uncode", "council", turns[0], new],
}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Themed]:
    root = written(tmp_path_factory.mktemp("first"), WITH_FISH)
    return root, themed(root)


@pytest.fixture
def project(first: tuple[Path, Themed], tmp_path: Path) -> Path:
    return copytree(first[0], tmp_path / "project")


def emergent(found: Themed) -> list[str]:
    return [code.id for code in found.codebook.codes if code.origin == "emergent"]


def decide(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> list[dict[str, str]]:
    capsys.readouterr()
    try:
        main(["--project", str(project), "--json", *arguments])
    except SystemExit as end:
        assert end.code in (0, None), capsys.readouterr().err
    made: list[dict[str, str]] = json.loads(capsys.readouterr().out)["decisions"]
    return made


@pytest.mark.parametrize("command", COMMANDS)
def test_a_decision_taken_back_leaves_no_trace(
    command: str,
    first: tuple[Path, Themed],
    project: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = first[1]
    (new,) = emergent(before)
    turns = sorted({coding.turn for coding in before.codings if coding.code == new})
    made = decide(project, capsys, ["theme", *COMMANDS[command](new, turns)])
    changed = themed(project)
    assert (changed.codebook, changed.codings) != (before.codebook, before.codings)
    for decision in reversed(made):
        decide(project, capsys, ["decide", "council", "--undo", decision["id"]])
    assert themed(project) == before


def test_a_rejected_theme_stays_away_until_the_rejection_is_taken_back(
    first: tuple[Path, Themed], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (new,) = emergent(first[1])
    (rejection,) = decide(project, capsys, ["theme", "reject", "council", new])
    assert not emergent(themed(project))
    decide(project, capsys, ["theme", "rename", "council", "resources", "Money"])
    assert not emergent(themed(project))
    decide(project, capsys, ["decide", "council", "--undo", rejection["id"]])
    back = themed(project)
    assert emergent(back) == [new]
    assert {code.name for code in back.codebook.codes if code.id == "resources"} == {"Money"}


def test_a_name_whose_theme_is_no_longer_accepted_says_so(
    first: tuple[Path, Themed], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (new,) = emergent(first[1])
    accepted, named = decide(project, capsys, ["theme", "rename", "council", new, "Fisheries"])
    decide(project, capsys, ["decide", "council", "--undo", accepted["id"]])
    found = themed(project)
    assert emergent(found) == [new]
    assert any(named["id"] in issue.message for issue in found.issues)
