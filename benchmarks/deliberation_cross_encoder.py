"""Teach the wide network of ``fgd.deliberation`` what is put and who answers it, and judge it.

``python -m benchmarks.deliberation_cross_encoder --data DIR --work DIR [--minutes N]`` changes the
upper layers of all-mpnet-base-v2 by low-rank additions (LoRA, arXiv:2106.09685) so that it reads
pairs, for ``--minutes``, from what ``benchmarks.deliberation_training`` learns from, the rooms of
``SPENT``, and real meetings read for it (``benchmarks/readings/acts.jsonl``); ``--clauses`` goes on
from there until it reads clauses. Both write with the hash of this text. ``--calibrate`` then makes
the trees that judge suspicions where the wide network reads, as
``benchmarks.deliberation_calibration`` makes those for the narrow ones, and reports as it does; and
those that tell who said more later and which proposal took another up, from the rooms of which a
reader listed that (``benchmarks/rooms/moves.jsonl``). ``--work`` keeps what was read.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import pickle
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks import deliberation_calibration as calibration
from benchmarks.clauses_wide import Products
from benchmarks.common import need, parser, report
from benchmarks.deliberation_training import (
    NONE,
    READINGS,
    RESPONSES,
    ROOMS,
    SIDE_WEIGHT,
    STANCE,
    Example,
    _kept,
    clause_of,
    example,
    examples,
    heard,
    rooms,
)
from benchmarks.themes import session
from fgd.core import mpnet
from fgd.core.embeddings import Embedder, embedder
from fgd.deliberation.calibration import POLARITY, WIDE_TREES
from fgd.deliberation.cross_encoder import (
    ADDITIONS,
    CLAUSES,
    SCALE,
    laid,
    parts_alone,
    parts_of,
    wide,
)
from fgd.deliberation.features import Answer, Put, Reading
from fgd.deliberation.network import PUTS, SIDES, sense
from fgd.deliberation.network import learned as narrow
from fgd.deliberation.proposals import may_propose
from fgd.deliberation.room import Room
from fgd.deliberation.threads import came_back, followed, later_columns, thread_columns

RANK, LOWEST = 16, 4
"""Rank of the additions, and the first layer that gets some."""

OTHERS, HARD = 1.5, 0.7
"""Pairs that are none for every true one, and how many of them are with something that was put."""

PLAIN, SAMPLE = 0.35, 0.12
"""Clauses that put nothing of which one learns, as a share, weighed by what is left out; and those
of ``stance/ami``, of which only proposals are known.
"""

SPENT = ("later", "afterwards", "ordinary")
"""Rooms that were reported on once and are learned from since."""

BATCH, WARM, RATES = 24, 60, (3e-4, 8e-4)
"""Texts of a step, steps in which the rate rises, and the rates of additions and of the rest."""

SETTLED = 0.2
"""Share of the time after which the marks of the parts of a text stay as they are, so that nothing
below the first taught layer has to be followed back.
"""


class Added(nn.Module):
    """A linear layer of the published weights, with a low-rank addition where it is taught.

    What stays is multiplied in bytes both ways where it can be (SwitchBack, arXiv:2304.13013).
    """

    def __init__(self, shape: Sequence[int], both: Sequence[mpnet.Projection], *, taught: bool):
        super().__init__()
        self.both = both
        if taught:
            out, inner = shape
            self.A = nn.Parameter(torch.randn(RANK, inner) / math.sqrt(inner))
            self.B = nn.Parameter(torch.zeros(out, RANK))

    def forward(self, x: Any) -> Any:
        """(..., d) -> (..., e)."""
        product: Any = Products.apply
        found = product(x, *self.both)
        if hasattr(self, "A"):
            found = found + SCALE * functional.linear(functional.linear(x, self.A), self.B)
        return found


class CrossNetwork(nn.Module):
    """The network of ``fgd.deliberation.cross_encoder``, with dropout; names are its weights'.

    ``beside`` is how much rules and counts say of a text, ``scores`` how many it gets.
    """

    def __init__(self, beside: int, scores: int) -> None:
        super().__init__()
        self.published = mpnet.load()
        names = [
            name.removesuffix(".weight")
            for name, weight in self.published.items()
            if name.startswith("encoder.layer.") and weight.dim() == 2
        ]
        self.places = {name: place for place, name in enumerate(names)}
        shapes = [self.published[f"{name}.weight"].shape for name in names]
        back = mpnet.linears(_turned(self.published, names))
        there = mpnet.linears(self.published)
        self.layers = nn.ModuleList(
            [
                Added(shape, (there[name], back[name]), taught=int(name.split(".")[2]) >= LOWEST)
                for name, shape in zip(names, shapes, strict=True)
            ]
        )
        d = mpnet.WIDTH
        self.seg = nn.Parameter(torch.zeros(7, d))
        self.a, self.h = nn.Linear(3 * d, 160), nn.Linear(beside, 48)
        self.o1, self.o2 = nn.Linear(208, 96), nn.Linear(96, scores)
        self.drop = nn.Dropout(0.15)

    def forward(self, texts: Sequence[tuple[list[int], list[int]]], beside: Any) -> Any:
        """Scores of texts, (m, ``scores``)."""
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

    def start(self, arrays: dict[str, Any]) -> None:
        """Go on from what was taught for something else, where it has the same shape."""
        own = self.arrays()
        with torch.no_grad():
            for name, value in own.items():
                if name in arrays and arrays[name].shape == value.shape:
                    value[...] = arrays[name]


def _turned(weights: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Linear layers the other way round, for what comes back."""
    turned = {}
    for name in names:
        weight = weights[f"{name}.weight"]
        turned[f"{name}.weight"] = weight.T.contiguous()
        turned[f"{name}.bias"] = torch.zeros(weight.shape[1])
    return turned


