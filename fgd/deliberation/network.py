"""Score with small networks what a clause puts to the room, and whether one answers another.

Two stand on the first layers of all-MiniLM, which read every clause once. ``puts`` goes on with
layers of its own and tells of each clause whether it proposes, asks, claims or sums up, and
roughly which earlier one it answers. ``pairs`` lets the tokens of what was put and of the
answer see each other in its upper layers (MacAvaney et al. 2020, arXiv:2004.14255) and tells how
likely the one answers the other. The likeliest are read once more by ``close``, from the first
layer on, which also tells with which side. ``benchmarks/deliberation_training.py``
makes the weights and writes them with the hash of its own text; a test holds this file to it.
Where a wider network is on the machine (``cross_encoder.py``), it reads them all after these.
"""

from __future__ import annotations

import functools
import json
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgd.core.embeddings import MiniLM, bert_layer, dense, packed
from fgd.deliberation import cross_encoder
from fgd.deliberation.cross_encoder import CrossEncoder, Wide
from fgd.deliberation.cues import plain
from fgd.deliberation.features import Reading, cue_row, pair_columns, reachable
from fgd.deliberation.forms import FORMS
from fgd.deliberation.proposals import joined, odds_of, puts, yes_no
from fgd.deliberation.room import Room
from fgd.deliberation.sides import (
    BARE_WORD,
    CONDITION,
    DENIES,
    DOUBT,
    ECHOES,
    SAME,
    spoken_side,
    yes_or_no,
)

if TYPE_CHECKING:
    from fgd.deliberation.features import Array, Numbers

WEIGHTS = Path(__file__).with_name("weights.npz")

LAYERS, LONGEST = 4, 80
"""Layers of all-MiniLM that are shared, and tokens of a clause that are read."""

PUTS = ("proposal", "question", "claim", "agreed", "decided", "not agreed", "left open", "heard")
"""What a clause may do, each told by a probability of its own; from ``agreed`` on it sums up."""

SIDES = ("+", "-", "0", "~")
"""For, against or in doubt, no side, on condition."""

PUT_TOKENS, ANSWER_TOKENS, NEXT_TOKENS, BEFORE_TOKENS = 48, 48, 24, 16
"""Tokens of what was put, of the answer and of the clauses after and before it that are read
together.
"""

MAYBE, LIKELY = 0.05, 0.2
"""Probability from which a clause may be what is answered nearby, and also from further away."""

ROWS = 2048
"""Tokens of a usual batch; layers are laid out in memory for so many."""

ROUGHLY, RIVALS = 0.1, 3
"""Probability from which the tokens of a pair are read together, and how many pairs of one answer
are.
"""

CLOSELY = (0.5, 2)
"""The same for what is read once more, by ``close``."""

FORM_NAMES = tuple(name for name in FORMS if name not in ("maybe", "question", "not"))
"""Forms that are a column each; those left out are cues, too."""

WIDELY, WIDELY_PUT = 0.05, 0.03
"""Probability from which a pair, and a clause, is read by the wide network."""

WITHIN = 80
"""Turns after a proposal in which its speaker may come back to it."""

PUT_FORTH = 3
"""So many of ``PUTS`` are told by both; that a chair sums up, the narrow network tells alone."""

NEIGHBOURS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """The arrays of both networks by name, as tensors; layers laid out for the processor where it
    can; and the training script's hash.
    """

    weights: Mapping[str, Any]
    layers: Mapping[str, Any]
    script: str


@dataclass(frozen=True, slots=True, eq=False)
class Sense:
    """What was heard: of every clause (n, ``PUTS``), and of pairs (put clause, answering clause)
    how likely the one answers the other, and how likely with each of ``SIDES``. ``widely`` tells
    whether the cross-encoder read them. ``own`` tells the same of what somebody proposed and what
    they said later on.
    """

    puts: Array
    pairs: Mapping[tuple[int, int], tuple[float, tuple[float, ...]]] = field(default_factory=dict)
    widely: bool = False
    own: Mapping[tuple[int, int], tuple[float, tuple[float, ...]]] = field(default_factory=dict)

    def link(self, put: int, answer: int) -> float:
        """Return the probability that a clause answers another; 0 for pairs that were not read."""
        return self.pairs.get((put, answer), (0.0, ()))[0]


