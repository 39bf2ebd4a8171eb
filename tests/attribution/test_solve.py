"""From evidence to probabilities, and from probabilities to confidence."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.attribution_fit import calibrate
from fgd.attribution import attribute
from fgd.attribution.candidates import Directory
from fgd.attribution.discovery import discover
from fgd.attribution.solver import (
    EVEN,
    HEARD,
    STRICTNESS,
    Line,
    Table,
    Unit,
    Weights,
    confidence,
    probabilities,
    shipped,
    signals,
)
from fgd.model import Attribution, Institution, Participant, Session
from tests.attribution.rooms import session, talk

SCORES = st.lists(st.lists(st.floats(-4, 6), min_size=3, max_size=3), min_size=1, max_size=4)


def table(scores: list[list[float]], words: int = 100) -> Table:
    """A table whose scores are given: three seats, no weight on nobody."""
    units = tuple(Unit(f"V{u}", (u,), words) for u in range(len(scores)))
    cells = tuple(tuple({"x": value} for value in row) for row in scores)
    return Table(units, (0, 1, 2), cells, tuple({} for _ in units), {})


@given(SCORES)
@settings(max_examples=40, deadline=None)
def test_few_seats_are_summed_over_all_ways_to_take_them(scores: list[list[float]]) -> None:
    """The marginals are those of listing every way to seat everybody."""
    found = probabilities(table(scores), Weights({"x": 1.0}))
    expected = np.zeros_like(found)
    for ways in itertools.product(range(4), repeat=len(scores)):
        taken: set[int] = set()
        total = 0.0
        for row, seat in zip(scores, ways, strict=True):
            total += row[seat] if seat < 3 else 0.0
            total -= STRICTNESS if seat in taken and seat < 3 else 0.0
            taken.add(seat)
        for u, seat in enumerate(ways):
            expected[u, seat] += math.exp(total)
    expected /= expected.sum(axis=1, keepdims=True)
    assert np.allclose(found, expected, atol=1e-9)


def test_who_hardly_speaks_takes_no_seat() -> None:
    """A voice of a few words does not keep anybody else from a seat."""
    both = Table(
        (Unit("V1", (0,), 1000), Unit("V2", (1,), 2)),
        (0,),
        (({"x": 2.0},), ({"x": 6.0},)),
        ({}, {}),
        {},
    )
    alone = Table(both.units[:1], (0,), both.cells[:1], ({},), {})
    weights = Weights({"x": 1.0})
    assert probabilities(both, weights)[0, 0] == pytest.approx(probabilities(alone, weights)[0, 0])


def signals_of(share: float, nobody: float = 0.01, **cell: float) -> dict[str, float]:
    return signals(share, 0.01, nobody, cell, shipped().features, stretch=False)


@pytest.mark.parametrize("line", [shipped().listed, shipped().heard])
def test_a_larger_share_is_surer(line: Line) -> None:
    """Confidence rises with the share, all else equal."""
    found = [confidence(signals_of(share), line) for share in (0.1, 0.4, 0.7, 0.95)]
    assert found == sorted(found)
    assert found[0] < found[-1]


@pytest.mark.parametrize("line", [shipped().listed, shipped().heard])
def test_nothing_is_asserted_where_nobody_is_far_likelier(line: Line) -> None:
    """Whatever the evidence is made of."""
    cell = {"queue_person": 1.0, "chair_leads": 3.0}
    assert confidence(signals_of(0.1, 0.88, **cell), line) <= EVEN


def test_calibration_follows_what_was_right() -> None:
    """Shares that are right half of the time become confidences of about a half."""
    found = [signals_of(0.9)] * 200
    line = calibrate(found, [n % 2 == 0 for n in range(200)])
    assert confidence(found[0], line) == pytest.approx(0.5, abs=0.05)


def test_calibration_keeps_its_signs() -> None:
    """A name in small letters never raises a confidence, whatever a few meetings say."""
    small = signals_of(0.8, look_lower=1.0)
    line = calibrate([small] * 30 + [signals_of(0.8)] * 30, [True] * 30 + [False] * 30)
    assert line["small"] <= 0
    assert calibrate([small], [True], HEARD, {"own": 1.0})["own"] >= 1.0


def run(*said: tuple[str, str], of: Session | None = None) -> dict[str, Attribution]:
    """Attributions of the voices by voice."""
    found = attribute(of or session(), [talk(*said)])
    return {a.voice: a for a in found.attributions if not a.turn}


def test_an_answer_that_is_only_a_role() -> None:
    """ "And you are?" - "Technical designer." says who answers, and an echo says nothing."""
    bodies = tuple(Institution(x, f"{x} Designer") for x in ("Technical", "Sound", "Stage"))
    people = tuple(Participant(b.id, "", institutions=(b.id,)) for b in bodies)
    found = attribute(
        Session("s", languages=("en",), institutions=bodies, participants=people),
        [
            talk(
                (
                    "V1",
                    "Welcome, everybody. I am the stage designer, your host today. And who are you?",
                ),
                ("V2", "Technical designer."),
                ("V1", "Technical designer. And lastly?"),
                ("V3", "Sound designer, yes."),
                ("V1", "Good. Then let us start with the first point on our agenda for today."),
            )
        ],
    )
    said = {a.voice: a.institutions for a in found.attributions if not a.turn}
    assert said == {"V1": ("Stage",), "V2": ("Technical",), "V3": ("Sound",)}


def test_a_greeting_before_a_visiting_card() -> None:
    """ "Good morning, NAME, BODY" is a card, not a greeting to somebody of that name."""
    said = run(
        ("V1", "Let us go round the table."),
        ("V2", "Good morning, Anh Vuong, Ministry of the Interior. We have read the draft."),
    )
    assert said["V2"].participant == "anh"


def test_half_a_name_inside_another_one() -> None:
    """Of "Joana Petersen from the Harbour Institute" the list's Joana has the first name only."""
    said = run(
        ("V1", "Our next question comes from Joana Petersen from the Harbour Institute."),
        ("V2", "Thank you. I would like to hear how the draft was received in the valley."),
    )
    assert said["V2"].participant != "joana"


