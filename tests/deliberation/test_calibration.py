"""How likely a suspected side is right: as it was learned, and what is told of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

import benchmarks.deliberation_calibration as script
from fgd.core.embeddings import embedder
from fgd.deliberation import responses
from fgd.deliberation.calibration import (
    COLUMNS,
    Calibration,
    answer_columns,
    calibrated,
)
from fgd.deliberation.deliberate import put_forward
from fgd.deliberation.features import Reading
from fgd.deliberation.network import learned, sense
from fgd.deliberation.room import Room
from fgd.model import SIDED, Reason
from fgd.synthesis.frames import seems
from tests.deliberation.rooms import Told, heard, session

FERRY = """
Nina: I propose that the ferry sails on Sundays, too.
Otto: I support the Sunday ferry that Nina proposes.
"""


def test_trees_are_applied_as_they_were_learned(tmp_path: Path) -> None:
    """Chances from the written file equal those of the model that was written."""
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(400, len(COLUMNS))).astype(np.float32)
    right = rows[:, 0] + rows[:, 3] * rows[:, 5] + 0.3 * rng.normal(size=400) > 0
    model = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=6, random_state=1)
    script._write(model.fit(rows, right), tmp_path / "trees.npz")
    told = calibrated(tmp_path / "trees.npz").chances(rows)
    assert np.allclose(told, model.predict_proba(rows)[:, 1], atol=1e-5)


def test_the_shipped_trees_are_the_scripts() -> None:
    """Whoever changes the script makes the trees anew."""
    made = hashlib.sha256(Path(script.__file__).read_bytes()).hexdigest()
    assert calibrated().script == made
    assert calibrated().column.max() < len(COLUMNS)


def test_words_that_only_a_network_links_seem(monkeypatch: pytest.MonkeyPatch) -> None:
    """However likely: what the words are about is a network's guess."""
    room = Room.of(session(), [heard(FERRY)])
    reading = Reading.of(room, embedder("minilm"))
    sensed = sense(reading, learned())
    put = put_forward(room, sensed)
    pairs = responses.answerable(reading, put)
    (said,) = [x for x in responses.suspected(reading, put, sensed, pairs) if x.side in SIDED]
    guessed = replace(said, reasons=(*said.reasons, Reason("network: answers")))
    monkeypatch.setattr(Calibration, "chances", lambda self, rows: [0.9] * len(rows))
    first = [
        next(responses._believed(reading, put, sensed, [each])).reasons[0].kind
        for each in (said, guessed)
    ]
    assert first == ["words", "doubtful"]


@pytest.mark.parametrize(
    ("chance", "told", "only_seems"), [(0.9, True, False), (0.4, True, True), (0.1, False, False)]
)
def test_a_side_is_told_as_surely_as_it_is_right(
    monkeypatch: pytest.MonkeyPatch, chance: float, told: bool, only_seems: bool
) -> None:
    """What is likely is told, what is less so as what seems, and what is not as no side."""
    odds = float(np.log(chance / (1 - chance)))
    shipped = calibrated()
    one = Calibration(
        shipped.column[:1], shipped.threshold[:1], shipped.left[:1], shipped.right[:1],
        shipped.value[:1] * 0, odds, 1, "",
    )  # fmt: skip
    monkeypatch.setattr(responses, "calibrated", lambda: one)
    found = [each for each in Told(FERRY).found.responses if each.side in SIDED]
    assert bool(found) is told
    assert all(seems(each) is only_seems for each in found)
    assert not any(seems(replace(each, by="Ana")) for each in found)


def test_what_is_suspected_has_a_row_each() -> None:
    """Every suspected side can be judged, whatever led to it."""
    room = Room.of(session(), [heard(FERRY)])
    reading = Reading.of(room, embedder("minilm"))
    sensed = sense(reading, learned())
    put = put_forward(room, sensed)
    pairs = responses.answerable(reading, put)
    sided = [x for x in responses.suspected(reading, put, sensed, pairs) if x.side in SIDED]
    assert sided
    rows = answer_columns(reading, put, sensed, sided)
    assert rows.shape == (len(sided), len(COLUMNS))
    assert np.isfinite(rows).all()
