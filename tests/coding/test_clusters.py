"""Clusters that neither seeds nor the order of units change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from fgd.coding.emergent import cluster, grouped, how_many, steadiest, survival


def groups(sizes: list[int], seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Unit vectors around a few directions, and who said them in turn."""
    rng = np.random.default_rng(seed)
    rows = []
    for number, size in enumerate(sizes):
        centre = np.zeros(24)
        centre[number] = 1.0
        rows += [centre + 0.15 * rng.normal(size=24) for _ in range(size)]
    vectors = np.array(rows, dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, [f"p{n % 4}" for n in range(len(rows))]


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_units_does_not_matter(random) -> None:  # type: ignore[no-untyped-def]
    vectors, people = groups([12, 9, 15, 8])
    order = list(range(len(vectors)))
    first = cluster(vectors, people, 4, 3).labels(len(vectors))
    random.shuffle(order)
    again = cluster(vectors[order], [people[i] for i in order], 4, 3).labels(len(vectors))
    assert adjusted_rand_score(first[order], again) == 1.0


def test_clear_groups_are_found_and_steady() -> None:
    vectors, people = groups([20, 20, 20])
    found = cluster(vectors, people, 4, 3)
    shares, agreement = survival(vectors, people, found, 4, 3)
    assert sum(map(len, found.members)) + sum(map(len, found.rest)) == 60
    for members in found.members:
        assert len({row // 20 for row in members}) == 1
    assert agreement <= 1.0
    assert all(0 <= share <= 1 for share in shares)


def test_noise_is_less_steady_than_groups() -> None:
    vectors, people = groups([20, 20, 20, 20])
    noise = np.random.default_rng(1).normal(size=vectors.shape).astype(np.float32)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    steady = survival(vectors, people, cluster(vectors, people, 4, 3), 4, 3)[1]
    shaky = survival(noise, people, cluster(noise, people, 4, 3), 4, 3)[1]
    assert steady > shaky


def test_too_few_units_or_people_are_no_cluster() -> None:
    vectors, people = groups([10, 10])
    assert not cluster(vectors[:3], people[:3], 4, 3).members
    alone = cluster(vectors, ["one"] * 20, 4, 3)
    assert not alone.members
    assert sorted(row for rows in alone.rest for row in rows) == list(range(20))


def test_a_group_of_one_person_is_kept_apart() -> None:
    vectors, people = groups([20, 20, 6])
    people[40:] = ["solo"] * 6
    found = cluster(vectors, people, 4, 3)
    assert all(len({people[row] for row in rows}) >= 3 for rows in found.members)


def test_how_many_grows_slowly_and_never_starves() -> None:
    assert [how_many(n) for n in (4, 8, 64, 512)] == [1, 2, 6, 12]


def test_thousands_of_units_are_all_somewhere_and_alike_ones_together() -> None:
    vectors, people = groups([1500, 1500, 1200])
    found = cluster(vectors, people, 4, 3)
    assert sorted(row for rows in (*found.members, *found.rest) for row in rows) == list(
        range(4200)
    )
    for members in found.members:
        assert len({min(row // 1500, 2) for row in members}) == 1
    points = grouped(vectors)
    assert sorted(row for rows in points for row in rows) == list(range(4200))
    assert len(points) < 2000


def test_few_units_are_not_torn_into_too_many_clusters() -> None:
    vectors, people = groups([6, 6, 6])
    found, shares, agreement = steadiest(vectors, people, 4, 3)
    assert [tuple(range(n, n + 6)) for n in (0, 6, 12)] == list(found.members)
    assert min(shares) > 0.75
    assert agreement > 0.9


def test_what_is_steady_does_not_depend_on_the_order() -> None:
    vectors, people = groups([12, 9, 15, 8], seed=3)
    order = np.random.default_rng(5).permutation(len(vectors))
    first = survival(vectors, people, cluster(vectors, people, 4, 3), 4, 3)
    mixed, names = vectors[order], [people[n] for n in order]
    again = survival(mixed, names, cluster(mixed, names, 4, 3), 4, 3)
    assert sorted(first[0]) == pytest.approx(sorted(again[0]))
    assert first[1] == pytest.approx(again[1])
