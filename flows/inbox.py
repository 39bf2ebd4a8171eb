"""Find what lies in ``recordings/`` and may be worked on; none of it needs Prefect.

A file that is still being copied changes in size or time. A session has settled when nothing in
it changed for a while by the clock, or, because clocks jump and disagree, when nothing changed
while we watched by our own steady clock. A session taken too early does no harm: its recording
counts by content, so the next look finds it changed and does it again.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import msgspec

from fgd import pipeline
from fgd.core.errors import FgdError
from fgd.pipeline.context import NotAdmitted
from fgd.workspace.lock import lock_of
from fgd.workspace.outcome import Outcome
from fgd.workspace.project import Project, SessionFolder

SETTLE = 60.0


@dataclass(frozen=True, slots=True)
class Look:
    """A session at one moment: a hash of names, sizes and times of its files, and how long ago the
    last of them changed, in seconds; negative where a time lies in the future.
    """

    folder: SessionFolder
    signature: str
    age: float


def look(folder: SessionFolder) -> Look:
    """Look at a session's files without reading them."""
    seen, newest = [], 0.0
    for path in _files(folder.source):
        try:
            stat = path.stat()
        except OSError:
            seen.append((path.name, -1, -1))
            continue
        seen.append((path.name, stat.st_size, stat.st_mtime_ns))
        # Copies may keep the time of the original; when it arrived is in the other time.
        newest = max(newest, stat.st_mtime, stat.st_ctime)
    digest = hashlib.sha256(msgspec.json.encode(sorted(seen))).hexdigest()
    return Look(folder, digest, time.time() - newest)


def _files(source: Path) -> Iterator[Path]:
    if not source.is_dir():
        yield source
        return
    for folder, _, names in os.walk(source):
        yield from (Path(folder) / name for name in names)


def settled(folders: Iterable[SessionFolder], settle: float) -> Iterator[tuple[Look, bool]]:
    """Every session with whether it has settled: first those that have, then, after watching the
    others for ``settle`` seconds, the rest.
    """
    begun = time.monotonic()
    moving = []
    for folder in folders:
        seen = look(folder)
        if seen.age >= settle:
            yield seen, True
        else:
            moving.append(seen)
    if moving:
        time.sleep(max(0.0, begun + settle - time.monotonic()))
    for seen in moving:
        now = look(seen.folder)
        yield now, now.signature == seen.signature


def fresh(
    project: Project, folder: SessionFolder
) -> tuple[pipeline.SessionContext, Outcome] | None:
    """The finished pass over a session if there is nothing left to do, without doing anything.

    It is the library that says so, from the content of everything that counts.
    """
    if not stamp(folder):
        return None

    def refuse(step: str) -> NoReturn:
        raise NotAdmitted(step)

    one = pipeline.SessionContext(project, folder, admit=refuse)
    try:
        outcome = pipeline.outcome(one)
    except (Exception, NotAdmitted):
        return None  # work is left, or something is wrong; the session's own run says what
    return (one, outcome) if outcome.state != "failed" else None


def stamp(folder: SessionFolder) -> int:
    """When a session's briefs were last made, in the ticks of the disk's own clock; 0: never."""
    try:
        return folder.store.path("briefs").stat().st_mtime_ns
    except OSError:
        return 0


def is_taken(folder: SessionFolder) -> bool:
    """Whether another run is at work on a session."""
    try:
        return lock_of(folder).is_held()
    except FgdError:
        return False
