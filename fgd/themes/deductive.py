"""Coding by codebook: what a unit is about, by meaning and by anchor, several codes at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fgd.embedding import Embedder
from fgd.model import Codebook, Coding
from fgd.themes.anchors import Anchors, Found, by_code, phrase
from fgd.themes.exemplars import Exemplars
from fgd.themes.read import Read

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fgd.themes.windows import Array

BY = "codebook"

BEHIND = 0.12
"""A code that lies so far behind the unit's nearest one of its dimension is not meant."""

ANCHOR, LONG_ANCHOR = 0.7, 0.85
"""How sure an anchor alone makes a code: one word, or several."""

SLOPE = 14.0
"""Steepness of the score around a threshold; 0.5 at the threshold itself."""


def code(read: Read, book: Codebook, embedder: Embedder) -> tuple[Coding, ...]:
    """Codings of all content units, in order, each with its score and the reason for it."""
    content = [i for i, unit in enumerate(read.units) if unit.kind == "content"]
    if not content or not book.codes:
        return ()
    exemplars = Exemplars.of(book.codes, embedder, book.language)
    anchors = Anchors(book.codes, book.language)
    near, which = exemplars.nearest(read.vectors[content])
    meant = _meant(near, exemplars)
    texts = read.talk.texts
    made: list[Coding] = []
    for row, i in enumerate(content):
        unit = read.units[i]
        text = texts[read.rows[i]][unit.start : unit.end]
        found = by_code(anchors.find(text))
        for number, each in enumerate(book.codes):
            anchor = found.get(each.id)
            if anchor is None and not meant[row, number]:
                continue
            by_meaning = _by_meaning(near[row, number], exemplars.threshold[number])
            score = 1 - (1 - by_meaning) * (1 - _by_anchor(anchor))
            reasons = [f'says "{phrase(text, anchor)}"'] if anchor else []
            if meant[row, number]:
                nearest = exemplars.texts[int(which[row, number])]
                reasons.append(f'close to "{nearest}" ({near[row, number]:.2f})')
            made.append(
                Coding(
                    unit.turn,
                    unit.start,
                    unit.end,
                    each.id,
                    round(score, 3),
                    "; ".join(reasons),
                    BY,
                )
            )
    return tuple(made)


def _meant(near: Array, exemplars: Exemplars) -> npt.NDArray[np.bool_]:
    """Which codes each unit is about by meaning: near enough, and not far behind the nearest."""
    import numpy as np

    found = near >= exemplars.threshold
    kinds = np.array([each.dimension for each in exemplars.codes])
    for kind in sorted(set(kinds)):
        mine = kinds == kind
        leader = near[:, mine].max(axis=1, keepdims=True)
        found[:, mine] &= near[:, mine] >= leader - BEHIND
    result: npt.NDArray[np.bool_] = found
    return result


def _by_meaning(similarity: float, threshold: float) -> float:
    if math.isinf(threshold):
        return 0.0
    return 1 / (1 + math.exp(-SLOPE * (similarity - threshold)))


def _by_anchor(anchor: Found | None) -> float:
    if anchor is None:
        return 0.0
    return LONG_ANCHOR if anchor.words > 1 else ANCHOR


def uncoded(read: Read, codings: Sequence[Coding], dimension: set[str]) -> tuple[int, ...]:
    """The content units, by number, that carry no coding of these codes that still stands."""
    coded = {
        (each.turn, each.start, each.end)
        for each in codings
        if each.code in dimension and each.status != "rejected"
    }
    return tuple(
        i
        for i, unit in enumerate(read.units)
        if unit.kind == "content" and (unit.turn, unit.start, unit.end) not in coded
    )
