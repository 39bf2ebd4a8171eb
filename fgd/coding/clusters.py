"""Clusters of sentence vectors that do not depend on seeds or order, and how steady they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Labels = npt.NDArray[np.int64]
    Vectors = npt.NDArray[np.float32]

MOST_UNITS = 2000
"""Above so many units Ward's method sees every n-th one, and the others join its clusters."""

SAMPLES, KEPT = 25, 0.9
"""Clusters are computed again on so many samples of this share of the units."""

FAR = 0.75
"""A unit of a dissolved cluster joins another if it comes as near to it as so much of the mean
nearness of that cluster's own units."""

FEW = 40
"""So few units are mostly odds and ends: the number of clusters is looked for, and only steady
ones are themes."""

ALIKE = 0.55
"""Units that belong to no cluster are one point if they are as alike as this on average."""

ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Clusters:
    """``members`` of each cluster and of each group too small to be one, as row numbers."""

    members: tuple[tuple[int, ...], ...]
    rest: tuple[tuple[int, ...], ...]

    def labels(self, count: int) -> Labels:
        """The cluster of every row (n,); those of the rest follow behind the others."""
        import numpy as np

        found = np.full(count, -1, dtype=np.int64)
        for number, rows in enumerate((*self.members, *self.rest)):
            found[list(rows)] = number
        return found


