"""Who runs a meeting, told by how they speak: fit the weights, or measure what is shipped.

``python -m benchmarks.chairs --data DIR [--fit]`` reads the invented rooms of ``benchmarks/rooms``
and ``responses/qmsum``, whose chairs are marked. ``--fit`` prints the constants of
``fgd.deliberation.room`` and cross-validated figures over whole meetings; it learns from the rooms
to train on and the meetings in ``LEARNED``, each also without its first and last turns, so that a
recording that begins late is read, too. Without it, the shipped constants are measured on the
others.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import need, parser, report
from benchmarks.deliberation_training import LEARNED, RESPONSES, ROOMS, heard, rooms
from benchmarks.themes import cases, session
from fgd.deliberation.room import CHAIR_COLUMNS, LEADS, Room, chair_rows

CUTS = ((0, None), (10, None), (0, -10), (15, -15))
"""First and last turn of a meeting as it is read."""


def meetings(data: Path, *, learned: bool) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The meetings with known chairs that are learned from, or those that are reported on."""
    yield from rooms(ROOMS / ("train" if learned else "held_out"))
    for case in cases(data / RESPONSES):
        if (str(case["id"]) in LEARNED) == learned:
            path = data / "gold" / RESPONSES / f"{case['id']}.json"
            yield case, json.loads(path.read_text("utf-8"))


def fit(found: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, float]:
    """Print the constants; give precision and recall over meetings left out."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold
    from sklearn.preprocessing import StandardScaler

    rows: list[tuple[float, ...]] = []
    truth, group, whole = [], [], []
    for case, gold in found:
        texts = [str(row["text"]) for row in case["turns"]]
        who = [str(row["speaker"]) for row in case["turns"]]
        for cut in CUTS:
            part = slice(*cut)
            if len(set(who[part])) < 3:
                continue
            speakers, mine = chair_rows(texts[part], who[part])
            rows += mine
            truth += [key in gold["chairs"] for key in speakers]
            group += [str(case["id"])] * len(mine)
            whole += [cut == CUTS[0]] * len(mine)
    scale = StandardScaler().fit(np.array(rows))
    x, y, full = scale.transform(np.array(rows)), np.array(truth), np.array(whole)
    chances = np.zeros(len(y))
    for train, test in GroupKFold(8).split(x, y, group):
        model = LogisticRegression(C=0.5, max_iter=1000).fit(x[train], y[train])
        chances[test] = model.predict_proba(x[test])[:, 1]
    model = LogisticRegression(C=0.5, max_iter=1000).fit(x, y)
    weights = model.coef_[0] / scale.scale_
    bias = float(model.intercept_[0] - (weights * scale.mean_).sum())
    print(f"CHAIR_BIAS = {bias:.3f}")
    print("CHAIR_WEIGHTS =", tuple(round(float(each), 3) for each in weights))
    figures = {}
    for name, chosen in (("whole", full), ("cut", ~full)):
        told = (chances >= LEADS) & chosen
        figures[f"{name}: precision"] = round(float(y[told].mean()), 3)
        figures[f"{name}: recall"] = round(float((y & told).sum() / (y & chosen).sum()), 3)
    return figures | {"columns": float(len(CHAIR_COLUMNS))}


def main() -> None:
    """Fit the constants, or measure them on meetings that were kept back."""
    arguments = parser(__doc__, dataset=RESPONSES)
    arguments.add_argument("--fit", action="store_true", help="learn instead of measuring")
    options = arguments.parse_args()
    need(options.data and options.data / RESPONSES, "meetings whose chairs people marked")
    if options.fit:
        report("chairs", "learned", fit(meetings(options.data, learned=True)))
        return
    told, right, marked = 0, 0, 0
    for case, gold in itertools.chain(meetings(options.data, learned=False)):
        room = Room.of(session(case), [heard(case)])
        pairs = zip(room.turns, room.chair, strict=True)
        chairs = {turn.voice for turn, chair in pairs if chair}
        told += len(chairs)
        right += len(chairs & set(gold["chairs"]))
        marked += len(gold["chairs"])
    report("chairs", "kept back", {"told": told, "right": right, "marked": marked})


if __name__ == "__main__":
    main()
