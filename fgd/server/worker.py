"""The process that does the pass, so that the pages stay quick whatever it is doing.

It reads one JSON object a line and writes one a line. ``{"run": SESSION}`` is answered with
progress, then the outcome; ``{"warm": SESSION}`` with nothing, and it gives way to other tasks.
Models stay loaded between two runs. It ends when nobody listens any more.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from fgd import pipeline
from fgd.core.embeddings import embedder
from fgd.core.nlp import nlp
from fgd.server.rehearsal import rehearse
from fgd.workspace.project import Project

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
    tasks: queue.SimpleQueue[dict[str, str] | None] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin.buffer:
            tasks.put(msgspec.json.decode(line, type=dict[str, str]))
        tasks.put(None)

    threading.Thread(target=listen, name="listen", daemon=True).start()
    while (task := tasks.get()) is not None:
        if "warm" in task:
            _warm(root, task["warm"], lambda: not tasks.empty())
        else:
            _run(root, task["run"], say)


def _warm(root: Path, session: str, called: Callable[[], bool]) -> None:
    """Load what every pass needs while nobody waits, and rehearse one of them."""
    try:
        nlp("en")
        embedder().embed(["warm"])
        project = Project.open(root)
        if session and not called():
            rehearse(project, project.session(session), called)
    except Exception:  # whatever it is, the pass will say it better
        logging.getLogger("fgd").debug("not rehearsed", exc_info=True)


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
        outcome = pipeline.run(
            pipeline.SessionContext(project, project.session(session), progress=progress)
        )
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