@functools.cache
def learned(path: Path = WEIGHTS) -> Network:
    """Read the shipped weights once; layers are kept as 8-bit rows with a scale each."""
    import numpy as np
    import torch

    found: dict[str, Any] = {}
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file["about"]))
        for name in file.files:
            if name == "about" or name.endswith(".scale"):
                continue
            array = file[name].astype(np.float32)
            if f"{name}.scale" in file.files:
                array = array * file[f"{name}.scale"].astype(np.float32)[:, None]
            found[name] = torch.from_numpy(np.ascontiguousarray(array))
    layers = {
        name.removesuffix(".weight"): packed(weight, ROWS)
        for name, weight in found.items()
        if ".encoder." in name and weight.dim() == 2
    }
    return Network(found, layers, str(about["script"]))


def clause_rows(room: Room) -> Array:
    """Describe every clause by rules: forms, cues, words of a side, place, (n, h)."""
    import numpy as np

    rule = {each.clause: each for each in joined(room, list(puts(room)))}
    sizes = [len(clause.text.split()) for clause in room.clauses]
    rows = []
    for number, clause in enumerate(room.clauses):
        text, put, mine = room.said(number), rule.get(number), room.of_turn[clause.turn]
        said, size = yes_or_no(text), len(text.split())
        polarity, answer = spoken_side(text)[0], said[0] if said else ""
        rows.append(
            [
                *cue_row(clause.text),
                *(float(bool(FORMS[name].search(text))) for name in FORM_NAMES),
                max(odds_of(text), -4) / 3,
                put is not None and put.kind == "proposal",
                put is not None and put.kind == "question",
                *(polarity == each for each in "+-~?"),
                *(answer == each for each in ("yes", "no", "part")),
                *(bool(cue.search(text)) for cue in (SAME, ECHOES, DENIES)),
                bool(BARE_WORD.match(text)),
                *(bool(cue.search(text)) for cue in (CONDITION, DOUBT)),
                clause.text.rstrip().endswith("?"),
                yes_no(clause.text),
                size <= 2,
                size <= 5,
                np.log1p(size),
                room.chair[clause.turn],
                room.neutral[clause.turn],
                clause.number == 0,
                np.log1p(clause.number),
                clause.last,
                np.log1p(len(mine)),
                np.log1p(sum(sizes[c] for c in mine)),
            ]
        )
    return np.array(rows, np.float32).reshape(len(rows), -1)


def neighbours(room: Room) -> Numbers:
    """Find the neighbours of every clause: the one before and after it in its turn, the turn's
    first, and the first two of the next turn by somebody else, (n, ``NEIGHBOURS``); the number of
    clauses where there is none.
    """
    import numpy as np

    none = len(room.clauses)
    found = np.full((none, NEIGHBOURS), none, np.int64)
    for number, clause in enumerate(room.clauses):
        mine = room.of_turn[clause.turn]
        if number > mine.start:
            found[number, 0] = number - 1
        if number + 1 < mine.stop:
            found[number, 1] = number + 1
        found[number, 2] = mine.start
        for later in range(clause.turn + 1, min(clause.turn + 4, len(room.turns))):
            reply = room.of_turn[later]
            if reply and room.who[later] != room.who[clause.turn] and not room.silent[later]:
                found[number, 3] = reply.start
                if len(reply) > 1:
                    found[number, 4] = reply.start + 1
                break
    return found


def texts_of(room: Room) -> list[str]:
    """Return the texts that the networks read of every clause."""
    return [plain(clause.text) or "-" for clause in room.clauses]


def tokens(texts: Sequence[str]) -> list[list[int]]:
    """Split every clause into word pieces, for ``close``; no more than are read."""
    return [ids[:ANSWER_TOKENS] for ids in _minilm().pieces(texts)]


def close_parts(
    ids: Mapping[int, Sequence[int]], put: int, answer: int, before: int, after: int
) -> tuple[Sequence[int], ...]:
    """Return the texts that ``close`` reads of a pair: the put clause, then the answer between the
    end of the clause before it and the beginning of the one after it, where there are such.
    """
    return (
        ids[put],
        ids.get(before, ())[-BEFORE_TOKENS:],
        ids[answer],
        ids.get(after, ())[:NEXT_TOKENS],
    )


