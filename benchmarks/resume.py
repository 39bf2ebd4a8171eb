"""Kill the pass at random moments, let it go on, and compare every byte with an undisturbed run.

Each trial starts from an empty outputs folder, kills ``fgd run`` (SIGKILL) after a random share of
the time an undisturbed run takes, runs again to the end, and compares all files. ``--minutes``
takes only the beginning of each recording or transcript, for machines with little time. A run that
had ended before its moment came is drawn again, so that every trial is a kill.
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
import wave
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.batch import shortened
from benchmarks.common import need, parser, report
from fgd.audio import decode
from fgd.core.files import MEDIA

DEMO = Path(__file__).resolve().parent.parent / "demo"
SESSION = "regional-mechanism"


def main() -> None:
    """Run the trials and print the line."""
    arguments = parser(__doc__)
    arguments.add_argument("--trials", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--session", default=SESSION)
    arguments.add_argument("--minutes", type=float, default=0.0, help="0: all of it")
    chosen = arguments.parse_args()
    folder = need(chosen.data or DEMO, "the demo that comes with the project (demo/)")
    with tempfile.TemporaryDirectory(prefix="fgd-resume-") as scratch:
        project = Path(scratch) / "project"
        ignored = shutil.ignore_patterns("outputs", ".fgd", ".prefect", "reference")
        shutil.copytree(folder, project, ignore=ignored)
        if chosen.minutes:
            shorten(project / "recordings" / chosen.session, chosen.minutes)
        figures = Trials(project, chosen.session).run(chosen.trials, random.Random(chosen.seed))
        figures["load"] = round(os.getloadavg()[0], 1)
    report("resume", chosen.session, figures)


def shorten(session: Path, minutes: float) -> None:
    """Keep the beginning of each recording (as WAV inside) and of each WebVTT transcript."""
    for path in sorted(session.iterdir()):
        if path.suffix == ".vtt":
            path.write_text(shortened(path.read_text(encoding="utf-8"), minutes), encoding="utf-8")
        elif path.suffix.lower() in MEDIA:
            decoded, short = path.with_name("decoded.wav"), path.with_name("short.wav")
            decode(path, decoded, "cut")
            with wave.open(str(decoded)) as whole, wave.open(str(short), "wb") as beginning:
                beginning.setparams(whole.getparams())
                beginning.writeframes(whole.readframes(int(60 * minutes * whole.getframerate())))
            decoded.unlink()
            short.replace(path)  # under its old name: session.toml may list it


class Trials:
    """A project with one session to be killed again and again."""

    def __init__(self, project: Path, session: str) -> None:
        self.project = project
        self.session = session

    def run(self, count: int, draw: random.Random) -> dict[str, Any]:
        """How many killed runs went on to the same bytes, and how much they did twice."""
        started = time.perf_counter()
        expected_steps = self._finish()
        whole = time.perf_counter() - started
        expected = self._hashes()
        same, killed = 0, 0
        moments, again, odd = [], [], []
        where: Counter[str] = Counter()
        while killed < count:
            shutil.rmtree(self.project / "outputs")
            moment = draw.uniform(0.03, 1.0) * whole
            done_before, in_time = self._kill_after(moment)
            if not in_time:
                whole = moment  # the machine is faster now
                continue
            killed += 1
            moments.append(round(moment, 1))
            missing = [step for step in expected_steps if step not in done_before]
            where[missing[0].rpartition("/")[2] if missing else "after the last step"] += 1
            steps = self._finish()
            again.append(len(set(steps) & done_before))
            found = self._hashes()
            same += found == expected
            odd += sorted({name for name, _ in found.items() ^ expected.items()})
            sys.stderr.write(f"killed after {moment:.1f} s: {same} of {killed} identical\n")
        return {
            "trials": count,
            "identical": same,
            "files_that_differ": sorted(set(odd)),
            "undisturbed_seconds": round(whole, 1),
            "killed_after_seconds": moments,
            "killed_in": dict(where.most_common()),
            "steps": len(expected_steps),
            "finished_steps_done_again": sum(again),
        }

    def _finish(self) -> list[str]:
        """Run to the end; returns the steps that were not fresh."""
        done = subprocess.run(self._command(), capture_output=True, text=True, check=False)
        if done.returncode not in (0, 3):
            raise RuntimeError(done.stderr + done.stdout)
        (session,) = json.loads(done.stdout)["sessions"]
        return [step["name"] for step in session["steps"] if not step["fresh"]]

    def _kill_after(self, seconds: float) -> tuple[set[str], bool]:
        """Start a run and kill it; returns the steps whose records were complete by then, and
        whether it was still running.
        """
        killed = False
        with subprocess.Popen(
            self._command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:  # fmt: skip
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                killed = True
        work = self.project / "outputs" / self.session / "work"
        records = work.rglob("*.json")
        return {path.relative_to(work).with_suffix("").as_posix() for path in records}, killed

    def _command(self) -> list[str]:
        command = [sys.executable, "-m", "fgd", "--project", str(self.project), "--json", "run"]
        return [*command, self.session]

    def _hashes(self) -> dict[str, str]:
        outputs = self.project / "outputs"
        return {
            path.relative_to(outputs).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(outputs.rglob("*"))
            if path.is_file() and ".runs" not in path.parts
        }


if __name__ == "__main__":
    main()
