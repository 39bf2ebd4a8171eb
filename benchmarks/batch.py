"""Many sessions: what orchestration costs, what a second worker brings, what one bad file does.

The sessions are pieces of the demo's second session, each some minutes of its transcript with its
roster and guide. They are done three times from nothing: by ``fgd run``, by one batch under a
running Prefect server, and by two batches at once on the same folders; among them is one file
that is no recording. ``--pool`` does the third with a work pool and two worker processes,
``--postgres`` puts the server on Postgres. Processor seconds are those of the runs and not of the
server; on a busy machine they are the figures to compare.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import need, parser, report
from benchmarks.prefect_server import server, stop

ROOT = Path(__file__).resolve().parent.parent
WORKSHOP = ROOT / "demo" / "recordings" / "security-workshop"
STAMP = re.compile(r"(?:(\d\d):)?(\d\d):(\d\d)\.\d{3} -->")


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, and of the processor in the runs themselves."""

    clock: float
    processor: float


def main() -> None:
    """Do the sessions in every way asked for and print the line."""
    arguments = parser(__doc__)
    arguments.add_argument("--sessions", type=int, default=50)
    arguments.add_argument("--minutes", type=float, default=5.0, help="of transcript in each")
    arguments.add_argument("--postgres", action="store_true")
    arguments.add_argument("--pool", action="store_true", help="two workers of a work pool")
    chosen = arguments.parse_args()
    source = need(chosen.data or WORKSHOP, "the demo's second session (demo/recordings)")
    with tempfile.TemporaryDirectory(prefix="fgd-batch-") as scratch:
        root = Path(scratch)
        project = root / "project"
        names = make(source, project, chosen.sessions, chosen.minutes)
        home = root / "prefect"
        home.mkdir()
        with server(home, postgres=chosen.postgres) as environment:
            figures = measure(project, names, environment, pool=chosen.pool)
        figures["database"] = "postgres" if chosen.postgres else "sqlite"
        figures["load"] = round(os.getloadavg()[0], 1)
    report("batch", f"{chosen.sessions} sessions of {chosen.minutes:g} minutes", figures)


def make(source: Path, project: Path, count: int, minutes: float) -> list[str]:
    """Sessions from pieces of one transcript, and beside them a file that is no recording."""
    (talk,) = source.glob("*.vtt")
    cues = [cue for cue in talk.read_text(encoding="utf-8").split("\n\n") if "-->" in cue]
    length = max(1, round(len(cues) * minutes / _end(cues[-1])))
    names = []
    for number in range(count):
        first = number * max(1, len(cues) // count) % max(1, len(cues) - length)
        folder = project / "recordings" / f"session-{number:03}"
        ignored = shutil.ignore_patterns(talk.name, "decisions.jsonl")
        shutil.copytree(source, folder, ignore=ignored)
        piece = "\n\n".join(["WEBVTT", *(c.strip() for c in cues[first : first + length])])
        (folder / talk.name).write_text(piece + "\n", encoding="utf-8")
        names.append(folder.name)
    (project / "recordings" / "zz-broken.mp3").write_bytes(b"no sound at all " * 64)
    return names


def shortened(transcript: str, minutes: float) -> str:
    """The first minutes of a WebVTT transcript."""
    cues = [cue for cue in transcript.split("\n\n") if "-->" in cue]
    kept = [cue.strip() for cue in cues if _end(cue) <= minutes] or cues[:1]
    return "\n\n".join(["WEBVTT", *kept]) + "\n"


def _end(cue: str) -> float:
    """Minutes from the beginning to a cue."""
    hours, minutes, seconds = STAMP.findall(cue)[0]
    return int(hours or 0) * 60 + int(minutes) + int(seconds) / 60


def measure(
    project: Path, names: list[str], environment: dict[str, str], *, pool: bool
) -> dict[str, Any]:
    """Each way from empty outputs."""
    python = sys.executable
    command = [python, "-m", "fgd", "--project", str(project), "--json", "run"]
    batch = [python, "-m", "flows.batch", "--project", str(project), "--settle", "0"]
    one = [python, "-m", "flows.session", "--project", str(project), names[0]]
    alone = _timed(project, [[*command, names[0]]], environment)
    flow = _timed(project, [one], environment)
    plain = _timed(project, [command], environment)
    single = _timed(project, [batch], environment)
    made, failed = _briefs(project), _failed(project, environment)
    double = (
        _pooled(project, batch, environment)
        if pool
        else _timed(project, [batch, batch], environment)
    )
    return {
        "sessions": len(names),
        "one_session": {"fgd_run": alone.__dict__, "flow": flow.__dict__},
        "overhead_one_session_processor_seconds": round(flow.processor - alone.processor, 2),
        "fgd_run": plain.__dict__,
        "one_batch": single.__dict__,
        "two_workers" if pool else "two_batches": double.__dict__,
        "overhead_percent_processor": round(100 * (single.processor / plain.processor - 1), 1),
        "overhead_percent_clock": round(100 * (single.clock / plain.clock - 1), 1),
        "two_against_one_clock": round(single.clock / double.clock, 2),
        "briefs_beside_one_broken_file": made,
        "failures": failed,
        "briefs_by_two": _briefs(project),
    }


def _timed(project: Path, commands: Sequence[Sequence[str]], environment: dict[str, str]) -> Cost:
    """Run commands at once from empty outputs."""
    for name in ("outputs", ".fgd"):
        shutil.rmtree(project / name, ignore_errors=True)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    running = [
        subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        for command in commands
    ]
    for process in running:
        _, errors = process.communicate()
        if process.returncode not in (0, 1, 3):
            raise RuntimeError(errors.decode())
    clock = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(round(clock, 1), round(spent, 1))


def _pooled(project: Path, batch: list[str], environment: dict[str, str]) -> Cost:
    """The same with a work pool: two workers, one session each at a time."""
    prefect = [sys.executable, "-m", "prefect"]
    quiet: dict[str, Any] = {"env": environment | {"FGD_THREADS": "1"}, "cwd": ROOT}
    subprocess.run([*prefect, "work-pool", "create", "fgd", "--type", "process"], check=True,
                   stdout=subprocess.DEVNULL, **quiet)  # fmt: skip
    subprocess.run([*prefect, "--no-prompt", "deploy", "--name", "pool"], check=True,
                   stdout=subprocess.DEVNULL, **quiet)  # fmt: skip
    workers = [
        subprocess.Popen(
            [*prefect, "worker", "start", "--pool", "fgd", "--limit", "1", "--name", f"w{n}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **quiet,
        )
        for n in (1, 2)
    ]  # fmt: skip
    try:
        return _timed(project, [[*batch, "--deployment", "session/pool"]], environment)
    finally:
        for worker in workers:
            stop(worker)


def _briefs(project: Path) -> int:
    return len(list((project / "outputs").glob("*/internal/brief.html")))


def _failed(project: Path, environment: dict[str, str]) -> list[str]:
    """What fails when a batch comes by again: the sessions that ``fgd run`` calls failed."""
    command = [sys.executable, "-m", "fgd", "--project", str(project), "--json", "run"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)["sessions"]
    return [each["session"] for each in told if each["state"] == "failed"]


if __name__ == "__main__":
    main()
