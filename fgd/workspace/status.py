"""How far a session has come, read from what is stored, without doing anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fgd.model import EDITIONS, Issue
from fgd.workspace.outcome import last
from fgd.workspace.project import Project, SessionFolder


@dataclass(frozen=True, slots=True)
class Status:
    """How far a session has come, read from its records without doing anything."""

    session: str
    state: str
    steps: tuple[str, ...]
    briefs: str
    issues: dict[str, int]
    errors: tuple[Issue, ...] = ()


def status(project: Project, folder: SessionFolder) -> Status:
    """Look at what is stored for a session; ``errors`` are those that ended its last run."""
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
    before = last(project, folder.id)
    errors = tuple(each for each in before.issues if each.level == "error") if before else ()
    counts["error"] = max(counts["error"], len(errors))
    state = before.state if before else "new"
    return Status(folder.id, state, tuple(dict.fromkeys(steps)), ", ".join(kinds), counts, errors)
