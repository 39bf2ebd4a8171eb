"""Kill the pass at random moments, let it go on, and compare every byte with an undisturbed run.

Each trial starts from an empty outputs folder, kills ``fgd run`` (SIGKILL) after a random share of
the time an undisturbed run takes, runs again to the end, and compares all files. ``--minutes``
takes only the beginning of each recording or transcript, for machines with little time. A run that
had ended before its moment came is drawn again, so that every trial is a kill.

``--full-disk`` fills the disk in place of killing: the project lies on a file system of its own in
memory (mounting it needs root), a sentence is added to the session's transcript, and all but a
random part of the space that its run needs is taken. Then the brief from before must be there
byte for byte, nothing half-written, and the reason told in a sentence; with space again the run
must come to the same bytes as one that never lacked any.
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
    arguments.add_argument("--full-disk", action="store_true")
    chosen = arguments.parse_args()
    folder = need(chosen.data or DEMO, "the demo that comes with the project (demo/)")
    with tempfile.TemporaryDirectory(prefix="fgd-resume-") as scratch:
        project = Path(scratch) / "project"
        ignored = shutil.ignore_patterns("outputs", ".fgd", ".prefect", "reference")
        shutil.copytree(folder, project, ignore=ignored)
        if chosen.minutes:
            shorten(project / "recordings" / chosen.session, chosen.minutes)
        draw = random.Random(chosen.seed)
        if chosen.full_disk:
            figures = full_disks(project, chosen.session, chosen.trials, draw)
        else:
            figures = Trials(project, chosen.session).run(chosen.trials, draw)
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


def full_disks(project: Path, session: str, count: int, draw: random.Random) -> dict[str, Any]:
    """What became of runs that ran out of space, each from the same finished session."""
    disk = project.with_name("disk")
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512m", "fgd", str(disk)], check=True)
    try:
        here = disk / "project"
        shutil.copytree(project, here)
        return _fill(Trials(here, session), disk, count, draw)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def _fill(trials: Trials, disk: Path, count: int, draw: random.Random) -> dict[str, Any]:
    project, ballast = trials.project, disk / "ballast"
    (talk,) = (project / "recordings" / trials.session).glob("*.vtt")
    trials.finish()
    kept = disk / "kept"
    parts = ("outputs", ".fgd")
    for part in parts:
        shutil.copytree(project / part, kept / part)
    before = trials.hashes()
    said = talk.read_text(encoding="utf-8")
    changed = (
        f"{said.rstrip()}\n\n99:00:00.000 --> 99:00:04.000\nWe would also need a longer pier.\n"
    )
    talk.write_text(changed, encoding="utf-8")
    used = shutil.disk_usage(disk).used
    trials.finish()
    wanted = trials.hashes()
    need = (
        shutil.disk_usage(disk).used
        - used
        + sum(path.stat().st_size for path in kept.rglob("*") if path.is_file())
    )  # an edition stands beside the old one until it takes its place
    figures: dict[str, Any] = {"trials": 0, "old_brief_whole": 0, "one_sentence": 0, "identical": 0}
    odd: list[str] = []
    free: list[int] = []
    while figures["trials"] < count:
        for part in parts:
            shutil.rmtree(project / part)
            shutil.copytree(kept / part, project / part)
        left = draw.randrange(need)
        with ballast.open("wb") as stream:
            os.posix_fallocate(stream.fileno(), 0, max(1, shutil.disk_usage(disk).free - left))
        ran = subprocess.run(trials.command(), capture_output=True, text=True, check=False)
        ballast.unlink()
        told = json.loads(ran.stdout)["sessions"] if ran.stdout else []
        errors = [i for each in told for i in each["issues"] if i["level"] == "error"]
        if ran.returncode in (0, 3):
            need = left  # it had what it needed
            continue
        figures["trials"] += 1
        free.append(left)
        briefs = {name for name in before if not name.startswith(f"{trials.session}/work/")}
        now = trials.hashes()
        whole = all(now.get(name) == before[name] for name in briefs)
        half = [name for name in now if ".writing-" in name or "/.b" in name]
        figures["old_brief_whole"] += whole and not half
        sentence = len(errors) == 1 and "no space left" in errors[0]["message"]
        figures["one_sentence"] += sentence and bool(errors[0]["remedy"]) and not ran.stderr
        trials.finish()
        same = trials.hashes() == wanted
        figures["identical"] += same
        if not (whole and sentence and same) or half or ran.stderr:
            odd.append(f"{left} bytes: {half} {errors} {ran.stderr[-300:]}")
        sys.stderr.write(f"{left} bytes free: old brief {whole}, told {sentence}, same {same}\n")
    return {**figures, "bytes_free": free, "odd": odd}


class Trials:
    """A project with one session to be killed again and again."""

    def __init__(self, project: Path, session: str) -> None:
        self.project = project
        self.session = session

    def run(self, count: int, draw: random.Random) -> dict[str, Any]:
        """How many killed runs went on to the same bytes, and how much they did twice."""
        started = time.perf_counter()
        expected_steps = self.finish()
        whole = time.perf_counter() - started
        expected = self.hashes()
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
            steps = self.finish()
            again.append(len(set(steps) & done_before))
            found = self.hashes()
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

    def finish(self) -> list[str]:
        """Run to the end; returns the steps that were not fresh."""
        done = subprocess.run(self.command(), capture_output=True, text=True, check=False)
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
            self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
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

    def command(self) -> list[str]:
        """How a run is begun."""
        command = [sys.executable, "-m", "fgd", "--project", str(self.project), "--json", "run"]
        return [*command, self.session]

    def hashes(self) -> dict[str, str]:
        """Every file of the outputs but locks, with the hash of its bytes."""
        outputs = self.project / "outputs"
        return {
            path.relative_to(outputs).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(outputs.rglob("*"))
            if path.is_file() and ".runs" not in path.parts
        }


if __name__ == "__main__":
    main()
