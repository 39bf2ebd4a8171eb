"""``fgd themes`` and ``fgd theme`` on a session that was run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fgd.cli import main
from fgd.cli.themes import tree
from fgd.model import Branch, Code, Codebook, Origin, Themed, ThemeFacts
from tests.coding.rooms import TALK, themed, written


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = written(tmp_path_factory.mktemp("project"), TALK)
    themed(root)
    return root


def names(root: Path) -> dict[str, str]:
    return {code.id: code.name for code in themed(root).codebook.codes}


def printed(capsys: pytest.CaptureFixture[str], project: Path, *arguments: str) -> str:
    try:
        main(["--project", str(project), *arguments])
    except SystemExit as end:
        assert end.code in (0, None), capsys.readouterr().err
    return capsys.readouterr().out


def test_the_tree_names_people_and_quotes_them(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = printed(capsys, project, "themes", "council")
    assert "[resources]  library" in told
    assert "Maria Dalisay" in told
    assert '"I propose a standing fund' in told
    data = json.loads(printed(capsys, project, "themes", "council", "--json"))
    assert data["codings"]


def test_a_decision_is_written_and_survives_the_rerun(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed(capsys, project, "theme", "rename", "council", "resources", "Money", "--by", "ann")
    assert names(project)["resources"] == "Money"
    (project / "outputs" / "council" / "work" / "themes.json").unlink()
    assert names(project)["resources"] == "Money"


def test_what_does_not_exist_is_one_sentence(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--project", str(project), "theme", "lock", "council", "resorces"])
    assert end.value.code == 2
    assert 'there is no theme "resorces"' in capsys.readouterr().err


def test_themes_that_came_up_stand_last_and_by_what_belongs_together() -> None:
    rows: list[tuple[str, str, Origin]] = [
        ("new-a", "", "emergent"),
        ("known", "", "library"),
        ("child", "known", "library"),
        ("new-b", "", "emergent"),
        ("new-c", "", "emergent"),
        ("moved", "known", "emergent"),
    ]
    codes = [Code(key, key, parent=parent, origin=origin) for key, parent, origin in rows]
    near = Branch(("new-a", "new-c"), ("boats",), 0.2)
    wide = Branch(("new-a", "new-b", "new-c", "moved"), ("all",), 1.0)
    told = Themed(
        codebook=Codebook("x", codes=tuple(codes)),
        facts=tuple(ThemeFacts(code.id) for code in codes),
        branches=(near, wide),
    )
    assert [(depth, getattr(each, "id", "together")) for depth, each in tree(told)] == [
        (0, "known"),
        (1, "child"),
        (1, "moved"),
        (0, "new-b"),
        (0, "together"),
        (1, "new-a"),
        (1, "new-c"),
    ]
