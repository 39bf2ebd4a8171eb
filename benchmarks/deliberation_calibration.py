"""Teach ``fgd.deliberation`` which of the sides it suspects are right, and write the trees.

``python -m benchmarks.deliberation_calibration --data DIR [--work DIR] [--out FILE]`` lets the
product suspect sides in meetings that its networks have not learned from: stretches of which
readers judged the suspicions one by one (``benchmarks/readings/judged.jsonl``), others that were
read whole (``chosen.jsonl``, the meetings of ``responses/qmsum`` that are not learned from) and
invented ones (``rooms/held_out``, ``unseen`` and ``chosen``). It learns which were right, and
reports how well it tells for a fifth of the meetings at a time, learned from the others. ``--work``
keeps what was suspected.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score

from benchmarks.common import need, parser, report
from benchmarks.deliberation_training import (
    AROUND,
    LEARNED,
    POLARITY,
    READINGS,
    RESPONSES,
    ROOMS,
    clause_of,
    heard,
    readings,
    rooms,
)
from benchmarks.themes import cases, session
from fgd.core.embeddings import Embedder, embedder
from fgd.deliberation.calibration import TREES, answer_columns
from fgd.deliberation.deliberate import put_forward
from fgd.deliberation.features import Reading
from fgd.deliberation.network import learned, sense
from fgd.deliberation.responses import answerable, suspected
from fgd.deliberation.room import Room
from fgd.model import SIDED

FOLDS = 5


@dataclass(frozen=True, eq=False)
class Suspicions:
    """Of a meeting: what is known of every side suspected (n, k), whether it was right, whether
    words took it, and of which real meeting or invented room it is.
    """

    source: str
    family: str
    rows: Any
    right: Any
    said: Any


def main() -> None:
    """Learn from every meeting, report on each from the others, and write the trees."""
    arguments = parser(__doc__, dataset=RESPONSES)
    arguments.add_argument("--work", type=Path, help="folder that keeps what was suspected")
    arguments.add_argument("--out", type=Path, default=TREES, help="where the trees go")
    options = arguments.parse_args()
    data = need(options.data, "responses/qmsum with gold, and the texts of the readings")
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        model = embedder("minilm", vectors=work)
        found = [_kept(work, each, model) for each in _meetings(data)]
    rows = np.concatenate([each.rows for each in found])
    right = np.concatenate([each.right for each in found])
    said = np.concatenate([each.said for each in found])
    source = np.array([each.source for each in found for _ in each.right])
    family = np.array([each.family for each in found for _ in each.right])
    mixed = np.random.default_rng(0).permutation(np.unique(family))
    fold = {name: place % FOLDS for place, name in enumerate(mixed)}
    of = np.array([fold[name] for name in family])
    told = np.zeros(len(right))
    for number in range(FOLDS):
        told[of == number] = (_trees().fit(rows[of != number], right[of != number])).predict_proba(
            rows[of == number]
        )[:, 1]
    figures: dict[str, Any] = {"meetings": len(found), "suspected": len(right)}
    for name in np.unique(source):
        mine = source == name
        figures[f"{name} average precision"] = average_precision_score(right[mine], told[mine])
        figures[f"{name} as suspected"] = right[mine].mean()
    for least in (0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75):
        for kind, which in (("network", ~said), ("words", said)):
            likely = which & (told >= least)
            figures[f"{kind} from {least}"] = [int(likely.sum()), float(right[likely].mean())]
    _write(_trees().fit(rows, right), options.out)
    report("deliberation_calibration", RESPONSES, figures)


def _trees() -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=300, learning_rate=0.03, max_leaf_nodes=6, l2_regularization=10,
        min_samples_leaf=25, max_features=0.3, random_state=0,
    )  # fmt: skip


Meeting = tuple[str, str, dict[str, Any], dict[str, Any]]


def _meetings(data: Path) -> Iterator[Meeting]:
    """Where each meeting is from, its family, its turns, and what was marked or judged in it."""
    for name in ("judged", "chosen"):
        for case, gold in readings(READINGS / f"{name}.jsonl", data, around=AROUND):
            yield name, str(case["id"]).rsplit("_", 1)[0], case, gold
    for case in cases(data / RESPONSES):
        if str(case["id"]) not in LEARNED:
            path = data / "gold" / RESPONSES / f"{case['id']}.json"
            yield "responses", str(case["id"]), case, json.loads(path.read_text("utf-8"))
    for folder in ("held_out", "unseen", "chosen"):
        for case, gold in rooms(ROOMS / folder):
            yield "rooms", str(case["id"]), case, gold


def _kept(work: Path, meeting: Meeting, model: Embedder) -> Suspicions:
    source, family, case, gold = meeting
    path = work / f"{source}_{case['id']}.pickle"
    if not path.is_file():
        path.write_bytes(pickle.dumps(_suspicions(source, family, case, gold, model)))
    found: Suspicions = pickle.loads(path.read_bytes())
    return found


def _suspicions(
    source: str, family: str, case: dict[str, Any], gold: dict[str, Any], model: Embedder
) -> Suspicions:
    """What the product suspects in a meeting, and whether it is right."""
    room = Room.of(session(case), [heard(case)])
    reading = Reading.of(room, model)
    sensed = sense(reading, learned())
    put = put_forward(room, sensed)
    low, high = gold.get("stretch") or (0, len(room.turns))
    found = [
        each
        for each in suspected(reading, put, sensed, answerable(reading, put))
        if each.side in SIDED and low <= room.clauses[put[each.put].clause].turn <= high
    ]
    truth = _judged(room, gold) if "puts" in gold else _marked(room, gold)
    right, kept = [], []
    for each in found:
        of = put[each.put]
        key = (of.clause, each.clause if "puts" in gold else _who(room, each.clause))
        if key in truth or "puts" not in gold:
            kept.append(each)
            right.append(POLARITY[each.side] in truth.get(key, ()))
    said = [not each.reasons[0].kind.startswith("network") for each in kept]
    rows = answer_columns(reading, put, sensed, kept)
    return Suspicions(source, family, rows, np.array(right, bool), np.array(said, bool))


def _who(room: Room, clause: int) -> str:
    return room.who[room.clauses[clause].turn]


def _judged(room: Room, gold: dict[str, Any]) -> dict[tuple[int, Any], set[str]]:
    """The sides of every pair of clauses that was judged; none where it is no answer."""
    truth: dict[tuple[int, Any], set[str]] = {}
    for pair in gold["pairs"]:
        both = gold["puts"][pair["to"]], pair
        of, answer = (clause_of(room, each["n"], each["text"]) for each in both)
        truth[of, answer] = {POLARITY[pair["side"]]} if pair["side"] in POLARITY else set()
    return truth


def _marked(room: Room, gold: dict[str, Any]) -> dict[tuple[int, Any], set[str]]:
    """The sides that each person takes to each clause that was put, in a meeting read whole."""
    truth: dict[tuple[int, Any], set[str]] = defaultdict(set)
    for each in gold["propositions"]:
        for place in (each, *each.get("again", ())):
            for clause in room.of_turn[place["n"]]:
                if _alike(room.clauses[clause].text, place["text"]) < 0.5:
                    continue
                for response in each["responses"]:
                    truth[clause, room.who[response["n"]]].add(POLARITY[response["side"]])
    return truth


def _alike(first: str, second: str) -> float:
    """How many words two texts share, of those that they have."""
    one, other = Counter(first.split()), Counter(second.split())
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def _write(model: HistGradientBoostingClassifier, path: Path) -> None:
    """Write the nodes of all trees as arrays; a leaf is its own child."""
    trees = [each.nodes for (each,) in model._predictors]
    size = max(map(len, trees))
    here = np.arange(size, dtype=np.int16)
    arrays: dict[str, Any] = {name: np.tile(here, (len(trees), 1)) for name in ("left", "right")}
    arrays["column"] = np.zeros((len(trees), size), np.int16)
    arrays["threshold"], arrays["value"] = np.zeros((2, len(trees), size), np.float32)
    for row, nodes in enumerate(trees):
        inner = np.flatnonzero(nodes["is_leaf"] == 0)
        arrays["column"][row, inner] = nodes["feature_idx"][inner]
        arrays["threshold"][row, inner] = nodes["num_threshold"][inner]
        for side in ("left", "right"):
            arrays[side][row, inner] = nodes[side][inner]
        arrays["value"][row, : len(nodes)] = nodes["value"]
    about = {
        "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "base": float(model._baseline_prediction.ravel()[0]),
        "depth": int(max(nodes["depth"].max() for nodes in trees)),
    }
    np.savez_compressed(path, about=np.array(json.dumps(about)), **arrays)


if __name__ == "__main__":
    main()
