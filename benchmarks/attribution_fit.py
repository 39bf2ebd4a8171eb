"""Learning the weights from meetings whose answers are known.

A conditional logit: among all seats and nobody, the known answer should score highest. Weights
keep their sign (a self-introduction can only speak for, naming somebody else only against), are
held small by ``STRICT`` and are therefore few numbers that a person can read and doubt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from fgd.attribution.solver import SIGNALS, Line, Table

AGAINST = frozenset(
    "names_other addresses absent chair_follows unnamed asks_guest asks_office".split()
)
FREE = frozenset("asks_other answers_guest answers_office answers_other heard".split())
STRICT = 0.02
HELD = 0.3
"""How strongly a calibration is held near what is expected."""

EXPECTED: Line = {"share": 1.0, "own": 1.0, "queue": 1.0}
"""Where a calibration stays when nothing is known: who named themselves, and who was announced, is
more surely that person than others of the same share.
"""

SIGNS: Mapping[str, tuple[float | None, float | None]] = {
    "share": (0.0, None),
    "queue": (0.0, None),
    "own": (0.0, None),
    "floor": (0.0, None),
    "second": (None, 0.0),
    "nobody": (None, 0.0),
    "small": (None, 0.0),
    "ordinary": (None, 0.0),
}
"""Bounds of a calibration: what can only raise a confidence, and what can only lower it."""


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
    "queue_person": 5.0, "queue_body": 4.0, "queue_title": 3.0, "like_queue_person": 3.0,
    "like_queue_body": 3.0, "bare_body": 3.0, "bare_title": 2.5, "unknown_full": -4.0,
    "floor_office": 5.0, "queue_office": 5.0, "called_office": 3.5, "thanked_office": 4.0,
    "asked_office": 2.5, "listed_person": 2.5, "listed_office": 2.5, "listed_body": 1.5,
    "later_office": 1.0, "later_new_office": 2.5, "before_office": 0.5, "replied_office": 1.0,
    "third_body": 1.5, "unknown_named": 3.0, "last_office": 1.0,
    "called_person": 3.5, "called_body": 2.0, "called_title": 2.5, "asked_person": 2.5,
    "asked_body": 1.5, "asked_title": 1.5, "thanked_person": 2.5, "thanked_body": 2.0,
    "thanked_title": 1.5, "answered_person": 1.5, "last_person": 1.5, "last_body": 0.5,
    "last_title": 0.8, "later_person": 1.0, "later_new_person": 2.5, "later_new_body": 1.5,
    "later_body": 0.7, "chair_leads": 2.0, "names_other": -1.5, "like_floor_person": 4.5,
    "like_floor_body": 3.5, "like_self_person": 3.0, "like_self_body": 2.5, "like_for_body": 1.5,
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


def calibrate(
    found: Sequence[Mapping[str, float]],
    right: Sequence[bool],
    names: Sequence[str] = SIGNALS,
    least: Mapping[str, float] = MappingProxyType({}),
) -> Line:
    """A coefficient per signal of ``trust``, by logistic regression held near ``EXPECTED``.

    ``found`` are signals of verdicts on meetings left out of the weights, ``right`` whether each
    was right, ``least`` the least that some signals are worth.
    """
    import numpy as np
    from scipy.optimize import minimize

    x = np.array([[signal.get(name, 0.0) for name in names] for signal in found])
    y = np.asarray(right, dtype=float)
    prior = np.array([EXPECTED.get(name, 0.0) for name in names])

    def loss(p: np.ndarray) -> float:
        z = x @ p
        away = (p - prior)[1:]  # the offset is free
        return float(np.sum(np.logaddexp(0, z) - y * z) + HELD * (away @ away))

    bounds = {**SIGNS, **{name: (worth, None) for name, worth in least.items()}}
    signs = [bounds.get(name, (None, None)) for name in names]
    done = minimize(loss, prior, method="L-BFGS-B", bounds=signs)
    return {name: round(float(v), 3) for name, v in zip(names, done.x, strict=True)}
