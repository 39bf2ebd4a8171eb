"""Grouping by average similarity, within bounds."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fgd.diarization.clustering import Told, Voices, group, settle
from fgd.diarization.contract import VoiceBounds
from fgd.diarization.local_voices import LocalVoices
from fgd.diarization.networks import FRAMES, LOCAL, SIZE


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


def settled(
    across: float,
    within: float,
    *,
    seconds: float = 8.0,
    windows: float = 0.0,
    least: int = 1,
    most: int = 20,
    apart: tuple[int, ...] = (),
) -> list[int]:
    """Settle two groups of four pieces of two seconds that are so alike, in a usual recording."""
    groups = np.repeat([0, 1], 4)
    same = groups[:, None] == groups
    told = Told(
        np.where(same, within, across),
        np.where(same, 1.0, windows),
        np.where(same, 1.0, float(windows != 0)),
    )
    lengths = np.full(8, seconds / 4)
    found = settle(
        groups, told, lengths, lengths, between=(0.2, 1.0), least=least, most=most, apart=apart
    )
    return [int(group) for group in found]


ONE, TWO = [0] * 8, [0] * 4 + [1] * 4


def test_groups_are_measured_by_their_own_spread() -> None:
    """Two voices that are as alike as two halves of somebody who varies more stay two."""
    assert settled(0.65, 1.2) == TWO
    assert settled(0.65, 0.8) == ONE


def test_slight_groups_are_measured_by_the_recording() -> None:
    """Of less than three seconds nobody can tell how much they vary."""
    assert settled(0.65, 1.2, seconds=2.0) == ONE
    assert settled(0.5, 0.6, seconds=2.0) == TWO


def test_windows_count_where_groups_are_settled() -> None:
    """Windows that hear one voice, or two, decide between groups that are near enough."""
    assert settled(0.72, 1.0, windows=-1.0) == TWO
    assert settled(0.68, 1.0, windows=1.0) == ONE


def test_settling_keeps_bounds_and_what_is_known() -> None:
    """A roster of one makes one of two; what a log knows to be two stays two."""
    assert settled(0.1, 1.2, most=1) == ONE
    assert settled(1.0, 1.0, least=2) == TWO
    assert settled(1.0, 1.0, apart=(0, 4)) == TWO


def test_a_piece_too_short_to_be_heard_goes_with_its_neighbour() -> None:
    """It has no vector and no window tells whose it is: not the first voice's for that reason."""
    pieces = np.array([[0, 118], [118, 236], [300, 418], [419, 423], [424, 542]])
    activity = np.zeros((1, FRAMES, LOCAL), np.uint8)
    vectors = np.zeros((5, SIZE), np.float32)
    for piece, voice in ((0, 0), (1, 0), (2, 1), (4, 1)):
        activity[0, slice(*pieces[piece]), voice] = 255
        vectors[piece, voice] = 1.0
    nobody = np.zeros((0, 2), np.int64)
    heard = LocalVoices(
        activity, np.ones(FRAMES, np.int8), pieces, vectors, nobody, np.zeros((0, SIZE), np.float32)
    )
    _, evidence = Voices(heard).group(VoiceBounds())
    assert evidence.argmax(axis=1).tolist() == [0, 0, 1, 1, 1]
