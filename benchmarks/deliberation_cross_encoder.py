"""Teach the cross-encoder of ``fgd.deliberation`` who answers what and how, and judge its readings.

``python -m benchmarks.deliberation_cross_encoder --data DIR --work DIR [--minutes N]`` changes the
upper layers of all-mpnet-base-v2 by low-rank additions (LoRA, arXiv:2106.09685), from the meetings
and exchanges that ``benchmarks.deliberation_training`` learns from, for ``--minutes``, and writes
them with the hash of this text. ``--calibrate`` then makes the trees that judge suspicions where
the cross-encoder reads, as ``benchmarks.deliberation_calibration`` makes those for the narrow
networks, from its meetings and those of ``benchmarks/rooms/plain``, and reports as it does.
``--work`` keeps what was read.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import pickle
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks import deliberation_calibration as calibration
from benchmarks.common import need, parser, report
from benchmarks.deliberation_training import (
    NONE,
    RESPONSES,
    ROOMS,
    SIDE_WEIGHT,
    STANCE,
    Example,
    examples,
    heard,
    rooms,
)
from benchmarks.themes import session
from fgd.core import mpnet
from fgd.core.embeddings import Embedder, embedder
from fgd.deliberation.calibration import WIDE_TREES
from fgd.deliberation.cross_encoder import ADDITIONS, SCALE, laid, learned, parts_of
from fgd.deliberation.features import Reading
from fgd.deliberation.network import SIDES, sense
from fgd.deliberation.network import learned as narrow
from fgd.deliberation.proposals import may_propose
from fgd.deliberation.room import Room

RANK, LOWEST = 16, 4
"""Rank of the additions, and the first layer that gets some."""

OTHERS, HARD = 1.5, 0.7
"""Pairs that are none for every true one, and how many of them are with something that was put."""

BATCH, WARM, RATES = 24, 60, (3e-4, 8e-4)
"""Pairs of a step, steps in which the rate rises, and the rates of additions and of the rest."""


class Added(nn.Module):
    """A linear layer of the published weights, with a low-rank addition where it is taught."""

    weight: Tensor
    bias: Tensor

    def __init__(self, name: str, weights: dict[str, Any], *, taught: bool) -> None:
        super().__init__()
        weight = weights[f"{name}.weight"]
        self.register_buffer("weight", weight, persistent=False)
        self.register_buffer("bias", weights[f"{name}.bias"], persistent=False)
        if taught:
            out, inner = weight.shape
            self.A = nn.Parameter(torch.randn(RANK, inner) / math.sqrt(inner))
            self.B = nn.Parameter(torch.zeros(out, RANK))

    def forward(self, x: Any) -> Any:
        """(..., d) -> (..., e)."""
        found = functional.linear(x, self.weight, self.bias)
        if hasattr(self, "A"):
            found = found + SCALE * functional.linear(functional.linear(x, self.A), self.B)
        return found


class CrossNetwork(nn.Module):
    """The network of ``fgd.deliberation.cross_encoder``, with dropout; names are its weights'."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        self.published = mpnet.load()
        names = [
            name.removesuffix(".weight")
            for name, weight in self.published.items()
            if name.startswith("encoder.layer.") and weight.dim() == 2
        ]
        self.places = {name: place for place, name in enumerate(names)}
        self.layers = nn.ModuleList(
            [
                Added(name, self.published, taught=int(name.split(".")[2]) >= LOWEST)
                for name in names
            ]
        )
        d = mpnet.WIDTH
        self.seg = nn.Parameter(torch.zeros(7, d))
        self.a, self.h = nn.Linear(3 * d, 160), nn.Linear(2 * rows + columns, 48)
        self.o1, self.o2 = nn.Linear(208, 96), nn.Linear(96, 1 + len(SIDES))
        self.drop = nn.Dropout(0.15)

    def forward(self, texts: Sequence[tuple[list[int], list[int]]], beside: Any) -> Any:
        """Log-odds of a link and scores of the sides, (m, 5)."""
        pad = nn.utils.rnn.pad_sequence
        ids = pad([torch.tensor(text) for text, _ in texts], True, float(mpnet.PAD)).long()
        of = pad([torch.tensor(parts) for _, parts in texts], True, -1.0).long()
        x = mpnet.below(ids, self.published, self.seg[of.clamp(min=0)])
        seen = mpnet.distances(ids.shape[1], self.published)
        seen = seen + (of < 0)[:, None, None].float() * -1e9

        def linear(state: Any, name: str) -> Any:
            return self.layers[self.places[name]](state)

        for number in range(mpnet.LAYERS):
            x = mpnet.layer(x, f"encoder.layer.{number}", self.published, linear, seen)
        z = torch.cat([x[:, 0], _mean(x, of == 2), _mean(x, of == 5)], 1)
        y = torch.cat(
            [
                self.drop(functional.gelu(self.a(self.drop(z)))),
                self.drop(functional.gelu(self.h(beside))),
            ],
            1,
        )
        return self.o2(self.drop(functional.gelu(self.o1(y))))

    def arrays(self) -> dict[str, Any]:
        """What was taught, by the names of ``fgd.deliberation.cross_encoder``."""
        by_place = {str(place): name for name, place in self.places.items()}
        found = {}
        for name, value in self.state_dict().items():
            if name.startswith("layers."):
                _, place, part = name.split(".")
                name = f"{by_place[place]}.{part}"
            found[name] = value.numpy()
        return found


