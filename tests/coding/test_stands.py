"""Positions: cues, negation, scope, conditions, and whose words are answered."""

from __future__ import annotations

import pytest

from fgd.coding.stands import positions, stands
from fgd.coding.talk import Talk
from fgd.coding.units import cut
from fgd.model import Stand
from tests.coding.rooms import TALK, conversation, known, session


def taken(sentence: str, after: str = "") -> set[Stand]:
    return {each.stand for each in stands(sentence, after)}


@pytest.mark.parametrize(
    ("sentence", "stand"),
    [
        ("I agree with that.", "supports"),
        ("We fully support a standing fund.", "supports"),
        ("I do not disagree with you.", "supports"),
        ("I would differ, and I say it with respect.", "opposes"),
        ("We cannot accept a panel that lectures us.", "opposes"),
        ("I do not agree.", "opposes"),
        ("I would not recommend a second panel.", "opposes"),
        ("We could support it, but only if local leaders sit in it.", "supports with conditions"),
        ("I support the fund, on condition that it is public.", "supports with conditions"),
        ("I agree, but the share is too high.", "supports with conditions"),
        ("I am not convinced that this will last.", "questions"),
        ("I doubt that anybody will pay.", "questions"),
        ("I want to raise a concern here.", "questions"),
        ("We must voice some reservations about the annex.", "questions"),
        ("I see a real difficulty with the second sample.", "questions"),
        ("I propose that the council appoints nine members.", "proposes"),
        ("The council should appoint nine members.", "proposes"),
        ("In our experience the second year is the worst.", "reports experience"),
        ("Last year we trained thirty officers.", "reports experience"),
    ],
)
def test_a_sentence_takes_a_stand(sentence: str, stand: Stand) -> None:
    assert stand in taken(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The parties agreed on a ceasefire in March.",
        "If we agree to this, nothing will change.",
        "They say that they support the panel.",
        "What does not work is what happens afterwards.",
        "The road along the river is closed.",
        "That is the lesson I would like to share.",
    ],
)
def test_nobody_takes_a_stand_for_or_against_here(sentence: str) -> None:
    assert not taken(sentence) & {"supports", "opposes", "supports with conditions", "questions"}


def test_negation_does_not_reach_across_sentences() -> None:
    assert "supports" in taken("I support the fund.", "That is not the point.")


def test_a_reservation_in_the_next_sentence_makes_support_conditional() -> None:
    assert taken("We support the fund.", "But small countries cannot pay.") == {
        "supports with conditions"
    }


def test_answers_are_linked_to_the_turn_they_name() -> None:
    talk = Talk.of(session(), [conversation(TALK)], known())
    found = positions(talk, cut(talk))
    turns = [turn.id for turn in talk.turns]
    agreeing = next(each for each in found if each.turn == turns[2])
    assert (agreeing.stand, agreeing.towards) == ("supports", turns[1])
    against = next(each for each in found if each.turn == turns[7])
    assert (against.stand, against.towards) == ("opposes", turns[6])


def test_the_chair_and_observers_take_no_stand_and_cues_are_words_of_the_turn() -> None:
    talk = Talk.of(session(), [conversation(TALK)], known())
    texts = {turn.id: turn.text for turn in talk.turns}
    speakers = {t.id: s for t, s in zip(talk.turns, talk.speakers, strict=True)}
    for each in positions(talk, cut(talk)):
        assert not (speakers[each.turn].leads or speakers[each.turn].silent)
        assert each.cue in texts[each.turn][each.start : each.end]


def test_whoever_speaks_for_their_body_speaks_for_themselves() -> None:
    said = (("chair", "What do you think?"),
            ("hafiz", "The Highland Leaders Association would support that fund."))  # fmt: skip
    talk = Talk.of(session(), [conversation(said)], known())
    assert [each.stand for each in positions(talk, cut(talk))] == ["supports"]
