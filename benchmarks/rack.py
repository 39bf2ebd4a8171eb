"""A rack on one machine: calls to the server, a worker that is killed, hearing that is stopped.

Sessions are those of ``benchmarks.batch``. ``light`` sends them to one warm worker, ``killed`` to
two of which one is killed (SIGKILL) in the middle, so that the server has to find out.
``cancelled`` cancels a group of them in the middle. ``stopped`` sends a recording to a worker of
its own kind and cancels the run while it is heard. Calls are counted in the server's log, runs in
its database.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.batch import ROOT, WORKSHOP, make
from benchmarks.common import need, parser, report
from benchmarks.prefect_server import a_session, calls, server, stop

SOUND = ROOT / "demo" / "recordings" / "regional-mechanism"
WAYS = ("light", "killed", "cancelled", "stopped")
PREFECT = [sys.executable, "-m", "prefect", "--no-prompt"]
# Seconds that anything may take on a busy machine.
PATIENCE = 1800.0


def main() -> None:
    """Do what is asked for and print the line."""
    arguments = parser(__doc__)
    arguments.add_argument("--sessions", type=int, default=20)
    arguments.add_argument("--minutes", type=float, default=3.0, help="of transcript in each")
    arguments.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS, help="which to do")
    arguments.add_argument("--keep", type=Path, help="a folder for what the server knows then")
    chosen = arguments.parse_args()
    source = need(chosen.data or WORKSHOP, "the demo's second session (demo/recordings)")
    figures: dict[str, Any] = {"sessions": chosen.sessions}
    with tempfile.TemporaryDirectory(prefix="fgd-rack-") as scratch:
        project, home = Path(scratch) / "project", Path(scratch) / "prefect"
        names = make(source, project, chosen.sessions, chosen.minutes)
        (project / "recordings" / "zz-broken.mp3").unlink()
        home.mkdir()
        with server(home) as environment:
            environment |= {"OMP_NUM_THREADS": "1", "FGD_THREADS": "1", "FGD_PROJECT": str(project)}
            rack = Rack(project, home, environment)
            rack.call([sys.executable, "-m", "flows.deployments", "--pools"])
            rack.call([*PREFECT, "deploy", "--name", "pool"])
            with told() as (address, sentences):
                automations = [sys.executable, "-m", "flows.automations", "apply"]
                rack.call([*automations, "--webhook", address])
                for way in chosen.ways:
                    figures |= DOES[way](rack, names)
                time.sleep(10)  # what is told comes a little later
                figures["told"] = dict(Counter(each.partition(": ")[2] for each in sentences))
        figures["load"] = round(os.getloadavg()[0], 1)
        if chosen.keep:
            shutil.copytree(home, chosen.keep)
    report("rack", f"{chosen.sessions} sessions of {chosen.minutes:g} minutes", figures)


@contextmanager
def told() -> Iterator[tuple[str, list[str]]]:
    """A webhook: its address, and the sentences that it was told."""
    sentences: list[str] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            sentences.append(json.loads(body)["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    hook = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{hook.server_port}/", sentences
    finally:
        hook.shutdown()


class Rack:
    """A project, a server, and the commands that work on both."""

    def __init__(self, project: Path, home: Path, environment: dict[str, str]) -> None:
        self.project, self.home, self.environment = project, home, environment

    def call(self, command: Sequence[str]) -> None:
        """Do one thing and wait for it."""
        subprocess.run(command, env=self.environment, cwd=ROOT, check=True, capture_output=True)

    @contextmanager
    def process(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command that runs as long as this lasts, in a group of its own."""
        log = (self.home / "workers.log").open("ab")
        process = subprocess.Popen(
            command, env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process
        finally:
            stop(process)
            log.close()

    def warm(self, name: str) -> Any:
        """A warm worker, as long as this lasts."""
        return self.process(sys.executable, "-m", "flows.warm", "--name", name)

    def batch(self) -> Any:
        """A batch that sends everything to the pools."""
        command = [sys.executable, "-m", "flows.batch", "--project", str(self.project)]
        to = ["--settle", "0", "--deployment", "session/pool", "--light", "batch/light"]
        return self.process(*command, *to)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the server's database."""
        path = self.home / "prefect.db"
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60) as database:
            return database.execute(query).fetchall()

    def until(self, query: str, wanted: int) -> float:
        """Wait until a query counts as many as wanted; returns the seconds."""
        begun = time.monotonic()
        while self.rows(query)[0][0] < wanted:
            if time.monotonic() - begun > PATIENCE:
                raise RuntimeError(f"waited in vain: {query}")
            time.sleep(0.5)
        return time.monotonic() - begun

    def until_briefs(self, wanted: int) -> None:
        """Wait until so many sessions have a brief."""
        begun = time.monotonic()
        while self.briefs() < wanted:
            if time.monotonic() - begun > PATIENCE:
                raise RuntimeError("waited in vain for a brief")
            time.sleep(0.2)

    def cancel(self, run: str) -> None:
        """Cancel a run as somebody does in the UI."""
        from prefect.client.orchestration import get_client
        from prefect.settings import PREFECT_API_URL, temporary_settings
        from prefect.states import Cancelling

        there = temporary_settings({PREFECT_API_URL: self.environment["PREFECT_API_URL"]})
        with there, get_client(sync_client=True) as client:
            client.set_flow_run_state(UUID(run), Cancelling(), force=True)

    def briefs(self) -> int:
        """How many sessions have a brief."""
        return len(list(self.project.glob("outputs/*/internal/brief.html")))

    def clear(self) -> None:
        """Take away everything that was made."""
        for name in ("outputs", ".fgd"):
            shutil.rmtree(self.project / name, ignore_errors=True)


