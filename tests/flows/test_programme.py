"""Programmes of sessions."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from fgd.workspace.project import Project
from flows import nightly

pytestmark = [pytest.mark.prefect, pytest.mark.usefixtures("prefect_server")]


def test_programmes_are_the_sessions_that_name_one(copy: Project) -> None:
    """Two sessions with a brief; what cannot be read and what has no brief does not count."""
    for name in ("one", "two", "other"):
        folder = copy.recordings / name
        if not folder.exists():
            shutil.copytree(copy.recordings / "one", folder)
            shutil.copytree(copy.outputs / "one", copy.outputs / name)
        (folder / "session.toml").write_text('programme = "Peace 2026"\n')
    (copy.recordings / "other" / "session.toml").write_text('programme = "alone"\n')
    assert nightly.programmes(copy) == {"Peace 2026": ("one", "two")}
    state: Any = nightly.write_programmes(copy.root, return_state=True)
    assert state.is_completed(), state.message
    assert (copy.outputs / "programmes" / "Peace 2026" / "internal" / "brief.html").is_file()