def test_names_made_of_ordinary_words_are_doubted() -> None:
    """A "name" that the same talk uses as plain words may be a mishearing."""
    from fgd.attribution.analysis import hear
    from fgd.attribution.readings import written_small

    hearing = hear(
        talk(
            ("V1", "Our next question comes from Olof Lind from City. Please go ahead."),
            ("V2", "Thank you. How many people of the city were asked about the new law?"),
            ("V1", "Our next question comes from Ada Moss from Tervala. Please go ahead."),
            ("V3", "Thank you. I have one more point."),
        ),
        "en",
    )
    found = discover(hearing.heard, small=written_small((hearing.talk,)))
    doubted = {p.name: "look_ordinary" in found.looks[p.id] for p in found.participants}
    assert doubted == {"Olof Lind": True, "Ada Moss": False}


def test_a_question_of_ones_own_opens_no_stretch() -> None:
    """Where labels are not followed, "my first question is" announces nobody."""
    from fgd.attribution.analysis import analyse, hear

    asked = "My first question is on Europe, and the next question is from a different angle. "
    turns = []
    for name, body in (("Olof Lind", "Tervala"), ("Ada Moss", "Harbour"), ("Finn Dahl", "Lake")):
        opening = f"Our next question comes from {name} from {body} Research. Please go ahead. "
        turns.append(
            ("V1", opening + asked + "How was the spring in the valleys of the north? " * 3)
        )
        turns.append(("V2", "It was a long one, and we could not go where we wanted to."))
    hearing = hear(talk(*turns), "en")
    directory = Directory((), (), "en")
    assert not hearing.talk.steady
    assert len(analyse(hearing, directory).table.units) == 3


def test_names_in_other_scripts_stay_apart() -> None:
    """An id keeps the letters of every script: two people and two bodies never become one."""
    written = {"សុខ ដារ៉ា": ["ក្រសួងបរិស្ថាន"], "ចាន់ សុភា": ["ក្រសួងសុខាភិបាល"]}
    found = discover((), written=written)
    assert len({each.id for each in found.participants}) == 2
    assert [each.name for each in found.institutions] == [said for (said,) in written.values()]
