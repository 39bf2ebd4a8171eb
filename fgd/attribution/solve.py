"""From counted evidence to probabilities: every unit over every seat and nobody.

The score of a seat is the weighted sum of its features; probabilities are their softmax, with
"nobody listed" among the choices. One person rarely speaks through two voices, so a seat that is
wanted more than once loses some of its score everywhere (at most ``STRICTNESS``), which also
gives the last free seat to the last voice.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from fgd.attribution.table import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STRICTNESS = 3.0
ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds per feature, and the straight lines (slope, offset) that calibrate confidence.

    There are two: a name on a roster can be checked against its spelling, a name that is known
    from the talk alone may be a mishearing, however clear it is whose name it is.
    """

    features: Mapping[str, float]
    listed: tuple[float, float] = (1.0, 0.0)
    heard: tuple[float, float] = (1.0, 0.0)


@cache
def shipped() -> Weights:
    """The weights of ``weights.toml``."""
    return read(files("fgd.attribution").joinpath("weights.toml").read_text(encoding="utf-8"))


def read(source: str) -> Weights:
    """Weights from TOML text."""
    table = tomllib.loads(source)
    lines = {
        kind: (float(line["slope"]), float(line["offset"]))
        for kind, line in table["calibration"].items()
    }
    return Weights(dict(table["weights"]), **lines)


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


def confidence(share: float, line: tuple[float, float]) -> float:
    """The calibrated confidence of a share of probability, by a line of ``Weights``."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-(line[0] * math.log(share / (1 - share)) + line[1])))


def _share(scores: NDArray[np.float64], table: Table) -> NDArray[np.float64]:
    import numpy as np

    said = max((unit.words for unit in table.units), default=0)
    heard = np.array([[1.0 if unit.words >= 0.01 * said else 0.0] for unit in table.units])
    names = [unit.group or unit.key for unit in table.units]
    groups = [[i for i, name in enumerate(names) if name == g] for g in dict.fromkeys(names)]
    if not groups:
        return scores
    penalty = np.zeros(scores.shape[1])
    result = _softmax(scores)
    for _ in range(ROUNDS):
        wanted = sum((result * heard)[rows].max(axis=0) for rows in groups)
        wanted[-1] = 1.0
        step = np.log(np.maximum(wanted, 1e-9))
        penalty = np.clip(penalty + 0.5 * step, 0.0, STRICTNESS)
        penalty[-1] = 0.0
        result = _softmax(scores - penalty)
    return result


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    if not scores.size:
        return scores
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares
