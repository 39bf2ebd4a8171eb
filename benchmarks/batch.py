"""Many sessions: what orchestration costs, what a second worker brings, what one bad file does.

The sessions are pieces of the demo's second session, each some minutes of its transcript, every
sentence a little different in each, with its roster and guide; one of them is a file that is no
recording. They are done from nothing in every way asked for: by ``fgd run``, by one ``batch``
under a running Prefect server, by ``two`` batches at once on the same folders, and by ``pool``:
sent to one warm worker of a work pool, then to two. One batch has all threads (or
``OMP_NUM_THREADS``), each of two and each worker has one. ``--polling`` lets so many idle workers
ask the server beside the one batch, ``--postgres`` puts the server on Postgres. Processor seconds
are those of the runs and not of the server; on a busy machine they are the figures to compare.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import need, parser, report
from benchmarks.prefect_server import a_session, calls, server, stop

ROOT = Path(__file__).resolve().parent.parent
WORKSHOP = ROOT / "demo" / "recordings" / "security-workshop"
WAYS = ("session", "run", "batch", "two", "pool")
SENTENCE_END = re.compile(r"(?<=[a-z])\.(?=\s|<|$)")
PREFECT = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "fgd"]
WARM = [sys.executable, "-m", "flows.warm"]
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
    arguments.add_argument("--minutes", type=float, default=2.0, help="of transcript in each")
    arguments.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS, help="which to do")
    arguments.add_argument("--postgres", action="store_true")
    arguments.add_argument("--polling", type=int, default=0, help="idle workers beside the batch")
    chosen = arguments.parse_args()
    source = need(chosen.data or WORKSHOP, "the demo's second session (demo/recordings)")
    with tempfile.TemporaryDirectory(prefix="fgd-batch-") as scratch:
        root = Path(scratch)
        project = root / "project"
        names = make(source, project, chosen.sessions - 1, chosen.minutes)
        home = root / "prefect"
        home.mkdir()
        with server(home, postgres=chosen.postgres) as environment:
            figures = measure(project, names, environment, chosen.ways, chosen.polling)
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
        # No sentence is the same in two sessions: what the caches know of one helps no other.
        piece = SENTENCE_END.sub(f" in round {number}.", piece)
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
    project: Path,
    names: list[str],
    environment: dict[str, str],
    ways: Collection[str],
    polling: int,
) -> dict[str, Any]:
    """The ways asked for, each from empty outputs."""
    python = sys.executable
    command = [python, "-m", "fgd", "--project", str(project), "--json", "run"]
    batch = [python, "-m", "flows.batch", "--project", str(project), "--settle", "0"]
    one = [python, "-m", "flows.session", "--project", str(project), names[0]]
    figures: dict[str, Any] = {"sessions": len(names) + 1}
    _timed(project, [[*command, names[0]]], environment)  # what the disk holds is in memory now
    home = Path(environment["PREFECT_HOME"])
    plain = single = None
    if "session" in ways:
        alone, _ = _timed(project, [[*command, names[0]]], environment)
        flow, _ = _timed(project, [one], environment)
        figures |= {"one_session": {"fgd_run": alone.__dict__, "flow": flow.__dict__}}
        figures["overhead_one_session_seconds"] = round(flow.clock - alone.clock, 1)
    if "run" in ways:
        plain, _ = _timed(project, [command], environment)
        figures["fgd_run"] = plain.__dict__
    if "batch" in ways:
        with _workers(PREFECT, environment, polling):
            before = calls(home)
            single, said = _timed(project, [batch], environment)
            asked = calls(home) - before
        figures |= {
            "one_batch": single.__dict__,
            "polling_workers_beside_it": polling,
            **a_session("batch", asked, len(names)),
            "threads_of_one": environment.get("OMP_NUM_THREADS", "all cores"),
            "briefs_beside_one_broken_file": _briefs(project),
            "said": said.strip().splitlines()[-1],
            "failures": re.findall("^([^ ]+): failed", said, re.MULTILINE),
        }
    if plain and single:
        figures |= {
            "overhead_percent": round(100 * (single.clock / plain.clock - 1), 1),
            "overhead_percent_processor": round(100 * (single.processor / plain.processor - 1), 1),
            "overhead_a_session_seconds": round((single.clock - plain.clock) / len(names), 2),
        }
    thread = environment | {"OMP_NUM_THREADS": "1"}
    if "two" in ways:
        double, _ = _timed(project, [batch, batch], thread)
        figures |= {"two_batches": double.__dict__, "briefs_by_two": _briefs(project)}
        if single:
            figures["two_batches_against_one"] = round(single.clock / double.clock, 2)
    if "pool" in ways:
        (project / "recordings" / "zz-broken.mp3").unlink()  # it would need a worker that hears
        sent = [*batch, "--deployment", "session/pool", "--light", "batch/light"]
        spent = []
        for count in (1, 2):
            with _workers(WARM, thread, count):
                before = calls(home)
                cost, _ = _timed(project, [sent], thread)
                asked = calls(home) - before
            spent.append(cost.clock)
            name = f"pool_of_{count}"
            figures |= {f"{name}_seconds": cost.clock, f"{name}_briefs": _briefs(project)}
            figures |= a_session(name, asked, len(names))
        figures["two_workers_against_one"] = round(spent[0] / spent[1], 2)
    return figures


def _timed(
    project: Path, commands: Sequence[Sequence[str]], environment: dict[str, str]
) -> tuple[Cost, str]:
    """Run commands at once from empty outputs; what they cost and what the first one said."""
    for name in ("outputs", ".fgd"):
        shutil.rmtree(project / name, ignore_errors=True)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with ExitStack() as stack:
        said = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in commands]
        wrong = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in commands]
        running = [
            subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=errors)
            for command, out, errors in zip(commands, said, wrong, strict=True)
        ]
        for process, errors in zip(running, wrong, strict=True):
            if process.wait() not in (0, 1, 3):
                errors.seek(0)
                raise RuntimeError(errors.read())
        clock = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        said[0].seek(0)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Cost(round(clock, 1), round(spent, 1)), said[0].read()


@contextmanager
def _workers(command: Sequence[str], environment: dict[str, str], count: int) -> Iterator[None]:
    """So many workers, from when they have loaded everything."""
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if count:
        pools = [sys.executable, "-m", "flows.deployments", "--pools"]
        subprocess.run(pools, env=environment, cwd=ROOT, check=True, **quiet)
    workers = [
        subprocess.Popen(
            [*command, "--name", f"w{number}"],
            env=environment,
            cwd=ROOT,
            start_new_session=True,
            **quiet,
        )
        for number in range(count)
    ]
    try:
        if count:
            time.sleep(60)
        yield
    finally:
        for worker in workers:
            stop(worker)


def _briefs(project: Path) -> int:
    return len(list((project / "outputs").glob("*/internal/brief.html")))


if __name__ == "__main__":
    main()
