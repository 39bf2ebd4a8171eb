"""A Prefect server of its own for a benchmark, on SQLite or on a Postgres started for it."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flows  # noqa: F401 - sets Prefect's switches before Prefect is imported

CALL = re.compile(r'"((?:GET|POST|PATCH|PUT|DELETE) /api/[^ ?"]*)[^"]*" \d{3}')
ID = re.compile(r"/[0-9a-f]{8}-[0-9a-f-]{27}")
# Seconds that a server may need to answer; a first start makes its database.
PATIENCE = 900.0


@contextmanager
def server(home: Path, *, postgres: bool = False) -> Iterator[dict[str, str]]:
    """Start a server; yields the environment with which flows and workers find it."""
    port = _free_port()
    environment = os.environ | {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_LOGGING_LEVEL": "INFO",  # its log then has a line for every call
    }
    with _postgres(home / "postgres") if postgres else _nothing() as url:
        if url:
            environment["PREFECT_API_DATABASE_CONNECTION_URL"] = url
        log = (home / "server.log").open("wb")
        command = [
            sys.executable, "-m", "prefect", "server", "start",
            "--host", "127.0.0.1", "--port", str(port), "--no-ui",
        ]  # fmt: skip
        process = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _until_healthy(environment["PREFECT_API_URL"], process)
            yield environment
        finally:
            stop(process)
            log.close()


def calls(home: Path) -> Counter[str]:
    """Count the calls that a server has answered, by method and path without ids."""
    log = (home / "server.log").read_text("utf-8", "replace")
    return Counter(ID.sub("/ID", call) for call in CALL.findall(log))


def a_session(way: str, asked: Counter[str], sessions: int) -> dict[str, object]:
    """Tell of calls, without those of workers that ask whether there is anything to do."""
    polls = sum(count for call, count in asked.items() if "work_pools" in call)
    return {
        f"{way}_calls_a_session": round((asked.total() - polls) / sessions, 1),
        f"{way}_calls_of_polling": polls,
        f"{way}_calls": dict(asked.most_common(16)),
    }


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started with a session of its own, and its children."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                continue


def _until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("the Prefect server ended by itself; see server.log")
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=30) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    raise RuntimeError("the Prefect server does not answer")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _nothing() -> Iterator[str]:
    yield ""


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """A cluster of Debian's or any other installed Postgres, on a free port of this machine."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    found = shutil.which("initdb") or (debian[-1] if debian else None)
    if found is None:
        sys.stderr.write("This needs Postgres: apt-get install postgresql\n")
        raise SystemExit(2)
    programs = Path(found).resolve().parent
    folder.mkdir(parents=True)
    # Postgres refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:
        shutil.chown(folder, user)
        for parent in (folder.parent, *folder.parent.parents):
            if parent.stat().st_uid == 0 and str(parent).startswith("/tmp/"):
                parent.chmod(0o755)
    port, data, log = _free_port(), folder / "data", folder / "log"

    def call(program: str, *arguments: str) -> None:
        subprocess.run(
            [str(programs / program), *arguments],
            check=True, cwd=folder, stdout=subprocess.DEVNULL,
            user=user if os.geteuid() == 0 else None,
        )  # fmt: skip

    call("initdb", "-D", str(data), "-A", "trust", "-U", "fgd", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder}"
    call("pg_ctl", "-D", str(data), "-l", str(log), "-w", "-t", "300", "-o", options, "start")
    try:
        call(
            "psql",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-U",
            "fgd",
            "-c",
            "create database prefect",
            "postgres",
        )
        yield f"postgresql+asyncpg://fgd@127.0.0.1:{port}/prefect"
    finally:
        call("pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop")
