"""Who facilitates when nobody says so."""

from __future__ import annotations

from fgd.coding.talk import Talk
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
