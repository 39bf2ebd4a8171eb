"""Choosing the words of a theme: those that several rankings prefer and that are said together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property

TOGETHER = 0.5
"""How much it counts that a word is said in the same units as the words chosen before it."""

DAMPED = 3
"""The word at place n of a ranking has 1 / (this + n) votes."""


class Together:
    """How often words share a unit: normalised pointwise mutual information (Bouma 2009).

    Words of one unit that a person would expect to meet are what makes a list of words coherent
    (Röder, Both and Hinneburg 2015). ``units`` are the single words of each unit.
    """

    def __init__(self, units: Sequence[Iterable[str]]) -> None:
        self.total = len(units)
        self._units = units

    @cached_property
    def _where(self) -> dict[str, set[int]]:
        where: dict[str, set[int]] = {}
        for number, words in enumerate(self._units):
            for word in words:
                where.setdefault(word, set()).add(number)
        return where

    def __call__(self, one: str, other: str) -> float:
        """From -1 (never in one unit) over 0 (as chance has it) to 1 (never without the other)."""
        a, b = self._where.get(one, set()), self._where.get(other, set())
        both = len(a & b)
        if not both:
            return -1.0
        if both == self.total:
            return 1.0
        return math.log(both * self.total / (len(a) * len(b))) / -math.log(both / self.total)


def votes(rankings: Sequence[Sequence[str]]) -> dict[str, float]:
    """For each word how high the rankings place it, taken together."""
    found: dict[str, float] = {}
    for words in rankings:
        for place, word in enumerate(words):
            found[word] = found.get(word, 0.0) + 1 / (DAMPED + place)
    return found


def choose(worth: dict[str, float], together: Together, most: int) -> tuple[str, ...]:
    """At most so many of the words, best first: worth by themselves and said together.

    Of two terms that share a word only the better one is taken.
    """
    best_worth = max(worth.values(), default=1.0)
    worth = {word: value / best_worth for word, value in worth.items()}
    left = sorted(worth, key=lambda word: (-worth[word], word))
    chosen: list[str] = []
    used: list[str] = []
    near = dict.fromkeys(left, 0.0)
    while left and len(chosen) < most:
        best = max(left, key=lambda word: _value(worth[word], near[word], len(used)))
        chosen.append(best)
        parts = best.split()
        used += parts
        left = [word for word in left if not set(parts) & set(word.split())]
        for word in left:
            own = word.split()
            near[word] += sum(together(a, b) for a in own for b in parts) / len(own)
    return tuple(chosen)


def _value(worth: float, near: float, others: int) -> float:
    """The worth of a word; ``near`` is the sum of what it has in common with ``others`` words."""
    return (1 - TOGETHER) * worth + TOGETHER * near / others if others else worth
