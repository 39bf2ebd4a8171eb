"""What every benchmark shares: its arguments, its data and its last line.

``python -m benchmarks.NAME [--data DIR] [--dataset TASK/DATASET] [--pred FILE_OR_FOLDER]
[--roster]`` runs the product on ``DIR/TASK/DATASET``, writes predictions and prints one JSON
object as its last line. Gold is read by the scorer that lies beside the data (``DIR/score.py``),
never by a benchmark itself, except where a module says so.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_STARTED = time.perf_counter()

PACKAGES = ("openai-whisper", "torch", "spacy", "bertopic", "silero-vad", "numpy")


def parser(description: str | None, *, dataset: str = "") -> argparse.ArgumentParser:
    """The arguments every benchmark takes; a module adds its own."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--data", type=Path, help="folder that holds TASK/DATASET and gold/")
    made.add_argument("--dataset", default=dataset, help="TASK/DATASET below the data folder")
    made.add_argument("--pred", type=Path, help="where predictions are written")
    made.add_argument("--roster", action="store_true", help="let the system read the rosters")
    return made


def need(path: Path | None, source: str) -> Path:
    """The path if it exists; otherwise one sentence on where the data comes from, and exit 2."""
    if path is not None and path.exists():
        return path
    missing = f"{path} does not exist. " if path else ""
    sys.stderr.write(
        f"{missing}This benchmark needs data: {source}. Name its folder with --data.\n"
    )
    raise SystemExit(2)


def score(data: Path, dataset: str, pred: Path) -> dict[str, object]:
    """The figures of the scorer beside the data; empty where the data brings no gold."""
    scorer = data / "score.py"
    if not scorer.is_file() or not (data / "gold" / dataset).is_dir():
        return {}
    command = [sys.executable, str(scorer), dataset, "--data", str(data), "--pred", str(pred)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, object] = json.loads(done.stdout)
    return figures


def write_lines(path: Path, lines: Sequence[object]) -> Path:
    """Write predictions as JSON lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def report(benchmark: str, dataset: str, figures: object) -> None:
    """Print the last line: what was measured, with which versions, in how many seconds."""
    versions = {"python": sys.version.split()[0]}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    line = {
        "benchmark": benchmark,
        "dataset": dataset,
        "figures": figures,
        "versions": versions,
        "seconds": round(time.perf_counter() - _STARTED, 2),
    }
    print(json.dumps(line, default=str))


def reference_of(path: Path) -> Any:
    """Who spoke when in an RTTM file of one recording, as pyannote's ``Annotation``."""
    from pyannote.database import util

    read: Any = util
    (found,) = read.load_rttm(path).values()
    return found
