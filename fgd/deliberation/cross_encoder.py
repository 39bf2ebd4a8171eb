"""Read clauses, and pairs of what was put and an answer, with a network wider than the others.

all-mpnet-base-v2, its upper layers changed by low-rank additions (LoRA, Hu et al. 2021,
arXiv:2106.09685), reads a clause with its neighbours and the reply to it as one text and tells what
it puts; and, with other additions, what was put and an answer side by side, how likely the one
answers the other, and with which side. Its published weights are large, so they are fetched and not
shipped (``fgd models pull mpnet``); without them the narrow networks are all there is.
``benchmarks/deliberation_cross_encoder.py`` makes the additions and writes them with its hash.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgd.core import mpnet
from fgd.core.embeddings import additions

if TYPE_CHECKING:
    from fgd.deliberation.features import Numbers

ADDITIONS = Path(__file__).with_name("cross_encoder.npz")
CLAUSES = Path(__file__).with_name("clause_encoder.npz")
"""What was added to read pairs, and to read clauses."""

PUT, ANSWER, PUT_BESIDE, ANSWER_BESIDE = 48, 48, 12, 24
"""Word pieces that are read of what was put, of the answer, and of the clauses beside either."""

CLAUSE, BESIDE, FURTHER = 64, 24, 12
"""Word pieces that are read of a clause, of those beside it and the first that somebody else says
next, and of the second.
"""

SCALE = 2.0
"""Weight of the low-rank additions."""

HALVES = 3
"""Parts that come before the marks between: the clause before, what was put, and the one after."""


@dataclass(frozen=True, slots=True, eq=False)
class CrossEncoder:
    """The network with its additions in place: linear layers of the encoder, and other weights."""

    weights: Mapping[str, Any]
    layers: Mapping[str, mpnet.Projection]
    script: str

    def linear(self, x: Any, name: str) -> Any:
        """Apply a linear layer by its name."""
        return self.layers[name](x)


def parts_of(
    ids: Mapping[int, Sequence[int]], near: Numbers, put: int, answer: int
) -> tuple[Sequence[int], ...]:
    """Return what is read of a pair, as word pieces: the clause before, what was put, the one
    after; and the same of the answer. ``near`` (n, k) are the neighbours of every clause.
    """
    before, after = (ids.get(int(n), ()) for n in near[put][:2])
    earlier, later = (ids.get(int(n), ()) for n in near[answer][:2])
    return (
        before[-PUT_BESIDE:], ids[put][:PUT], after[:PUT_BESIDE],
        earlier[-ANSWER_BESIDE:], ids[answer][:ANSWER], later[:ANSWER_BESIDE],
    )  # fmt: skip


def parts_alone(
    ids: Mapping[int, Sequence[int]], near: Numbers, clause: int
) -> tuple[Sequence[int], ...]:
    """Return what is read of a clause alone, as word pieces: the one before, it, the one after;
    nothing; and the first two that somebody else says next.
    """
    before, after, _, reply, further = (ids.get(int(n), ()) for n in near[clause])
    return (
        before[-BESIDE:], ids[clause][:CLAUSE], after[:BESIDE],
        (), reply[:BESIDE], further[:FURTHER],
    )  # fmt: skip


def laid(parts: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """Lay six parts end to end: token ids, and of which part each is, counted from 1;
    marks between are of part 0.
    """
    ids, of = [mpnet.BEGIN], [0]
    for number, part in enumerate(parts, start=1):
        ids += [piece + mpnet.SHIFT for piece in part]
        of += [number] * len(part)
        if number == HALVES:
            ids += [mpnet.END, mpnet.END]
            of += [0, 0]
    return [*ids, mpnet.END], [*of, 0]


@dataclass(frozen=True, slots=True, eq=False)
class Wide:
    """What reads where the published weights are: one reads clauses, the other pairs."""

    clauses: CrossEncoder
    pairs: CrossEncoder


def wide() -> Wide:
    """Return both readers; raises ``BackendUnavailable`` where the weights are not here."""
    return Wide(learned(CLAUSES), learned(ADDITIONS))


@functools.cache
def learned(path: Path) -> CrossEncoder:
    """Read the published weights and the additions once, and put them together.

    Layers are multiplied in bytes where the processor is made for it.
    Raises ``BackendUnavailable`` where the published weights are not on this machine.
    """
    about, added = additions(path)
    weights: dict[str, Any] = dict(mpnet.load())
    for name in [each.removesuffix(".A") for each in added if each.endswith(".A")]:
        low = added.pop(f"{name}.B") @ added.pop(f"{name}.A")
        weights[f"{name}.weight"] = weights[f"{name}.weight"] + SCALE * low
    weights |= added
    return CrossEncoder(weights, mpnet.linears(weights), str(about["script"]))


def read(
    texts: Sequence[tuple[list[int], list[int]]], network: CrossEncoder, batch: int = 32
) -> Any:
    """Read texts, as ``laid`` gives them: what the encoder makes of each, (n, 3 d)."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    weights = network.weights
    z = torch.zeros((len(texts), 3 * mpnet.WIDTH))
    order = sorted(range(len(texts)), key=lambda k: len(texts[k][0]))
    for first in range(0, len(order), batch):
        chosen = order[first : first + batch]
        ids = pad_sequence(
            [torch.tensor(texts[k][0]) for k in chosen], True, float(mpnet.PAD)
        ).long()
        of = pad_sequence([torch.tensor(texts[k][1]) for k in chosen], True, -1.0).long()
        real = of >= 0
        x = mpnet.below(ids, weights, weights["seg"][of.clamp(min=0)])
        seen = mpnet.distances(ids.shape[1], weights) + (~real)[:, None, None].float() * -1e9
        for number in range(mpnet.LAYERS):
            x = mpnet.layer(x, f"encoder.layer.{number}", weights, network.linear, seen)
        z[chosen] = torch.cat([x[:, 0], _mean(x, of == 2), _mean(x, of == 5)], 1)
    return z


def scores(z: Any, beside: Any, network: CrossEncoder) -> Any:
    """Score what was read, and what rules and counts say, ``beside`` (n, k): a pair for a link
    (log-odds) and each side, (n, 5); a clause for what it puts (log-odds), (n, 8).
    """
    import torch
    from torch.nn import functional

    def dense(x: Any, name: str) -> Any:
        weight, bias = (network.weights[f"{name}.{part}"] for part in ("weight", "bias"))
        return functional.linear(x, weight, bias)

    y = torch.cat([functional.gelu(dense(z, "a")), functional.gelu(dense(beside, "h"))], 1)
    return dense(functional.gelu(dense(y, "o1")), "o2")


def _mean(x: Any, real: Any) -> Any:
    weight = real[..., None].to(x.dtype)
    return (x * weight).sum(1) / weight.sum(1).clamp(min=1)