ONLINE = "select count(*) from worker where name = '{}'"


def light(rack: Rack, names: Sequence[str]) -> dict[str, Any]:
    """All sessions through one warm worker."""
    rack.clear()
    with rack.warm("w0"):
        rack.until(ONLINE.format("w0"), 1)
        time.sleep(5)
        before, spent = calls(rack.home), resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.monotonic()
        with rack.batch() as batch:
            batch.wait(PATIENCE)
        clock = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - spent.ru_utime - spent.ru_stime
    return {
        "light_briefs": rack.briefs(),
        "light_clock_seconds": round(clock, 1),
        "light_processor_seconds": round(processor, 1),
        **a_session("light", calls(rack.home) - before, len(names)),
    }


BUSY = "select count(*) from flow_run where state_type = 'RUNNING' and name like 'session-%'"
FINISHED = re.compile(r"(session-\d+: (?:\w+/)?\w+) finished in")


def killed(rack: Rack, names: Sequence[str]) -> dict[str, Any]:
    """Two workers, one of them killed when a quarter of the sessions is done."""
    rack.clear()
    (rack.home / "workers.log").write_bytes(b"")
    with rack.warm("w1") as first, rack.warm("w2"):
        for name in ("w1", "w2"):
            rack.until(ONLINE.format(name), 1)
        before, begun = calls(rack.home), time.monotonic()
        with rack.batch() as batch:
            rack.until_briefs(len(names) // 4)
            rack.until(BUSY, 2)
            os.killpg(first.pid, signal.SIGKILL)
            batch.wait(PATIENCE)
        clock = time.monotonic() - begun
    crashed = rack.rows("select count(*) from flow_run where state_type = 'CRASHED'")[0][0]
    steps = Counter(FINISHED.findall((rack.home / "workers.log").read_text("utf-8", "replace")))
    return {
        "killed_briefs": rack.briefs(),
        "killed_steps_done_twice": sum(count - 1 for count in steps.values()),
        "killed_runs_marked_crashed": crashed,
        "killed_clock_seconds": round(clock, 1),
        **a_session("killed", calls(rack.home) - before, len(names)),
    }


def cancelled(rack: Rack, names: Sequence[str]) -> dict[str, Any]:
    """A group of sessions that is cancelled in a warm worker when the first one is done."""
    rack.clear()
    with rack.warm("w3"), rack.batch() as batch:
        rack.until_briefs(1)
        (run,) = (row[0] for row in rack.rows(BUSY.replace("count(*)", "id")))
        rack.cancel(run)
        ended = "select count(*) from flow_run where state_type = 'CANCELLED' and id = '{}'"
        seconds = rack.until(ended.format(run), 1)
        batch.wait(PATIENCE)
    steps = [path.stem for path in rack.project.glob("outputs/*/work/*.json")]
    return {
        "cancelled_group_seconds": round(seconds, 1),
        "cancelled_group_steps_kept": len(steps),
        "cancelled_briefs_of": [rack.briefs(), len(names)],
    }


def stopped(rack: Rack, names: Sequence[str]) -> dict[str, Any]:
    """A recording that is being heard, and a run that is cancelled."""
    del names
    rack.clear()
    shutil.rmtree(rack.project / "recordings")
    shutil.copytree(SOUND, rack.project / "recordings" / "heard")
    rack.environment["PREFECT_WORKER_QUERY_SECONDS"] = "3"
    worker = [*PREFECT, "worker", "start", "--pool", "fgd", "--limit", "1"]
    with rack.process(*worker), rack.batch() as batch:
        while not (partial := list(rack.project.glob("outputs/heard/work/*/*.partial.jsonl"))):
            time.sleep(0.5)
        before = partial[0].stat().st_size
        (process,) = _hearing()
        query = "select id from flow_run where name = 'heard' and state_type = 'RUNNING'"
        begun = time.monotonic()
        rack.cancel(rack.rows(query)[0][0])
        while _hearing():
            time.sleep(0.1)
        silence = time.monotonic() - begun
        while Path(f"/proc/{process}").exists():
            time.sleep(0.1)
        gone = time.monotonic() - begun
        batch.wait(PATIENCE)
    state = rack.rows("select state_type from flow_run where name = 'heard'")[0][0]
    return {
        "cancel_to_silence_seconds": round(silence, 1),
        "cancel_to_end_of_process_seconds": round(gone, 1),
        "cancelled_run": state,
        "heard_before_and_kept_bytes": [before, partial[0].stat().st_size],
    }


def _hearing() -> list[int]:
    """The processes that hold the lock of the session that is heard."""
    found = []
    for place in Path("/proc").glob("[0-9]*/fd"):
        try:
            held = [str(link.readlink()) for link in place.iterdir()]
        except OSError:
            continue
        if any(path.endswith("/outputs/.runs/heard.lock") for path in held):
            found.append(int(place.parent.name))
    return found


DOES = dict(zip(WAYS, (light, killed, cancelled, stopped), strict=True))

if __name__ == "__main__":
    main()
