"""How likely a suspicion is right: as it was learned, and what is told of it."""

from __future__ import annotations

import hashlib
import importlib
import itertools
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
    POLARITY,
    PROPOSAL_COLUMNS,
    Calibration,
    answer_columns,
    calibrated,
    proposal_columns,
    trees,
)
from fgd.deliberation.deliberate import likely_proposals, put_forward
from fgd.deliberation.features import Reading
from fgd.deliberation.network import Sense, learned, sense
from fgd.deliberation.proposals import PROPOSES, may_propose
from fgd.deliberation.room import Room
from fgd.model import SIDED, Reason
from fgd.synthesis.frames import seems
from tests.deliberation.rooms import Told, heard, session

FERRY = """
Nina: I propose that the ferry sails on Sundays, too.
Otto: I support the Sunday ferry that Nina proposes.
"""


def _read() -> tuple[Reading, Sense]:
    reading = Reading.of(Room.of(session(), [heard(FERRY)]), embedder("minilm"))
    return reading, sense(reading, learned())


def _always(chance: float) -> Calibration:
    """Trees that find everything equally likely."""
    shipped = calibrated("side")
    odds = float(np.log(chance / (1 - chance)))
    return Calibration(
        shipped.column[:1], shipped.threshold[:1], shipped.left[:1], shipped.right[:1],
        shipped.value[:1] * 0, odds, 1, "",
    )  # fmt: skip


def test_trees_are_applied_as_they_were_learned(tmp_path: Path) -> None:
    """Chances from the written file equal those of the model that was written."""
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(400, len(COLUMNS))).astype(np.float32)
    right = rows[:, 0] + rows[:, 3] * rows[:, 5] + 0.3 * rng.normal(size=400) > 0
    model = HistGradientBoostingClassifier(max_iter=20, max_leaf_nodes=6, random_state=1)
    script._write({"side": model.fit(rows, right)}, tmp_path / "trees.npz")
    told = trees("side", tmp_path / "trees.npz").chances(rows)
    assert np.allclose(told, model.predict_proba(rows)[:, 1], atol=1e-5)


def test_the_shipped_trees_are_the_scripts() -> None:
    """Whoever changes the script makes the trees anew."""
    made = hashlib.sha256(Path(script.__file__).read_bytes()).hexdigest()
    kinds = (("side", COLUMNS), ("answer", COLUMNS), ("proposal", PROPOSAL_COLUMNS))
    for (of, columns), widely in itertools.product(kinds, (False, True)):
        shipped = calibrated(of, widely=widely)
        assert shipped.script == made
        assert shipped.column.max() < len(columns)


def test_words_that_only_a_network_links_seem(monkeypatch: pytest.MonkeyPatch) -> None:
    """However likely: what the words are about is a network's guess."""
    reading, sensed = _read()
    put = put_forward(reading.room, sensed, likely_proposals(reading, sensed))
    pairs = responses.answerable(reading, put)
    (said,) = [x for x in responses.suspected(reading, put, sensed, pairs) if x.side in SIDED]
    guessed = replace(said, reasons=(*said.reasons, Reason("network: answers")))
    monkeypatch.setattr(Calibration, "chances", lambda self, rows: [0.9] * len(rows))
    first = [
        next(responses._believed(reading, put, sensed, [each])).reasons[0].kind
        for each in (said, guessed)
    ]
    assert first == ["words", "doubtful"]


SPLIT = """
    Chair: How should people cross in winter?
    Boris: I propose that the district runs a ferry from November to March.
    Dana: I agree with Boris.
    Emil: I disagree.
"""
"""Two words that take a side each, and nothing else."""


@pytest.mark.parametrize(
    ("chance", "told", "only_seems"), [(0.9, "+-", False), (0.4, "-", True), (0.1, "", False)]
)
def test_a_side_is_told_as_surely_as_it_is_right(
    monkeypatch: pytest.MonkeyPatch, chance: float, told: str, only_seems: bool
) -> None:
    """What is likely is told, a refusal that is less so as what seems, and the rest as no side."""
    given = {"side": _always(chance)}
    monkeypatch.setattr(responses, "calibrated", lambda of, **_: given.get(of) or calibrated(of))
    found = [each for each in Told(SPLIT).found.responses if each.side in SIDED]
    assert {POLARITY[each.side] for each in found} == set(told)
    assert all(seems(each) is only_seems for each in found)
    assert not any(seems(replace(each, by="Ana")) for each in found)


def test_what_is_suspected_has_a_row_each() -> None:
    """Every suspected side can be judged, whatever led to it."""
    reading, sensed = _read()
    put = put_forward(reading.room, sensed, likely_proposals(reading, sensed))
    pairs = responses.answerable(reading, put)
    sided = [x for x in responses.suspected(reading, put, sensed, pairs) if x.side in SIDED]
    assert sided
    rows = answer_columns(reading, put, sensed, sided)
    assert rows.shape == (len(sided), len(COLUMNS))
    assert np.isfinite(rows).all()


@pytest.mark.parametrize(("chance", "told"), [(0.9, True), (0.4, False)])
def test_somebody_spoke_to_it_only_if_that_is_likely(
    monkeypatch: pytest.MonkeyPatch, chance: float, told: bool
) -> None:
    """Words whose side nobody can read are told where they answer it for sure, or not at all."""
    given = {"side": _always(0.1), "answer": _always(chance)}
    monkeypatch.setattr(responses, "calibrated", lambda of, **_: given[of])
    found = Told(FERRY).found
    assert not any(each.side in SIDED for each in found.responses)
    assert bool(found.responses) is told


@pytest.mark.parametrize(("chance", "told"), [(0.9, True), (0.2, False)])
def test_a_proposal_is_told_as_surely_as_it_is_one(
    monkeypatch: pytest.MonkeyPatch, chance: float, told: bool
) -> None:
    """However much a network or the form of words says so."""
    monkeypatch.setattr(
        importlib.import_module("fgd.deliberation.deliberate"),
        "calibrated",
        lambda of, **_: _always(chance),
    )
    (one,) = Told(FERRY.replace("I propose that the", "The ferry should sail; the")).put() or ("",)
    assert bool(one) is told
    assert (chance >= PROPOSES) is told


def test_what_may_propose_has_a_row_each() -> None:
    """Every clause that may propose can be judged; in a log of how likely they are none is lost."""
    reading, sensed = _read()
    clauses = may_propose(reading.room, sensed.puts)
    rows = proposal_columns(reading, sensed, clauses)
    assert rows.shape == (len(clauses), len(PROPOSAL_COLUMNS))
    assert np.isfinite(rows).all()
    assert sorted(likely_proposals(reading, sensed)) == clauses


def test_an_answer_right_after_its_question_is_told_where_it_is_likelier_than_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing stands between them that it could answer instead."""
    given = {"side": _always(0.1), "answer": _always(0.6)}
    monkeypatch.setattr(responses, "calibrated", lambda of, **_: given[of])
    told = Told("Chair: Do people know the label? Is that not a problem?\nIvo: Yes, it is a mess.")
    assert [each.side for each in told.found.responses] == ["answer"]
