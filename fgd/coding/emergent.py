"""Find themes nobody had foreseen: what is left over by all codes, clustered and put into words.

Clusters come from Ward's method on sentence vectors, refined by spherical k-means from there:
neither draws random numbers, so no seed and no order of the units changes them, and every unit
belongs somewhere. Their words come from the session's one BERTopic model (``topics``), which knows
the foreseen themes, too: with our vectors and clusters in place of UMAP and HDBSCAN, which on a few
hundred units of talk give another result each time.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from fgd.coding.talk import Read, Speaker, spoken_names
from fgd.coding.terms import readable, spoken_terms
from fgd.coding.topics import Join, Together, choose, votes, wording
from fgd.core.cache import Kept
from fgd.core.embeddings import Embedder, unit_rows
from fgd.decisions.themes import BY
from fgd.model import Branch, Code, Coding, OtherPoint, Unit

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
        """Return the cluster of every row (n,); those of the rest follow behind the others."""
        import numpy as np

        found = np.full(count, -1, dtype=np.int64)
        for number, rows in enumerate((*self.members, *self.rest)):
            found[list(rows)] = number
        return found


def how_many(units: int) -> int:
    """Tell how many clusters to look for: about the cube root of the units, times one and a half.

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
    """Tell how steady each cluster is, and the clustering as a whole, when units are left out.

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
    """Return rows that are near each other together: what one person repeated is one point.

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
    return unit_rows(vectors.mean(axis=0))


LEAST_UNITS, LEAST_PEOPLE = 4, 3
"""Fewer units, or units of fewer people, are no theme but "other points"."""

STABLE = 0.75
"""A cluster is steady from this mean Jaccard similarity on (Hennig 2007); below it is badged."""

SHORTEST = 5
"""Units of fewer words are too little to tell what they are about; they become other points."""

TOP = 8
"""Words kept of a theme."""

SPOKEN = 4
"""Words kept of how an institution speaks of a theme."""

COVER = 1 / 3
"""Where fewer of its units say any of its words a cluster has no subject: it is a way of speaking
(taking the floor, thanking, opening a point), and one of the "other points"."""

FEWEST = 3
"""Words kept of a theme even if its units hardly share any."""

COMMON, SMALL = 0.1, 9
"""A word tells of a theme if at least this share of its units say it, and three of them; of a
theme of at most so many units, two."""


@dataclass(frozen=True, slots=True)
class Emerged:
    """Themes nobody had foreseen, as codes with codings, and what is too little to be one.

    ``stability`` is per code, ``agreement`` the mean adjusted Rand index between the clusters and
    those of samples of nine tenths of the units; ``points`` refer to units by number. ``terms``
    are the words of each code of the session, ``spoken`` those by which each institution speaks of
    it, and ``branches`` tell how those belong together that came up by themselves, those that
    people approved of earlier included.
    """

    codes: tuple[Code, ...] = ()
    codings: tuple[Coding, ...] = ()
    points: tuple[OtherPoint, ...] = ()
    stability: dict[str, float] | None = None
    agreement: float = 1.0
    terms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    spoken: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = field(default_factory=dict)
    branches: tuple[Branch, ...] = ()


def emerge(
    read: Read,
    left: Sequence[int],
    embedder: Embedder,
    foreseen: Mapping[str, Sequence[int]],
    approved: Collection[str] = (),
    taken: Sequence[str] = (),
    unwanted: Callable[[Sequence[Unit]], bool] = lambda _: False,
    kept: Kept | None = None,
) -> Emerged:
    """Cluster the units ``left`` (numbers into ``read.units``) and name what is found.

    ``foreseen`` are the units of each code that is in force already; of these, ``approved`` came up
    by themselves earlier and people approved of them. ``taken`` are ids in use; ``unwanted`` tells
    of the units of a theme whether that theme must not be suggested. What the chair and observers
    say forms no theme.
    """
    mine = [
        i
        for i in left
        if not _uncounted(read.talk.speakers[read.rows[i]]) and read.units[i].words >= SHORTEST
    ]
    people = [read.talk.speakers[read.rows[i]].key for i in mine]
    found, survived, agreement = steadiest(read.vectors[mine], people, LEAST_UNITS, LEAST_PEOPLE)
    themes = [[mine[n] for n in members] for members in found.members]
    known = list(foreseen)
    joined = [n for n, key in enumerate(known) if key in approved]
    joined += range(len(known), len(known) + len(themes))
    told = describe(read, [*foreseen.values(), *themes], embedder, joined=joined, kept=kept)
    points = [[mine[n] for n in each] for each in found.rest]
    good: list[int] = []
    for number, (members, share) in enumerate(zip(themes, survived, strict=True)):
        if told.cover[len(known) + number] < COVER:
            points.append(members)
        elif len(mine) < FEW and share < STABLE:
            points += [[members[n] for n in each] for each in grouped(read.vectors[members])]
        elif not unwanted([read.units[i] for i in members]):
            good.append(number)
    told = told.only([*range(len(known)), *(len(known) + n for n in good)])
    words = told.words[len(known) :]
    codes, codings = _told(
        read, [themes[n] for n in good], words, [survived[n] for n in good], taken
    )
    keys = [*known, *(code.id for code in codes)]
    return Emerged(
        codes,
        codings,
        tuple(_point(read, members) for members in sorted(points)),
        {each.id: each.stability for each in codes},
        round(agreement, 3),
        dict(zip(keys, told.words, strict=True)),
        {key: spoken for key, spoken in zip(keys, told.spoken, strict=True) if spoken},
        tuple(
            Branch(tuple(keys[n] for n in join.topics), join.words, join.distance)
            for join in told.joins
        ),
    )


