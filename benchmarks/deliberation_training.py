"""Teach the networks of ``fgd.deliberation`` how people propose and answer, and write the weights.

``python -m benchmarks.deliberation_training --data DIR [--rooms DIR] [--work DIR] [--out FILE]``
learns from stretches of real meetings (``benchmarks/readings/learned.jsonl``), short exchanges and
rooms that were invented for this purpose (``benchmarks/rooms``), all with propositions and answers
marked, half of the meetings of ``responses/qmsum`` (``LEARNED``) and ``stance/ami`` (which turns
propose, and the sides of given pairs). Whatever ``benchmarks.responses`` and ``benchmarks.stance``
report on is never read here. ``--work`` keeps what was read, and each network, from run to run;
``--network`` trains one of them, so that two can learn side by side.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import pickle
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  the usual name
from torch import nn

from benchmarks.common import need, parser, report
from benchmarks.themes import cases, session
from fgd.core.embeddings import Embedder, MiniLM, embedder, minilm_folder
from fgd.deliberation.features import Reading, pair_columns, reachable
from fgd.deliberation.network import (
    ANSWER_TOKENS,
    LAYERS,
    LONGEST,
    NEXT_TOKENS,
    PUT_TOKENS,
    PUTS,
    SIDES,
    WEIGHTS,
    clause_rows,
    close_parts,
    neighbours,
    texts_of,
    tokens,
)
from fgd.deliberation.proposals import puts
from fgd.deliberation.room import Room
from fgd.model import Conversation, Span, Turn, Word

if TYPE_CHECKING:
    from fgd.deliberation.features import Array, Numbers

STANCE, RESPONSES, GUIDED = "stance/ami", "responses/qmsum", "guided_themes/qmsum"
ROOMS = Path(__file__).with_name("rooms")
EXCHANGES = ROOMS / "exchanges.jsonl"
READINGS = Path(__file__).with_name("readings")
LEARNED = frozenset(("covid_3", "education_6", "education_14", "IS1007b", "ES2012d"))
"""The meetings of ``responses/qmsum`` that are learned from; the others are reported on."""

POLARITY = {
    "for": "+", "yes": "+", "condition": "~", "part": "~", "against": "-", "no": "-", "doubt": "-",
    "alternative": "-", "answer": "0", "open": "0", "?": "0",
}  # fmt: skip
SUMMED = {"agreed": 3, "decided": 4, "not agreed": 5, "open": 6, "heard": 7}
NONE = "none"

EPOCHS, WINDOW, MARGIN = (5, 2, 3), 300, 60
"""Passes over the data, of ``puts``, ``pairs`` and ``close``; clauses read at once, and before
them.
"""

SMALL, TOGETHER = 70, 12
"""Clauses of an exchange, and how many exchanges make a step."""

AROUND = 50
"""Turns before and after a stretch of a real meeting that are read with it."""

STANCES = 20
"""Meetings of ``stance/ami`` from which ``puts`` learns; ``pairs`` learns from all."""


@dataclass(eq=False)
class Example:
    """A meeting as the networks see it, with what people marked.

    ``marked`` (n, ``PUTS``) of every clause, judged where ``inside``; ``pairs`` (m, 2) of a put
    clause and an answering one with their ``columns`` and ``labels`` (a side or ``NONE``).
    """

    id: str
    given: bool
    states: list[Any]
    rows: Any
    near: Any
    marked: Any
    inside: Any
    pairs: Numbers
    columns: Any
    labels: list[str]
    ids: dict[int, list[int]]


def heard(case: dict[str, Any]) -> Conversation:
    """The turns of a meeting; without times, spans count characters."""
    turns, at, name = [], 0, str(case["id"])
    timed = case["turns"][0].get("start") is not None
    for row in case["turns"]:
        pieces = str(row["text"]).split()
        if timed:
            start = int(1000 * row["start"])
            span = Span(start, max(start, int(1000 * row["end"])))
            words = [Word(span, f" {word}") for word in pieces]
        else:
            words, begin = [], at
            for word in pieces:
                words.append(Word(Span(at, at + len(word)), f" {word}"))
                at += len(word) + 1
            at += 1
            span = Span(begin, at)
        key = f"{name}/{row['n']:05d}"
        turns.append(Turn(key, name, str(row["speaker"]), span, tuple(words)))
    return Conversation(name, (), tuple(turns), timed=timed)


def clause_of(room: Room, turn: int, text: str) -> int:
    """The clause of a turn that holds most of a slice, the first of equals; -1 for none."""
    text = " ".join(text.split())
    start = room.texts[turn].find(text)
    best, found = 0, -1
    for number in room.of_turn[turn]:
        clause = room.clauses[number]
        shared = min(start + len(text), clause.end) - max(start, clause.start)
        if start >= 0 and shared > best + 3:
            best, found = shared, number
    return found


def rooms(folder: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The invented rooms of a folder, each with what was marked in it."""
    for path in sorted(folder.glob("*.json")):
        case = json.loads(path.read_text("utf-8"))
        yield case, case.pop("gold")


