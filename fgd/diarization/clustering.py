"""Group sound into voices, and decide who speaks at each moment.

Two things speak for one voice. Vectors: a piece of ``d`` seconds resembles its voice less the
shorter it is, so cosines are divided by what two pieces of those lengths reach at best. Windows:
pieces that one window holds are one of its local voices or two. The second also tells what the
first is worth in *this* recording: how alike known strangers sound on this microphone, and how
alike one person does, which sets the threshold.

How sure a moment is tells a hidden Markov model with one state for each voice: voices go on for a
while (a turn lasts a few seconds), and what is heard weighs against that. The idea is that of
VB-HMM diarization (M. Diez, L. Burget, F. Landini, J. Cernocky, "Analysis of Speaker Diarization
based on Bayesian HMM with Eigenvoice Priors", IEEE/ACM TASLP 2020), with cosines in place of a PLDA
model. It is where a floor log enters as a second observation (``floor_marks``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fgd.diarization.contract import GHOST, VoiceBounds
from fgd.diarization.local_voices import LocalVoices
from fgd.diarization.networks import LOCAL, unit

if TYPE_CHECKING:
    import numpy as np


SHORTEST = 0.6
"""Seconds below which a piece is only given to a voice and does not make one."""

MOST = 2_000
"""Pieces grouped; of more, the longest."""

STRANGERS, SELF = 0.15, 1.0
"""How alike strangers and one person sound where a recording does not tell."""

DOUBT = 20
"""Pairs of pieces that these count as."""

TOLD = 0.8
"""Agreement of windows from which on two pieces count as known to be one voice, or two."""

WINDOWS = 0.5
"""How much similarity full agreement of the windows is worth."""

BESIDE = 0.2
"""What the voice next to a piece gets of it where the piece is too short to have a vector."""

PASSES = 3

FIRST = 0.7
"""How far from strangers to oneself pairs must be for pieces to be joined on their average."""

NEAR, BOTH = 0.71, 0.07
"""How alike two groups of one person are, in terms of how alike each is in itself, and how much of
that the windows are worth. Learned from invented meetings of real voices
(``benchmarks.diarization --dataset invented``)."""


class Voices:
    """The voices of a recording and how much each piece speaks for each of them."""

    def __init__(self, heard: LocalVoices) -> None:
        import numpy as np

        self.heard = heard
        self.trust = heard.trust
        self.weight = heard.seconds * self.trust**2
        self.share, inside = heard.shares()
        together = (inside @ inside.T).tocsr()
        same = (self.share @ self.share.T).tocsr()
        same.data = np.asarray(same.data, dtype=np.float64)
        together.setdiag(0)
        together.eliminate_zeros()
        self._known = together.astype(bool).astype(np.float64)
        often = together.copy()
        often.data = 1 / often.data
        self.agreement = (2 * same.multiply(often) - self._known).tocsr()

    def group(
        self, bounds: VoiceBounds, together: Sequence[Sequence[int]] = ()
    ) -> tuple[np.ndarray, np.ndarray]:
        """Group the pieces.

        Args:
            bounds: on the number of voices.
            together: sets of pieces known to be one voice each, and different ones.

        Returns:
            Voices of length one, float32 (voices, 192), and the evidence of each piece for each
            of them, float64 (pieces, voices): 1 is what one person reaches.
        """
        import numpy as np

        chosen = self._chosen(together)
        vectors = self.heard.vectors[chosen] / self.trust[chosen, None]
        alike = (vectors @ vectors.T).astype(np.float64)
        agreement = self.agreement[chosen][:, chosen].toarray()
        place = {piece: index for index, piece in enumerate(chosen.tolist())}
        least, most = max(bounds.least, len(together)), max(bounds.most, len(together))
        named = [[place[piece] for piece in some] for some in together]
        strangers, oneself = levels(alike, agreement, self.trust[chosen] ** 2)
        groups = group(
            alike + WINDOWS * agreement,
            self.weight[chosen].tolist(),
            threshold=strangers + FIRST * (oneself - strangers),
            least=least,
            together=named,
        )
        groups = settle(
            groups,
            Told(alike, agreement, self._known[chosen][:, chosen].toarray()),
            self.weight[chosen],
            self.heard.seconds[chosen],
            between=(strangers, oneself),
            least=least,
            most=most,
            apart=[some[0] for some in named if some],
        )
        owner = np.full(len(self.heard.pieces), -1)
        owner[chosen] = groups
        for _ in range(PASSES):
            voices = self.means(owner)
            evidence = self.evidence(voices, owner)
            owner = evidence.argmax(axis=1)
            present = np.unique(owner)
            if len(present) < len(voices) and len(present) >= bounds.least:
                voices, evidence = voices[present], evidence[:, present]
                owner = np.searchsorted(present, owner)
        return voices, evidence

    def means(self, owner: np.ndarray) -> np.ndarray:
        """Return the voices that pieces are given to (-1: to none), float32 (voices, 192)."""
        import numpy as np

        parts = self.heard.vectors * (self.weight / self.trust)[:, None]
        return np.asarray(
            unit(np.stack([parts[owner == v].sum(axis=0) for v in range(owner.max() + 1)])),
            dtype=np.float32,
        )

    def evidence(self, voices: np.ndarray, owner: np.ndarray) -> np.ndarray:
        """Score each piece for each voice, if its neighbours are those of ``owner``."""
        import numpy as np

        given = np.zeros((len(owner), len(voices)))
        mine = owner >= 0
        given[mine, owner[mine]] = self.weight[mine]
        beside = self._known @ given.sum(axis=1)
        told = (self.agreement @ given) / np.maximum(beside, 0.5)[:, None]
        found = self.heard.vectors @ voices.T / self.trust[:, None] + WINDOWS * told
        silent = ~self.heard.vectors.any(axis=1)
        if silent.any() and mine.any():  # too short to be heard: who speaks next to it, most likely
            middles, owned = self.heard.pieces.mean(axis=1), np.flatnonzero(mine & ~silent)
            if len(owned):
                away = abs(middles[silent][:, None] - middles[owned])
                found[silent, owner[owned[away.argmin(axis=1)]]] += BESIDE
        return np.asarray(found, dtype=np.float64)

    def local(self, shares: np.ndarray, voices: np.ndarray) -> np.ndarray:
        """Map each local voice of each window to a voice of the recording.

        Args:
            shares: how much of each piece is of each voice, float (pieces, voices).
            voices: float32 (voices, 192).

        Returns:
            Shares, float64 (windows, 3, voices); zeros for a local voice that nobody is.
        """
        import numpy as np

        spoken = self.share.T @ (shares * self.heard.seconds[:, None])
        found = spoken.reshape(-1, LOCAL, len(voices))
        alone = found.sum(axis=2)
        for (window, voice), vector in zip(
            self.heard.covered.tolist(), self.heard.covered_vectors, strict=True
        ):
            alike = vector @ voices.T
            for other in range(LOCAL):
                if other != voice and alone[window, other] >= 0.5:
                    alike[found[window, other].argmax()] = -np.inf
            if alike.max() > -np.inf:
                found[window, voice] = 0
                found[window, voice, alike.argmax()] = 1
        return np.asarray(found / np.maximum(found.sum(axis=2, keepdims=True), 0.5))

    def _chosen(self, together: Sequence[Sequence[int]]) -> np.ndarray:
        """Select the pieces that make voices: long enough ones, and those that a log names."""
        import numpy as np

        usable = np.asarray(self.heard.vectors.any(axis=1), dtype=np.bool_)
        long = usable & (self.heard.seconds >= SHORTEST)
        chosen = np.flatnonzero(long if long.any() else usable)
        if not len(chosen):
            chosen = np.arange(len(usable))
        longest = np.argsort(-self.heard.seconds[chosen], kind="stable")[:MOST]
        named = [piece for some in together for piece in some]
        return np.unique(np.concatenate([chosen[longest], np.array(named, dtype=np.int64)]))


def levels(alike: np.ndarray, agreement: np.ndarray, trust: np.ndarray) -> tuple[float, float]:
    """Estimate how alike strangers sound in this recording, and how alike one person does.

    Args:
        alike: float (n, n).
        agreement: of the windows, from -1 (two voices) to 1 (one voice), 0 unknown, (n, n).
        trust: how much each piece counts (n,).
    """
    import numpy as np

    pairs = np.triu(np.outer(trust, trust), 1)
    found = []
    for known, usual in ((agreement < -TOLD, STRANGERS), (agreement > TOLD, SELF)):
        counted = pairs[known]
        found.append(((alike[known] * counted).sum() + usual * DOUBT) / (counted.sum() + DOUBT))
    return float(found[0]), float(found[1])


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of every two pieces, each float (n, n).

    Attributes:
        alike: their similarity.
        agreement: of the windows, from -1 (two voices) to 1 (one voice), 0 unknown.
        known: 1 where a window holds both.
    """

    alike: np.ndarray
    agreement: np.ndarray
    known: np.ndarray


