"""The networks as the product applies them: as they were trained, and what they may not do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from benchmarks.deliberation_training import (
    CloseNetwork,
    PairNetwork,
    PutNetwork,
    given_pairs,
    write,
)
from fgd.core.embeddings import embedder
from fgd.deliberation.features import Reading
from fgd.deliberation.network import (
    PUTS,
    learned,
    neighbours,
    sense,
    sides_of,
)
from fgd.deliberation.room import Room
from tests.deliberation.rooms import heard, session

ORCHARD = """
Nina: Shall we prune the pear trees this week?
Otto: It is far too wet. The saws slip.
Nina: Then borrow the tall ladder from the parish and do it on Sunday, when it dries.
Pia: My cousin has one.
Otto: On Sunday I am at the fair with the horses.
"""


def test_weights_are_applied_as_they_were_trained(tmp_path: Path) -> None:
    """Scores from the written file equal those of the modules that were trained, but for 8 bits."""
    talk = heard(ORCHARD)
    room = Room.of(session(), [talk])
    case = {
        "id": "XX0001a",
        "turns": [
            {"n": n, "speaker": turn.voice, "text": turn.text, "start": None}
            for n, turn in enumerate(talk.turns)
        ],
    }
    said = [{"to": 2, "n": 3, "side": "+"}, {"to": 2, "n": 4, "side": "-"}]
    example = given_pairs(case, {"proposals": [2], "pairs": said}, embedder("minilm"))
    torch.manual_seed(1)
    rows, columns = example.rows.shape[1], example.columns.shape[1]
    put, pair = PutNetwork(rows, columns).eval(), PairNetwork(rows, columns).eval()
    close = CloseNetwork(rows, columns).eval()
    arrays = {
        "clause.mean": np.zeros(rows), "clause.deviation": np.ones(rows),
        "pair.mean": np.zeros(columns), "pair.deviation": np.ones(columns),
    }  # fmt: skip
    for name, net in (("puts", put), ("pairs", pair), ("close", close)):
        arrays |= {
            f"{name}.{key}": value.detach().numpy() for key, value in net.state_dict().items()
        }
    write(arrays, tmp_path / "weights.npz")
    network = learned(tmp_path / "weights.npz")
    reading = Reading.of(room, embedder("minilm"))
    example.rows, example.columns = example.rows.clamp(-5, 5), example.columns.clamp(-5, 5)
    with torch.inference_mode():
        z = put.vectors(example.states)
        scores = put.put(z, example.rows, example.near)
        pairs = torch.from_numpy(example.pairs)
        rough = put.pair(z, example.rows, example.near, pairs, example.columns, scores.sigmoid())
        every = [(example, k) for k in range(len(example.pairs))]
        joint, last = pair.pair(every), close.pair(every)
        links = (((rough + joint) / 2 + last) / 2)[:, 0].sigmoid().tolist()
        sides = last[:, 1:].softmax(1).numpy()
    assert example.near.tolist() == neighbours(room).tolist()
    sensed = sense(reading, network)
    assert np.allclose(sensed.puts, scores.sigmoid().numpy(), atol=0.01)
    both = [
        (tuple(pair), k)
        for k, pair in enumerate(example.pairs.tolist())
        if tuple(pair) in sensed.pairs
    ]
    assert both
    for of, k in both:
        assert abs(sensed.link(*of) - links[k]) < 0.02
    assert np.allclose(sides_of(reading, example.pairs, network), sides, atol=0.01)


def test_a_room_without_words_is_read() -> None:
    """Nothing said, nothing sensed."""
    room = Room.of(session(), [heard("Ada: ...")])
    reading = Reading.of(room, embedder("minilm"))
    found = sense(reading, learned())
    assert found.puts.shape == (len(room.clauses), len(PUTS))
    assert not found.pairs


def test_how_pairs_are_batched_changes_nothing() -> None:
    """What is thought of one exchange does not depend on what else is read with it."""
    room = Room.of(session(), [heard(ORCHARD)])
    reading = Reading.of(room, embedder("minilm"))
    pairs = np.array([(2, n) for n in range(4, len(room.clauses))], np.int64)
    together = sides_of(reading, pairs, learned())
    alone = np.vstack([sides_of(reading, pairs[k : k + 1], learned()) for k in range(len(pairs))])
    assert np.allclose(together, alone, atol=1e-4)
