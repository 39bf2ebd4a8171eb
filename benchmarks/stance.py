"""The side of answers whose links are given, on design meetings that people marked.

``python -m benchmarks.stance --data DIR [--vectors DIR] [--examples FILE]`` tells the side of every
asked pair of ``stance/ami`` with the product's rows and forests, which are grown from other series
of meetings (five folds); thresholds are chosen inside the training folds, by cross-validation.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.common import need, parser, report, score, write_lines
from benchmarks.deliberation_training import SIDES, STANCE, Examples, examples, heard, train
from benchmarks.themes import cases, session
from fgd.deliberation.room import Room

if TYPE_CHECKING:
    from fgd.deliberation.features import Array

FOLDS = 5
SUPPORT, OBJECTION = 0.96, 0.5
"""Precision wanted of what is told; thresholds are set for a little more."""


def main() -> None:
    """Tell every side by forests that have not seen the series, and score what is told."""
    arguments = parser(__doc__, dataset=STANCE)
    arguments.add_argument("--vectors", type=Path, help="folder that keeps sentence vectors")
    arguments.add_argument("--examples", type=Path, help="file that keeps the rows")
    options = arguments.parse_args()
    folder = need(options.data and options.data / options.dataset, "marked design meetings")
    with tempfile.TemporaryDirectory() as scratch:
        stance, responses = examples(options.data, options.vectors, options.examples)
        told = cross_validated(stance, responses)
        at: dict[str, list[str]] = defaultdict(list)
        for name, side in zip(stance.meetings, told, strict=True):
            at[name].append(side)
        lines = []
        for case in cases(folder):
            pairs = _read_pairs(options.data, case)
            for pair, side in zip(pairs, at[str(case["id"])], strict=True):
                lines.append(
                    {"id": case["id"], "to": pair["to"], "n": pair["n"], "side": side or None}
                )
        pred = write_lines(options.pred or Path(scratch) / "predictions.jsonl", lines)
        figures = score(options.data, options.dataset, pred)
    report("stance", options.dataset, {"folds": FOLDS, **figures})


def _read_pairs(data: Path, case: dict[str, Any]) -> list[dict[str, Any]]:
    """The pairs of a meeting that have rows, in the order of the rows."""
    gold = json.loads((data / "gold" / STANCE / f"{case['id']}.json").read_text("utf-8"))
    room = Room.of(session(case), [heard(case)])
    place = {turn.id: number for number, turn in enumerate(room.turns)}
    return [
        pair
        for pair in gold["pairs"]
        if all(room.of_turn[place[f"{case['id']}/{pair[key]:05d}"]] for key in ("to", "n"))
    ]


def cross_validated(stance: Examples, responses: Examples) -> list[str]:
    """The side told of every pair, or nothing, by forests of other series."""
    import numpy as np

    series = [name[:6] for name in stance.meetings]
    number = {name: place % FOLDS for place, name in enumerate(sorted(set(series)))}
    fold = np.array([number[name] for name in series])
    chances = np.zeros((len(fold), len(SIDES)))
    for each in range(FOLDS):
        left_out = {m for m, f in zip(stance.meetings, fold, strict=True) if f == each}
        weights = train(stance.without(left_out), responses.without(left_out))
        mine = fold == each
        chances[mine] = weights.forests["side"].probabilities(stance.rows[mine])
    labels = np.array(stance.labels)
    told = np.full(len(fold), "", object)
    for each in range(FOLDS):
        others, mine = fold != each, fold == each
        # The others' chances come from forests that did not see them: an honest place to choose.
        plus = _threshold(chances[others, 0], labels[others] == "+", SUPPORT + 0.003)
        minus = _threshold(chances[others, 1], labels[others] == "-", OBJECTION)
        told[mine & (chances[:, 0] >= plus)] = "+"
        told[mine & (chances[:, 1] >= minus)] = "-"
    return [str(side) for side in told]


def _threshold(chances: Array, right: Array, wanted: float) -> float:
    """The lowest chance from which the share of right ones is at least ``wanted``."""
    import numpy as np

    order = np.argsort(-chances, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= wanted)
    return float(chances[order[good[-1]]]) if len(good) else 2.0


if __name__ == "__main__":
    main()
