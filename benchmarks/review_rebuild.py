"""How long it takes from a decision about the demo's workshop to its rebuilt brief.

Part of ``benchmarks.review``.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from fgd.decisions import corrections
from fgd.decisions.findings import choose_quote
from fgd.decisions.log import append
from fgd.decisions.voices import name_voice
from fgd.model import Brief, Decision
from fgd.server.jobs import Jobs
from fgd.workbench import themes_view
from fgd.workbench.open_session import OpenSession
from fgd.workspace.project import Project

SESSION = "security-workshop"
WHEN = {"by": "benchmark", "when": "2026-01-01T00:00:00Z"}


def rebuild(root: Path) -> dict[str, object]:
    """Seconds from the request to the rebuilt brief after each kind of decision.

    ``page``: in the worker of the review pages, made ready as it is when somebody opens a page of
    the session. ``process``: ``fgd run`` in a process of its own, as after ``fgd decide``.
    """
    project = Project.open(root)
    room = OpenSession(project, project.session(SESSION))
    spent: dict[str, object] = {}
    jobs = Jobs(root)
    try:
        jobs.warm()
        spent["making_ready"] = {"cpu": quiet(jobs)}
        spent["page"] = {
            kind: build(jobs) for kind, made in decided(room, "page") if added(room, made)
        }
    finally:
        jobs.close()
    spent["process"] = {
        kind: process(root) for kind, made in decided(room, "process") if added(room, made)
    }
    room.ledger.path.unlink()
    return spent


def decided(room: OpenSession, word: str) -> Iterator[tuple[str, tuple[Decision, ...]]]:
    """One decision of each kind, each about the session as the one before left it."""
    yield "nothing", ()
    reading = room.reading()
    talk = reading.talks[0]
    named = {reading.voice(talk.recording, turn.voice).participant for turn in talk.turns}
    voice = talk.turns[0 if word == "page" else -1].voice
    person = next(each for each in reading.people if each not in named)
    yield "voice", (name_voice(talk, voice, person, **WHEN),)
    turn = max(room.reading().talks[0].turns, key=lambda each: len(each.words))
    yield "words", corrections.rewrite(turn, turn.text.replace(" the ", f" {word} ", 1), **WHEN)
    desk = themes_view.desk(room, room.reading(), WHEN["by"], WHEN["when"])
    first, second = [each.id for each in themes_view.themes(room).themes if each.coded > 1][:2]
    yield "themes merged", desk.merge(first, second)
    brief = room.folder.store.load("brief", Brief)
    assert brief is not None
    finding = next(each for each in brief.value.findings if each.candidates)
    yield "quote chosen", (choose_quote(finding, finding.candidates[0], None, **WHEN),)


def added(room: OpenSession, made: tuple[Decision, ...]) -> bool:
    """Write decisions to the log."""
    for decision in made:
        append(room.ledger.path, [decision])
    return True


def process(root: Path) -> dict[str, float]:
    """``fgd run``: wall-clock and processor seconds of a process of its own."""
    command = [sys.executable, "-m", "fgd", "--project", str(root), "run", SESSION]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "wall": round(time.perf_counter() - started, 2),
        "cpu": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 2),
    }


def quiet(jobs: Jobs) -> float:
    """Wait until the worker has nothing to do; the processor seconds it has used by then."""
    known = -1.0
    while jobs.worker == 0 or ticks(jobs) - known > 0.02:
        known = ticks(jobs)
        time.sleep(1.5)
    return round(known, 2)


def build(jobs: Jobs) -> dict[str, float]:
    """One pass: wall and processor seconds of the worker."""
    started, before = time.perf_counter(), ticks(jobs)
    number = jobs.ask(SESSION).number
    while jobs.of(SESSION).number == number and jobs.of(SESSION).busy:
        time.sleep(0.01)
    assert jobs.of(SESSION).state != "failed", jobs.of(SESSION).issues
    return {
        "wall": round(time.perf_counter() - started, 2),
        "cpu": round(ticks(jobs) - before, 2),
    }


def ticks(jobs: Jobs) -> float:
    """Seconds of processor time that the worker has used."""
    return used(jobs.worker) if jobs.worker else 0.0


def used(process: int) -> float:
    """Seconds of processor time that a process has used (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
