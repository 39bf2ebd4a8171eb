"""The process that does the pass, so that the pages stay quick whatever it is doing.

It reads one JSON object a line (``{"run": SESSION}``) and writes one a line: progress, then the
outcome. Models stay loaded between two runs. It ends when nobody listens any more.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from fgd.errors import FgdError
from fgd.pipeline import Pass
from fgd.project import Project

OFTEN = 0.2
"""Least seconds between two lines about the same step."""


def main(root: Path) -> None:
    """Serve until the other side closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends us by closing our input
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints is no answer

    def say(**told: Any) -> None:
        try:
            out.write(msgspec.json.encode(told) + b"\n")
        except BrokenPipeError:
            os._exit(0)

    if hasattr(os, "nice"):
        os.nice(5)
    say(event="ready")
    for line in sys.stdin.buffer:
        task = msgspec.json.decode(line, type=dict[str, str])
        if "warm" in task:
            warm(task["warm"])
        else:
            _run(root, task["run"], say)


def warm(language: str) -> None:
    """Load what every pass needs while nobody waits."""
    from fgd.embedding import embedder
    from fgd.language import nlp

    try:
        nlp(language)
        embedder().embed(["warm"])
    except (FgdError, OSError):
        return  # the pass will say it better


def _run(root: Path, session: str, say: Any) -> None:
    last = ("", 0.0)

    def progress(step: str, completed: int, total: int, /) -> None:
        nonlocal last
        now = time.monotonic()
        if step != last[0] or now - last[1] >= OFTEN or completed == total:
            last = (step, now)
            say(event="progress", step=step, completed=completed, total=total)

    started = time.perf_counter()
    try:
        project = Project.open(root)
        outcome = Pass(project, project.session(session), progress=progress).run()
        say(
            event="done",
            state=outcome.state,
            issues=outcome.issues,
            facts=outcome.facts,
            seconds=round(time.perf_counter() - started, 2),
        )
    except Exception as problem:  # the process goes on; the page says what happened
        message = str(problem) or type(problem).__name__
        issue = {"level": "error", "where": session, "message": message}
        say(event="done", state="failed", issues=[issue], facts=[], seconds=0.0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