def _mean(x: Any, real: Any) -> Any:
    weight = real[..., None].to(x.dtype)
    return (x * weight).sum(1) / weight.sum(1).clamp(min=1)


Item = tuple[Example, int]


def _drawn(given: Sequence[Example], stances: Sequence[Example], rng: Any) -> list[Item]:
    """Every true pair, some others, most with something that was put, and some of given links."""
    items: list[Item] = []
    for mine in given:
        labels = np.array(mine.labels)
        true, other = np.flatnonzero(labels != NONE), np.flatnonzero(labels == NONE)
        most = min(len(other), round(OTHERS * max(len(true), 2)))
        put = mine.marked[:, :3].any(1).numpy()
        hard = [int(k) for k in other if put[mine.pairs[k, 0]]]
        chosen = set(rng.permutation(hard)[: int(most * HARD)].tolist())
        rest = np.array(sorted(set(other.tolist()) - chosen), int)
        chosen |= set(rng.permutation(rest)[: most - len(chosen)].tolist())
        items += [(mine, int(k)) for k in (*true, *sorted(chosen))]
    for mine in stances:
        for k, label in enumerate(mine.labels):
            if rng.random() < 0.35 and (label != "+" or rng.random() < 0.3):
                items.append((mine, k))
    return items


def _batches(items: Sequence[Item], rng: Any) -> Iterator[list[tuple[Item, Any]]]:
    """Steps of pairs that are about as long as each other, in no order."""
    texts = [
        laid(parts_of(mine.ids, mine.near.numpy(), *map(int, mine.pairs[k]))) for mine, k in items
    ]
    order = rng.permutation(len(items))
    for first in range(0, len(order), BATCH * 20):
        part = sorted(order[first : first + BATCH * 20], key=lambda k: len(texts[k][0]))
        steps = [part[k : k + BATCH] for k in range(0, len(part), BATCH)]
        rng.shuffle(steps)
        for step in steps:
            yield [(items[k], texts[k]) for k in step]


def learn(
    net: CrossNetwork, given: Sequence[Example], stances: Sequence[Example], seconds: float
) -> int:
    """Train for so many seconds, the rate falling with them; returns how many steps that was."""
    rng = np.random.default_rng(0)
    own = [p for name, p in net.named_parameters() if not name.startswith("layers.")]
    groups: list[dict[str, Any]] = [{"params": net.layers.parameters()}, {"params": own}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.02)
    net.train()
    begun, step = time.monotonic(), 0
    while True:
        for batch in _batches(_drawn(given, stances, rng), rng):
            spent = (time.monotonic() - begun) / seconds
            if spent >= 1:
                return step
            step += 1
            factor = min(1.0, step / WARM) * max(0.02, 1 - spent)
            for group, rate in zip(optimiser.param_groups, RATES, strict=True):
                group["lr"] = rate * factor
            loss = _loss(net, batch)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            if step % 50 == 0:
                print(f"{step} steps, {spent:.0%}, loss {loss.item():.2f}", flush=True)


def _loss(net: CrossNetwork, batch: Sequence[tuple[Item, Any]]) -> Any:
    beside = []
    for (mine, k), _ in batch:
        put, answer = map(int, mine.pairs[k])
        beside.append(torch.cat([mine.rows[put], mine.rows[answer], mine.columns[k]]))
    scores = net([text for _, text in batch], torch.stack(beside))
    labels = [mine.labels[k] for (mine, k), _ in batch]
    real = torch.tensor([mine.given for (mine, _), _ in batch])
    true = torch.tensor([label != NONE for label in labels])
    loss = scores.sum() * 0
    if real.any():
        loss = loss + functional.binary_cross_entropy_with_logits(
            scores[real][:, 0], true[real].float(), pos_weight=torch.tensor(1.5)
        )
    if true.any():
        sides = torch.tensor([SIDES.index(label) for label in labels if label != NONE])
        weight = torch.where(real[true], 1.0, 0.4)
        each = functional.cross_entropy(
            scores[true][:, 1:], sides, weight=SIDE_WEIGHT, reduction="none"
        )
        loss = loss + 0.8 * (each * weight).sum() / weight.sum()
    return loss