def _mean(x: Any, real: Any) -> Any:
    weight = real[..., None].to(x.dtype)
    return (x * weight).sum(1) / weight.sum(1).clamp(min=1)


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A pair, or a clause, of a meeting, by its number there; and how much it weighs."""

    of: Example
    number: int
    weight: float = 1.0


Taught = tuple[Sequence[Example], Sequence[Example]]
"""Meetings that were read whole, and those of which some pairs and proposals are known."""


class Pairs:
    """What is learned of pairs: whether the one answers the other, and with which side."""

    scores = 1 + len(SIDES)

    @staticmethod
    def text(item: Item) -> tuple[list[int], list[int]]:
        """Lay out what is read of a pair."""
        put, answer = map(int, item.of.pairs[item.number])
        return laid(parts_of(item.of.ids, item.of.near.numpy(), put, answer))

    @staticmethod
    def beside(item: Item) -> Any:
        """Return what rules say of both clauses, and counts of the pair."""
        put, answer = map(int, item.of.pairs[item.number])
        mine = item.of
        return torch.cat([mine.rows[put], mine.rows[answer], mine.columns[item.number]])

    @staticmethod
    def drawn(taught: Taught, rng: Any) -> Iterator[Item]:
        """Draw every true pair, some others, most with something put, and some given links."""
        for mine in taught[0]:
            labels = np.array(mine.labels)
            true, other = np.flatnonzero(labels != NONE), np.flatnonzero(labels == NONE)
            most = min(len(other), round(OTHERS * max(len(true), 2)))
            put = mine.marked[:, :3].any(1).numpy()
            hard = [int(k) for k in other if put[mine.pairs[k, 0]]]
            chosen = set(rng.permutation(hard)[: int(most * HARD)].tolist())
            rest = np.array(sorted(set(other.tolist()) - chosen), int)
            chosen |= set(rng.permutation(rest)[: most - len(chosen)].tolist())
            yield from (Item(mine, int(k)) for k in (*true, *sorted(chosen)))
        for mine in taught[1]:
            for k, label in enumerate(mine.labels):
                if rng.random() < 0.35 and (label != "+" or rng.random() < 0.3):
                    yield Item(mine, k)

    @staticmethod
    def loss(scores: Any, items: Sequence[Item]) -> Any:
        """Weigh links, and sides of those that are some."""
        labels = [item.of.labels[item.number] for item in items]
        real = torch.tensor([item.of.given for item in items])
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


class Clauses:
    """What is learned of clauses: what each puts to the room."""

    scores = len(PUTS)

    @staticmethod
    def text(item: Item) -> tuple[list[int], list[int]]:
        """Lay out what is read of a clause."""
        return laid(parts_alone(item.of.ids, item.of.near.numpy(), item.number))

    @staticmethod
    def beside(item: Item) -> Any:
        """Return what rules say of the clause."""
        return item.of.rows[item.number]

    @staticmethod
    def drawn(taught: Taught, rng: Any) -> Iterator[Item]:
        """Draw every clause that puts something or sums up, and some that do not."""
        for mine in taught[0]:
            marked = mine.marked.numpy().any(1)
            for k in np.flatnonzero(mine.inside.numpy()).tolist():
                if mine.ids.get(k) and (marked[k] or rng.random() < PLAIN):
                    yield Item(mine, k, 1.0 if marked[k] else 1 / PLAIN)
        for mine in taught[1]:
            for k in np.flatnonzero(mine.inside.numpy()).tolist():
                if mine.ids.get(k) and rng.random() < SAMPLE:
                    yield Item(mine, k, 0.5)

    @staticmethod
    def loss(scores: Any, items: Sequence[Item]) -> Any:
        """Weigh each of ``PUTS``; of some meetings only proposals are known."""
        truth = torch.stack([item.of.marked[item.number].float() for item in items])
        weight = torch.tensor([item.weight for item in items])[:, None].repeat(1, len(PUTS))
        weight[[not item.of.given for item in items], 1:] = 0
        each = functional.binary_cross_entropy_with_logits(
            scores, truth, pos_weight=torch.full((len(PUTS),), 1.5), reduction="none"
        )
        return 3 * (each * weight).sum() / weight.sum()


Lesson = type[Pairs] | type[Clauses]


def _batches(items: Sequence[Item], lesson: Lesson, rng: Any) -> Iterator[list[tuple[Item, Any]]]:
    """Steps of texts that are about as long as each other, in no order."""
    texts = [lesson.text(item) for item in items]
    order = rng.permutation(len(items))
    for first in range(0, len(order), BATCH * 20):
        part = sorted(order[first : first + BATCH * 20], key=lambda k: len(texts[k][0]))
        steps = [part[k : k + BATCH] for k in range(0, len(part), BATCH)]
        rng.shuffle(steps)
        for step in steps:
            yield [(items[k], texts[k]) for k in step]


def learn(net: CrossNetwork, taught: Taught, lesson: Lesson, seconds: float) -> int:
    """Train for so many seconds, the rate falling with them; returns how many steps that was."""
    rng = np.random.default_rng(0)
    own = [p for name, p in net.named_parameters() if not name.startswith("layers.")]
    groups: list[dict[str, Any]] = [{"params": net.layers.parameters()}, {"params": own}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.02)
    net.train()
    begun, step = time.monotonic(), 0
    while True:
        for batch in _batches(list(lesson.drawn(taught, rng)), lesson, rng):
            spent = (time.monotonic() - begun) / seconds
            if spent >= 1:
                return step
            step += 1
            net.seg.requires_grad_(spent < SETTLED)
            factor = min(1.0, step / WARM) * max(0.02, 1 - spent)
            for group, rate in zip(optimiser.param_groups, RATES, strict=True):
                group["lr"] = rate * factor
            items = [item for item, _ in batch]
            beside = torch.stack([lesson.beside(item) for item in items])
            loss = lesson.loss(net([text for _, text in batch], beside), items)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            if step % 50 == 0:
                print(f"{step} steps, {spent:.0%}, loss {loss.item():.2f}", flush=True)


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


def _acts(data: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Real meetings of ``stance/ami`` that were read for this, acts joined to turns."""
    for line in (READINGS / "acts.jsonl").read_text("utf-8").splitlines():
        gold = json.loads(line)
        case = json.loads((data / STANCE / f"{gold['id']}.json").read_text("utf-8"))
        turns: list[dict[str, Any]] = []
        for act in case["turns"]:
            text = " ".join(act["text"].split())
            if turns and turns[-1]["speaker"] == act["speaker"]:
                turns[-1] |= {"text": f"{turns[-1]['text']} {text}", "end": act["end"]}
            else:
                turns.append(act | {"n": len(turns), "text": text})
        yield {"id": f"{gold['id']}_acts", "turns": turns}, gold


