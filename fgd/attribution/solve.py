"""From counted evidence to probabilities: every unit over every seat and nobody.

The score of a seat is the weighted sum of its features; probabilities are their softmax, with
"nobody listed" among the choices. One person rarely speaks through two voices: where the seats are
few, all ways to seat the voices are summed exactly; where they are many, a seat that is wanted more
than once loses some of its score everywhere (at most ``STRICTNESS``). Both give the last free seat
to the last voice.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from fgd.attribution.table import Table
from fgd.attribution.trust import PLAIN, Line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STRICTNESS = 3.0
ROUNDS = 30
FEW = 10
"""Seats up to which all ways to seat the voices are summed."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds per feature, and what calibrates confidence (see ``trust``).

    There are two: a name on a roster can be checked against its spelling, a name that is known
    from the talk alone may be a mishearing, however clear it is whose name it is.
    """

    features: Mapping[str, float]
    listed: Line = field(default_factory=lambda: PLAIN)
    heard: Line = field(default_factory=lambda: PLAIN)


@cache
def shipped() -> Weights:
    """The weights of ``weights.toml``."""
    return read(files("fgd.attribution").joinpath("weights.toml").read_text(encoding="utf-8"))


def read(source: str) -> Weights:
    """Weights from TOML text."""
    table = tomllib.loads(source)
    return Weights(dict(table["weights"]), **table["calibration"])


def probabilities(table: Table, weights: Weights) -> NDArray[np.float64]:
    """Units by seats, the last column for nobody; rows sum to 1."""
    import numpy as np

    scores = np.zeros((len(table.units), len(table.seats) + 1))
    if not table.units:
        return scores
    known = weights.features
    for u, row in enumerate(table.cells):
        for s, cell in enumerate(row):
            scores[u, s] = sum(known.get(k, 0.0) * v for k, v in cell.items())
        scores[u, -1] = sum(known.get(k, 0.0) * v for k, v in table.unknown[u].items())
    return _share(scores, table)


def _share(scores: NDArray[np.float64], table: Table) -> NDArray[np.float64]:
    import numpy as np

    said = max((unit.words for unit in table.units), default=0)
    heard = np.array([unit.words >= 0.01 * said for unit in table.units], dtype=bool)
    names = [unit.group or unit.key for unit in table.units]
    groups = [[i for i, name in enumerate(names) if name == g] for g in dict.fromkeys(names)]
    if not groups:
        return scores
    if len(groups) == len(names) and scores.shape[1] - 1 <= FEW:
        return _assigned(scores, heard)
    return _wanted(scores, heard, groups)


def _wanted(
    scores: NDArray[np.float64], heard: NDArray[np.bool_], groups: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """Seats that are wanted by more than one group lose score until they no longer are."""
    import numpy as np

    counts = heard[:, None].astype(float)
    penalty = np.zeros(scores.shape[1])
    result = _softmax(scores)
    for _ in range(ROUNDS):
        wanted = sum((result * counts)[rows].max(axis=0) for rows in groups)
        wanted[-1] = 1.0
        step = np.log(np.maximum(wanted, 1e-9))
        penalty = np.clip(penalty + 0.5 * step, 0.0, STRICTNESS)
        penalty[-1] = 0.0
        result = _softmax(scores - penalty)
    return result


def _assigned(scores: NDArray[np.float64], heard: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Exact marginals over all ways to seat the units, where the seats are few.

    A unit that takes a seat already taken loses ``STRICTNESS``; who is hardly heard takes none.
    Forward and backward sums over the sets of taken seats, as in a hidden Markov model.
    """
    import numpy as np

    seats = scores.shape[1] - 1
    taken = np.arange(1 << seats)
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    again = math.exp(-STRICTNESS)
    order = sorted(range(len(scores)), key=lambda u: not heard[u])
    factors = [np.where(taken & (1 << s), again, 1.0) for s in range(seats)]
    after = [taken | (1 << s) for s in range(seats)]

    forward = np.zeros(len(taken))
    forward[0] = 1.0
    reached = []
    for u in order:
        reached.append(forward)
        fresh = forward * raised[u, -1]
        for s in range(seats):
            gained = forward * factors[s] * raised[u, s]
            if heard[u]:
                np.add.at(fresh, after[s], gained)
            else:
                fresh = fresh + gained
        forward = fresh / fresh.sum()
    backward = np.ones(len(taken))
    result = np.zeros_like(scores)
    for u, before in zip(reversed(order), reversed(reached), strict=True):
        result[u, -1] = raised[u, -1] * (before @ backward)
        fresh = backward * raised[u, -1]
        for s in range(seats):
            beyond = backward[after[s]] if heard[u] else backward
            result[u, s] = raised[u, s] * (before @ (factors[s] * beyond))
            fresh = fresh + raised[u, s] * factors[s] * beyond
        result[u] /= result[u].sum()
        if heard[u]:  # what the others take tells nothing of a seat's real holder
            backward = fresh / fresh.max()
    return result


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    if not scores.size:
        return scores
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares
