"""How far a session has come, read from what is stored, without doing anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fgd.pipeline import EDITIONS
from fgd.project import SessionFolder


@dataclass(frozen=True, slots=True)
class Status:
    """How far a session has come, read from its records without doing anything."""

    session: str
    steps: tuple[str, ...]
    briefs: str
    issues: dict[str, int]


def status(folder: SessionFolder) -> Status:
    """Look at what is stored for a session."""
    store = folder.store
    steps: list[str] = []
    counts = {"error": 0, "warning": 0, "note": 0}
    for path in sorted(store.folder.rglob("*.json")) if store.folder.is_dir() else ():
        name = path.relative_to(store.folder).with_suffix("").as_posix()
        record = store.load(name, Any)
        if record is None:
            continue
        steps.append(name.rpartition("/")[2])
        for issue in record.issues:
            counts[issue.level] += 1
    kinds = [kind for kind in EDITIONS if (folder.outputs / kind / "brief.html").is_file()]
    return Status(folder.id, tuple(dict.fromkeys(steps)), ", ".join(kinds), counts)
