"""How far a share of probability can be trusted: from what speaks for a seat to a confidence.

A share says how the candidates compare, not how good the evidence is. In a room of eighty a voice
that was called by name has half of its share spread over seats that nothing speaks for; a voice
that is left over after everybody else was found may have the same share and is right less often.
Confidence is therefore a logistic regression on the log-odds of the share, on the margins to the
next seat and to nobody, and on what the evidence consists of (Platt scaling with more than one
predictor), learned on meetings left out of the weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

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
