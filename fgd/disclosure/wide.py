"""Judge clauses with a network that is wider than the one that is shipped.

all-mpnet-base-v2 reads a clause between its neighbours, its upper layers changed by low-rank
additions (LoRA, Hu et al. 2021, arXiv:2106.09685), and what it makes of the clause's words is
judged with the same cues. Its published weights are large, so they are fetched and not shipped
(``fgd models pull mpnet``); without them the narrow network judges alone.
``benchmarks/clauses_wide.py`` makes the additions and writes them with its hash.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fgd.core import mpnet
from fgd.core.embeddings import additions

ADDITIONS = Path(__file__).with_name("clauses_wide.npz")

LOWEST = 9
"""The first layer that has additions."""


@dataclass(frozen=True, slots=True, eq=False)
class Wide:
    """Linear layers with their additions, other weights, those that judge a clause, and the hashes
    of the script and of the grammar that they came from.
    """

    weights: Mapping[str, Any]
    layers: Mapping[str, mpnet.Projection]
    judge: Any
    bias: float
    script: str
    grammar: str

    def linear(self, x: Any, name: str) -> Any:
        """Apply a linear layer by its name."""
        return self.layers[name](x)


@functools.cache
def learned(path: Path = ADDITIONS) -> Wide:
    """Read the published weights and the additions once, and put them together.

    Raises ``BackendUnavailable`` where the published weights are not on this machine.
    """
    about, added = additions(path)
    weights: dict[str, Any] = dict(mpnet.load())
    for name in {each.rpartition("|")[0] for each in added if "|" in each}:
        weights[name] = weights[name] + added[f"{name}|up"] @ added[f"{name}|down"]
    layers = mpnet.linears(weights)
    bias, script, grammar = float(about["bias"]), str(about["script"]), str(about["grammar"])
    return Wide(weights, layers, added["judge"], bias, script, grammar)


def laid(pieces: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    """Lay texts, given as word pieces, beside each other: token ids, and which of them are real."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    rows = [
        torch.tensor([mpnet.BEGIN, *(piece + mpnet.SHIFT for piece in each), mpnet.END])
        for each in pieces
    ]
    ids = pad_sequence(rows, True, float(mpnet.PAD)).long()
    sizes = torch.tensor([len(each) for each in rows])
    return ids, torch.arange(ids.shape[1])[None] < sizes[:, None]


def through(
    x: Any, real: Any, layers: range, linear: mpnet.Linear, weights: Mapping[str, Any]
) -> Any:
    """Let some layers go on from token states (b, n, d), of which the ``real`` ones are read."""
    seen = mpnet.distances(x.shape[1], weights) + (~real)[:, None, None].float() * -1e9
    for number in layers:
        x = mpnet.layer(x, f"encoder.layer.{number}", weights, linear, seen)
    return x


def states(pieces: Sequence[int], network: Wide) -> Any:
    """Tell what all layers make of the tokens of one text, (n, d)."""
    ids, real = laid([pieces])
    x = mpnet.below(ids, network.weights)
    return through(x, real, range(mpnet.LAYERS), network.linear, network.weights)[0]