def sense(reading: Reading, network: Network, wide: Wide | None = None) -> Sense:
    """Let the networks read a room; one pass over its clauses, others over the pairs worth it."""
    import numpy as np
    import torch

    if not reading.room.clauses:
        return Sense(np.zeros((0, len(PUTS)), np.float32), widely=wide is not None)
    with torch.inference_mode():
        read = _Read.of(reading, network)
        found = read.chances.numpy().astype(np.float32)
        if wide is not None:
            again = np.flatnonzero(found[:, :PUT_FORTH].max(axis=1) >= WIDELY_PUT)
            odds = torch.logit(read.chances[again, :PUT_FORTH], 1e-6)
            odds = (odds + _clause_scores(read, again, wide.clauses)[:, :PUT_FORTH]) / 2
            found[again, :PUT_FORTH] = torch.sigmoid(odds).numpy()
        maybe = np.flatnonzero(found[:, :3].max(axis=1) >= MAYBE)
        likely = np.flatnonzero(found[:, :2].max(axis=1) >= LIKELY)
        far = {*read.forms, *(int(n) for n in likely)}
        pairs = reachable(reading.room, far, [int(n) for n in maybe])
        if not len(pairs):
            return Sense(found, widely=wide is not None)
        counts = pair_columns(reading, pairs, read.forms)
        columns = _scaled(counts, "pair", network.weights)
        rough = _rough_scores(read, pairs, columns)
        kept = _worth(pairs[:, 1], torch.sigmoid(rough[:, 0]).numpy(), ROUGHLY, RIVALS)
        chosen = torch.from_numpy(kept)
        scores = (rough[chosen] + _joint_scores(read, pairs[kept], columns[chosen])) / 2
        again = _worth(pairs[kept, 1], torch.sigmoid(scores[:, 0]).numpy(), *CLOSELY)
        close = _close_scores(read, pairs[kept[again]], columns[chosen[again]])
        scores[again, 0] = (scores[again, 0] + close[:, 0]) / 2
        scores[again, 1:] = close[:, 1:]
        if wide is not None:
            again = np.flatnonzero(torch.sigmoid(scores[:, 0]).numpy() >= WIDELY)
            crossed = _cross_scores(read, pairs[kept[again]], counts[kept[again]], wide.pairs)
            scores[again, 0] = (scores[again, 0] + crossed[:, 0]) / 2
            scores[again, 1:] = crossed[:, 1:]
        heard = _by_pair(pairs[kept], scores)
        own = _own_pairs(reading, found)
        if wide is None or not len(own):
            return Sense(found, heard, wide is not None)
        counts = pair_columns(reading, own, read.forms)
        columns = _scaled(counts, "pair", network.weights)
        rough = _rough_scores(read, own, columns)
        kept = _worth(own[:, 1], torch.sigmoid(rough[:, 0]).numpy(), WIDELY, RIVALS)
        scores = _cross_scores(read, own[kept], counts[kept], wide.pairs)
        scores[:, 0] = (scores[:, 0] + rough[torch.from_numpy(kept)][:, 0]) / 2
    return Sense(found, heard, True, _by_pair(own[kept], scores))


def _by_pair(pairs: Numbers, scores: Any) -> dict[tuple[int, int], tuple[float, tuple[float, ...]]]:
    import torch

    sure = torch.sigmoid(scores[:, 0]).tolist()
    side = torch.softmax(scores[:, 1:], 1).tolist()
    return {
        (int(put), int(answer)): (sure[k], tuple(side[k])) for k, (put, answer) in enumerate(pairs)
    }


