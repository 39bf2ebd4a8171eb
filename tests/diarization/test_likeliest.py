"""The model of who speaks when, against an enumeration of all possibilities."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.diarization import clustering


def enumerated(similarities: np.ndarray, moments: np.ndarray) -> dict[tuple[int, ...], float]:
    """The log-probability of every sequence of voices, up to a constant."""
    count, voices = similarities.shape
    change = clustering.changes(moments)
    scores = {}
    for sequence in product(range(voices), repeat=count):
        score = clustering.SHARPNESS * sum(similarities[t, v] for t, v in enumerate(sequence))
        for t in range(1, count):
            same = sequence[t] == sequence[t - 1]
            score += np.log(1 - change[t] if same else change[t] / (voices - 1))
        scores[sequence] = float(score)
    return scores


@settings(deadline=None)
@given(st.integers(1, 5), st.integers(2, 3), st.integers(0, 2**32 - 1))
def test_path_and_posteriors_are_exact(count: int, voices: int, seed: int) -> None:
    """Viterbi finds the best of all sequences, forward-backward the sum over all of them."""
    rng = np.random.default_rng(seed)
    similarities = rng.random((count, voices))
    moments = np.cumsum(rng.integers(200, 4000, count))
    scores = enumerated(similarities, moments)
    best = max(scores.values())
    found = tuple(clustering.likeliest(similarities, moments).tolist())
    assert scores[found] > best - 1e-9
    total = sum(np.exp(score - best) for score in scores.values())
    for t in range(count):
        for voice in range(voices):
            mass = sum(np.exp(s - best) for q, s in scores.items() if q[t] == voice)
            got = clustering.posteriors(similarities, moments)[t, voice]
            assert abs(got - mass / total) < 1e-4


def test_a_blip_is_not_a_turn() -> None:
    """A moment that sounds a little like somebody else stays; a second of it does not."""
    similarities = np.tile([0.8, 0.6], (40, 1))
    moments = np.arange(40) * 200
    similarities[20] = [0.2, 0.8]
    assert not clustering.likeliest(similarities, moments).any()
    similarities[20:30] = [0.2, 0.8]
    assert clustering.likeliest(similarities, moments)[20:30].all()


def test_one_voice_and_none() -> None:
    """Nothing to decide: no error, and certainty."""
    assert clustering.likeliest(np.ones((3, 1)), np.arange(3)).tolist() == [0, 0, 0]
    assert clustering.posteriors(np.ones((3, 1)), np.arange(3)).tolist() == [[1], [1], [1]]
    assert clustering.likeliest(np.ones((0, 2)), np.arange(0)).shape == (0,)
