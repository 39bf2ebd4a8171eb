"""Weigh the features: probabilities of every unit over every seat and nobody, and confidences.

The score of a seat is the weighted sum of its features; probabilities are their softmax, with
"nobody listed" among the choices. One person rarely speaks through two voices: where the seats are
few, all ways to seat the voices are summed exactly; where they are many, a seat that is wanted more
than once loses some of its score everywhere (at most ``STRICTNESS``).

A share says how the candidates compare, not how good the evidence is. Confidence is therefore a
logistic regression (Platt scaling with more than one predictor) on the log-odds of the share, the
margins to the next seat and to nobody, and what the evidence consists of, learned on other series
of meetings than those it is judged on.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from fgd.attribution.features import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Line = Mapping[str, float]
"""A coefficient per signal."""

MOST, ENOUGH = 6.0, 3.0
"""Log-odds beyond which more evidence of a family changes nothing; who is given the floor need be
named once only."""

EVEN, FAR = 0.5, math.log(4)
"""The most that is believed of a seat that is far less likely (in log-odds) than nobody."""

LEAST = 1e-3
"""A share below which it makes no difference how small it is."""


def _stem(*stems: str) -> Callable[[str], bool]:
    return lambda feature: feature.removeprefix("like_").split("_")[0] in stems


FAMILIES: Mapping[str, Callable[[str], bool]] = {
    "own": _stem("self", "card", "for", "bare"),
    "queue": _stem("queue"),
    "floor": _stem("floor", "called"),
    "topic": _stem("topic"),
    "chair": _stem("chair"),
}
"""What evidence can consist of, by the first word of its features."""

SIGNALS = ("offset", "share", "second", "nobody", *FAMILIES, "small", "ordinary", "stretch")
"""What confidence is made of: log-odds of the share, log of the shares of the second seat and of
nobody, log-odds gained from each family of evidence, whether a name known from the talk alone is
written in small letters or made of ordinary words, and whether the labels were not followed.
"""

HEARD = ("offset", "share", "own", "queue", "floor", "small", "ordinary", "stretch")
"""The signals used for names known from the talk alone, of which few meetings tell."""

PLAIN: Line = {"share": 1.0}


def signals(
    share: float,
    second: float,
    nobody: float,
    cell: Mapping[str, float],
    weights: Mapping[str, float],
    *,
    stretch: bool,
) -> dict[str, float]:
    """The signals of one unit and seat.

    ``share``, ``second`` and ``nobody`` are the probabilities of the seat (or institution), of the
    next one and of nobody; ``cell`` holds its features, ``weights`` their log-odds; ``stretch``
    marks a talk without labels.
    """
    gained = dict.fromkeys(FAMILIES, 0.0)
    for feature, value in cell.items():
        for family, belongs in FAMILIES.items():
            if belongs(feature):
                gained[family] += weights.get(feature, 0.0) * value
    return {
        "offset": 1.0,
        "seat": _log(share),
        "share": _log(share) - _log(1 - share),
        "second": _log(second),
        "nobody": _log(nobody),
        **{
            name: _clipped(total, ENOUGH if name in ("queue", "floor") else MOST)
            for name, total in gained.items()
        },
        "small": cell.get("look_lower", 0.0),
        "ordinary": cell.get("look_ordinary", 0.0),
        "stretch": float(stretch),
    }


LEADS = 0.75
"""How far somebody must lead the meeting before that alone says who it is."""

LEFT_OVER, SPOKEN = 0.5, 0.7
"""The most that is believed of a seat that no word speaks for, though nobody else is left for it;
and the log-odds that words must bring.
"""

_BEHAVIOUR = (
    "asks",
    "answers",
    "topic",
    "unnamed",
    "named",
    "announced",
    "absent",
    "look",
    "heard",
    "member",
)


def spoken_for(
    cells: Sequence[Mapping[str, float]], columns: Sequence[int], weights: Mapping[str, float]
) -> bool:
    """Whether words speak for one of some seats of a unit: a name beside a cue, and not only how
    the unit behaves and who else is left.
    """

    def said(cell: Mapping[str, float]) -> float:
        return sum(
            max(0.0, weights.get(feature, 0.0)) * value
            for feature, value in cell.items()
            if feature.split("_")[0] not in _BEHAVIOUR
            and (feature != "chair_leads" or value >= LEADS)
        )

    return max((said(cells[column]) for column in columns), default=0.0) >= SPOKEN


def confidence(found: Mapping[str, float], line: Line) -> float:
    """The calibrated confidence of these signals, at most even where nobody is far likelier."""
    total = sum(line.get(name, 0.0) * value for name, value in found.items())
    sure = 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
    likelier = found.get("nobody", 0.0) > found.get("seat", 0.0) + FAR
    return min(sure, EVEN) if likelier else sure


def _clipped(total: float, most: float) -> float:
    return max(-most, min(most, total)) / most


def _log(share: float) -> float:
    return math.log(min(max(share, LEAST), 1.0))


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
