"""Kinds of exchange that briefs once told wrongly, each in words of three different rooms."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from fgd.deliberation.features import Answer, Put
from fgd.deliberation.proposals import joined
from fgd.deliberation.room import Room
from fgd.deliberation.summing import whole
from tests.deliberation.rooms import Told, heard, session

deliberate = sys.modules["fgd.deliberation.deliberate"]


@pytest.mark.parametrize(
    ("script", "part", "sides", "instead"),
    [
        (
            """
            Chair: For how many seasons should the rangers guard the forest?
            Ivo: The rangers are few. I propose that the park hires forty rangers for three seasons.
            Mara: I support that. Poachers come back as soon as the rangers leave.
            Chair: Olga, do you share that view?
            Olga: I see it differently, and I disagree. Forty rangers is far too many for this park. The
             villages should guard the forest themselves.
            """,
            "forty rangers",
            {"Mara": "for", "Olga": "against"},
            "guard the forest themselves",
        ),
        (
            """
            Moderator: How should we heat the school?
            Ivo: We should buy a wood boiler for the school this summer.
            Mara: That is a good idea. Wood is cheap here.
            Olga: I don't agree. A wood boiler would ruin our lungs. We should put panels on the roof.
            """,
            "wood boiler",
            {"Mara": "for", "Olga": "against"},
            "panels on the roof",
        ),
        (
            """
            Chair: What about the night ferry?
            Ivo: I suggest that the port closes the night ferry in January.
            Chair: Mara, do you agree?
            Mara: No. Without the night ferry our nurses cannot reach the hospital.
            Olga: Same for us.
            Ivo: I take note of that.
            """,
            "closes the night ferry",
            {"Mara": "against", "Olga": "against"},
            "",
        ),
    ],
)
def test_a_refusal_is_heard_with_what_is_put_in_its_place(
    script: str, part: str, sides: dict[str, str], instead: str
) -> None:
    """Who opposes is against, also after a chair's question, and the other proposal stands alone."""
    told = Told(script.replace("\n             villages", " villages"))
    assert told.sides(part) == sides
    if instead:
        (olga,) = [r for r in told.responses(part) if r.who.endswith("Olga")]
        assert olga.instead == told.proposition(instead).id


@pytest.mark.parametrize(
    "line",
    [
        "Widows in the hills have to queue two days for a stamp.",
        "The leaflet says that drivers must carry a spare lamp.",
        "My aunt read somewhere that we should drink less milk. I drink it every morning.",
        "The teachers told us that pupils should wear grey.",
    ],
)
def test_needs_rules_and_reports_are_no_proposals(line: str) -> None:
    """What people must do, what a paper says and what somebody read put nothing to the room."""
    told = Told(
        f"Chair: What happens here?\nIvo: {line}\nMara: The road is long.\nOlga: Snow falls."
    )
    assert told.put("proposal") == []


@pytest.mark.parametrize(
    ("question", "answer", "side"),
    [
        ("Do the farmers trust the new scale?", "No, not one of them.", "no"),
        ("Do the farmers trust the new scale?", "Yes, they do.", "yes"),
        ("Did the pump reach every village?", "Well, yes, but only in spring.", "part"),
        ("Is the bridge safe?", "Absolutely.", "yes"),
        ("Is the bridge safe?", "It is absolutely not.", "no"),
    ],
)
def test_yes_and_no_answer_the_question_just_put(question: str, answer: str, side: str) -> None:
    """A yes or no right after a question that asks for one is told as that."""
    told = Told(f"Chair: Welcome.\nIvo: {question}\nMara: {answer}\nOlga: Rain fell all week.")
    assert told.sides(question[:-1]) == {"Mara": side}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who mends the nets?", "No fisherman I know mends nets."),
        ("Can you tell us how the nets are mended?", "Yes, my uncle does it."),
        ("Does the crew mend the nets, or does the owner pay for it?", "Yes, of course."),
        ("Are you able to tell us when the nets come?", "Yes, it was a hard decision."),
        ("Should we assume that the nets are lost?", "Yes, I'd just like to add a word."),
    ],
)
def test_no_side_is_read_where_none_was_asked(question: str, answer: str) -> None:
    """An open question, a request to explain and a choice of two have no yes and no."""
    told = Told(f"Chair: Welcome.\nIvo: {question}\nMara: {answer}\nOlga: Rain fell all week.")
    assert {response.side for response in told.found.responses} <= {"answer"}


