"""Withdraw people from copies of a project, and look for what is left with other means.

The own scan of ``fgd withdraw`` is one count. The other is made here, without any code of the
package: every file is unpacked (zip, gzip, base64, SQLite dumped as text), tags are dropped, and
the bytes are searched for the name, its words, and runs of five words that only this person said,
in UTF-8 and UTF-16. What the person said is read before, from the transcripts in the outputs.

``python -m benchmarks.withdrawal --project DIR [--person NAME ...] [--run] [--hear]``; without a
name everybody who spoke. ``--run`` runs the project again afterwards and looks again, ``--hear``
after deleting the outputs. The last line is one JSON object. The project itself is only read.
"""

from __future__ import annotations

import argparse
import base64
import csv
import gzip
import io
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

RUN = 5
_TAG = re.compile(r"<[^<>]*>")
_LISTED = re.compile(r'"(?:text|word)": ?"([^"]*)"')
_PHRASE = re.compile(r'"([^"]*\s[^"]*)"')
_BETWEEN = "\n|\n"
"""What no run of words goes across: two strings of a list were not said in one breath."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}")
_HELD = ("recordings", "outputs", ".fgd", ".prefect", "fgd.toml", "voices")


def plain(text: str) -> str:
    """Return small letters without accents."""
    found = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in found if not unicodedata.combining(letter))


def words(text: str) -> list[str]:
    """Return the words of a text."""
    return re.findall(r"[^\W_]+", plain(text))


def grams(text: str) -> set[str]:
    """Return every run of words of a text."""
    found = words(text)
    return {" ".join(found[n : n + RUN]) for n in range(len(found) - RUN + 1)}


def opened(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """List what is in a file, itself first."""
    yield data
    if depth > 3:
        return
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from opened(archive.read(name), depth + 1)
    elif data[:2] == b"\x1f\x8b":
        yield from opened(gzip.decompress(data), depth + 1)
    elif data[:15] == b"SQLite format 3":
        with tempfile.NamedTemporaryFile(suffix=".sqlite3") as copy:
            Path(copy.name).write_bytes(data)
            base = sqlite3.connect(copy.name)
            yield "\n".join(base.iterdump()).encode("utf-8", "replace")
            base.close()
    elif b"\0" not in data[:4096]:
        for found in _BASE64.findall(data):
            try:
                yield base64.b64decode(found + b"=" * (-len(found) % 4))
            except ValueError:
                continue


def readings(data: bytes) -> Iterator[str]:
    """List what bytes may say."""
    for inner in opened(data):
        text = inner.decode("utf-8", "ignore")
        yield _PHRASE.sub(rf"{_BETWEEN}\1{_BETWEEN}", text)
        if "<" in text[:5000]:
            yield _TAG.sub(" ", text)
            yield _TAG.sub("", text)
        if '"' in text:
            yield " ".join(
                f"{_BETWEEN}{each}{_BETWEEN}" if " " in each.strip() else each
                for each in _LISTED.findall(text)
            )
        if b"\0" in inner:
            yield inner.decode("utf-16-le", "ignore")
            yield inner[1:].decode("utf-16-le", "ignore")


def left(root: Path, names: set[str], runs: set[str], prints: set[bytes]) -> dict[str, int]:
    """Count places of each kind, by looking into every file; files with any are printed."""
    count: dict[str, int] = defaultdict(int)
    bounded = [re.compile(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])") for name in sorted(names)]
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        data = path.read_bytes()
        sound = path.suffix in (".ogg", ".wav", ".mp3", ".voices")
        here: dict[str, int] = defaultdict(int)
        here["prints"] = sum(each in data for each in prints)
        for text in (path.as_posix()[len(root.as_posix()) :], *readings(data)):
            folded = plain(text)
            for name, pattern in zip(sorted(names), bounded, strict=True):
                if not sound or len(name) > 5:
                    here["names"] += len(pattern.findall(folded))
            if not sound:
                for part in text.split(_BETWEEN):
                    said = words(part)
                    here["words"] += sum(
                        " ".join(said[n : n + RUN]) in runs for n in range(len(said) - RUN + 1)
                    )
        for kind, number in here.items():
            count[kind] += number
            if number:
                sys.stdout.write(f"  left: {path.relative_to(root)}: {number} {kind}\n")
    return dict(count)


def spoken(project: Path) -> dict[str, list[str]]:
    """Return what each person said, as the exported transcripts tell it."""
    said: dict[str, list[str]] = defaultdict(list)
    for path in sorted(project.glob("outputs/*/transcript.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                said[row["speaker"].split(" (")[0].strip()].append(row["text"])
    return said


def listed(project: Path) -> dict[str, set[str]]:
    """Return the names and aliases of everybody on a list of participants."""
    from openpyxl import load_workbook

    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(project.glob("recordings/*/participants.*")):
        if path.suffix == ".csv":
            rows = [list(row) for row in csv.reader(path.open(encoding="utf-8-sig", newline=""))]
        else:
            sheet = load_workbook(path).worksheets[0]
            rows = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
        head = [cell.casefold() for cell in rows[0]]
        for row in rows[1:]:
            named = dict(zip(head, row, strict=False))
            aliases = re.split(r"\s*;\s*", named.get("aliases", ""))
            found[named.get("name", "")] |= {each for each in aliases if each}
    found.pop("", None)
    return found


def vectors(project: Path) -> set[bytes]:
    """Return how every print of a voice begins, as the records write it."""
    found = set()
    for path in project.glob("outputs/*/work/*/diarization*.json"):
        for vector in re.findall(rb'"vector":\[([^\]]*)\]', path.read_bytes()):
            found.add(b",".join(vector.split(b",")[:3]))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Withdraw people one by one, each from a fresh copy; see the module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.withdrawal", description=__doc__)
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--person", action="append", default=[])
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--hear", action="store_true", help="delete the outputs and hear again")
    chosen = parser.parse_args(arguments)
    people, said = listed(chosen.project), spoken(chosen.project)
    wanted = chosen.person or [name for name in people if name in said]
    results = []
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            results.append(_withdrawn(chosen, Path(folder), name, people, said))
        sys.stdout.write(json.dumps(results[-1]) + "\n")
        sys.stdout.flush()
    total = {
        kind: sum(int(each[kind]) for each in results)
        for kind in ("own", "names", "words", "prints", "failed")
    }
    sys.stdout.write(json.dumps({"people": len(results), **total}) + "\n")
    return 0


def _withdrawn(
    chosen: argparse.Namespace, copy: Path, name: str, people: dict[str, set[str]],
    said: dict[str, list[str]],
) -> dict[str, int | str | float]:  # fmt: skip
    for each in _HELD:
        given = chosen.project / each
        if given.is_dir():
            shutil.copytree(given, copy / each)
        elif given.is_file():
            shutil.copy2(given, copy / each)
    # A word of the name that is somebody else's, too, points at nobody by itself.
    others = {w for other, more in people.items() if other != name for n in (other, *more)
              for w in words(n)}  # fmt: skip
    forms = {plain(each) for each in (name, *people[name])}
    forms |= {w for w in words(name) if w not in others and len(w) > 3}
    forms |= {plain(name).replace(" ", each) for each in ("-", "_", "", ".")}
    mine = set().union(*(grams(text) for text in said[name]))
    mine -= set().union(*(grams(t) for n, texts in said.items() if n != name for t in texts))
    for guide in chosen.project.glob("recordings/*/guide.md"):  # a chair reads it out
        mine -= grams(guide.read_text(encoding="utf-8"))
    before = vectors(copy)
    started = time.perf_counter()
    command = [sys.executable, "-m", "fgd", "--project", str(copy)]
    done = subprocess.run(
        [*command, "--json", "withdraw", name, "--yes"], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    told = json.loads(done.stdout) if done.returncode in (0, 1) and done.stdout else {}
    failed = int("left" not in told)
    if failed:
        sys.stdout.write(done.stdout + done.stderr)
    own = len(told.get("left", ()))
    for each in told.get("left", ()):
        sys.stdout.write(f"  own scan: {each}\n")
    gone = before - vectors(copy)
    found = left(copy, forms, mine, gone)
    if chosen.run or chosen.hear:
        if chosen.hear:
            shutil.rmtree(copy / "outputs")
        again = subprocess.run([*command, "run"], capture_output=True, text=True, check=False)
        failed += again.returncode not in (0, 3)
        if again.returncode not in (0, 3):
            sys.stdout.write(again.stdout + again.stderr)
        for kind, number in left(copy, forms, mine, gone).items():
            found[kind] = found.get(kind, 0) + number
    return {
        "person": name, "turns": len(said[name]), "runs": len(mine), "prints gone": len(gone),
        "seconds": round(seconds, 1), "own": own, "names": found.get("names", 0),
        "words": found.get("words", 0), "prints": found.get("prints", 0), "failed": failed,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
