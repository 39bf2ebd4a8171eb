"""Session folders for the tests, and what is read from them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from fgd.intake import Intake, read_session
from fgd.model import Level
from tests.intake.writers import messages

VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nAnna: Hello\n"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A session folder in a project, with these files."""
    folder = root / "recordings" / "day-1"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def take(root: Path, files: Mapping[str, str | bytes]) -> Intake:
    return read_session(make(root, files), "day-1", root=root, digest=digest)


def names(intake: Intake) -> list[str]:
    return [recording.name for recording in intake.session.recordings]


def about(intake: Intake, name: str, level: Level | str = "") -> str:
    return messages([i for i in intake.issues if i.where == name and level in ("", i.level)])