def sides_of(reading: Reading, pairs: Numbers, network: Network) -> Array:
    """Estimate the probability of each of ``SIDES`` for pairs known to be linked, (n, 4)."""
    import numpy as np
    import torch

    with torch.inference_mode():
        read = _Read.of(reading, network)
        columns = _scaled(pair_columns(reading, pairs, read.forms), "pair", network.weights)
        scores = _close_scores(read, pairs, columns)
        found: Array = torch.softmax(scores[:, 1:], 1).numpy().astype(np.float32)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """A room read clause by clause: token states, rows (n, h), as rules give them and scaled,
    neighbours, vectors (n, d) and what each puts (n, ``PUTS``); ``forms`` are the clauses that put
    something by their form.
    """

    texts: Sequence[str]
    states: Sequence[Any]
    described: Array
    rows: Any
    near: Any
    vectors: Any
    chances: Any
    forms: frozenset[int]
    network: Network

    @staticmethod
    def of(reading: Reading, network: Network) -> _Read:
        import torch

        room, weights = reading.room, network.weights
        texts = texts_of(room)
        unlike, same = _unlike(texts)
        different = _minilm().states([texts[n] for n in unlike], LAYERS, LONGEST)
        states = [different[n] for n in same]
        described = clause_rows(room)
        rows = _scaled(described, "clause", weights)
        near = torch.from_numpy(neighbours(room))
        vectors = _pooled(different, network)[same]
        chances = torch.sigmoid(_put_scores(vectors, rows, near, weights))
        forms = frozenset(each.clause for each in puts(room))
        return _Read(texts, states, described, rows, near, vectors, chances, forms, network)


def _unlike(parts: Sequence[Hashable]) -> tuple[list[int], list[int]]:
    """Find the first of each sort of equal things, and of which sort each is: what a network reads
    twice it need not read again.
    """
    firsts: dict[Hashable, int] = {}
    for number, part in enumerate(parts):
        firsts.setdefault(part, number)
    sort = {part: k for k, part in enumerate(firsts)}
    return list(firsts.values()), [sort[part] for part in parts]


def _worth(answers: Numbers, link: Array, least: float, most: int) -> Numbers:
    """Select the pairs that are read more closely: the likeliest few of each answering clause."""
    import numpy as np

    order = np.lexsort((-link, answers))
    sorted_answers = answers[order]
    first = np.searchsorted(sorted_answers, sorted_answers, side="left")
    rank = np.arange(len(order)) - first
    kept = order[(rank < most) & (link[order] >= least)]
    return np.sort(kept)


@functools.cache
def _minilm() -> MiniLM:
    return MiniLM()


def _scaled(rows: Array, name: str, weights: Mapping[str, Any]) -> Any:
    import torch

    made = torch.from_numpy(rows)
    return ((made - weights[f"{name}.mean"]) / weights[f"{name}.deviation"]).clamp(-5, 5)


def _dense(x: Any, name: str, weights: Mapping[str, Any]) -> Any:
    import torch

    return torch.nn.functional.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])


def _upper(x: Any, real: Any, name: str, network: Network, lowest: int = LAYERS) -> Any:
    def linear(state: Any, layer: str) -> Any:
        return dense(state, layer, network.weights, network.layers)

    for layer in range(lowest, MiniLM.layers):
        x = bert_layer(x, f"{name}.encoder.layer.{layer}", network.weights, linear, real)
    return x


def _mean(x: Any, real: Any) -> Any:
    weight = real[..., None].to(x.dtype)
    return (x * weight).sum(1) / weight.sum(1)


def _pooled(states: Sequence[Any], network: Network, batch: int = 64) -> Any:
    """Average the tokens of every clause after the layers of ``puts``, (n, d)."""
    import torch

    made = torch.zeros((len(states), MiniLM.width))
    order = sorted(range(len(states)), key=lambda n: len(states[n]))
    for first in range(0, len(order), batch):
        rows = order[first : first + batch]
        x = torch.nn.utils.rnn.pad_sequence([states[n] for n in rows], batch_first=True)
        sizes = torch.tensor([len(states[n]) for n in rows])
        real = torch.arange(x.shape[1])[None] < sizes[:, None]
        made[rows] = _mean(_upper(x, real, "puts", network), real)
    return made


def _padded(x: Any) -> Any:
    """Append a row of zeros, for what is not there."""
    import torch

    return torch.cat([x, torch.zeros(1, x.shape[1])])


def _put_scores(vectors: Any, rows: Any, near: Any, weights: Mapping[str, Any]) -> Any:
    """Score each clause for each of ``PUTS`` in log-odds, (n, 8)."""
    import torch
    from torch.nn import functional

    around = _padded(vectors)
    parts = [_dense(vectors, "puts.pz.0", weights)] + [
        _dense(around[near[:, place]], f"puts.pz.{k + 1}", weights)
        for k, place in enumerate((0, 1, 3, 4))
    ]
    x = torch.cat(
        [functional.gelu(torch.cat(parts, 1)), functional.gelu(_dense(rows, "puts.ph", weights))], 1
    )
    return _dense(functional.gelu(_dense(x, "puts.p1", weights)), "puts.p2", weights)