def settle(
    groups: np.ndarray,
    told: Told,
    weights: np.ndarray,
    seconds: np.ndarray,
    *,
    between: tuple[float, float],
    least: int,
    most: int,
    apart: Sequence[int] = (),
) -> np.ndarray:
    """Join groups that are nearly as alike as each is in itself, the likeliest first.

    Strangers differ more in how alike they sound than one person does: among eight of them on a
    telephone line, the nearest two are nearer than any two on average by far. So two groups that
    have enough of a voice to be measured are measured by their own spread. A slight one says too
    little about its spread: it is joined to what it is more like than half way to one person.

    Args:
        groups: of each piece, numbered from 0 (n,).
        told: of every two pieces.
        weights: how much each piece counts (n,).
        seconds: the length of each (n,).
        between: how alike strangers and one person sound in this recording.
        least: never fewer groups.
        most: never more groups.
        apart: one piece of each voice that is known to be another one than the others.

    Returns:
        The group of each piece, int64 (n,), numbered from 0 in order of first appearance.
    """
    import numpy as np

    label = groups.copy()
    inside = np.eye(int(label.max()) + 1)[label]
    pairs = np.outer(weights, weights)
    np.fill_diagonal(pairs, 0)
    sums = [inside.T @ (some * pairs) @ inside for some in (told.alike, told.agreement, told.known)]
    alike, agreed, known = sums
    pair = inside.T @ pairs @ inside
    length = inside.T @ seconds
    free = np.ones(alike.shape, dtype=bool)
    np.fill_diagonal(free, val=False)
    fixed = np.unique(label[np.array(apart, dtype=np.int64)])
    free[np.ix_(fixed, fixed)] = False
    alive = np.ones(len(length), dtype=bool)
    while alive.sum() > max(least, 1):
        own, measured = np.diagonal(alike), np.diagonal(pair)
        within = (own[:, None] + own + between[1]) / (measured[:, None] + measured + 1)
        across = alike / np.maximum(pair, 1e-9)
        lead = np.where(
            np.minimum(length[:, None], length) * 1000 < GHOST,
            across + WINDOWS * agreed / np.maximum(pair, 1e-9) - np.mean(between),
            across / within + BOTH * agreed / (known + 0.5) - NEAR,
        )
        lead[~(free & alive & alive[:, None])] = -np.inf
        a, b = sorted(divmod(int(lead.argmax()), len(lead)))
        if lead[a, b] == -np.inf or (lead[a, b] < 0 and alive.sum() <= most):
            break
        for some in (alike, agreed, known, pair):
            some[a] += some[b]
            some[:, a] += some[:, b]
        length[a] += length[b]
        free[a] &= free[b]
        free[:, a] &= free[:, b]
        label[label == b] = a
        alive[b] = False
    return _in_order(label)


