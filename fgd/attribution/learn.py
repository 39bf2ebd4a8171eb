"""Learning the weights from meetings whose answers are known.

A conditional logit: among all seats and nobody, the known answer should score highest. Weights
keep their sign (a self-introduction can only speak for, naming somebody else only against), are
held small by ``STRICT`` and are therefore few numbers that a person can read and doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fgd.attribution.table import Table

AGAINST = frozenset("names_other addresses absent chair_follows".split())
FREE = frozenset(
    "unknown unknown_short unknown_full unknown_chair heard lower single shape kind long empty "
    "clean personlike nameless".split()
)
STRICT = 0.02


@dataclass(frozen=True, slots=True)
class Example:
    """A table and, for the units whose answer is known, the acceptable columns.

    The last column (``len(table.seats)``) stands for nobody on the list.
    """

    table: Table
    answers: Mapping[int, frozenset[int]]
    weight: float = 1.0


def fit(examples: Sequence[Example]) -> dict[str, float]:
    """Weights that make the known answers likely; features never seen get none."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    names = sorted(
        {
            k
            for e in examples
            for u in e.answers
            for cell in (*e.table.cells[u], e.table.unknown[u])
            for k in cell
        }
    )
    place = {name: i for i, name in enumerate(names)}
    blocks = []
    for example in examples:
        for unit, right in example.answers.items():
            x = np.zeros((len(example.table.seats) + 1, len(names)))
            for row, cell in enumerate((*example.table.cells[unit], example.table.unknown[unit])):
                for key, value in cell.items():
                    x[row, place[key]] = value
            blocks.append((x, np.array(sorted(right)), example.weight))

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        total = STRICT * len(blocks) ** 0.5 * float(w @ w)
        slope = 2 * STRICT * len(blocks) ** 0.5 * w
        for x, right, weight in blocks:
            scores = x @ w
            everything, good = logsumexp(scores), logsumexp(scores[right])
            total += weight * (everything - good)
            shares = np.exp(scores - everything)
            wanted = np.zeros_like(scores)
            wanted[right] = np.exp(scores[right] - good)
            slope = slope + weight * (x.T @ (shares - wanted))
        return total, slope

    bounds = [_bounds(name) for name in names]
    done = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=bounds)
    return {name: round(float(done.x[i]), 3) for name, i in place.items()}


def _bounds(name: str) -> tuple[float | None, float | None]:
    if name in FREE:
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

    done = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.05, None), (None, None)])
    return round(float(done.x[0]), 3), round(float(done.x[1]), 3)