def _rough_scores(read: _Read, pairs: Numbers, columns: Any, batch: int = 32768) -> Any:
    """Score pairs for a link (log-odds) and the sides, from the clauses' vectors, (n, 5)."""
    import torch
    from torch.nn import functional

    weights, near = read.network.weights, read.near
    around, beside = _padded(read.vectors), _padded(read.rows)
    named = {
        name: _dense(around, f"puts.{name}", weights) for name in ("up", "ua", "un", "uf", "upn")
    }
    lined = {name: _dense(beside, f"puts.{name}", weights) for name in ("ha", "hp", "hn")}
    made = []
    for first in range(0, len(pairs), batch):
        put, answer = torch.from_numpy(pairs[first : first + batch]).T
        u, v = named["up"][put], named["ua"][answer]
        x = torch.cat(
            [
                u, v, u * v, named["un"][near[answer, 1]], named["uf"][near[answer, 2]],
                named["upn"][near[put, 1]], lined["ha"][answer], lined["hp"][put],
                lined["hn"][near[answer, 1]],
                _dense(columns[first : first + batch], "puts.sc", weights),
            ],
            1,
        )  # fmt: skip
        x = torch.cat([functional.gelu(x), read.chances[put]], 1)
        made.append(_dense(functional.gelu(_dense(x, "puts.q1", weights)), "puts.q2", weights))
    return torch.cat(made)


def _joint_scores(read: _Read, pairs: Numbers, columns: Any, batch: int = 48) -> Any:
    """Score pairs from the tokens of both clauses, which see each other in the upper layers."""
    import torch
    from torch.nn import functional

    states, weights = read.states, read.network.weights
    segment = weights["pairs.seg"]
    follows = read.near[:, 1].tolist()
    texts = [*read.texts, ""]
    unlike, same = _unlike([(texts[p], texts[a], texts[follows[a]]) for p, a in pairs.tolist()])
    parts = []
    for put, answer in pairs[unlike]:
        mine = [
            states[put][:PUT_TOKENS] + segment[0],
            states[answer][:ANSWER_TOKENS] + segment[1],
        ]
        if follows[answer] < len(states):
            mine.append(states[follows[answer]][:NEXT_TOKENS] + segment[2])
        parts.append(mine)
    z = torch.zeros((len(parts), 3 * MiniLM.width))
    order = sorted(range(len(parts)), key=lambda k: sum(map(len, parts[k])))
    for first in range(0, len(order), batch):
        chosen = order[first : first + batch]
        x = torch.nn.utils.rnn.pad_sequence([torch.cat(parts[k]) for k in chosen], batch_first=True)
        ends = torch.tensor(
            [
                [len(parts[k][0]), len(parts[k][0]) + len(parts[k][1]), sum(map(len, parts[k]))]
                for k in chosen
            ]
        )
        at = torch.arange(x.shape[1])[None]
        x = _upper(x, at < ends[:, 2:], "pairs", read.network)
        of_put = at < ends[:, :1]
        of_answer = (at < ends[:, 1:2]) & ~of_put
        z[chosen] = torch.cat(
            [_mean(x, of_put), _mean(x, of_answer), x[torch.arange(len(chosen)), ends[:, 0]]], 1
        )
    put, answer = torch.from_numpy(pairs).T
    y = torch.cat(
        [
            functional.gelu(_dense(z, "pairs.a", weights))[same],
            functional.gelu(
                _dense(torch.cat([read.rows[put], read.rows[answer]], 1), "pairs.h", weights)
            ),
            functional.gelu(_dense(columns, "pairs.r", weights)),
        ],
        1,
    )
    return _dense(functional.gelu(_dense(y, "pairs.o1", weights)), "pairs.o2", weights)