def group(
    similarity: np.ndarray,
    weights: Sequence[float],
    *,
    threshold: float,
    least: int = 1,
    most: int = 0,
    together: Sequence[Sequence[int]] = (),
) -> np.ndarray:
    """Group pieces by average linkage, within bounds on the number of groups.

    The two groups whose members are most similar on average are joined until no two are more
    similar than the threshold. Library versions know neither weights nor groups that must stay
    apart, hence this one.

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
    nearest = joint.argmax(axis=1)  # of each group, so that a step looks at one row and not at all
    nearness = joint[np.arange(len(size)), nearest]

    def look(rows: Any) -> None:
        nearest[rows] = joint[rows].argmax(axis=1)
        nearness[rows] = joint[rows, nearest[rows]]

    def join(a: int, b: int) -> None:
        merged = (size[a] * joint[a] + size[b] * joint[b]) / (size[a] + size[b])
        joint[a], joint[:, a] = merged, merged
        joint[a, a] = joint[b, :] = joint[:, b] = -np.inf
        size[a] += size[b]
        label[label == label[b]] = label[a]
        alive[b] = False
        known[a] |= known[b]
        stale = np.flatnonzero((nearest == a) | (nearest == b))
        look(np.union1d(stale, [a, b]))
        closer = merged > nearness
        nearest[closer], nearness[closer] = a, merged[closer]

    for members in together:
        for other in members[1:]:
            join(members[0], other)
        if members:
            known[members[0]] = True
    _keep_apart(joint, known & alive)
    look(np.arange(len(size)))

    while alive.sum() > max(least, 1):
        a = int(nearness.argmax())
        b = int(nearest[a])
        if joint[a, b] == -np.inf or (
            joint[a, b] < threshold and not (most and alive.sum() > most)
        ):
            break
        join(*sorted((a, b)))
        if known.any():
            _keep_apart(joint, known & alive)
            look(np.flatnonzero(known & alive))
    return _in_order(label)


def _in_order(label: np.ndarray) -> np.ndarray:
    """Number groups from 0 in order of first appearance, int64."""
    import numpy as np

    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[inverse], dtype=np.int64)


def _keep_apart(joint: np.ndarray, known: np.ndarray) -> None:
    """Set groups that are known to be different voices apart, so that they are never joined."""
    import numpy as np

    apart = np.flatnonzero(known)
    joint[np.ix_(apart, apart)] = -np.inf


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
    """Return the probability that the voice changed since the moment before, float64 (n,)."""
    import numpy as np

    apart = np.diff(moments, prepend=moments[:1])
    return np.asarray(np.clip(1 - np.exp(-apart / TURN), 1e-6, 0.5))


def likeliest(
    similarities: np.ndarray, moments: np.ndarray, expected: Expected | None = None
) -> np.ndarray:
    """Find the likeliest voice at each moment (Viterbi), int64 (n,).

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
    """Return the probability of each voice at each moment (forward-backward), float32 (n, voices).

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
    """Return the probabilities of changing to each voice, (n, voices), and of staying, (n, 1 or
    more).
    """
    import numpy as np

    if expected is None:
        change = changes(moments)[:, None]
        return np.repeat(change / (voices - 1), voices, axis=1), 1 - change
    return expected.into, 1 - (expected.into.sum(axis=1, keepdims=True) - expected.into)