@pytest.mark.parametrize(
    "asked",
    [
        "I would like each of you to name one wish for the new library.",
        "Let us end with what you would tell the next director.",
        "Please could everybody share one worry? Ivo, please.",
    ],
)
def test_everybody_answers_what_a_chair_asks_of_everybody(asked: str) -> None:
    """In a round each next speaker answers, whatever words they choose."""
    told = Told(
        f"""
        Chair: {asked}
        Ivo: Keep the doors open at night.
        Mara: Warm soup in winter.
        Olga: Listen to the children before you buy shelves.
        """
    )
    answered = {r.who.rpartition("/")[2] for r in told.found.responses}
    assert answered == {"Ivo", "Mara", "Olga"}


def test_a_request_with_a_question_mark_is_a_proposal() -> None:
    """Asking somebody to act proposes; asking what is so does not."""
    told = Told(
        """
        Chair: Questions to the ministry, please.
        Ivo: Will the ministry commit to paying the nurses every month?
        Mara: Yes. The money lies ready.
        Ivo: When did the last nurse leave the island?
        Mara: In spring.
        Olga: What if we trained nurses on the island?
        """
    )
    assert len(told.put("proposal")) == 2
    assert told.sides("commit to paying") == {"Mara": "for"}


def test_what_concerns_the_meeting_itself_is_not_put_to_the_room() -> None:
    """Trouble with the line, courtesies and hopes to be understood are no propositions."""
    told = Told(
        """
        Ivo: I would like to assure you that the rangers are safe. I hope that you will understand.
        Mara: Are you having trouble hearing us?
        Ivo: No, I hear you well.
        Olga: The line is better now.
        """
    )
    assert told.found.propositions == ()


@pytest.mark.parametrize(
    "asked", ["Could I suggest that we turn to the boats now?", "Who wishes to intervene on it?"]
)
def test_how_a_meeting_goes_on_is_not_put_to_the_room(asked: str) -> None:
    """Whoever speaks next answers something else; and telling what was said is no decision."""
    told = Told(
        f"""
        Chair: Good morning, and welcome to the harbour board. Ivo, please.
        Ivo: I propose that the harbour buys a second crane.
        Chair: Thank you. So that's the proposal of the pilots. {asked}
        Mara: The boats lie too close to the old pier.
        """
    )
    assert told.put("question") == []
    assert told.found.summings == ()


def test_agreeing_with_a_claim_takes_words_that_say_that_it_is_so() -> None:
    """Support for a thing is no agreement with what somebody feared of it."""
    told = Told(
        """
        Ivo: Publishing the catch would end in court, and the owners would win.
        Mara: We would support publishing the catch, on condition that small boats are left out.
        Olga: The harbour is quiet in spring.
        """
    )
    assert told.put("claim") == []


@pytest.mark.parametrize(
    "answer",
    [
        "Beating a child is unacceptable and unlawful.",
        "Of course, each day we work to keep the classrooms warm.",
        "We have to live with this winter, but we do all we can.",
    ],
)
def test_what_is_called_bad_must_be_what_was_put(answer: str) -> None:
    """A verdict on something else, a lead-in and what one must live with take no side."""
    told = Told(
        f"""
        Chair: Questions to the ministry, please.
        Ivo: Will the ministry commit to ending cruel punishments in every school?
        Mara: {answer}
        Olga: Rain fell all week.
        """
    )
    assert set(told.sides("commit to ending").values()) <= {"open"}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("Who has looked at the bell tower this winter? Nobody. Then I go on Sunday.", 1),
        ("Who has looked at the bell tower this winter? Nobody? Is it that cold?", 0),
        ("Who has looked at the bell tower this winter? No one goes up there, I know.", 0),
        ("Who has looked at the bell tower this winter?", 0),
    ],
)
def test_nobody_answered_where_whoever_asked_says_so(asked: str, told: int) -> None:
    """What follows may always answer in words that no network knows for an answer."""
    script = f"""
    Runa: Welcome everybody, thank you for coming. {asked}
    Tove: My cows are back from the mountain, all forty of them.
    Runa: Thank you. And the others, who else wants to speak?
    Ulf: Barley is cheap in this valley since autumn.
    """
    found = Told(script).found
    assert len(found.unanswered) == told
    assert not any(each.proposition in found.unanswered for each in found.responses)


def test_a_chair_who_opens_a_meeting_has_left_nothing_open() -> None:
    """Nor is it a conclusion on anything."""
    told = Told(
        """
        Chair: The second session on the harbour rules is open. Who would like to begin?
        Boris: The pier is rotten.
        Dana: I propose that the council repairs the pier before the winter.
        Chair: Thank you. The question of the pier stays open until spring.
        Emil: Fine.
        """
    )
    assert [told.words(each.place) for each in told.found.summings] == [
        "The question of the pier stays open until spring."
    ]


