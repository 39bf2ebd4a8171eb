"""Boosted trees as arrays: what was learned from meetings, applied with numpy alone.

``benchmarks/deliberation_training.py`` grows the trees with scikit-learn and writes them to
``weights.npz`` beside this file, with the hash of its own text, the names of the columns and the
thresholds that were chosen. A test holds the arrays to scikit-learn's own answers.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fgd.deliberation.features import Array

WEIGHTS = Path(__file__).with_name("weights.npz")


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees of all classes, laid end to end.

    ``feature`` (-1 in a leaf), ``threshold``, ``left``, ``right`` and ``value`` have a row per
    node; ``roots`` is (rounds, classes), ``start`` (classes,) what is added before any tree.
    """

    classes: tuple[str, ...]
    columns: tuple[str, ...]
    feature: Array
    threshold: Array
    left: Array
    right: Array
    value: Array
    roots: Array
    start: Array

    def scores(self, rows: Array) -> Array:
        """Log-odds of every class for every row, (n, k)."""
        import numpy as np

        made = np.tile(self.start.astype(np.float64), (len(rows), 1))
        if not len(rows):
            return made.astype(np.float32)
        line = np.arange(len(rows))
        for roots in self.roots:
            for k, root in enumerate(roots):
                node = np.full(len(rows), root)
                while True:
                    feature = self.feature[node]
                    inner = feature >= 0
                    if not inner.any():
                        break
                    below = rows[line, np.maximum(feature, 0)] <= self.threshold[node]
                    node = np.where(inner, np.where(below, self.left[node], self.right[node]), node)
                made[:, k] += self.value[node]
        return made.astype(np.float32)

    def probabilities(self, rows: Array) -> Array:
        """Probability of every class for every row, (n, k); with one class, of that one."""
        import numpy as np

        scores = self.scores(rows)
        if scores.shape[1] == 1:
            alone: Array = (1 / (1 + np.exp(-scores))).astype(np.float32)
            return alone
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        found: Array = scores / scores.sum(axis=1, keepdims=True)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """All that was learned: forests by name, thresholds by name, and the training script's hash."""

    forests: Mapping[str, Forest]
    thresholds: Mapping[str, float]
    script: str


@functools.cache
def learned(path: Path = WEIGHTS) -> Weights:
    """The shipped weights, read once."""
    import numpy as np

    with np.load(path, allow_pickle=False) as file:
        about: dict[str, Any] = json.loads(str(file["about"]))
        forests = {
            name: Forest(
                tuple(said["classes"]),
                tuple(said["columns"]),
                *(file[f"{name}.{part}"] for part in PARTS),
            )
            for name, said in about["forests"].items()
        }
    return Weights(forests, about["thresholds"], about["script"])


PARTS = ("feature", "threshold", "left", "right", "value", "roots", "start")


def grown(model: Any, classes: Sequence[str], columns: Sequence[str]) -> Forest:
    """The arrays of a fitted ``GradientBoostingClassifier``."""
    import numpy as np

    parts: dict[str, list[Any]] = {name: [] for name in PARTS}
    roots, at = [], 0
    rate = model.learning_rate
    for row in model.estimators_:
        mine = []
        for estimator in row:
            tree = estimator.tree_
            mine.append(at)
            leaf = tree.children_left < 0
            parts["feature"].append(np.where(leaf, -1, tree.feature))
            parts["threshold"].append(tree.threshold)
            parts["left"].append(np.where(leaf, 0, tree.children_left + at))
            parts["right"].append(np.where(leaf, 0, tree.children_right + at))
            parts["value"].append(tree.value[:, 0, 0] * rate)
            at += tree.node_count
        roots.append(mine)
    width = len(roots[0])
    priors = np.asarray(model.init_.class_prior_)
    start = (
        np.array([np.log(priors[1] / priors[0])])
        if width == 1
        else np.log(np.clip(priors, 1e-9, None))
    )
    return Forest(
        tuple(classes),
        tuple(columns),
        np.concatenate(parts["feature"]).astype(np.int16),
        np.concatenate(parts["threshold"]).astype(np.float32),
        np.concatenate(parts["left"]).astype(np.int32),
        np.concatenate(parts["right"]).astype(np.int32),
        np.concatenate(parts["value"]).astype(np.float32),
        np.array(roots, np.int32),
        start.astype(np.float32),
    )