def script_hash() -> str:
    """The hash of this script, kept with the additions it makes."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def write(arrays: dict[str, Any], steps: int, path: Path) -> None:
    """Write the additions and what stands on them as half numbers, scales as whole ones."""
    kept: dict[str, Any] = {
        "about": np.array(json.dumps({"script": script_hash(), "steps": steps}))
    }
    for name, array in arrays.items():
        kept[name] = array.astype(np.float32 if array.ndim < 2 else np.float16)
    np.savez_compressed(path, **kept)


def _teach(data: Path, work: Path, minutes: float, out: Path) -> dict[str, Any]:
    torch.manual_seed(0)
    given, stances = examples(data, ROOMS / "train", work)
    arrays: dict[str, Any] = {}
    for name, part in (("clause", "rows"), ("pair", "columns")):
        every = torch.cat([getattr(mine, part) for mine in given])
        mean, deviation = every.mean(0), every.std(0) + 1e-3
        arrays |= {f"{name}.mean": mean.numpy(), f"{name}.deviation": deviation.numpy()}
        for mine in (*given, *stances):
            setattr(mine, part, ((getattr(mine, part) - mean) / deviation).clamp(-5, 5))
    net = CrossNetwork(given[0].rows.shape[1], given[0].columns.shape[1])
    steps = learn(net, given, stances, 60 * minutes)
    write(arrays | net.arrays(), steps, out)
    return {"meetings": len(given), "steps": steps}


def _read(work: Path, source: calibration.Source, model: Embedder) -> calibration.Meeting:
    """A meeting as the cross-encoder reads it, too."""
    name, family, case, gold = source
    path = work / f"wide_{name}_{case['id']}.pickle"
    if not path.is_file():
        reading = Reading.of(Room.of(session(case), [heard(case)]), model)
        path.write_bytes(pickle.dumps((reading, sense(reading, narrow(), learned()))))
    reading, sensed = pickle.loads(path.read_bytes())
    return calibration.Meeting(name, family, case, gold, reading, sensed)


def _calibrate(data: Path, work: Path, out: Path) -> dict[str, Any]:
    model = embedder("minilm", vectors=work)
    plain = (("rooms", str(case["id"]), case, gold) for case, gold in rooms(ROOMS / "plain"))
    sources = itertools.chain(calibration._meetings(data), plain)
    meetings = [_read(work, each, model) for each in sources]
    figures: dict[str, Any] = {"meetings": len(meetings)}
    trees = {}
    found = [calibration._proposals(each) for each in meetings]
    told, trees["proposal"] = calibration._learned(meetings, found)
    likely = [
        dict(zip(may_propose(each.reading.room, each.sensed.puts), chances, strict=True))
        for each, chances in zip(meetings, told, strict=True)
    ]
    for name, of in (("side", calibration._sides), ("answer", calibration._answers)):
        found = [of(each, chances) for each, chances in zip(meetings, likely, strict=True)]
        told, trees[name] = calibration._learned(meetings, found)
        told_of = calibration._told(meetings, found, told)
        figures |= {f"{name}s, {each}": figure for each, figure in told_of}
    calibration._write(trees, out)
    return figures


def main() -> None:
    """Teach the cross-encoder, or the trees that judge what it reads."""
    arguments = parser(__doc__, dataset=RESPONSES)
    arguments.add_argument("--work", type=Path, required=True, help="keeps what was read")
    arguments.add_argument("--minutes", type=float, default=75.0)
    arguments.add_argument("--calibrate", action="store_true", help="make the trees instead")
    options = arguments.parse_args()
    need(options.data and options.data / STANCE, "stance/ami and responses/qmsum with gold")
    options.work.mkdir(parents=True, exist_ok=True)
    if options.calibrate:
        figures = _calibrate(options.data, options.work, WIDE_TREES)
    else:
        figures = _teach(options.data, options.work, options.minutes, ADDITIONS)
    report("deliberation_cross_encoder", RESPONSES, figures | {"script": script_hash()})


if __name__ == "__main__":
    main()
