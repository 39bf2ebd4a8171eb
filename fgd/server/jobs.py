"""Do the passes that pages ask for: one at a time, in a process of its own.

The process reads one JSON object a line and writes one a line. ``{"run": SESSION}`` is answered
with progress, then the outcome; ``{"warm": ""}`` with nothing. Models stay loaded between two
runs. It ends when nobody listens any more.
"""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from fgd import pipeline
from fgd.core.embeddings import embedder
from fgd.core.nlp import nlp
from fgd.core.serialization import decode
from fgd.model import Issue
from fgd.workbench.overview import Job
from fgd.workspace.project import Project


class _Line(msgspec.Struct):
    event: str
    step: str = ""
    completed: int = 0
    total: int = 0
    state: Literal["done", "attention", "failed"] = "failed"
    issues: tuple[Issue, ...] = ()
    facts: tuple[str, ...] = ()
    seconds: float = 0.0


class Jobs:
    """The passes of one server, in the order in which they were asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._jobs: dict[str, Job] = {}
        self._waiting: queue.Queue[str] = queue.Queue()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._number = 0
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._thread.start()

    def of(self, session: str) -> Job:
        """Return the latest pass over a session."""
        with self._lock:
            return self._jobs.get(session, Job())

    def ask(self, session: str) -> Job:
        """Have the pass done, unless it waits already. One that runs is followed by another."""
        with self._lock:
            job = self._jobs.get(session, Job())
            if job.state != "waiting":
                self._number += 1
                job = self._jobs[session] = Job("waiting", self._number, since=time.time())
                self._waiting.put(session)
            return job

    @property
    def worker(self) -> int:
        """Return the process id of the worker, 0 while there is none."""
        return self._process.pid if self._process else 0

    def stop(self, session: str) -> None:
        """End a running pass; what it has finished is kept."""
        if self.of(session).state == "running":
            self._end()

    def warm(self, after: float = 0.0) -> None:
        """Have the worker load its models ``after`` so many seconds, while nobody waits."""
        timer = threading.Timer(after, self._tell, ({"warm": ""},))
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """End everything."""
        self._closed = True
        self._waiting.put("")
        self._end()

    def _end(self) -> None:
        process = self._process
        if process is not None:
            process.kill()
            process.wait()
            _close(process)

    def _work(self) -> None:
        while not self._closed:
            session = self._waiting.get()
            if session and not self._closed:
                self._set(session, state="running", since=time.time())
                self._do(session)

    def _do(self, session: str) -> None:
        process = self._tell({"run": session})
        if process is not None and process.stdout is not None:
            # A worker that is ended leaves half a line, or a pipe that is closed already.
            with contextlib.suppress(ValueError, msgspec.DecodeError):
                for raw in process.stdout:
                    if self._heard(session, decode(raw, _Line)):
                        return
            _close(process)
        self._process = None
        message = "the pass was stopped before it was finished."
        issue = Issue("error", session, message, "Build again to go on where it stopped.")
        self._set(session, state="failed", issues=(issue,))

    def _heard(self, session: str, line: _Line) -> bool:
        """Take in what the worker says; whether the pass is over."""
        if line.event == "progress":
            self._set(session, step=line.step, completed=line.completed, total=line.total)
        elif line.event == "done":
            self._set(
                session,
                state=line.state,
                issues=line.issues,
                facts=line.facts,
                seconds=line.seconds,
            )
        return line.event == "done"

    def _tell(self, task: dict[str, str]) -> subprocess.Popen[bytes] | None:
        """Send a task to the worker, starting one if there is none."""
        with self._lock:
            if self._closed:
                return None
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "fgd.server.jobs", str(self._root)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=os.environ | {"PYTHONUNBUFFERED": "1"},
                )
            process = self._process
            try:
                assert process.stdin is not None
                process.stdin.write(msgspec.json.encode(task) + b"\n")
                process.stdin.flush()
            except OSError:
                return None
            return process

    def _set(self, session: str, **changes: object) -> None:
        with self._lock:
            job = self._jobs.get(session, Job())
            # Asked for again while it ran: the new one keeps its place in the queue.
            if job.state != "waiting" or changes.get("state") == "running":
                self._jobs[session] = replace(job, **changes)  # type: ignore[arg-type] # names of its own fields


def _close(process: subprocess.Popen[bytes]) -> None:
    """Close our ends of a process's pipes."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what was not written yet is of no use any more
                pipe.close()


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
            _warm()
        else:
            _run(root, task["run"], say)


def _warm() -> None:
    """Load what every pass needs while nobody waits."""
    try:
        nlp("en")
        embedder().embed(["warm"])
    except Exception:  # whatever it is, the pass will say it better
        logging.getLogger("fgd").debug("models were not loaded ahead", exc_info=True)


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
        context = pipeline.SessionContext(project, project.session(session), progress=progress)
        outcome = pipeline.run(context)
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