def _uncounted(speaker: Speaker) -> bool:
    return speaker.leads or speaker.silent


def _told(
    read: Read,
    themes: Sequence[Sequence[int]],
    worded: Sequence[tuple[str, ...]],
    survived: Sequence[float],
    taken: Sequence[str],
) -> tuple[tuple[Code, ...], tuple[Coding, ...]]:
    """Clusters as codes with codings; the examples of a code are its most central units."""
    codes: list[Code] = []
    codings: list[Coding] = []
    used = set(taken)
    for members, terms, share in zip(themes, worded, survived, strict=True):
        key = _id(terms, used)
        used.add(key)
        centre = _centre(read.vectors[members])
        near = read.vectors[members] @ centre
        best = [members[n] for n in near.argsort()[::-1][:3]]
        codes.append(
            Code(
                key,
                _name(terms),
                examples=tuple(_text(read, i) for i in best),
                origin="emergent",
                stability=round(share, 3),
            )
        )
        reason = f"belongs with {len(members) - 1} other units: {', '.join(terms[:3])}"
        codings += [
            _coding(read.units[i], key, float(value), reason)
            for i, value in zip(members, near, strict=True)
        ]
    return tuple(codes), tuple(codings)


@dataclass(frozen=True, slots=True)
class Described:
    """The best words of each theme, which share of its units says one of them, how each
    institution speaks of it, and how themes belong together.
    """

    words: tuple[tuple[str, ...], ...] = ()
    cover: tuple[float, ...] = ()
    spoken: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...] = ()
    joins: tuple[Join, ...] = ()

    def only(self, numbers: Sequence[int]) -> Described:
        """Keep what is told of these themes, which are numbered anew."""
        new = {old: number for number, old in enumerate(numbers)}
        joins: dict[tuple[int, ...], Join] = {}
        for join in self.joins:
            left = tuple(new[old] for old in join.topics if old in new)
            if len(left) > 1:
                joins.setdefault(left, Join(left, join.words, join.distance))
        return Described(
            tuple(self.words[old] for old in numbers),
            tuple(self.cover[old] for old in numbers),
            tuple(self.spoken[old] for old in numbers),
            tuple(joins.values()),
        )


def describe(
    read: Read,
    themes: Sequence[Sequence[int]],
    embedder: Embedder,
    most: int = TOP,
    joined: Sequence[int] = (),
    kept: Kept | None = None,
) -> Described:
    """Describe themes, given by their units, by their ``most`` best words; ``joined`` are those
    whose hierarchy is wanted.

    First come words on which class-based TF-IDF, nearness to the theme's meaning (KeyBERT) and
    variety (maximal marginal relevance) agree, and which are said in the same units.
    """
    if not themes:
        return Described()
    rows = [i for members in themes for i in members]
    labels = [number for number, members in enumerate(themes) for _ in members]
    texts = [_text(read, i) for i in rows]
    language, names = read.talk.language, spoken_names(read)
    told = wording(
        texts, read.vectors[rows], labels, embedder, lang=language, names=names,
        classes=[_institution(read, i) for i in rows], joined=joined, kept=kept,
    )  # fmt: skip
    said = {
        i: set(spoken_terms(text, language, names)) for i, text in zip(rows, texts, strict=True)
    }
    together = Together(list(said.values()))
    plain = readable(texts, language)
    worded, cover = [], []
    for members, rankings in zip(themes, told.rankings, strict=True):
        worth = _shared(votes(rankings), [said[i] for i in members])
        chosen = choose(worth, together, most)
        worded.append(tuple(plain.get(word, word) for word in chosen))
        cover.append(_cover(chosen[:TOP], [said[i] for i in members]))
    spoken = tuple(
        tuple((body, _plain(words[:SPOKEN], plain)) for body, words in each)
        for each in told.by_class
    )
    joins = tuple(Join(j.topics, _plain(j.words, plain), j.distance) for j in told.joins)
    return Described(tuple(worded), tuple(cover), spoken, joins)


