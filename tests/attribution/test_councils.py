"""Councils: delegations are given the floor, thanked, and speak of themselves by their country."""

from __future__ import annotations

import pytest

from benchmarks.councils import FORMULAS, council
from fgd.attribution import attribute
from fgd.model import AsHeard, Institution, Participant, Session
from tests.attribution.rooms import session, talk


@pytest.mark.parametrize("number", range(len(FORMULAS)))
def test_every_delegation_is_found_however_the_chair_speaks(number: int) -> None:
    """Eight delegations and a chair, all right and none invented, in every chair's own words."""
    invited, said, truth = council(number)
    found = attribute(invited, [said])
    voices = {a.voice: a.participant for a in found.attributions if not a.turn}
    assert voices == truth


@pytest.mark.parametrize("number", range(0, len(FORMULAS), 5))
def test_delegations_that_never_speak_are_not_heard(number: int) -> None:
    """Two delegations keep silent: nobody else is taken for them."""
    invited, said, truth = council(number, absent=2)
    found = attribute(invited, [said])
    voices = {a.voice: a.participant for a in found.attributions if not a.turn}
    assert voices == truth


def test_lists_give_the_floor_in_their_order() -> None:
    """Who is named second in a list speaks second, the chair's words between notwithstanding."""
    invited, _, _ = council(0)
    found = attribute(
        invited,
        [
            talk(
                ("V0", "The next speakers are the delegates of Kenya, Japan and Chile."),
                ("V1", "We have studied the text and can live with it as it is."),
                ("V0", "Please go on."),
                ("V2", "There are two words in it that we would like to see changed."),
                ("V0", "And then the last one."),
                ("V3", "I have nothing to add to what was said before me today."),
            )
        ],
    )
    voices = {a.voice: a.participant or a.runner_up for a in found.attributions if not a.turn}
    assert [voices[v] for v in ("V1", "V2", "V3")] == ["p-kenya", "p-japan", "p-chile"]


def test_a_name_like_none_on_the_list_speaks_for_nobody_on_it() -> None:
    """Somebody announced who is not on the list is shown as heard, whoever else is left over."""
    found = attribute(
        session(),
        [
            talk(
                ("V1", "Good morning. I am Mira Koskela. Our next question comes from Bella Stern with Milius Research. Please go ahead."),
                ("V2", "Thank you. I would like to ask about the draft and its second part."),
                ("V1", "Thank you. I now give the floor to the Ministry of the Interior."),
                ("V3", "We have no remarks on this paragraph for the time being."),
            )
        ],
    )  # fmt: skip
    said = {a.voice: a for a in found.attributions if not a.turn}
    assert (said["V2"].identified, said["V2"].confidence) == (False, 0.0)
    assert str(said["V2"].heard) == 'heard as "Bella Stern, Milius Research"'
    assert said["V3"].participant == "anh"
    assert said["V1"].heard == AsHeard()


def test_a_name_that_is_a_word_and_an_interpreter() -> None:
    """ "Grant" the verb names no Ms Grant, and her interpreter is not she."""
    people = (
        Participant("grant", "Olive Grant", institutions=("a",)),
        Participant("lee", "Harper Lee", "facilitator", ("b",)),
    )
    invited = Session(
        "s",
        languages=("en",),
        institutions=(Institution("a", "Alder Institute"), Institution("b", "Birch Council")),
        participants=people,
    )
    found = attribute(
        invited,
        [
            talk(
                ("V1", "I am Harper Lee. We grant the floor to everybody in turn, as always."),
                ("V2", "We would grant that the text is long, and long texts are seldom read."),
                ("V3", "I am the interpreter for Olive Grant, and I will be brief."),
            )
        ],
    )
    voices = {a.voice: a.participant for a in found.attributions if not a.turn}
    assert (voices["V1"], voices["V2"], voices["V3"]) == ("lee", "", "")


def test_a_delegation_that_changes_its_head() -> None:
    """Two people of one delegation, one after the other: each turn has its own."""
    invited, _, _ = council(0)
    later = Participant("p-kenya-2", "Otieno Barasa", "participant", ("kenya",), "Kenya")
    both = Session(
        "s",
        languages=("en",),
        institutions=invited.institutions,
        participants=(*invited.participants, later),
    )
    found = attribute(
        both,
        [
            talk(
                ("V0", "I give the floor to Ms. Wanjiru Kamau of Kenya."),
                ("V1", "We have studied the text and can live with it as it is."),
                ("V0", "I thank Ms. Kamau. Now the floor goes to Mr. Otieno Barasa."),
                ("V2", "I take over from my colleague, who has to catch her train."),
            )
        ],
    )
    voices = {a.voice: a.participant for a in found.attributions if not a.turn}
    assert (voices["V1"], voices["V2"]) == ("p-kenya", "p-kenya-2")
