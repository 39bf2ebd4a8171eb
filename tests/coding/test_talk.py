"""Who facilitates when nobody says so, and whose words are answered across a facilitator."""

from __future__ import annotations

from fgd.coding.stands import positions
from fgd.coding.talk import Talk
from fgd.coding.units import cut
from fgd.model import Session
from tests.coding.rooms import Said, conversation

OPENED: Said = (
    ("siti", "Good morning everyone, welcome to this discussion on peacebuilding."),
    ("siti", "What should a mediator do after the agreement is signed?"),
    ("anh", "In my view mediators should stay, but only if both parties ask for it."),
    ("keo", "We propose that a panel of the wise monitors the agreement and reports every year."),
    ("siti", "Thank you. Does anyone disagree?"),
    ("anh", "I would differ. A panel without a mandate would interfere."),
)


def read(said: Said) -> Talk:
    return Talk.of(Session("s", "A discussion"), [conversation(said)])


def test_whoever_welcomes_and_asks_is_taken_for_the_facilitator_and_it_is_said() -> None:
    talk = read(OPENED)
    assert {each.key for each in talk.speakers if each.leads} == {"rec/siti"}
    (issue,) = talk.issues
    assert "voice siti is taken for it" in issue.message
    assert "Mark the facilitator" in issue.remedy


def test_whoever_opens_and_argues_stays_a_participant() -> None:
    said = [*OPENED, ("siti", "I think that we should pay for it."), ("siti", "I propose a fund.")]
    assert not any(each.leads for each in read(said).speakers)


def test_a_first_speaker_who_welcomes_nobody_is_not_guessed() -> None:
    said = [("siti", "Good morning."), *OPENED[1:]]
    assert not any(each.leads for each in read(said).speakers)
    assert read(said).issues == ()


def test_an_objection_asked_for_by_the_facilitator_answers_the_one_before() -> None:
    talk = read(OPENED)
    against = next(each for each in positions(talk, cut(talk)) if each.stand == "opposes")
    assert against.towards == talk.turns[3].id


def test_an_answer_to_the_facilitators_own_question_answers_nobody_else() -> None:
    said = [*OPENED[:4], ("siti", "Thank you. Who should pay for it?"), OPENED[5]]
    talk = read(said)
    against = next(each for each in positions(talk, cut(talk)) if each.stand == "opposes")
    assert against.towards == ""