def _taught(data: Path, work: Path) -> Taught:
    """All that the narrow networks learn from, rooms that are spent, and more real meetings."""
    given, stances = examples(data, ROOMS / "train", work)
    model = embedder("minilm", vectors=work)
    spent = itertools.chain.from_iterable(rooms(ROOMS / each) for each in SPENT)
    for case, gold in itertools.chain(spent, _acts(data)):
        path = work / f"more_{case['id']}.pickle"
        given.append(_kept(path, lambda c=case, g=gold: example(c, g, model)))
    return given, stances


def _teach(data: Path, work: Path, minutes: float, lesson: Lesson) -> dict[str, Any]:
    torch.manual_seed(0)
    given, stances = _taught(data, work)
    arrays: dict[str, Any] = {}
    for name, part in (("clause", "rows"), ("pair", "columns")):
        every = torch.cat([getattr(mine, part) for mine in given])
        mean, deviation = every.mean(0), every.std(0) + 1e-3
        arrays |= {f"{name}.mean": mean.numpy(), f"{name}.deviation": deviation.numpy()}
        for mine in (*given, *stances):
            setattr(mine, part, ((getattr(mine, part) - mean) / deviation).clamp(-5, 5))
    first = next(mine for mine in given if len(mine.pairs))
    net = CrossNetwork(len(lesson.beside(Item(first, 0))), lesson.scores)
    if lesson is Clauses:
        with np.load(ADDITIONS) as file:
            net.start({name: file[name] for name in file.files})
    steps = learn(net, (given, stances), lesson, 60 * minutes)
    write(arrays | net.arrays(), steps, CLAUSES if lesson is Clauses else ADDITIONS)
    return {"meetings": len(given), "steps": steps}


