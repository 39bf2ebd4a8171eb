"""Arithmetic over the turns of a talk: what is said around a turn, and how alike stretches are.

Everything here is numbers: ``values`` holds one row per turn (sums of unit vectors weighted by
words, or counts), ``words`` the words of each turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fgd.model import Unit

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]


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
