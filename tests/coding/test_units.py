"""Units: every word in exactly one, and what is no content counted as what it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.coding.talk import MOST, cut_turn, kind_of
from fgd.core.nlp import sentences
from fgd.decisions.kinds import Clock, moment
from fgd.model import UnitKind
from tests.coding.rooms import turn

TEXT = st.lists(
    st.sampled_from(
        "we should pay. Yes. Thank you. a b, c! Is it? Dr. Lee said no. \N{CJK UNIFIED IDEOGRAPH-548C} "
        "\u0645\u0631\u062d\u0628\u0627 fund".split(" ")
    ),
    max_size=150,
).map(" ".join)


@given(TEXT)
def test_every_word_of_a_turn_is_in_exactly_one_unit(text: str) -> None:
    units = list(cut_turn("t", text, sentences(text)))
    assert " ".join(text[u.start : u.end] for u in units).split() == text.split()
    assert all(a.end <= b.start for a, b in zip(units, units[1:], strict=False))
    assert all(0 < unit.words <= MOST for unit in units)


@given(TEXT.filter(str.strip))
def test_units_are_found_again_by_their_time(text: str) -> None:
    said = turn(1000, "maria", text)
    units = list(cut_turn(said.id, said.text, sentences(said.text)))
    clock = Clock([said], units)
    for unit in units:
        span = moment(said, unit.start, unit.end)
        assert clock.units("rec", span) == [unit]
        assert clock.at(f"rec@{span.start}-{span.end}") == [unit]


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Thank you very much, Madam Chair.", "thanks"),
        ("Yes, exactly.", "back-channel"),
        ("Can you hear me?", "procedure"),
        ("My name is Maria Dalisay, from the Ceasefire Monitoring Society.", "introduction"),
        ("The fund should be paid by all member states.", "content"),
    ],
)
def test_kinds(sentence: str, kind: UnitKind) -> None:
    assert kind_of(sentence) == kind


def test_who_says_only_a_name_says_who_speaks() -> None:
    own = {"maria", "dalisay", "ceasefire", "monitoring", "society"}
    assert kind_of("This is Maria Dalisay again.", own) == "introduction"
    assert kind_of("Maria Dalisay, Ceasefire Monitoring Society.", own) == "introduction"
    assert kind_of("Monitoring a ceasefire without money is a waste of time.", own) == "content"


def test_what_the_chair_says_is_facilitation() -> None:
    asked = "Who pays? I think we should move on."
    assert {u.kind for u in cut_turn("t", asked, sentences(asked), leads=True)} == {"facilitation"}


def test_nonsense_addresses_find_nothing() -> None:
    said = turn(0, "maria", "The fund is small.")
    clock = Clock([said], list(cut_turn(said.id, said.text, sentences(said.text))))
    for address in ("", "rec", "rec@5-1", "rec@a-b", "other@0-1000"):
        assert clock.at(address) == []
