"""Who speaks at each moment, given how much each moment sounds like each voice.

A hidden Markov model with one state for each voice: voices go on for a while (a turn lasts a few
seconds), and what is heard weighs against that. The idea is that of VB-HMM diarization (M. Diez,
L. Burget, F. Landini, J. Cernocky, "Analysis of Speaker Diarization based on Bayesian HMM with
Eigenvoice Priors", IEEE/ACM TASLP 2020), with cosines in place of a PLDA model. It tells how sure
each moment is, and it is where a floor log enters as a second observation (``floor_marks``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

# How much evidence a difference of 1 in similarity is for 0.2 s of a piece: pieces of 2 s of one
# person differ by 0.2 (standard deviation) where strangers differ by 0.7.
SHARPNESS = 2.0
# The mean length of a turn in ms: how willing the model is to change voices.
TURN = 4_000.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What else than sound bears on who speaks at each moment.

    Attributes:
        into: the probability of changing to each voice, float64 (n, voices).
        told: log-likelihood of what was observed then if each voice spoke, float64 (n, voices).
    """

    into: np.ndarray
    told: np.ndarray


def changes(moments: np.ndarray) -> np.ndarray:
    """The probability that the voice changed since the moment before, float64 (n,)."""
    import numpy as np

    apart = np.diff(moments, prepend=moments[:1])
    return np.asarray(np.clip(1 - np.exp(-apart / TURN), 1e-6, 0.5))


def path(
    similarities: np.ndarray, moments: np.ndarray, expected: Expected | None = None
) -> np.ndarray:
    """The likeliest voice at each moment (Viterbi), int64 (n,).

    Args:
        similarities: float (n, voices).
        moments: in ms, in order (n,).
        expected: what else is known; without it every change of voice is as likely.
    """
    import numpy as np

    count, voices = similarities.shape
    if voices == 1 or count == 0:
        return np.zeros(count, dtype=np.int64)
    into, stay = _chances(moments, voices, expected)
    evidence = SHARPNESS * similarities.astype(np.float64)
    if expected is not None:
        evidence += expected.told
    enter, remain = np.log(into), np.log(stay)
    came_from = np.zeros((count, voices), dtype=np.int16)
    same = np.arange(voices)
    score = evidence[0]
    for t in range(1, count):
        best = int(score.argmax())
        left, stayed = score[best] + enter[t], score + remain[t]
        came_from[t] = np.where(stayed >= left, same, best)
        score = np.maximum(stayed, left) + evidence[t]
    found = np.empty(count, dtype=np.int64)
    found[-1] = score.argmax()
    for t in range(count - 1, 0, -1):
        found[t - 1] = came_from[t, found[t]]
    return found


def posteriors(
    similarities: np.ndarray, moments: np.ndarray, expected: Expected | None = None
) -> np.ndarray:
    """The probability of each voice at each moment (forward-backward), float32 (n, voices).

    The arguments are those of ``path``.
    """
    import numpy as np

    count, voices = similarities.shape
    if voices == 1 or count == 0:
        return np.ones((count, voices), dtype=np.float32)
    evidence = SHARPNESS * similarities.astype(np.float64)
    if expected is not None:
        evidence += expected.told
    likely = np.exp(evidence - evidence.max(axis=1, keepdims=True))
    into, stay = _chances(moments, voices, expected)
    belief = np.empty((count, voices), dtype=np.float32)
    now = likely[0] / likely[0].sum()
    belief[0] = now
    for t in range(1, count):
        now = likely[t] * (now * (stay[t] - into[t]) + now.sum() * into[t])
        now /= now.sum()
        belief[t] = now
    after = np.ones(voices)
    for t in range(count - 1, 0, -1):
        next_one = likely[t] * after
        after = next_one * (stay[t] - into[t]) + (next_one * into[t]).sum()
        after /= after.sum()
        belief[t - 1] *= after
    belief /= belief.sum(axis=1, keepdims=True)
    return belief


def _chances(
    moments: np.ndarray, voices: int, expected: Expected | None
) -> tuple[np.ndarray, np.ndarray]:
    """The probabilities of changing to each voice, (n, voices), and of staying, (n, 1) or
    (n, voices).
    """
    import numpy as np

    if expected is None:
        change = changes(moments)[:, None]
        return np.repeat(change / (voices - 1), voices, axis=1), 1 - change
    return expected.into, 1 - (expected.into.sum(axis=1, keepdims=True) - expected.into)