def _read(work: Path, source: calibration.Source, model: Embedder) -> calibration.Meeting:
    """A meeting as the wide network reads it, too."""
    name, family, case, gold = source
    path = work / f"wide_{name}_{case['id']}.pickle"
    if not path.is_file():
        reading = Reading.of(Room.of(session(case), [heard(case)]), model)
        path.write_bytes(pickle.dumps((reading, sense(reading, narrow(), wide()))))
    reading, sensed = pickle.loads(path.read_bytes())
    return calibration.Meeting(name, family, case, gold, reading, sensed)


def _calibrate(data: Path, work: Path, out: Path) -> dict[str, Any]:
    model = embedder("minilm", vectors=work)
    meetings = [_read(work, each, model) for each in calibration._meetings(data)]
    figures: dict[str, Any] = {"meetings": len(meetings)}
    trees = {}
    found = [calibration._proposals(each) for each in meetings]
    told, trees["proposal"] = calibration._learned(meetings, found)
    figures |= {f"proposals, {name}": of for name, of in calibration._told(meetings, found, told)}
    likely = [
        dict(zip(may_propose(each.reading.room, each.sensed.puts), chances, strict=True))
        for each, chances in zip(meetings, told, strict=True)
    ]
    for name, of in (("side", calibration._sides), ("answer", calibration._answers)):
        found = [of(each, chances) for each, chances in zip(meetings, likely, strict=True)]
        told, trees[name] = calibration._learned(meetings, found)
        told_of = calibration._told(meetings, found, told)
        figures |= {f"{name}s, {each}": figure for each, figure in told_of}
    found = [calibration._summings(each) for each in meetings]
    told, trees["summing"] = calibration._learned(meetings, found)
    figures |= {f"summing, {name}": of for name, of in calibration._told(meetings, found, told)}
    moves = _moves()
    listed = [each for each in meetings if str(each.case["id"]) in moves]
    for name, rows in (("later", _later), ("thread", _threads)):
        found = [rows(each, moves[str(each.case["id"])]) for each in listed]
        told, trees[name] = calibration._learned(listed, found, **SHAPE.get(name, {}))
        told_of = calibration._told(listed, found, told)
        figures |= {f"{name}, {each}": figure for each, figure in told_of}
    calibration._write(trees, out)
    return figures


