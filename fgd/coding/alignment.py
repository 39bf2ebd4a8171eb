"""Fitting an ordered list of sections to a sequence of turns, by dynamic programming.

The talk is cut into stretches, each given to one section. The sections first come up in order;
one may be skipped, and a later stretch may return to an earlier one, both at a price. The score
of a cut is the sum over its stretches of: how much the words in it are about the section, how
alike they are among themselves, whether a section's question is put where it starts, and how
usual its length is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fgd.model import Unit

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much; found on the development half of the guided_themes data.

    ``about`` weighs similarity with the section, ``alike`` similarity within the stretch,
    ``put`` a section's question at the stretch's start, ``length`` the squared logarithm of the
    stretch's length over the expected one. ``back`` is the price of returning to an earlier
    section. Stretches start at one of at most ``starts`` turns.
    """

    about: float = 50.0
    alike: float = 8.0
    put: float = 1.0
    length: float = 0.4
    usual: float = -0.1
    back: float = 2.5
    starts: int = 220


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of n turns and k sections.

    ``words`` (n,); ``about`` (n, k) similarity of the talk around each turn with each section,
    only differences along either axis count; ``content`` (n, d) sums of vectors by which a
    stretch is alike; ``put`` (n, k) how surely each turn puts each section's question;
    ``change`` (n,) how much the talk changes there; ``skip`` (k,) the price of leaving a section
    out; ``expected`` (k,) shares of the talk planned for each; ``fixed`` (n,) a section that is
    known already, or -1.
    """

    words: Array
    about: Array
    content: Array
    put: Array
    change: Array
    skip: Array
    expected: Array
    fixed: npt.NDArray[np.int64]


DEFAULT = Weights()

_NEVER = -1e15
_FIXED = 1e4


def align(evidence: Evidence, weights: Weights = DEFAULT) -> npt.NDArray[np.int64]:
    """The section of every turn, (n,); -1 for all where there are no turns or no sections."""
    import numpy as np

    count, sections = evidence.about.shape
    if not count or not sections:
        return np.full(count, -1, dtype=np.int64)
    edges = _edges(evidence, weights.starts)
    fresh, again = _stretches(evidence, weights, edges)
    steps = _best_path(fresh, again, evidence.skip)
    found = np.full(count, -1, dtype=np.int64)
    for first, after, section in steps:
        found[edges[first] : edges[after]] = section
    return found


def _edges(evidence: Evidence, most: int) -> npt.NDArray[np.int64]:
    """The turns at which a stretch may start, and the end: the likeliest one of each small bin."""
    import numpy as np

    count = len(evidence.words)
    likely = evidence.change + evidence.put.max(axis=1)
    place = cumulated(evidence.words + 1e-6)
    bins = np.floor(place[:-1] / place[-1] * most).astype(np.int64)
    order = np.lexsort((-likely, bins))
    firsts = order[np.unique(bins[order], return_index=True)[1]]
    switches = np.flatnonzero(np.diff(evidence.fixed)) + 1
    return np.unique(np.concatenate([[0], firsts, switches, [count]]))


def _stretches(
    evidence: Evidence, weights: Weights, edges: npt.NDArray[np.int64]
) -> tuple[Array, Array]:
    """Scores (start, end, section) of a stretch that opens a section, and of one that returns."""
    import numpy as np

    share = evidence.words / max(evidence.words.sum(), 1e-9)
    about = evidence.about - evidence.about.mean(axis=1, keepdims=True)
    about = about - (about * share[:, None]).sum(axis=0)
    gain = weights.about * about * share[:, None]
    sections = np.arange(about.shape[1])
    known = (evidence.fixed[:, None] >= 0) & (evidence.fixed[:, None] != sections)
    gain = gain - _FIXED * known
    summed = cumulated(gain)[edges]
    place = cumulated(share)[edges]
    length = place[None, :] - place[:, None]
    ahead = edges[None, :] > edges[:, None]
    base = weights.alike * _alike(evidence, edges)
    put = np.vstack([evidence.put, np.zeros((1, about.shape[1]))])[edges]
    again = summed[None] - summed[:, None] + base[..., None] + weights.put * put[:, None]
    usual = np.log(np.maximum(length[..., None], 1e-6) / np.maximum(evidence.expected, 1e-6))
    fresh = again - weights.length * (usual - weights.usual) ** 2 / 2
    fresh[~ahead] = _NEVER
    again = again - weights.back
    again[~ahead] = _NEVER
    return fresh, again


def _alike(evidence: Evidence, edges: npt.NDArray[np.int64]) -> Array:
    """How much of the variation a stretch (start, end) keeps inside: |sum|^2 / words, normalised.

    Summed over the stretches of a cut this is the variance between stretches, which k-means
    and kernel change point detection maximise too.
    """
    import numpy as np

    total = max(evidence.words.sum(), 1e-9)
    centred = evidence.content - evidence.words[:, None] * (evidence.content.sum(axis=0) / total)
    sums = cumulated(centred)[edges]
    inner = sums @ sums.T
    own = np.diag(inner)
    squared = own[:, None] + own[None] - 2 * inner
    place = cumulated(evidence.words)[edges]
    length = place[None, :] - place[:, None]
    found: Array = np.where(length > 0, squared / np.maximum(length, 1e-9), 0) / total
    return found


def _best_path(fresh: Array, again: Array, skip: Array) -> list[tuple[int, int, int]]:
    """The best cut as (start edge, end edge, section), in order.

    State: the end edge, and how many sections have come up so far (``seen``). A stretch opens
    section ``seen`` after any smaller number (the ones between are skipped), or returns to one
    of those seen.
    """
    import numpy as np

    edges, sections = fresh.shape[0], fresh.shape[2]
    price = cumulated(skip)
    best = np.full((sections + 1, edges), _NEVER)
    best[0, 0] = 0.0
    back: dict[tuple[int, int], tuple[int, int, int]] = {}
    reached = np.full((sections, edges), _NEVER)
    origin = np.zeros((sections, edges), dtype=np.int64)
    for after in range(1, edges):
        # The best number of sections seen before opening each next one, skips paid for.
        edge = after - 1
        running, source = _NEVER, 0
        for seen in range(sections):
            value = best[seen, edge] + price[seen]
            if value > running:
                running, source = value, seen
            reached[seen, edge], origin[seen, edge] = running - price[seen], source
        for seen in range(1, sections + 1):
            opened = reached[seen - 1, :after] + fresh[:after, after, seen - 1]
            start = int(opened.argmax())
            value, step = opened[start], (start, int(origin[seen - 1, start]), seen - 1)
            returned = best[seen, :after, None] + again[:after, after, :seen]
            place = int(returned.argmax())
            if returned.flat[place] > value:
                value = returned.flat[place]
                step = (place // seen, seen, place % seen)
            best[seen, after], back[seen, after] = value, step
    ends = best[1:, -1] - (price[-1] - price[1:])
    seen, edge, path = int(ends.argmax()) + 1, edges - 1, []
    while edge > 0:
        start, before, section = back[seen, edge]
        path.append((start, edge, section))
        seen, edge = before, start
    return path[::-1]


def per_turn(
    units: Sequence[Unit], vectors: npt.NDArray[np.float32], places: dict[str, int]
) -> tuple[Array, Array]:
    """Sums of the unit vectors of each turn, weighted by words: (turns, d), and the words (turns,).

    ``vectors`` has one row per unit; ``places`` gives the row of each turn.
    """
    import numpy as np

    weight = np.array([unit.words for unit in units], dtype=float)
    rows = np.array([places[unit.turn] for unit in units], dtype=np.int64)
    sums = np.zeros((len(places), vectors.shape[1] if vectors.ndim == 2 else 0))
    total = np.zeros(len(places))
    np.add.at(sums, rows, vectors * weight[:, None])
    np.add.at(total, rows, weight)
    return sums, total


def cumulated(values: Array) -> Array:
    """Sums over the first 0, 1, 2, ... rows: (n + 1, ...)."""
    import numpy as np

    first = np.zeros((1, *values.shape[1:]))
    return np.concatenate([first, np.cumsum(values, axis=0)])


def unit_rows(values: Array) -> Array:
    """Every row scaled to length 1; rows of nothing stay nothing."""
    import numpy as np

    length = np.linalg.norm(values, axis=-1, keepdims=True)
    scaled: Array = values / np.maximum(length, 1e-9)
    return scaled


def around(values: Array, words: Array, width: float) -> Array:
    """For each turn the sum of the rows in a window of ``width`` words centred on it.

    The window always holds the turn itself.
    """
    import numpy as np

    count = len(words)
    place = cumulated(words)
    middle = (place[:-1] + place[1:]) / 2
    turns = np.arange(count)
    first = np.searchsorted(place, middle - width / 2) - 1
    after = np.searchsorted(place, middle + width / 2)
    first = np.clip(np.minimum(first, turns), 0, None)
    after = np.clip(np.maximum(after, turns + 1), None, count)
    sums = cumulated(values)
    window: Array = sums[after] - sums[first]
    return window


def change(values: Array, words: Array, width: float) -> Array:
    """How much the talk changes at the start of each turn: 1 - cosine of both sides, 0..2.

    Each side holds ``width`` words; ``values`` should be centred on their mean, since all talk of
    one meeting is alike. The idea is TextTiling's (Hearst 1997), on sentence vectors.
    """
    import numpy as np

    place = cumulated(words)
    sums = cumulated(values)
    here = np.arange(len(words))
    first = np.searchsorted(place, place[:-1] - width)
    after = np.minimum(len(words), np.searchsorted(place, place[:-1] + width))
    before = unit_rows(sums[here] - sums[np.minimum(first, here)])
    behind = unit_rows(sums[np.maximum(after, here)] - sums[here])
    changed: Array = 1 - (before * behind).sum(axis=1)
    return changed


def decayed(values: Array, length: float) -> Array:
    """Each value spread to its neighbours on both sides, falling by e every ``length`` rows."""
    import numpy as np
    from scipy.signal import lfilter

    if not len(values):
        return values
    fall = float(np.exp(-1 / max(length, 1e-6)))
    onward = lfilter([1.0], [1.0, -fall], values)
    back = lfilter([1.0], [1.0, -fall], values[::-1])[::-1]
    spread: Array = onward + back - values
    return spread


def standardised(values: Array) -> Array:
    """Mean 0 and deviation 1; all 0 where nothing differs."""
    import numpy as np

    deviation = float(np.std(values)) if len(values) else 0.0
    if deviation < 1e-9:
        return np.zeros(len(values))
    scaled: Array = (values - values.mean()) / deviation
    return scaled
