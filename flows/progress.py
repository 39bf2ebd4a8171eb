"""The library's progress as progress artifacts: how much of a long step is done, nothing else."""

from __future__ import annotations

import logging
import time
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

from fgd.cli.console import STEPS
from flows.names import key

log = logging.getLogger("fgd")

# Steps that are over sooner show nothing, and a bar moves no more often than this (seconds).
AFTER = 3.0
EVERY = 5.0
# How long a server that does not answer is left alone. Hearing goes on without it.
PAUSE = 60.0


class ShownProgress:
    """A progress callback that keeps one artifact for every step that takes its time."""

    def __init__(self, session: str) -> None:
        self._key = key("progress", session)
        self._step = ""
        self._artifact: UUID | None = None
        self._next = 0.0

    def __call__(self, step: str, completed: int, total: int, /) -> None:
        """Show how far a step has come, at most every few seconds."""
        now = time.monotonic()
        if step != self._step:
            self._step, self._artifact, self._next = step, None, now + AFTER
        last = self._artifact is not None and completed >= total
        if not total or (now < self._next and not last):
            return
        self._next = now + EVERY
        try:
            self._show(min(100.0, 100.0 * completed / total))
        except Exception as problem:
            log.warning("progress cannot be shown for now: %s", type(problem).__name__)
            self._next = now + PAUSE

    def _show(self, percent: float) -> None:
        if self._artifact is None:
            described = STEPS.get(self._step, self._step)
            made = create_progress_artifact(percent, self._key, described)
            # Called from synchronous code it has already waited; its type does not say so.
            self._artifact = made if isinstance(made, UUID) else None
        else:
            update_progress_artifact(self._artifact, percent)
