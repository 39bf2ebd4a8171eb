"""A pass that nobody asked for, over a copy, so that the one that is asked for takes a moment.

Whatever a pass needs is loaded by it, and what stays as it was (parsed sentences, texts without a
name in them, charts) is known from it. Nothing of the session is written.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from fgd import pipeline
from fgd.core.cache import Kept
from fgd.workspace.project import Project, SessionFolder


class _Enough(Exception):
    """The rehearsal is over."""


def rehearse(project: Project, folder: SessionFolder, called: Callable[[], bool]) -> bool:
    """Do everything after the hearing once more, in a scratch folder; whether it came to an end.

    It ends early once ``called`` says that there is something better to do, and before it would
    hear a recording. A session that was never built is not rehearsed.
    """
    work = folder.store.folder
    if not folder.store.path("briefs").is_file():
        return False

    @contextmanager
    def admit(step: str) -> Iterator[None]:
        hearing = "/" in step and not step.endswith("/conversation")
        if hearing or called():
            raise _Enough
        yield

    with tempfile.TemporaryDirectory(prefix="rehearsal-", dir=_scratch(project)) as scratch:
        copy = replace(folder, outputs=Path(scratch))
        for record in work.glob("*/*"):
            link = copy.store.folder / record.relative_to(work)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(record.resolve())
        whole = pipeline.SessionContext(project, copy, admit=admit)
        # Not what is kept on disk: drawing is to be rehearsed as well.
        whole.memory.once("kept", Kept)
        try:
            pipeline.outcome(whole)
        except _Enough:
            return False
    return True


def _scratch(project: Project) -> Path:
    place = project.state / "review"
    place.mkdir(parents=True, exist_ok=True)
    return place
