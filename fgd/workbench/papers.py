"""The editions of a brief as the last pass published them, and what its checks said."""

from __future__ import annotations

from pathlib import Path

import msgspec

from fgd.model import EDITIONS, Brief, Edition, Issue
from fgd.pipeline.session import Published
from fgd.workbench.room import Room

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".md": "text/markdown; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
)
"""A brief has its styles inside and no script; none would run."""


class Paper(msgspec.Struct, frozen=True):
    """An edition. ``files`` are the forms in which it can be fetched."""

    edition: str
    there: bool
    files: tuple[str, ...] = ()
    why_not: str = ""
    remedy: str = ""


class Papers(msgspec.Struct, frozen=True):
    """Both editions, and whether the checks let them pass."""

    editions: tuple[Paper, ...]
    quotes: int
    findings: int
    gate: str
    leaks: str
    issues: tuple[Issue, ...]
    stamp: str


def papers(room: Room) -> Papers:
    """What can be shown now."""
    published = room.shelf.load("briefs", Published)
    brief = room.shelf.load("brief", Brief)
    issues = published.issues if published else ()
    editions = tuple(_paper(room, kind, issues) for kind in EDITIONS)
    circulation = editions[1].there
    leak = next((each for each in issues if each.level == "error"), None)
    return Papers(
        editions,
        len(brief.value.extracts) if brief else 0,
        len(brief.value.findings) if brief else 0,
        "passed" if brief else "not built",
        "passed" if circulation else "stopped" if leak else "not run",
        issues,
        published.sha256[:12] if published else "",
    )


def file(room: Room, edition: str, name: str) -> Path | None:
    """A published file by its exact name, which is looked up and never joined to a path."""
    published = room.shelf.load("briefs", Published)
    for known in published.value.files if published else ():
        path = room.folder.outputs / known
        if known == f"{edition}/{name}" and path.suffix in KINDS and path.is_file():
            return path
    return None


def _paper(room: Room, kind: Edition, issues: tuple[Issue, ...]) -> Paper:
    published = room.shelf.load("briefs", Published)
    names = tuple(published.value.files) if published else ()
    own = tuple(name.removeprefix(f"{kind}/") for name in names if name.startswith(f"{kind}/"))
    if "brief.html" in own:
        return Paper(
            kind, True, tuple(n for n in own if n.startswith("brief.") and Path(n).suffix in KINDS)
        )
    if not published:
        return Paper(kind, False, (), "Nothing has been built yet.", "Press Rebuild.")
    reason = issues[0] if issues and kind == "circulation" else None
    if reason is None:
        return Paper(kind, False, (), "This edition was not written.", "See the problems listed.")
    return Paper(kind, False, (), reason.message, reason.remedy)
