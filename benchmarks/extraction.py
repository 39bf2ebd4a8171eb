"""What is kept of a discussion, against what human annotators kept: AMI and ICSI, real ASR.

Runs the selection of ``fgd.synthesis`` (its worth of an utterance, its greedy choice) on whole
turns at the data set's own budget of words. Gold is read in two modes only, which say so:
``--fit FILE`` fits the weights to all meetings and writes them, ``--cross-validate`` scores each
series of meetings (ES2004a-d are one series) with weights fitted to the others.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import common
from fgd.core.embeddings import embedder
from fgd.synthesis.salience import (
    LEAST,
    Candidate,
    Taste,
    Utterance,
    Weights,
    choose,
    measure,
    names,
    phrases,
    plain,
    salience,
)

if TYPE_CHECKING:
    from fgd.synthesis.salience import Array

DATASET = "extract/ami_icsi_asr"
SOURCE = "meetings as TASK/DATASET/ID.json, one turn per line (shared/eval/README.md)"
RIDGE = 600.0
"""Penalty on standardised weights; chosen by cross-validation among 150, 300 and 600."""

ALONE = Taste(likeness=0.0, facet=0.0)
"""The data set asks for what is important, not for a balance of people: worth alone counts."""


def main() -> None:
    """Predict, score, print."""
    arguments = common.parser(__doc__, dataset=DATASET)
    arguments.add_argument("--vectors", type=Path, help="folder in which sentence vectors are kept")
    arguments.add_argument("--fit", type=Path, help="fit the weights to gold and write them here")
    arguments.add_argument("--cross-validate", action="store_true", help="score unseen series")
    options = arguments.parse_args()
    data = common.need(options.data, SOURCE)
    folder = common.need(data / options.dataset, SOURCE)
    meetings = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))]
    model = embedder("minilm", vectors=options.vectors)
    if options.fit:
        rows = [_rows(meeting, model) for meeting in meetings]
        kept = [_kept(data, options.dataset, meeting) for meeting in meetings]
        write(options.fit, fit(rows, kept))
        common.report("extraction", options.dataset, {"weights": str(options.fit)})
        return
    weights = [None] * len(meetings)
    if options.cross_validate:
        weights = _unseen(data, options.dataset, meetings, model)
    lines = [
        {"id": meeting["id"], "quotes": quotes(meeting, model, chosen)}
        for meeting, chosen in zip(meetings, weights, strict=True)
    ]
    with tempfile.TemporaryDirectory() as scratch:
        pred = common.write_lines(options.pred or Path(scratch) / "extraction.jsonl", lines)
        figures = common.score(data, options.dataset, pred)
    if options.cross_validate:
        figures = {"weights": "fitted to the other series", **figures}
    common.report("extraction", options.dataset, figures)


def quotes(meeting: Any, model: Any, weights: Weights | None) -> list[dict[str, object]]:
    """The turns that are quoted, most worth first, within the budget of words."""
    turns = meeting["turns"]
    worth, vectors = salience(_said(meeting), model, weights=weights)
    sizes = [len(plain(turn["text"]).split()) for turn in turns]
    candidates = [Candidate(float(w), size) for w, size in zip(worth, sizes, strict=True)]
    chosen = choose(candidates, vectors, meeting["budget"] * sum(sizes), ALONE)
    return [{"n": turns[number]["n"], "text": turns[number]["text"]} for number in chosen]


def fit(rows: Sequence[Array], kept: Sequence[Array]) -> Weights:
    """Weights of a logistic model with a ridge, every meeting counting the same.

    ``rows`` are features (n, f) of each meeting, ``kept`` is 1 for the turns annotators kept and
    -1 for those too short to be judged.
    """
    chosen = [labels >= 0 for labels in kept]
    x = np.vstack([each[mask] for each, mask in zip(rows, chosen, strict=True)])
    y = np.concatenate([each[mask] for each, mask in zip(kept, chosen, strict=True)])
    share = np.concatenate([np.full(mask.sum(), 1 / mask.sum()) for mask in chosen])
    share /= share.mean()
    mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-9
    design = np.hstack([(x - mean) / deviation, np.ones((len(x), 1))])
    penalty = np.eye(design.shape[1]) * RIDGE
    penalty[-1, -1] = 1e-6
    weight = np.zeros(design.shape[1])
    for _ in range(20):  # Newton's method; it settles in five or six steps
        chance = 1 / (1 + np.exp(-design @ weight))
        slope = design.T @ (share * (y - chance)) - penalty @ weight
        bend = (design * (share * chance * (1 - chance))[:, None]).T @ design + penalty
        step = np.linalg.solve(bend, slope)
        weight += step
        if np.abs(step).max() < 1e-6:
            break
    columns = names(phrases())
    features = {
        column: (round(float(m), 5), round(float(d), 5), round(float(w), 4))
        for column, m, d, w in zip(columns, mean, deviation, weight[:-1], strict=True)
    }
    return Weights(round(float(weight[-1]), 4), features)


def write(path: Path, weights: Weights) -> None:
    """The weights as TOML."""
    lines = [
        "# Fitted by `python -m benchmarks.extraction --fit` to AMI and ICSI meetings (CC BY 4.0):",
        "# which turns annotators kept for a summary. Columns: mean, deviation, weight.",
        "",
        f"bias = {weights.bias}",
        "",
        "[features]",
        *(f'"{name}" = [{", ".join(map(str, row))}]' for name, row in weights.features.items()),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _unseen(data: Path, dataset: str, meetings: Sequence[Any], model: Any) -> list[Any]:
    """For each meeting, weights that were fitted to the series it does not belong to."""
    rows = [_rows(meeting, model) for meeting in meetings]
    kept = [_kept(data, dataset, meeting) for meeting in meetings]
    series = [meeting["id"].rstrip("abcd") for meeting in meetings]
    fitted = {}
    for left_out in sorted(set(series)):
        others = [number for number, name in enumerate(series) if name != left_out]
        fitted[left_out] = fit([rows[n] for n in others], [kept[n] for n in others])
    return [fitted[name] for name in series]


def _said(meeting: Any) -> list[Utterance]:
    return [
        Utterance(
            turn["text"],
            turn["speaker"],
            round(1000 * (turn["start"] or 0)),
            round(1000 * (turn["end"] or 0)),
        )
        for turn in meeting["turns"]
    ]


def _rows(meeting: Any, model: Any) -> Array:
    from fgd.core.nlp import stop_words

    said = _said(meeting)
    vectors = model.embed([plain(each.text) or "." for each in said])
    return measure(said, vectors, phrases(), model, stop_words("en"))


def _kept(data: Path, dataset: str, meeting: Any) -> Array:
    gold = json.loads((data / "gold" / dataset / f"{meeting['id']}.json").read_text("utf-8"))
    kept = set(gold["selected"])
    return np.array(
        [
            -1.0 if len(plain(turn["text"]).split()) < LEAST else float(turn["n"] in kept)
            for turn in meeting["turns"]
        ]
    )


if __name__ == "__main__":
    main()
