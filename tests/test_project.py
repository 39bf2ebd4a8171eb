"""The project folder: sessions are found, and what is none is named and left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.core.errors import ProjectError
from fgd.workspace.project import Project, session_id


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "recordings").mkdir()
    return Project.open(tmp_path)


def test_a_folder_and_a_bare_file_are_sessions(project: Project) -> None:
    """A recording dropped without a folder is a session named after it."""
    (project.recordings / "plenary").mkdir()
    (project.recordings / "plenary" / "01.m4a").write_bytes(b"x")
    (project.recordings / "breakout.mp4").write_bytes(b"x")
    sessions, issues = project.sessions()
    assert [session.id for session in sessions] == ["breakout", "plenary"]
    assert [session.is_single_file for session in sessions] == [True, False]
    assert issues == ()


def test_two_files_of_one_name_are_two_sessions(project: Project) -> None:
    """``x.wav`` and ``x.mp4`` do not write over each other."""
    for name in ("x.wav", "x.mp4"):
        (project.recordings / name).write_bytes(b"x")
    assert len({session.id for session in project.sessions()[0]}) == 2


def test_what_is_still_being_copied_or_hidden_is_left_alone(project: Project) -> None:
    """Half-written and hidden files are of no interest and no problem."""
    for name in ("a.mp4.part", ".DS_Store", "b.crdownload", "README.md"):
        (project.recordings / name).write_bytes(b"x")
    assert project.sessions() == ((), ())


def test_other_files_are_named_with_a_remedy(project: Project) -> None:
    """A roster dropped beside the sessions is not silently ignored."""
    (project.recordings / "roster.xlsx").write_bytes(b"x")
    (issue,) = project.sessions()[1]
    assert "roster.xlsx" in str(issue)
    assert issue.remedy


def test_links_that_lead_out_of_the_project_are_not_followed(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A link to another folder could publish what was not given to us."""
    outside = tmp_path_factory.mktemp("outside") / "secret.wav"
    outside.write_bytes(b"x")
    (project.recordings / "link.wav").symlink_to(outside)
    sessions, issues = project.sessions()
    assert sessions == ()
    assert "leads out of the project" in str(issues[0])


def test_an_unknown_session_names_those_there_are(project: Project) -> None:
    """A typo in a session's name is answered with the names."""
    (project.recordings / "plenary.wav").write_bytes(b"x")
    with pytest.raises(ProjectError, match="plenary"):
        project.session("plenery")
    assert project.session("recordings/plenary").id == "plenary"


def test_the_project_is_found_from_a_folder_inside_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands work from anywhere inside, as with git."""
    inside = project.recordings / "plenary"
    inside.mkdir()
    monkeypatch.chdir(inside)
    assert Project.open().root == project.root


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_every_name_gives_an_id_that_is_safe_everywhere(name: str) -> None:
    """No separator, no control character, never hidden, never too long, never empty."""
    identity = session_id(name)
    assert identity
    assert len(identity.encode()) <= 100
    assert not set(identity) & set('/\\:*?"<>|\n\r\t\0')
    assert not identity.startswith(".")
    assert identity.strip() == identity


@pytest.mark.parametrize("name", ["Regional mechanism FGD", "ការប្រជុំ", "การประชุม", "Hội thảo 2"])
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    """People find their session under the name they gave it, in any script."""
    assert session_id(name) == name


def test_names_that_look_alike_when_made_safe_stay_apart() -> None:
    """``a/b`` and ``a:b`` are two sessions."""
    assert session_id("a/b") != session_id("a:b")
