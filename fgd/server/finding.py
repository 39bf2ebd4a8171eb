"""Answer questions over all sessions in a process of its own, so that pages never wait for one.

The process reads one JSON object a line and writes one a line: ``{"find": TEXT, "most": N}`` is
answered with what was found, ``{"export": SHELF, ...}`` with the bytes of a file, and either with a
refusal where it cannot be done. What it has read of the index stays for the next question.
"""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import msgspec

from fgd.core.errors import FgdError, InputError
from fgd.server.serving import Refusal
from fgd.workbench import shelf_view
from fgd.workbench.find_view import Finder
from fgd.workspace.project import Project

MOST = 50
"""Turns answered at once."""

_AGAIN = "Ask again; if it fails once more, look into .fgd/failures/ and restart fgd review."


class Finding:
    """The process that answers, started with the first question; one question at a time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def warm(self) -> None:
        """Start the process, which reads its models while nobody waits."""
        with self._lock:
            self._running()

    def find(self, text: str) -> bytes:
        """Return what was found, as JSON. Raises ``Refusal``."""
        return self._ask({"find": text})

    def export(self, shelf: str, kind: str, edition: str) -> bytes:
        """Return the bytes of a shelf written as a file. Raises ``Refusal``."""
        told = self._ask({"export": shelf, "kind": kind, "edition": edition})
        return base64.b64decode(msgspec.json.decode(told)["data"])

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def _ask(self, task: dict[str, str]) -> bytes:
        with self._lock:
            for again in (True, False):
                process = self._running()
                assert process.stdin is not None and process.stdout is not None
                with contextlib.suppress(OSError, ValueError):
                    process.stdin.write(msgspec.json.encode(task) + b"\n")
                    process.stdin.flush()
                    line = process.stdout.readline()
                    if line:
                        return _unless_refused(line)
                self.close()
                if not again:
                    break
        raise Refusal(500, "The search ended before it had an answer.", _AGAIN)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fgd.server.finding", str(self._root)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        return self._process


def _unless_refused(line: bytes) -> bytes:
    if line.startswith(b'{"refused":'):
        told = msgspec.json.decode(line)["refused"]
        raise Refusal(told["status"], told["message"], told["remedy"])
    return line


def main(root: Path) -> None:
    """Answer until the other side closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server ends us by closing our input
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever a library prints is no answer
    finder = Finder(Project.open(root))
    with contextlib.suppress(Exception):  # whatever it is, the first answer will say it better
        finder.warm()
    for line in sys.stdin.buffer:
        task = msgspec.json.decode(line, type=dict[str, str])
        try:
            project = Project.open(root)
            if "find" in task:
                told: Any = finder.find(task["find"], most=MOST)
            else:
                made = shelf_view.export(project, task["export"], task["kind"], task["edition"])
                told = {"data": base64.b64encode(made).decode()}
        except FgdError as problem:
            status = 422 if isinstance(problem, InputError) else 409
            message = problem.message[:1].upper() + problem.message[1:]
            told = {"refused": {"status": status, "message": message, "remedy": problem.remedy}}
        except Exception as problem:
            from fgd.workspace.outcome import failure

            issue = failure(problem, Project(root), "search", "search")
            told = {"refused": {"status": 500, "message": issue.message, "remedy": issue.remedy}}
        try:
            out.write(msgspec.json.encode(told) + b"\n")
        except BrokenPipeError:
            os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
