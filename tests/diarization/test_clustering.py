"""Grouping by average similarity, within bounds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fgd.diarization.clustering import group


def similarity(*rows: list[float]) -> np.ndarray:
    return np.array(rows)


BLOCKS = similarity([1, 0.9, 0.2, 0.2], [0.9, 1, 0.2, 0.2], [0.2, 0.2, 1, 0.7], [0.2, 0.2, 0.7, 1])


def test_items_alike_are_one_voice() -> None:
    """Above the threshold they join, below it they stay apart; numbers follow appearance."""
    assert group(BLOCKS, [1] * 4, threshold=0.6).tolist() == [0, 0, 1, 1]
    assert group(BLOCKS, [1] * 4, threshold=0.8).tolist() == [0, 0, 1, 2]


def test_bounds_win_over_the_threshold() -> None:
    """``most`` joins the closest ones anyway; ``least`` stops joining."""
    assert group(BLOCKS, [1] * 4, threshold=0.8, most=2).tolist() == [0, 0, 1, 1]
    assert group(BLOCKS, [1] * 4, threshold=0.1, least=2).tolist() == [0, 0, 1, 1]
    assert group(BLOCKS, [1] * 4, threshold=0.99, most=1).tolist() == [0, 0, 0, 0]


def test_long_stretches_count_more() -> None:
    """The average is weighted: a short odd stretch does not push a long one away."""
    three = similarity([1, 0.9, 0.7], [0.9, 1, 0.3], [0.7, 0.3, 1])
    assert group(three, [10, 1, 1], threshold=0.6).tolist() == [0, 0, 0]
    assert group(three, [1, 10, 1], threshold=0.6).tolist() == [0, 0, 1]


def test_what_the_floor_log_knows() -> None:
    """Sets known to be one voice are one, and two sets never join, however alike."""
    same = np.full((4, 4), 0.9)
    groups = group(same, [1] * 4, threshold=0.6, together=[[0, 2], [3]])
    assert groups[0] == groups[2] != groups[3]
    assert group(BLOCKS, [1] * 4, threshold=0.8, together=[[0, 3]])[3] == 0


@given(st.integers(1, 12), st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(0, 5))
def test_the_number_of_groups_keeps_its_bounds(n: int, seed: int, least: int, extra: int) -> None:
    """Whatever the similarities, the count lies between the bounds (where n allows)."""
    rng = np.random.default_rng(seed)
    vectors = rng.random((n, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    groups = group(
        vectors @ vectors.T,
        (rng.random(n) + 0.1).tolist(),
        threshold=0.6,
        least=least,
        most=least + extra,
    )
    count = len(set(groups.tolist()))
    assert min(n, least) <= count <= least + extra
    assert sorted(set(groups.tolist())) == list(range(count))