def _plain(words: Sequence[str], plain: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(plain.get(word, word) for word in words)


def _institution(read: Read, i: int) -> str:
    """The institution for which a unit was said; empty for the chair, observers and unknowns."""
    speaker = read.talk.speakers[read.rows[i]]
    return "" if _uncounted(speaker) else next(iter(speaker.institutions), "")


def _cover(words: Sequence[str], units: Sequence[set[str]]) -> float:
    """The share of units that say one of the words; a word of one unit alone joins nothing."""
    common = {word for word in words if sum(word in unit for unit in units) > 1}
    return sum(not common.isdisjoint(unit) for unit in units) / len(units)


def _shared(worth: dict[str, float], units: Sequence[set[str]]) -> dict[str, float]:
    """Return the words that enough of a theme's units say; its best few where hardly any is."""
    spread = Counter(term for terms in units for term in terms)
    enough = max(3, round(COMMON * len(units))) if len(units) > SMALL else 2
    ordered = sorted(worth, key=lambda word: (spread[word] < enough, -worth[word], word))
    shared = sum(spread[word] >= enough for word in ordered)
    return {word: worth[word] for word in ordered[: max(shared, FEWEST)]}


def _not_repeating(words: Sequence[str]) -> list[str]:
    """Return words that do not repeat a better one."""
    kept: list[str] = []
    for word in words:
        parts = set(word.split())
        if not any(parts & set(other.split()) for other in kept):
            kept.append(word)
    return kept


def _point(read: Read, members: Sequence[int]) -> OtherPoint:
    people = dict.fromkeys(read.talk.speakers[read.rows[i]].key for i in members)
    counts: dict[str, int] = {}
    names = spoken_names(read)
    for i in members:
        for term in spoken_terms(_text(read, i), read.talk.language, names):
            counts[term] = counts.get(term, 0) + 1 + term.count(" ")
    ordered = sorted(counts, key=lambda term: (-counts[term], term))
    return OtherPoint(tuple(members), tuple(people), tuple(_not_repeating(ordered)[:4]))


def _coding(unit: Unit, code: str, score: float, reason: str) -> Coding:
    return Coding(unit.turn, unit.start, unit.end, code, round(max(score, 0.0), 3), reason, BY)


def _text(read: Read, i: int) -> str:
    unit = read.units[i]
    return read.talk.texts[int(read.rows[i])][unit.start : unit.end]


def _name(terms: Sequence[str]) -> str:
    told = ", ".join(terms[:3]) or "Other"
    return told[:1].upper() + told[1:]


def _id(terms: Sequence[str], used: set[str]) -> str:
    slug = "-".join(re.sub(r"[^a-z0-9]+", "-", term.casefold()).strip("-") for term in terms[:2])
    base = f"emergent.{slug.strip('-') or 'theme'}"
    key, number = base, 2
    while key in used:
        key, number = f"{base}-{number}", number + 1
    return key


def numbered(
    points: Sequence[OtherPoint], read: Read, units: Sequence[Unit]
) -> tuple[OtherPoint, ...]:
    """Points that refer to all units of the session instead of those that were embedded."""
    places = {(unit.turn, unit.start): n for n, unit in enumerate(units)}
    return tuple(
        replace(
            point,
            units=tuple(places[read.units[i].turn, read.units[i].start] for i in point.units),
        )
        for point in points
    )


NEAR = 0.7
"""A group reaches up to this share of the largest distance, where scipy's dendrograms change
their colour."""


def groups(branches: Sequence[Branch]) -> tuple[Branch, ...]:
    """Return the widest branches that are still near, nearest first; no theme is in two of them."""
    limit = NEAR * max((branch.distance for branch in branches), default=0.0)
    found: list[Branch] = []
    for branch in sorted(branches, key=lambda each: -len(each.codes)):
        taken = {code for other in found for code in other.codes}
        if branch.distance <= limit and not taken.intersection(branch.codes):
            found.append(branch)
    return tuple(sorted(found, key=lambda each: each.distance))