def exchanges(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The invented exchanges of a file, each with what was marked in it."""
    for line in path.read_text("utf-8").splitlines():
        case = json.loads(line)
        yield case, case.pop("gold")


def readings(
    path: Path, data: Path, *, around: int | None = None
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Stretches of real meetings that were read for this, each with what was marked in it.

    ``around``: only so many turns before and after the stretch are kept, numbered anew.
    """
    for line in path.read_text("utf-8").splitlines():
        gold = json.loads(line)
        name = f"{gold['id']}_{gold['stretch'][0]}"
        case = json.loads((data / GUIDED / f"{gold['id']}.json").read_text("utf-8"))
        if around is not None:
            low, high = gold["stretch"]
            first = max(0, low - around)
            case["turns"] = case["turns"][first : high + around + 1]
            _moved(case["turns"], -first)
            _moved(gold, -first)
            gold["stretch"] = [low - first, high - first]
        case["id"] = gold["id"] = name
        yield case, gold


def _moved(where: Any, by: int) -> None:
    """Number turns anew, wherever in what was marked they are numbered."""
    if isinstance(where, dict):
        if "n" in where:
            where["n"] += by
        where = list(where.values())
    for each in where if isinstance(where, list) else ():
        _moved(each, by)


def example(case: dict[str, Any], gold: dict[str, Any], model: Embedder) -> Example:
    """A meeting with propositions and responses; negative pairs are a sample, hard ones first."""
    rng = np.random.default_rng(0)
    room = Room.of(session(case), [heard(case)])
    reading = Reading.of(room, model)
    low, high = gold["stretch"]
    marked = np.zeros((len(room.clauses), len(PUTS)), np.float32)
    truth: dict[tuple[int, int], str] = {}
    for proposition in gold["propositions"]:
        spots = [
            (x["n"], clause_of(room, x["n"], x["text"]))
            for x in (proposition, *proposition.get("again", ()))
        ]
        spots = [spot for spot in spots if spot[1] >= 0]
        for _, spot in spots:
            marked[spot, PUTS.index(proposition["kind"])] = 1
        for response in proposition["responses"] if spots else ():
            answer = clause_of(room, response["n"], response["text"])
            before = [spot for turn, spot in spots if turn <= response["n"]] or [spots[0][1]]
            if answer >= 0:
                truth[before[-1], answer] = POLARITY[response["side"]]
    for said in gold["summing_up"]:
        clause = clause_of(room, said["n"], said["text"])
        if clause >= 0:
            marked[clause, SUMMED[said["kind"]]] = 1
    forms = {each.clause for each in puts(room)}
    far = forms | {int(n) for n in np.flatnonzero(marked[:, :3].any(axis=1))}
    near = [n for n, clause in enumerate(room.clauses) if len(clause.text.split()) >= 3]
    pairs = reachable(room, far, near)
    inside = np.array([low <= clause.turn <= high for clause in room.clauses], bool)
    kept = _sample(room, pairs, truth, inside, far, rng)
    texts = texts_of(room)
    return Example(
        str(case["id"]), True, _states(texts),
        torch.from_numpy(clause_rows(room)), torch.from_numpy(neighbours(room)),
        torch.from_numpy(marked), torch.from_numpy(inside), pairs[kept],
        torch.from_numpy(pair_columns(reading, pairs[kept], forms)),
        [truth.get((int(put), int(answer)), NONE) for put, answer in pairs[kept]],
        dict(enumerate(tokens(texts))),
    )  # fmt: skip


def _sample(
    room: Room,
    pairs: Numbers,
    truth: dict[tuple[int, int], str],
    inside: Any,
    far: set[int],
    rng: Any,
) -> Numbers:
    """Every true pair, and of each answering clause some others: what was put, else whatever.

    Other clauses of somebody who does answer are left out: which of theirs does is taste.
    """
    who = [room.who[clause.turn] for clause in room.clauses]
    turn = [clause.turn for clause in room.clauses]
    answered = {(put, who[answer]) for put, answer in truth}
    kept: list[int] = []
    bounds = np.flatnonzero(np.diff(pairs[:, 1], prepend=-1, append=-1))
    for first, after in itertools.pairwise(bounds):
        answer = int(pairs[first, 1])
        if not inside[answer]:
            continue
        mine = range(first, after)
        true = [k for k in mine if (int(pairs[k, 0]), answer) in truth]
        other = [
            k for k in mine if k not in true and (int(pairs[k, 0]), who[answer]) not in answered
        ]
        hard = [
            k for k in other if int(pairs[k, 0]) in far or turn[answer] - turn[pairs[k, 0]] <= 2
        ]
        easy = sorted(set(other) - set(hard))
        most = (20, 8) if true else (8, 3)
        for group, size in zip((hard, easy), most, strict=True):
            kept += [int(k) for k in rng.permutation(group)[:size]]
        kept += true
    return np.array(sorted(kept), np.int64)


def given_pairs(case: dict[str, Any], gold: dict[str, Any], model: Embedder) -> Example:
    """A meeting of ``stance/ami``: which acts propose, and the sides of pairs that are given."""
    room = Room.of(session(case), [heard(case)])
    place = {int(turn.id.rsplit("/", 1)[1]): number for number, turn in enumerate(room.turns)}
    texts = texts_of(room)
    marked = np.zeros((len(room.clauses), len(PUTS)), np.float32)
    for number in gold["proposals"]:
        mine = room.of_turn[place[number]]
        if mine:
            marked[max(mine, key=lambda clause: len(texts[clause])), 0] = 1
    pairs, labels = [], []
    for pair in gold["pairs"]:
        first, answer = room.of_turn[place[pair["to"]]], room.of_turn[place[pair["n"]]]
        if first and answer:
            pairs.append((first[-1], answer[0]))
            labels.append(POLARITY.get(pair["side"], pair["side"]))
    made = np.array(pairs, np.int64).reshape(-1, 2)
    forms = {each.clause for each in puts(room)}
    reading = Reading.of(room, model, {int(n) for n in made.ravel()})
    return Example(
        str(case["id"]), False, _states(texts),
        torch.from_numpy(clause_rows(room)), torch.from_numpy(neighbours(room)),
        torch.from_numpy(marked),
        torch.tensor([len(text.split()) >= 3 for text in texts], dtype=torch.bool), made,
        torch.from_numpy(pair_columns(reading, made, forms)), labels,
        dict(enumerate(tokens(texts))),
    )  # fmt: skip


def _states(texts: Sequence[str]) -> list[Any]:
    return [state.half() for state in MiniLM().states(texts, LAYERS, LONGEST)]


class Upper(nn.Module):
    """The layers of all-MiniLM that are trained anew, over states of the layers below.

    Trained in bfloat16, which a processor made for it does four times faster.
    """

    def __init__(self, lowest: int = LAYERS) -> None:
        super().__init__()
        from transformers import AutoModel

        bert = AutoModel.from_pretrained(minilm_folder())
        self.encoder = nn.Module()
        self.encoder.layer = nn.ModuleDict(
            {str(k): bert.encoder.layer[k] for k in range(lowest, MiniLM.layers)}
        )

    def forward(self, x: Any, real: Any) -> Any:
        """(b, n, d) states of which those count that are ``real`` -> (b, n, d)."""
        mask = (1.0 - real[:, None, None, :].float()) * -1e9
        layers: Any = self.encoder.layer
        with torch.autocast("cpu", torch.bfloat16, enabled=self.training):
            for layer in layers.values():
                x = layer(x, attention_mask=mask)
                x = x[0] if isinstance(x, tuple) else x
        return x.float()


def _mean(x: Any, real: Any) -> Any:
    weight = real[..., None].to(x.dtype)
    return (x * weight).sum(1) / weight.sum(1)


def _gathered(parts: Sequence[Sequence[Any]]) -> tuple[Any, Any]:
    """Token states laid end to end per row, (b, n, d), and where each part of a row ends."""
    x = nn.utils.rnn.pad_sequence([torch.cat(list(row)) for row in parts], batch_first=True)
    return x, torch.tensor([np.cumsum([len(part) for part in row]).tolist() for row in parts])


class PutNetwork(Upper):
    """``puts`` of ``fgd.deliberation.network``, with dropout; names are those of its weights."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        d = MiniLM.width
        self.pz = nn.ModuleList([nn.Linear(d, 64) for _ in range(5)])
        self.ph, self.p1 = nn.Linear(rows, 48), nn.Linear(5 * 64 + 48, 96)
        self.p2 = nn.Linear(96, len(PUTS))
        self.up, self.ua = nn.Linear(d, 64), nn.Linear(d, 64)
        self.un, self.uf, self.upn = nn.Linear(d, 48), nn.Linear(d, 48), nn.Linear(d, 32)
        self.ha, self.hp, self.hn = nn.Linear(rows, 48), nn.Linear(rows, 24), nn.Linear(rows, 24)
        self.sc = nn.Linear(columns, 48)
        self.q1 = nn.Linear(64 * 3 + 48 * 2 + 32 + 48 + 24 + 24 + 48 + len(PUTS), 128)
        self.q2, self.drop = nn.Linear(128, 1 + len(SIDES)), nn.Dropout(0.25)

    def vectors(self, states: Sequence[Any]) -> Any:
        """The mean over the tokens of every clause, (n, d)."""
        made: list[Any] = [None] * len(states)
        order = sorted(range(len(states)), key=lambda n: len(states[n]))
        for first in range(0, len(order), 64):
            chosen = order[first : first + 64]
            x, ends = _gathered([[states[n].float()] for n in chosen])
            real = torch.arange(x.shape[1])[None] < ends
            for n, row in zip(chosen, _mean(self.forward(x, real), real), strict=True):
                made[n] = row
        return self.drop(torch.stack(made))

    def put(self, z: Any, rows: Any, near: Any) -> Any:
        """Log-odds of every clause, (n, ``PUTS``)."""
        around = torch.cat([z, torch.zeros(1, z.shape[1])])
        parts = [self.pz[0](z)] + [
            self.pz[k + 1](around[near[:, place]]) for k, place in enumerate((0, 1, 3, 4))
        ]
        x = torch.cat([self.drop(F.gelu(torch.cat(parts, 1))), self.drop(F.gelu(self.ph(rows)))], 1)
        return self.p2(self.drop(F.gelu(self.p1(x))))

    def pair(self, z: Any, rows: Any, near: Any, pairs: Any, columns: Any, chances: Any) -> Any:
        """Log-odds of a link and scores of the sides, (m, 5)."""
        around = torch.cat([z, torch.zeros(1, z.shape[1])])
        beside = torch.cat([rows, torch.zeros(1, rows.shape[1])])
        put, answer = pairs.T
        u, v = self.up(around[put]), self.ua(around[answer])
        x = torch.cat(
            [
                u, v, u * v, self.un(around[near[answer, 1]]), self.uf(around[near[answer, 2]]),
                self.upn(around[near[put, 1]]), self.ha(beside[answer]), self.hp(beside[put]),
                self.hn(beside[near[answer, 1]]), self.sc(columns),
            ],
            1,
        )  # fmt: skip
        x = torch.cat([self.drop(F.gelu(x)), chances[put]], 1)
        return self.q2(self.drop(F.gelu(self.q1(x))))


class PairNetwork(Upper):
    """``pairs`` of ``fgd.deliberation.network``, with dropout; names are those of its weights."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        self.seg = nn.Parameter(torch.zeros(3, MiniLM.width))
        self.a, self.h = nn.Linear(3 * MiniLM.width, 96), nn.Linear(2 * rows, 48)
        self.r, self.o1 = nn.Linear(columns, 48), nn.Linear(192, 96)
        self.o2, self.drop = nn.Linear(96, 1 + len(SIDES)), nn.Dropout(0.2)

    def pair(self, items: Sequence[tuple[Example, int]]) -> Any:
        """Log-odds of a link and scores of the sides of pairs of any meetings, (m, 5)."""
        parts, rows, columns = [], [], []
        for mine, k in items:
            put, answer = map(int, mine.pairs[k])
            row = [
                mine.states[put][:PUT_TOKENS].float() + self.seg[0],
                mine.states[answer][:ANSWER_TOKENS].float() + self.seg[1],
            ]
            after = int(mine.near[answer, 1])
            if after < len(mine.states):
                row.append(mine.states[after][:NEXT_TOKENS].float() + self.seg[2])
            else:
                row.append(row[0][:0])
            parts.append(row)
            rows.append(torch.cat([mine.rows[put], mine.rows[answer]]))
            columns.append(mine.columns[k])
        x, ends = _gathered(parts)
        at = torch.arange(x.shape[1])[None]
        x = self.forward(x, at < ends[:, 2:])
        of_put = at < ends[:, :1]
        of_answer = (at < ends[:, 1:2]) & ~of_put
        z = torch.cat(
            [_mean(x, of_put), _mean(x, of_answer), x[torch.arange(len(parts)), ends[:, 0]]], 1
        )
        y = torch.cat(
            [
                self.drop(F.gelu(self.a(self.drop(z)))),
                self.drop(F.gelu(self.h(torch.stack(rows)))),
                self.drop(F.gelu(self.r(torch.stack(columns)))),
            ],
            1,
        )
        return self.o2(self.drop(F.gelu(self.o1(y))))


class CloseNetwork(Upper):
    """``close`` of ``fgd.deliberation.network``, with dropout; names are those of its weights."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__(0)
        d = MiniLM.width
        self.seg = nn.Parameter(torch.zeros(4, d))
        self.a, self.h = nn.Linear(3 * d, 128), nn.Linear(2 * rows + columns, 48)
        self.o1, self.o2 = nn.Linear(176, 96), nn.Linear(96, 1 + len(SIDES))
        self.drop = nn.Dropout(0.15)
        self._below = MiniLM()

    def pair(self, items: Sequence[tuple[Example, int]]) -> Any:
        """Log-odds of a link and scores of the sides of pairs of any meetings, (m, 5)."""
        parts, beside = [], []
        for mine, k in items:
            put, answer = map(int, mine.pairs[k])
            near = [int(n) for n in mine.near[answer, :2]]
            parts.append(close_parts(mine.ids, put, answer, near[0], near[1]))
            beside.append(torch.cat([mine.rows[put], mine.rows[answer], mine.columns[k]]))
        x, segments, real = self._below.joined(parts)
        x = self.forward(x.clone() + self.seg[segments], real)
        z = torch.cat(
            [x[:, 0], _mean(x, real & (segments == 0)), _mean(x, real & (segments == 2))], 1
        )
        y = torch.cat(
            [
                self.drop(F.gelu(self.a(self.drop(z)))),
                self.drop(F.gelu(self.h(torch.stack(beside)))),
            ],
            1,
        )
        return self.o2(self.drop(F.gelu(self.o1(y))))


SIDE_WEIGHT = torch.tensor([1.0, 1.3, 1.0, 1.5])
"""What is rarer counts more: objections and conditions."""


def _side_loss(scores: Any, labels: Sequence[str], weight: Any) -> Any:
    truth = torch.tensor([SIDES.index(label) for label in labels])
    each = F.cross_entropy(scores, truth, weight=SIDE_WEIGHT, reduction="none")
    return (each * weight).sum() / weight.sum()


def _windows(mine: Example) -> list[tuple[int, int]]:
    """Ranges of clauses that are read at once, each with some before it."""
    size = len(mine.states)
    if size <= 1.4 * WINDOW:
        return [(0, size)]
    cuts = np.linspace(0, size, int(np.ceil(size / WINDOW)) + 1).round().astype(int)
    return [(max(0, a - MARGIN), int(b)) for a, b in itertools.pairwise(cuts)]


def _put_loss(net: PutNetwork, mine: Example, low: int, high: int) -> Any:
    near = mine.near[low:high]
    near = torch.where((near >= low) & (near < high), near - low, torch.tensor(high - low))
    rows, marked, inside = mine.rows[low:high], mine.marked[low:high], mine.inside[low:high]
    z = net.vectors(mine.states[low:high])
    scores = net.put(z, rows, near)
    loss = scores.sum() * 0
    if mine.given:
        if inside.any():
            loss = 3 * F.binary_cross_entropy_with_logits(
                scores[inside], marked[inside], pos_weight=torch.full((len(PUTS),), 1.5)
            )
    elif inside.any():
        loss = 0.5 * F.binary_cross_entropy_with_logits(scores[inside][:, 0], marked[inside][:, 0])
    chosen = np.flatnonzero((mine.pairs >= low).all(1) & (mine.pairs < high).all(1))
    if not len(chosen):
        return loss
    pairs = torch.from_numpy(mine.pairs[chosen] - low)
    found = net.pair(z, rows, near, pairs, mine.columns[chosen], torch.sigmoid(scores).detach())
    labels = [mine.labels[k] for k in chosen]
    true = torch.tensor([label != NONE for label in labels])
    if mine.given:
        loss = loss + 2 * F.binary_cross_entropy_with_logits(
            found[:, 0], true.float(), pos_weight=torch.tensor(2.0)
        )
    if true.any():
        sided = [label for label in labels if label != NONE]
        weight = torch.ones(len(sided))
        loss = loss + (0.5 if mine.given else 0.3) * _side_loss(found[true][:, 1:], sided, weight)
    return loss


def _optimiser(net: Upper, rates: tuple[float, float]) -> Any:
    top = [p for name, p in net.named_parameters() if name.startswith("encoder.")]
    own = [p for name, p in net.named_parameters() if not name.startswith("encoder.")]
    groups = [{"params": top, "lr": rates[0]}, {"params": own, "lr": rates[1]}]
    return torch.optim.AdamW(groups, weight_decay=0.05)


def _steps(net: Upper, losses: Iterator[Any], steps: int, rates: tuple[float, float]) -> None:
    """Follow the losses down; the rate rises for a little while, then falls to nothing."""
    optimiser = _optimiser(net, rates)
    begun = time.monotonic()
    for step, loss in enumerate(losses, start=1):
        factor = min(1.0, step / 60) * max(0.03, 1 - step / steps)
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * factor
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        if step % 100 == 0:
            print(f"{step}/{steps} {time.monotonic() - begun:.0f} s", flush=True)


def learn_puts(net: PutNetwork, given: Sequence[Example], stances: Sequence[Example]) -> None:
    """Train ``puts`` on windows of whole meetings."""
    rng = np.random.default_rng(0)
    windows = [
        [(mine, window)]
        for mine in given
        if len(mine.states) > SMALL
        for window in _windows(mine)
        if mine.inside[slice(*window)].any()
    ]
    small = [mine for mine in given if len(mine.states) <= SMALL]
    groups = -(-len(small) // TOGETHER)

    def losses() -> Iterator[Any]:
        for _ in range(EPOCHS[0]):
            todo: list[list[tuple[Example, tuple[int, int]]]] = [*windows]
            mixed = rng.permutation(len(small))
            for group in range(groups):
                chosen = [small[k] for k in mixed[group::groups]]
                todo.append([(mine, (0, len(mine.states))) for mine in chosen])
            for mine in stances:
                low = int(rng.integers(0, max(1, len(mine.states) - WINDOW)))
                todo.append([(mine, (low, min(len(mine.states), low + WINDOW)))])
            for k in rng.permutation(len(todo)):
                yield sum(_put_loss(net, mine, *window) for mine, window in todo[k]) / len(todo[k])

    net.train()
    steps = EPOCHS[0] * (len(windows) + groups + len(stances))
    _steps(net, losses(), steps, (6e-5, 1.2e-3))


def learn_pairs(
    net: PairNetwork | CloseNetwork,
    given: Sequence[Example],
    stances: Sequence[Example],
    epochs: int,
    others: int,
    rates: tuple[float, float],
) -> None:
    """Train ``pairs`` or ``close`` on true pairs, ``others`` as many more, and a share of given
    ones.

    Of the others half are with something that was put, where there are as many.
    """
    rng, batch = np.random.default_rng(0), 24

    def drawn() -> list[tuple[Example, int]]:
        items = []
        for mine in given:
            true = [k for k, label in enumerate(mine.labels) if label != NONE]
            other = [k for k, label in enumerate(mine.labels) if label == NONE]
            most = min(len(other), others * max(len(true), 2))
            hard = [k for k in other if mine.marked[int(mine.pairs[k, 0]), :3].any()]
            drawn = set(rng.permutation(hard)[: most // 2].tolist())
            drawn |= set(rng.permutation(sorted(set(other) - drawn))[: most - len(drawn)].tolist())
            items += [(mine, int(k)) for k in (*true, *sorted(drawn))]
        for mine in stances:
            for k, label in enumerate(mine.labels):
                if rng.random() < 0.4 and (label != "+" or rng.random() < 0.3):
                    items.append((mine, k))
        return items

    def size(item: tuple[Example, int]) -> int:
        mine, k = item
        return sum(len(mine.states[int(n)]) for n in mine.pairs[k])

    def losses() -> Iterator[Any]:
        for _ in range(epochs):
            items = drawn()
            order = rng.permutation(len(items))
            batches = []
            for first in range(0, len(order), batch * 20):
                part = sorted(order[first : first + batch * 20], key=lambda k: size(items[k]))
                batches += [part[k : k + batch] for k in range(0, len(part), batch)]
            for place in rng.permutation(len(batches)):
                chosen = [items[k] for k in batches[place]]
                scores = net.pair(chosen)
                labels = [mine.labels[k] for mine, k in chosen]
                real = torch.tensor([mine.given for mine, _ in chosen])
                true = torch.tensor([label != NONE for label in labels])
                loss = scores.sum() * 0
                if real.any():
                    loss = F.binary_cross_entropy_with_logits(
                        scores[real][:, 0], true[real].float(), pos_weight=torch.tensor(2.0)
                    )
                if true.any():
                    sided = [label for label in labels if label != NONE]
                    weight = torch.where(real[true], 1.0, 0.4)
                    loss = loss + 0.8 * _side_loss(scores[true][:, 1:], sided, weight)
                yield loss

    net.train()
    _steps(net, losses(), epochs * len(drawn()) // batch, rates)


NETWORKS = ("puts", "pairs", "close")


def learn(
    name: str, given: Sequence[Example], stances: Sequence[Example], rows: int, columns: int
) -> dict[str, Any]:
    """Train one of the networks, and give its weights by name."""
    torch.manual_seed(0)
    net: Upper
    if name == "puts":
        net = puts_net = PutNetwork(rows, columns)
        chosen = np.random.default_rng(1).permutation(len(stances))[:STANCES]
        learn_puts(puts_net, given, [stances[k] for k in chosen])
    elif name == "pairs":
        net = pairs_net = PairNetwork(rows, columns)
        learn_pairs(pairs_net, given, stances, EPOCHS[1], 4, (8e-5, 1e-3))
    else:
        net = close_net = CloseNetwork(rows, columns)
        learn_pairs(close_net, given, stances, EPOCHS[2], 2, (6e-5, 8e-4))
    return {key: value.detach() for key, value in net.state_dict().items()}


def script_hash() -> str:
    """The hash of this script, kept with the weights it makes."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()


def write(arrays: dict[str, Array], path: Path) -> None:
    """Write the arrays as one file; matrices of layers as 8-bit rows with a scale each."""
    kept: dict[str, Any] = {"about": np.array(json.dumps({"script": script_hash()}))}
    for name, array in arrays.items():
        if ".encoder." in name and array.ndim == 2:
            scale = np.maximum(np.abs(array).max(axis=1), 1e-9) / 127
            kept[name] = np.round(array / scale[:, None]).astype(np.int8)
            kept[f"{name}.scale"] = scale.astype(np.float32)
        else:
            kept[name] = array.astype(np.float32 if array.ndim < 2 else np.float16)
    np.savez_compressed(path, **kept)


def _kept(path: Path, make: Any) -> Example:
    if path.is_file():
        made: Example = pickle.loads(path.read_bytes())
    else:
        made = make()
        path.write_bytes(pickle.dumps(made))
    return made


def examples(data: Path, folder: Path, work: Path) -> tuple[list[Example], list[Example]]:
    """Everything to learn from: meetings with propositions, and meetings with given pairs."""
    model = embedder("minilm", vectors=work)
    given, stances = [], []
    invented = itertools.chain(rooms(folder), exchanges(EXCHANGES))
    for kind, found in (
        ("room", invented),
        ("reading", readings(READINGS / "learned.jsonl", data, around=AROUND)),
    ):
        for case, gold in found:
            path = work / f"{kind}_{case['id']}.pickle"
            given.append(_kept(path, lambda c=case, g=gold: example(c, g, model)))
    for case in cases(data / RESPONSES):
        if str(case["id"]) in LEARNED:
            gold = json.loads((data / "gold" / RESPONSES / f"{case['id']}.json").read_text("utf-8"))
            path = work / f"responses_{case['id']}.pickle"
            given.append(_kept(path, lambda c=case, g=gold: example(c, g, model)))
    for case in cases(data / STANCE):
        if not kept_back(str(case["id"])):
            gold = json.loads((data / "gold" / STANCE / f"{case['id']}.json").read_text("utf-8"))
            path = work / f"stance_{case['id']}.pickle"
            stances.append(_kept(path, lambda c=case, g=gold: given_pairs(c, g, model)))
    return given, stances


def kept_back(meeting: str) -> bool:
    """Whether a design meeting is only reported on: every fifth team, and one of ``responses``.

    A team holds four meetings (``ES2002a`` to ``ES2002d``); all of a team's go together.
    """
    return meeting[:6] == "TS3010" or int(meeting[2:6]) % 5 == 0


def main() -> None:
    """Learn from everything there is to learn from, and write the weights."""
    arguments = parser(__doc__, dataset=RESPONSES)
    arguments.add_argument("--rooms", type=Path, default=ROOMS / "train")
    arguments.add_argument("--work", type=Path, help="folder that keeps what was read")
    arguments.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go")
    arguments.add_argument(
        "--network", choices=NETWORKS, help="train only this one, and keep it in --work"
    )
    options = arguments.parse_args()
    need(options.data and options.data / STANCE, "stance/ami and responses/qmsum with gold")
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        given, stances = examples(options.data, options.rooms, work)
    arrays: dict[str, Array] = {}
    for name, part in (("clause", "rows"), ("pair", "columns")):
        every = torch.cat([getattr(mine, part) for mine in given])
        mean, deviation = every.mean(0), every.std(0) + 1e-3
        arrays |= {f"{name}.mean": mean.numpy(), f"{name}.deviation": deviation.numpy()}
        for mine in (*given, *stances):
            setattr(mine, part, ((getattr(mine, part) - mean) / deviation).clamp(-5, 5))
    rows, columns = given[0].rows.shape[1], given[0].columns.shape[1]
    for name in (options.network,) if options.network else NETWORKS:
        kept = options.work and options.work / f"{name}.pt"
        if kept and kept.is_file() and not options.network:
            state = torch.load(kept, weights_only=True)
        else:
            state = learn(name, given, stances, rows, columns)
            if kept:
                torch.save(state, kept)
        arrays |= {f"{name}.{key}": value.numpy() for key, value in state.items()}
    if options.network:
        return
    write(arrays, options.out)
    figures = {"meetings": len(given), "given pairs": sum(len(each.labels) for each in stances)}
    report("deliberation_training", RESPONSES, figures | {"script": script_hash()})


if __name__ == "__main__":
    main()
