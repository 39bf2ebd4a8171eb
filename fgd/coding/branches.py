"""The hierarchy of themes that came up by themselves, cut into groups that a reader can take in."""

from __future__ import annotations

from collections.abc import Sequence

from fgd.model import Branch

NEAR = 0.7
"""A group reaches up to this share of the largest distance, where scipy's dendrograms change
their colour."""


def groups(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """The widest branches that are still near, nearest first; no theme is in two of them."""
    limit = NEAR * max((branch.distance for branch in branches), default=0.0)
    found: list[Branch] = []
    for branch in sorted(branches, key=lambda each: -len(each.codes)):
        taken = {code for other in found for code in other.codes}
        if branch.distance <= limit and not taken.intersection(branch.codes):
            found.append(branch)
    return tuple(sorted(found, key=lambda each: each.distance))
