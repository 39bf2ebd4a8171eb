"""Teach a wider network which clauses tell who somebody is, beside that of ``benchmarks.clauses``.

``python -m benchmarks.clauses_wide --data DIR [--out FILE [--choose SET ...]]`` changes the upper
layers of all-mpnet-base-v2 (``fgd models pull mpnet``) by low-rank additions, from the clauses that
``benchmarks.clauses`` learns from, and writes them with the hash of this text. Published weights
are multiplied in bytes there and back, where the processor is made for it. ``--choose`` leaves
these sets out, and all meetings.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.clauses import (
    DROPPED,
    SEED,
    SETS,
    SMOOTHED,
    TWICE,
    batched,
    lines,
    red,
    said_in,
    windows,
    written,
)
from benchmarks.common import need, parser, report
from fgd.core import mpnet
from fgd.disclosure import doubts, wide
from fgd.disclosure.doubts import Window

RANK, EPOCHS, BATCH, RATE, WARM = 16, 2, 48, 1e-3, 40

Read = list[tuple[Window, Tensor, list[bool]]]
"""Windows, what the layers below the additions make of them, in halves, and what tells in them."""


class Products(torch.autograd.Function):
    """A product with weights that nobody trains, there and back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, there: mpnet.Projection, back: mpnet.Projection) -> Any:
        """Multiply."""
        ctx.back = back
        return there(x)

    @staticmethod
    def backward(ctx: Any, *found: Tensor) -> Any:
        """Multiply what comes back by the same weights the other way round."""
        return ctx.back(found[0]), None, None


class Net(nn.Module):
    """The upper layers with low-rank additions, and what judges a clause."""

    def __init__(self, cues: int) -> None:
        super().__init__()
        self.weights = dict(mpnet.load())
        above = range(wide.LOWEST, mpnet.LAYERS)
        turned: dict[str, Tensor] = {}
        for name, weight in self.weights.items():
            if name.startswith("encoder.layer.") and weight.dim() == 2:
                turned[name] = weight.T.contiguous()
                turned[name.removesuffix("weight") + "bias"] = torch.zeros(weight.shape[1])
        shapes = {name: each.shape for name, each in turned.items()}
        self.there, self.back = mpnet.linears(self.weights), mpnet.linears(turned, above)
        for name in sorted(self.back):
            inner, out = shapes[f"{name}.weight"]
            down = torch.randn(RANK, inner) / math.sqrt(inner)
            self.register_parameter(_key(name, "down"), nn.Parameter(down))
            self.register_parameter(_key(name, "up"), nn.Parameter(torch.zeros(out, RANK)))
        self.judge = nn.Linear(2 * mpnet.WIDTH + cues, 1)
        nn.init.zeros_(self.judge.weight)
        nn.init.zeros_(self.judge.bias)

    def _dropped(self, x: Tensor) -> Tensor:
        return functional.dropout(x, DROPPED, self.training)

    def _linear(self, x: Tensor, name: str) -> Any:
        product: Any = Products.apply
        plain = product(x, self.there[name], self.back[name])
        down, up = (getattr(self, _key(name, part)) for part in ("down", "up"))
        return plain + functional.linear(functional.linear(self._dropped(x), down), up)

    @torch.inference_mode()
    def below(self, texts: Sequence[Window]) -> list[Tensor]:
        """Tell what the layers below the additions make of texts, in halves."""
        found: list[Tensor] = [torch.zeros(0)] * len(texts)
        order = sorted(range(len(texts)), key=lambda n: len(texts[n].pieces))
        for at in range(0, len(order), BATCH):
            rows = order[at : at + BATCH]
            ids, real = wide.laid([texts[n].pieces for n in rows])
            x = mpnet.below(ids, self.weights)
            layers = range(wide.LOWEST)
            x = wide.through(x, real, layers, lambda x, n: self.there[n](x), self.weights)
            for n, row in zip(rows, x, strict=True):
                found[n] = row[: len(texts[n].pieces) + 2].half()
        return found

    def forward(self, batch: Read) -> Tensor:
        """The log-odds of every clause of some windows."""
        states = [state.float() for _, state, _ in batch]
        x = nn.utils.rnn.pad_sequence(states, batch_first=True)
        sizes = torch.tensor([len(each) for each in states])
        real = torch.arange(x.shape[1])[None] < sizes[:, None]
        x = wide.through(x, real, range(wide.LOWEST, mpnet.LAYERS), self._linear, self.weights)
        rows = [
            doubts.clause_row(x[n], *each)
            for n, (window, _, _) in enumerate(batch)
            for each in zip(window.places, window.cues, strict=True)
        ]
        return torch.as_tensor(self.judge(self._dropped(torch.stack(rows)))[:, 0])


def _key(name: str, part: str) -> str:
    return f"{name}.weight|{part}".replace(".", "/")


def trained(net: Net, data: Read) -> None:
    """Train on windows; the same with every run on one machine."""
    chance = random.Random(SEED)
    net.train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=RATE)
    order, step = list(range(len(data))), 0
    steps = EPOCHS * math.ceil(len(data) / BATCH)
    for _ in range(EPOCHS):
        for batch in batched(order, [len(state) for _, state, _ in data], BATCH, chance):
            step += 1
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1.0, step / WARM) * max(0.0, 1 - step / (steps * 1.02))
            told = torch.tensor([float(each) for n in batch for each in data[n][2]])
            loss = functional.binary_cross_entropy_with_logits(
                net([data[n] for n in batch]), told * (1 - 2 * SMOOTHED) + SMOOTHED
            )
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call] # torch does not type it
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            if step % 25 == 0:
                sys.stderr.write(f"{step} of {steps} steps, loss {float(loss.detach()):.3f}\n")
    net.eval()


def saved(net: Net, path: Path) -> None:
    """Write what was added to the layers, in halves, and the weights that judge."""
    given = {
        f"{name}.weight|{part}": getattr(net, _key(name, part)).detach().numpy().astype(np.float16)
        for name in sorted(net.back)
        for part in ("down", "up")
    }
    about = {
        "bias": float(net.judge.bias.detach()[0]),
        "script": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "grammar": doubts.grammar(),
    }
    judge = net.judge.weight.detach().numpy()[0]
    np.savez_compressed(path, about=np.array(json.dumps(about)), judge=judge, **given)


def main() -> None:
    """Train and write the additions."""
    arguments = parser(__doc__)
    arguments.add_argument("--out", type=Path, default=wide.ADDITIONS)
    arguments.add_argument("--choose", type=int, nargs="+", default=[], metavar="SET")
    options = arguments.parse_args()
    if options.choose and options.out == wide.ADDITIONS:
        arguments.error("--choose needs --out: what it makes is not shipped.")
    folder = need(options.data, "meetings with nothing to hide")
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    sets = [each for each in SETS if each not in options.choose]
    plain = list(written(list(lines())))
    if not options.choose:
        plain += said_in(folder)
    net: Net | None = None
    data: Read = []
    for times, texts in ((1, plain), (TWICE, [each for n in sets for each in red(n)])):
        read = windows(texts)
        net = net or Net(len(read[0][0].cues[0]))
        below = net.below([window for window, _, _ in read])
        told = [each for _, each, _ in read]
        data += times * list(zip([window for window, _, _ in read], below, told, strict=True))
    assert net is not None
    trained(net, data)
    saved(net, options.out)
    report("clauses_wide", "-", {"windows": len(data)})


if __name__ == "__main__":
    main()
