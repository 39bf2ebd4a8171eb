"""Kill the pass at random moments, let it go on, and compare every byte with an undisturbed run.

Each trial starts from an empty outputs folder, kills ``fgd run`` (SIGKILL) after a random share of
the time an undisturbed run takes, runs again to the end, and compares all files.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.common import need, parser, report

DEMO = Path(__file__).resolve().parent.parent / "demo"
SESSION = "regional-mechanism"


def main() -> None:
    """Run the trials and print the line."""
    arguments = parser(__doc__)
    arguments.add_argument("--trials", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=0)
    chosen = arguments.parse_args()
    folder = need(chosen.data or DEMO, "the demo that comes with the project (demo/)")
    report("resume", SESSION, trials(folder, chosen.trials, random.Random(chosen.seed)))


def trials(folder: Path, count: int, draw: random.Random) -> dict[str, Any]:
    """How many killed runs went on to the same bytes, and how much they did twice."""
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch) / "project"
        ignored = shutil.ignore_patterns("outputs", ".fgd", ".prefect", "reference")
        shutil.copytree(folder, project, ignore=ignored)
        started = time.perf_counter()
        expected_steps = _finish(project)
        whole = time.perf_counter() - started
        expected = _hashes(project)
        same = 0
        moments, again = [], []
        for _ in range(count):
            shutil.rmtree(project / "outputs")
            moment = draw.uniform(0.03, 1.0) * whole
            moments.append(round(moment, 1))
            done_before = _kill_after(project, moment)
            steps = _finish(project)
            again.append(len(set(steps) & done_before))
            same += _hashes(project) == expected
    return {
        "trials": count,
        "identical": same,
        "undisturbed_seconds": round(whole, 1),
        "killed_after_seconds": moments,
        "steps": len(expected_steps),
        "finished_steps_done_again": sum(again),
    }


def _finish(project: Path) -> list[str]:
    """Run to the end; returns the steps that were not fresh."""
    done = subprocess.run(_command(project), capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise RuntimeError(done.stderr + done.stdout)
    (session,) = json.loads(done.stdout)["sessions"]
    return [step["name"] for step in session["steps"] if not step["fresh"]]


def _kill_after(project: Path, seconds: float) -> set[str]:
    """Start a run and kill it; returns the steps whose records were complete by then."""
    with subprocess.Popen(
        _command(project), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    work = project / "outputs" / SESSION / "work"
    return {path.relative_to(work).with_suffix("").as_posix() for path in work.rglob("*.json")}


def _command(project: Path) -> list[str]:
    return [sys.executable, "-m", "fgd", "--project", str(project), "--json", "run", SESSION]


def _hashes(project: Path) -> dict[str, str]:
    outputs = project / "outputs"
    return {
        path.relative_to(outputs).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(outputs.rglob("*"))
        if path.is_file()
    }


if __name__ == "__main__":
    main()