def _close_scores(read: _Read, pairs: Numbers, columns: Any, batch: int = 48) -> Any:
    """Score pairs once more, by a network whose layers were all made for it."""
    import torch
    from torch.nn import functional

    weights, near, below = read.network.weights, read.near.tolist(), _minilm()
    wanted = {int(n) for put, answer in pairs for n in (put, answer, *near[answer][:2])}
    known = sorted(n for n in wanted if n < len(read.texts))
    ids: dict[int, list[int]] = dict(
        zip(known, tokens([read.texts[n] for n in known]), strict=True)
    )
    read_of = [close_parts(ids, put, answer, *near[answer][:2]) for put, answer in pairs.tolist()]
    unlike, same = _unlike([tuple(map(tuple, each)) for each in read_of])
    parts = [read_of[n] for n in unlike]
    z = torch.zeros((len(parts), 3 * MiniLM.width))
    order = sorted(range(len(parts)), key=lambda k: sum(map(len, parts[k])))
    for first in range(0, len(order), batch):
        chosen = order[first : first + batch]
        x, segments, real = below.joined([parts[k] for k in chosen])
        x = _upper(x + weights["close.seg"][segments], real, "close", read.network, 0)
        z[chosen] = torch.cat(
            [x[:, 0], *(_mean(x, real & (segments == part)) for part in (0, 2))], 1
        )
    put, answer = torch.from_numpy(pairs).T
    beside = torch.cat([read.rows[put], read.rows[answer], columns], 1)
    y = torch.cat(
        [
            functional.gelu(_dense(z, "close.a", weights))[same],
            functional.gelu(_dense(beside, "close.h", weights)),
        ],
        1,
    )
    return _dense(functional.gelu(_dense(y, "close.o1", weights)), "close.o2", weights)


def _cross_scores(read: _Read, pairs: Numbers, counts: Array, cross: CrossEncoder) -> Any:
    """Score pairs by the wide network for a link (log-odds) and the sides, (n, 5). What reads
    alike is read once.
    """
    import numpy as np
    import torch

    near = read.near.numpy()
    ids = _pieces(read, near, pairs.ravel())
    z = _read_once(
        [cross_encoder.parts_of(ids, near, put, answer) for put, answer in pairs.tolist()], cross
    )
    put, answer = pairs.T
    rows = np.concatenate([read.described[put], read.described[answer]], 1)
    half = _scaled(rows.reshape(-1, read.described.shape[1]), "clause", cross.weights)
    columns = _scaled(counts, "pair", cross.weights)
    beside = torch.cat([half.reshape(len(pairs), -1), columns], 1)
    return cross_encoder.scores(z, beside, cross)


def _own_pairs(reading: Reading, puts: Array) -> Numbers:
    """List what somebody proposed with every later clause of theirs, after others spoke, (n, 2)."""
    import numpy as np

    room = reading.room
    mine: dict[str, list[int]] = defaultdict(list)
    for turn, who in enumerate(room.who):
        mine[who].append(turn)
    found = [
        (int(put), clause)
        for put in np.flatnonzero(puts[:, 0] >= LIKELY)
        for turn in (room.clauses[put].turn,)
        if not room.neutral[turn]
        for later in mine[room.who[turn]]
        if turn + 1 < later <= turn + WITHIN
        for clause in room.of_turn[later]
    ]
    return np.array(found, np.int64).reshape(-1, 2)


def _clause_scores(read: _Read, clauses: Numbers, cross: CrossEncoder) -> Any:
    """Score clauses by the wide network for what they put (log-odds), (n, ``PUTS``)."""
    near = read.near.numpy()
    ids = _pieces(read, near, clauses)
    z = _read_once([cross_encoder.parts_alone(ids, near, n) for n in clauses.tolist()], cross)
    beside = _scaled(read.described[clauses], "clause", cross.weights)
    return cross_encoder.scores(z, beside, cross)


def _pieces(read: _Read, near: Numbers, clauses: Numbers) -> dict[int, list[int]]:
    """Cut clauses and their neighbours into word pieces, by their numbers."""
    wanted = {int(n) for clause in clauses for n in (clause, *near[clause])}
    known = sorted(n for n in wanted if n < len(read.texts))
    return dict(zip(known, tokens([read.texts[n] for n in known]), strict=True))


def _read_once(parts: Sequence[tuple[Sequence[int], ...]], cross: CrossEncoder) -> Any:
    unlike, same = _unlike([tuple(map(tuple, each)) for each in parts])
    return cross_encoder.read([cross_encoder.laid(parts[n]) for n in unlike], cross)[same]


__all__ = ["PUTS", "SIDES", "Network", "Sense", "learned", "sense", "sides_of"]
