"""Learning the weights from meetings whose answers are known.

A conditional logit: among all seats and nobody, the known answer should score highest. Weights
keep their sign (a self-introduction can only speak for, naming somebody else only against), are
held small by ``STRICT`` and are therefore few numbers that a person can read and doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fgd.attribution.table import Table

AGAINST = frozenset(
    "names_other addresses absent chair_follows unnamed asks_guest asks_office".split()
)
FREE = frozenset("asks_other answers_guest answers_office answers_other heard".split())
STRICT = 0.02


@dataclass(frozen=True, slots=True)
class Example:
    """A table and, for the units whose answer is known, the acceptable columns.

    The last column (``len(table.seats)``) stands for nobody on the list.
    """

    table: Table
    answers: Mapping[int, frozenset[int]]
    weight: float = 1.0


PRIOR = {
    "self_person": 5.0, "self_body": 3.5, "self_title": 3.0, "for_body": 2.5, "card_person": 5.0,
    "member_person": 2.0, "floor_person": 5.0, "floor_body": 3.0, "floor_title": 3.0,
    "called_person": 3.5, "called_body": 2.0, "called_title": 2.5, "asked_person": 2.5,
    "asked_body": 1.5, "asked_title": 1.5, "thanked_person": 2.5, "thanked_body": 2.0,
    "thanked_title": 1.5, "answered_person": 1.5, "last_person": 1.5, "last_body": 0.5,
    "last_title": 0.8, "later_person": 1.0, "later_new_person": 2.5, "later_new_body": 1.5,
    "later_body": 0.7, "chair_leads": 2.0, "names_other": -1.5, "like_floor_person": 3.0,
    "like_floor_body": 3.0, "like_self_person": 3.0, "like_self_body": 2.5, "like_for_body": 1.5,
    "addresses": -2.5, "chair_follows": -1.0, "absent": -1.0, "announced": 0.5, "unknown": 1.0,
}  # fmt: skip
"""Where a weight stays when nothing is known: what somebody who has sat in such rooms expects."""


def fit(examples: Sequence[Example]) -> dict[str, float]:
    """Weights that make the known answers likely; without evidence they stay at ``PRIOR``."""
    import numpy as np
    from scipy.optimize import minimize

    names = sorted(
        {
            k
            for e in examples
            for u in e.answers
            for cell in (*e.table.cells[u], e.table.unknown[u])
            for k in cell
        }
        | set(PRIOR)
    )
    place = {name: i for i, name in enumerate(names)}
    rows: list[np.ndarray] = []
    good: list[float] = []
    starts: list[int] = []
    weights: list[float] = []
    for example in examples:
        for unit, right in example.answers.items():
            starts.append(len(rows))
            weights.append(example.weight)
            for s, cell in enumerate((*example.table.cells[unit], example.table.unknown[unit])):
                x = np.zeros(len(names))
                for key, value in cell.items():
                    x[place[key]] = value
                rows.append(x)
                good.append(0.0 if s in right else -np.inf)
    matrix, first, share = np.array(rows), np.array(starts), np.array(weights)
    sizes = np.diff([*starts, len(rows)])
    known = np.array(good)
    prior = np.array([PRIOR.get(name, 0.0) for name in names])
    strict = STRICT * len(first) ** 0.5

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        scores = matrix @ w
        top = np.repeat(np.maximum.reduceat(scores, first), sizes)
        best = np.repeat(np.maximum.reduceat(scores + known, first), sizes)
        every, right = np.exp(scores - top), np.exp(scores + known - best)
        all_sum, right_sum = np.add.reduceat(every, first), np.add.reduceat(right, first)
        total = share @ (np.log(all_sum) + top[first] - np.log(right_sum) - best[first])
        pull = every / np.repeat(all_sum, sizes) - right / np.repeat(right_sum, sizes)
        slope = matrix.T @ (pull * np.repeat(share, sizes)) + 2 * strict * (w - prior)
        return float(total + strict * ((w - prior) @ (w - prior))), slope

    bounds = [_bounds(name) for name in names]
    done = minimize(loss, prior, jac=True, method="L-BFGS-B", bounds=bounds)
    return {name: round(float(done.x[i]), 3) for name, i in place.items()}


def _bounds(name: str) -> tuple[float | None, float | None]:
    if name in FREE or name.startswith(("look_", "unknown")):
        return (None, None)
    return (None, 0.0) if name in AGAINST else (0.0, None)


def calibrate(confidences: Sequence[float], right: Sequence[bool]) -> tuple[float, float]:
    """Slope and offset of a logistic line from raw to true confidence (Platt)."""
    import numpy as np
    from scipy.optimize import minimize

    x = np.log(np.clip(confidences, 1e-6, 1 - 1e-6) / (1 - np.clip(confidences, 1e-6, 1 - 1e-6)))
    y = np.asarray(right, dtype=float)

    def loss(p: np.ndarray) -> float:
        z = p[0] * x + p[1]
        return float(np.sum(np.logaddexp(0, z) - y * z) + 0.05 * (p[0] - 1) ** 2 + 0.05 * p[1] ** 2)

    done = minimize(
        loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.05, None), (None, None)]
    )
    return round(float(done.x[0]), 3), round(float(done.x[1]), 3)