SHAPE = {"later": {"max_leaf_nodes": 31, "learning_rate": 0.05, "max_features": 0.4}}
"""Trees of what is suspected by the ten thousands may be larger."""


def _moves() -> dict[str, list[dict[str, Any]]]:
    """Where somebody moved on from what they had said first, by room."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in (ROOMS / "moves.jsonl").read_text("utf-8").splitlines():
        each = json.loads(line)
        found.setdefault(each["room"], []).append(each)
    return found


def _listed(
    meeting: calibration.Meeting,
) -> tuple[dict[int, Put], list[Answer], list[dict[str, Any]]]:
    """What a reader marked in a room as the product knows it: everything put, who answered."""
    room = meeting.reading.room
    put: dict[int, Put] = {}
    answers: list[Answer] = []
    golds: list[dict[str, Any]] = []
    names = {polarity: side for side, polarity in reversed(POLARITY.items())}
    for gold in meeting.gold["propositions"]:
        clause = clause_of(room, gold["n"], gold["text"])
        if clause < 0:
            continue
        put[len(golds)] = Put(clause, gold["kind"], 0.0)
        first: dict[str, Answer] = {}
        for each in gold["responses"]:
            at = clause_of(room, each["n"], each["text"])
            if at >= 0:
                side = names[POLARITY[each["side"]]]
                first.setdefault(room.who[each["n"]], Answer(len(golds), at, side, "near", 1.0, ()))
        answers += first.values()
        golds.append(gold)
    return put, answers, golds


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two slices of a turn are about the same words."""
    first, second = set(one["text"].split()), set(other["text"].split())
    return one["n"] == other["n"] and len(first & second) >= min(len(first), len(second)) / 2


def _later(meeting: calibration.Meeting, moves: Sequence[dict[str, Any]]) -> calibration.Suspicions:
    """Which later turns of people were listed as moves from what they said first."""
    room, (put, answers, golds) = meeting.reading.room, _listed(meeting)
    came = list(came_back(meeting.reading, put, answers, meeting.sensed))
    right = [
        any(
            move["proposition"] == {"n": golds[number]["n"], "text": golds[number]["text"]}
            and move["later"]["n"] == room.clauses[clause].turn
            for move in moves
        )
        for number, _, _, _, clause, _ in came
    ]
    kinds = ["answered" if side else "proposed" for _, _, side, *_ in came]
    rows = later_columns(meeting.reading, came, meeting.sensed)
    return calibration.Suspicions(rows, np.array(right, int), np.array(kinds, "<U8"))


def _threads(
    meeting: calibration.Meeting, moves: Sequence[dict[str, Any]]
) -> calibration.Suspicions:
    """Which later proposals are, or were answered by, somebody's move from an earlier one."""
    put, _, golds = _listed(meeting)
    pairs = followed(meeting.reading, put)
    right = [
        any(
            move["proposition"] == {"n": golds[number]["n"], "text": golds[number]["text"]}
            and any(_same(move["later"], each) for each in (golds[on], *golds[on]["responses"]))
            for move in moves
        )
        for number, on in pairs
    ]
    rows = thread_columns(meeting.reading, put, pairs, meeting.sensed)
    return calibration.Suspicions(rows, np.array(right, int), np.full(len(pairs), "all"))


def main() -> None:
    """Teach the wide network, or the trees that judge what it reads."""
    arguments = parser(__doc__, dataset=RESPONSES)
    arguments.add_argument("--work", type=Path, required=True, help="keeps what was read")
    arguments.add_argument("--minutes", type=float, default=75.0)
    arguments.add_argument("--clauses", action="store_true", help="teach it to read clauses")
    arguments.add_argument("--calibrate", action="store_true", help="make the trees instead")
    options = arguments.parse_args()
    need(options.data and options.data / STANCE, "stance/ami and responses/qmsum with gold")
    options.work.mkdir(parents=True, exist_ok=True)
    if options.calibrate:
        figures = _calibrate(options.data, options.work, WIDE_TREES)
    else:
        lesson = Clauses if options.clauses else Pairs
        figures = _teach(options.data, options.work, options.minutes, lesson)
    report("deliberation_cross_encoder", RESPONSES, figures | {"script": script_hash()})


if __name__ == "__main__":
    main()
