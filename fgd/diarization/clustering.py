"""Stretches of sound grouped into voices by how alike they sound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

# Two stretches are the same voice if windows of the one are on average this similar to windows of
# the other. It is where as many pairs of the same voice as of different voices are judged wrong:
# 0.61-0.65 on meetings simulated from LibriSpeech, 0.61-0.63 on AMI clips, whether a stretch
# lasts half a second or four; see docs/voices.md.
SAME = 0.61


def group(
    similarity: np.ndarray,
    weights: Sequence[float],
    *,
    threshold: float = SAME,
    least: int = 1,
    most: int = 0,
    together: Sequence[Sequence[int]] = (),
) -> np.ndarray:
    """Average-linkage clustering with bounds on the number of groups.

    The two groups whose members are most similar on average are joined until no two are more
    similar than the threshold. Library versions know neither weights nor groups that must stay
    apart, hence this one; n is at most a few hundred here.

    Args:
        similarity: float (n, n), symmetric.
        weights: how much each item counts in an average, such as its length.
        threshold: joining stops below this average similarity.
        least: never fewer groups than this (if there are as many items).
        most: never more groups than this, whatever the threshold; 0 means no bound.
        together: sets of items known to be one voice each, and different voices from each other.

    Returns:
        The group of each item, int64 (n,), numbered from 0 in order of first appearance.
    """
    import numpy as np

    joint = similarity.astype(np.float64).copy()
    np.fill_diagonal(joint, -np.inf)
    size = np.array(weights, dtype=np.float64)
    label = np.arange(len(size))
    alive = np.ones(len(size), dtype=bool)
    known = np.zeros(len(size), dtype=bool)

    def join(a: int, b: int) -> None:
        merged = (size[a] * joint[a] + size[b] * joint[b]) / (size[a] + size[b])
        joint[a], joint[:, a] = merged, merged
        joint[a, a] = joint[b, :] = joint[:, b] = -np.inf
        size[a] += size[b]
        label[label == label[b]] = label[a]
        alive[b] = False
        known[a] |= known[b]

    for members in together:
        for other in members[1:]:
            join(members[0], other)
        if members:
            known[members[0]] = True
    apart = np.flatnonzero(known)
    joint[np.ix_(apart, apart)] = -np.inf

    while alive.sum() > max(least, 1):
        a, b = divmod(int(joint.argmax()), len(size))
        if joint[a, b] == -np.inf or (
            joint[a, b] < threshold and not (most and alive.sum() > most)
        ):
            break
        join(*sorted((a, b)))
        still = np.flatnonzero(known & alive)
        joint[np.ix_(still, still)] = -np.inf
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[inverse], dtype=np.int64)
