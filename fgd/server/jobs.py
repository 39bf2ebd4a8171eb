"""Passes asked for by pages: one at a time, in the order asked, in a process of their own."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import msgspec

from fgd.core.serialization import decode
from fgd.model import Issue
from fgd.workbench.outlook import Job


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
    """``before`` is called with a session's id in the moment its pass begins."""

    def __init__(self, root: Path, before: Callable[[str], None] = lambda _: None) -> None:
        self._root = root
        self._before = before
        self._jobs: dict[str, Job] = {}
        self._waiting: queue.Queue[str] = queue.Queue()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._number = 0
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
        self._thread.start()

    def of(self, session: str) -> Job:
        """The latest pass over a session."""
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
        """Process id of the worker, 0 while there is none."""
        return self._process.pid if self._process else 0

    def stop(self, session: str) -> None:
        """End a running pass; what it has finished is kept."""
        if self.of(session).state == "running":
            self._end()

    def warm(self, session: str = "", after: float = 0.0) -> None:
        """Load models while nobody waits, ``after`` so many seconds, and rehearse the session's
        pass, so that only what is decided then is left to do.
        """
        timer = threading.Timer(after, self._tell, ({"warm": session},))
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
                with contextlib.suppress(Exception):
                    self._before(session)
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
                    [sys.executable, "-m", "fgd.server.worker", str(self._root)],
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
