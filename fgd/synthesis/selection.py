"""Choosing what to quote: a budget spent greedily on worth, coverage and difference.

The gain of a candidate is its own worth, plus a reward for every facet (a person, a stand) that
nothing chosen shows yet, minus its likeness to what was chosen (maximal marginal relevance,
Carbonell and Goldstein 1998). Worth and coverage are monotone submodular, for which the greedy
choice is the usual one (Lin and Bilmes 2011).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Taste:
    """How much difference and coverage count against worth, which is between 0 and 1."""

    likeness: float = 0.3
    facet: float = 0.25


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be chosen: what it is worth, what it costs, which facets it shows."""

    worth: float
    cost: float = 1.0
    facets: tuple[str, ...] = ()


def choose(
    candidates: Sequence[Candidate],
    vectors: npt.NDArray[np.float32],
    budget: float,
    taste: Taste = Taste(),
) -> tuple[int, ...]:
    """Numbers of the chosen candidates in the order chosen; their costs stay within ``budget``.

    ``vectors`` (n, d) are unit vectors, row by row for the candidates.
    """
    import numpy as np

    count = len(candidates)
    alike = np.zeros(count)
    seen: Counter[str] = Counter()
    chosen: list[int] = []
    left = budget
    open_ = [number for number in range(count) if candidates[number].cost > 0]
    while open_:
        gains = [
            (
                candidates[number].worth
                + taste.facet * sum(1 / (1 + seen[each]) for each in candidates[number].facets)
                - taste.likeness * float(alike[number]),
                -number,
            )
            for number in open_
        ]
        number = -max(gains)[1]
        open_.remove(number)
        if candidates[number].cost > left:
            continue
        chosen.append(number)
        left -= candidates[number].cost
        seen.update(candidates[number].facets)
        alike = np.maximum(alike, vectors @ vectors[number])
        open_ = [each for each in open_ if candidates[each].cost <= left]
    return tuple(chosen)
