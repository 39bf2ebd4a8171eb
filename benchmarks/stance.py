"""The side of answers whose links are given, on design meetings that people marked.

``python -m benchmarks.stance --data DIR [--vectors DIR]`` tells the side of every asked pair of
those meetings of ``stance/ami`` whose teams the shipped networks have not seen
(``benchmarks.deliberation_training.kept_back``), from the probability that the product uses.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import need, parser, report, score, write_lines
from benchmarks.deliberation_training import STANCE, heard, kept_back
from benchmarks.themes import cases, session
from fgd.core.embeddings import embedder
from fgd.deliberation.features import Reading
from fgd.deliberation.network import SIDES, learned, sides_of
from fgd.deliberation.room import Room

SIDED_FROM = 0.7
"""Probability of a side from which it is told."""


def main() -> None:
    """Tell every side of meetings that were kept back, and score what is told."""
    arguments = parser(__doc__, dataset=STANCE)
    arguments.add_argument("--vectors", type=Path, help="folder that keeps sentence vectors")
    options = arguments.parse_args()
    folder = need(options.data and options.data / options.dataset, "marked design meetings")
    with tempfile.TemporaryDirectory() as scratch:
        model = embedder("minilm", vectors=options.vectors or Path(scratch))
        lines: list[dict[str, Any]] = []
        for path in ("", "gold"):
            Path(scratch, path, STANCE).mkdir(parents=True, exist_ok=True)
        for case in cases(folder):
            name = str(case["id"])
            if not kept_back(name):
                continue
            for path in ("", "gold"):
                source = options.data / path / STANCE / f"{name}.json"
                shutil.copy(source, Path(scratch, path, STANCE))
            gold = json.loads((options.data / "gold" / STANCE / f"{name}.json").read_text("utf-8"))
            room = Room.of(session(case), [heard(case)])
            place = {int(turn.id.rsplit("/", 1)[1]): n for n, turn in enumerate(room.turns)}
            asked = [
                (pair, room.of_turn[place[pair["to"]]][-1], room.of_turn[place[pair["n"]]][0])
                for pair in gold["pairs"]
                if room.of_turn[place[pair["to"]]] and room.of_turn[place[pair["n"]]]
            ]
            if not asked:
                continue
            pairs = np.array([(put, answer) for _, put, answer in asked], np.int64)
            reading = Reading.of(room, model, {int(n) for n in pairs.ravel()})
            for (pair, _, _), chances in zip(
                asked, sides_of(reading, pairs, learned()), strict=True
            ):
                best = int(chances.argmax())
                told = SIDES[best] if chances[best] >= SIDED_FROM and SIDES[best] != "0" else None
                lines.append({"id": name, "to": pair["to"], "n": pair["n"], "side": told})
        shutil.copy(options.data / "score.py", scratch)
        pred = write_lines(options.pred or Path(scratch) / "predictions.jsonl", lines)
        figures = score(Path(scratch), options.dataset, pred)
    report("stance", options.dataset, figures)


if __name__ == "__main__":
    main()