def test_a_conclusion_is_about_a_proposal_whose_words_it_takes_up() -> None:
    """One word that everything is about, such as who is to act, does not tie them."""
    told = Told(
        """
        Chair: What should the office do first?
        Boris: I propose that the office writes a plan for the protection of the wells.
        Dana: The office should keep a list of every pump, with a name beside it.
        Chair: Thank you. To sum up, on protection we agreed that the office will draft a plan.
        """
    )
    (summed,) = told.found.summings
    assert summed.proposition in {"", told.proposition("protection of the wells").id}


def test_a_question_in_no_form_of_a_proposal_is_a_question() -> None:
    """Whether something would be bad puts no plan to the room, however near one it stands."""
    told = Told(
        """
        Boris: The women of the lower street want both abbots at the first supper.
        Boris: Would having the two of them there on the first evening be madness, Dana?
        Dana: Totally. One of them would talk for an hour.
        """
    )
    assert not [each for each in told.put() if each.endswith("?")]


def test_what_others_have_to_do_or_wrote_is_no_proposal() -> None:
    """A fact of theirs, or a view that is only told, by the form of its words."""
    told = Told(
        """
        Runa: Welcome everybody. How do pupils of the islands come to school?
        Sten: Pupils of the outer islands need to wait an hour for the ferry to the school.
        Tove: I read many letters saying that we should sail less in the winter. I still sail.
        Ulf: My sister takes the mail boat.
        """
    )
    assert told.put() == []


@pytest.mark.parametrize(
    ("reply", "told"),
    [("Mara: That was never agreed by us.", False), ("Mara: Yes, that was it.", True)],
)
def test_a_conclusion_to_which_somebody_takes_exception_is_not_told(reply: str, told: bool) -> None:
    """Whether the chair puts it right or not: it does not stand."""
    room = Told(
        f"""
        Chair: Let us speak of the pump.
        Ivo: I propose that the pump at Ostrova be repaired before the autumn.
        Mara: It is dear.
        Chair: To sum up, we all agreed that the pump at Ostrova be repaired before the autumn.
        {reply}
        """
    )
    assert bool(room.found.summings) is told


def test_what_is_summed_up_goes_on_with_what_adds_to_it() -> None:
    """Not with what closes the meeting, nor with a question."""
    for more, kept in (
        ("And the ferry.", "So we have the bridge and the toll. And the ferry."),
        ("And then we have lunch.", "So we have the bridge and the toll."),
        ("But who pays?", "So we have the bridge and the toll."),
        ("Let us turn to the dike.", "So we have the bridge and the toll."),
    ):
        room = Room.of(session(), [heard(f"Chair: So we have the bridge and the toll. {more}")])
        start, end = whole(room, 0, 0, "") or (0, 0)
        assert room.texts[0][start:end] == kept


def test_a_proposal_that_names_nothing_is_told_with_the_sentence_before() -> None:
    """Where a pronoun alone says what it is about; what names it stands alone."""
    for said, first in (
        ("The orchard map hangs in my kitchen. We could show it in the village hall.", 0),
        ("The orchard map hangs in my kitchen. The mayor should show such maps in the hall.", -1),
        ("Does anybody know the orchard map? We could show it in the village hall.", -1),
    ):
        room = Room.of(session(), [heard(f"Nina: {said}")])
        (put,) = joined(room, [Put(1, "proposal", 2.0)])
        assert (put.clause, put.first) == (1, first)


def test_an_answer_without_a_side_is_told_with_what_goes_on() -> None:
    """As much as a quote holds, up to what answers something else; a side needs no more."""
    said = (
        "We bake it in the old mill. The stove there burns birch from the north slope. On Saturdays "
        "the bakers come down with sledges. In a bad year the flour is short, so we mix it with rye "
        "from the valley. My aunt kept the book of it for thirty years."
    )
    room = Room.of(session(), [heard(f"Chair: How do you get bread?\nBoris: {said}")])
    (first, *_, last), mine = room.of_turn[1], room.of_turn[1]
    answer = Answer(0, first, "answer", "near", 0.9, ())
    start, end = deliberate._heard(room, answer, set(), alone=True)
    assert start == 0 and said[:end].endswith("rye from the valley.")
    _, end = deliberate._heard(room, answer, {mine[2]}, alone=False)
    assert said[:end].strip().endswith("north slope.")
    _, end = deliberate._heard(room, replace(answer, side="for"), set(), alone=True)
    assert said[:end].strip() == "We bake it in the old mill."
    assert last > first