def how_many(units: int) -> int:
    """How many clusters to look for: about the cube root of the units, times one and a half.

    The cube root is what fits collections of a few hundred short texts; half as many again
    leaves room for those that turn out to be too small.
    """
    wanted = round(1.5 * math.pow(units, 1 / 3))
    return max(1, min(wanted, units // 4))


def cluster(
    vectors: Vectors, people: Sequence[str], least_units: int, least_people: int, most: int = 0
) -> Clusters:
    """Cluster unit vectors (n, d); too small clusters dissolve into near ones or stay apart.

    ``most`` is how many clusters are looked for, else ``how_many``. The result is in the order of
    the first row of each cluster and does not depend on the order of the rows otherwise.
    """
    import numpy as np

    count = len(vectors)
    if count < least_units or len(set(people)) < least_people:
        return Clusters((), _apart(vectors, range(count)))
    labels = _refined(vectors, _ward(vectors, most or how_many(count)))
    kept = [rows for rows in _rows(labels) if _enough(rows, people, least_units, least_people)]
    if not kept:
        return Clusters((), _apart(vectors, range(count)))
    loose = sorted(set(range(count)) - {row for rows in kept for row in rows})
    centres = np.stack([_centre(vectors[list(rows)]) for rows in kept])
    usual = np.array(
        [(vectors[list(rows)] @ centre).mean() for rows, centre in zip(kept, centres, strict=True)]
    )
    rest: list[int] = []
    joined = [list(rows) for rows in kept]
    for row in loose:
        near = centres @ vectors[row]
        best = int(near.argmax())
        if near[best] >= FAR * usual[best]:
            joined[best].append(row)
        else:
            rest.append(row)
    members = sorted(tuple(sorted(rows)) for rows in joined)
    return Clusters(tuple(members), _apart(vectors, rest))


def steadiest(
    vectors: Vectors, people: Sequence[str], least_units: int, least_people: int
) -> tuple[Clusters, list[float], float]:
    """Clusters, how steady each is and the whole of them.

    So few units that one cluster too many tears a theme apart are clustered into the number that
    agrees best with itself when units are left out (Ben-Hur, Elisseeff and Guyon 2002).
    """
    usual = how_many(len(vectors))
    tried = range(2, usual + 1) if len(vectors) < FEW and usual > 2 else (usual,)
    best: tuple[Clusters, list[float], float] = (Clusters((), ()), [], -1.0)
    for most in tried:
        found = cluster(vectors, people, least_units, least_people, most)
        shares, agreement = survival(vectors, people, found, least_units, least_people, most)
        if agreement >= best[2]:
            best = found, shares, agreement
    return best


def survival(
    vectors: Vectors,
    people: Sequence[str],
    found: Clusters,
    least_units: int,
    least_people: int,
    most: int = 0,
) -> tuple[list[float], float]:
    """How steady each cluster is, and the clustering as a whole, when units are left out.

    For each cluster the mean, over ``SAMPLES`` samples, of its best Jaccard similarity with a
    cluster of the sample (Hennig 2007, Computational Statistics & Data Analysis 52); for the
    whole the mean adjusted Rand index (Hubert and Arabie 1985) on the units of the sample.
    """
    import numpy as np
    from sklearn.metrics import adjusted_rand_score

    if not found.members:
        return [], 1.0
    rng = np.random.default_rng(0)
    count = len(vectors)
    order = _canonical(vectors)
    best: list[list[float]] = [[] for _ in found.members]
    agreement: list[float] = []
    whole = found.labels(count)
    for _ in range(SAMPLES):
        rows = np.sort(order[rng.permutation(count)[: max(1, round(KEPT * count))]])
        mine = [people[row] for row in rows]
        again = cluster(vectors[rows], mine, least_units, least_people, most)
        sets = [{int(rows[i]) for i in members} for members in again.members]
        sample = set(map(int, rows))
        for number, members in enumerate(found.members):
            left = set(members) & sample
            shares = [len(left & other) / len(left | other) for other in sets]
            best[number].append(max(shares, default=0.0))
        agreement.append(adjusted_rand_score(whole[rows], again.labels(len(rows))))
    return [float(np.mean(values)) for values in best], float(np.mean(agreement))


def _enough(rows: Sequence[int], people: Sequence[str], units: int, persons: int) -> bool:
    return len(rows) >= units and len({people[row] for row in rows}) >= persons


def _ward(vectors: Vectors, count: int) -> Labels:
    """Ward's clusters; of many rows only every n-th one is seen, the others stay -1."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage

    found = np.full(len(vectors), -1, dtype=np.int64)
    order = _canonical(vectors)
    seen = order[:: max(1, -(-len(vectors) // MOST_UNITS))]
    if count < 2 or len(seen) < 2:
        found[seen] = 0
        return found
    tree = linkage(_distances(vectors[seen]), "ward")
    found[seen] = fcluster(tree, count, "maxclust") - 1
    return found


def _canonical(vectors: Vectors) -> Labels:
    """Row numbers in the order of the rows' values: nothing depends on the order they came in."""
    import numpy as np

    order: Labels = np.lexsort(vectors.T[:8])
    return order


def _distances(vectors: Vectors) -> npt.NDArray[np.float64]:
    """Euclidean distances between unit vectors, condensed as scipy wants them.

    One matrix product is many times faster than scipy's own loop over 384 dimensions.
    """
    import numpy as np

    wide = vectors.astype(float)
    squared = np.maximum(2 - 2 * (wide @ wide.T), 0)
    found: npt.NDArray[np.float64] = np.sqrt(squared[np.triu_indices(len(wide), 1)])
    return found


def _refined(vectors: Vectors, labels: Labels) -> Labels:
    """Spherical k-means (Dhillon and Modha 2001) from given clusters on."""
    import numpy as np

    for _ in range(ROUNDS):
        centres = np.stack([_centre(vectors[labels == n]) for n in np.unique(labels[labels >= 0])])
        moved = (vectors @ centres.T).argmax(axis=1)
        if (moved == labels).all():
            break
        labels = moved.astype(np.int64)
    return labels


def _rows(labels: Labels) -> list[tuple[int, ...]]:
    import numpy as np

    return [tuple(map(int, np.flatnonzero(labels == n))) for n in np.unique(labels)]


def _apart(vectors: Vectors, rows: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    kept = list(rows)
    return tuple(tuple(kept[n] for n in group) for group in grouped(vectors[kept]))


def grouped(vectors: Vectors) -> tuple[tuple[int, ...], ...]:
    """Rows that are near each other together: what one person repeated is one point.

    Of many rows only every n-th one is grouped, and the others join the group that they are near.
    """
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage

    kept = range(len(vectors))
    seen = kept[:: max(1, -(-len(kept) // MOST_UNITS))]
    if len(seen) < 2:
        return tuple((row,) for row in kept)
    tree = linkage(_distances(vectors[seen]), "average")
    labels = fcluster(tree, np.sqrt(2 * (1 - ALIKE)), "distance")
    groups: dict[int, list[int]] = {}
    for row, label in zip(seen, labels, strict=True):
        groups.setdefault(int(label), []).append(row)
    alone: list[list[int]] = []
    others = sorted(set(kept) - set(seen))
    if others:
        keys = list(groups)
        centres = np.stack([_centre(vectors[groups[key]]) for key in keys])
        near = vectors[others] @ centres.T
        for row, best, value in zip(others, near.argmax(axis=1), near.max(axis=1), strict=True):
            if value >= ALIKE:
                groups[keys[int(best)]].append(row)
            else:
                alone.append([row])
    return tuple(sorted(tuple(sorted(group)) for group in (*groups.values(), *alone)))


def _centre(vectors: Vectors) -> Vectors:
    import numpy as np

    middle = vectors.mean(axis=0)
    scaled: Vectors = middle / max(float(np.linalg.norm(middle)), 1e-9)
    return scaled
