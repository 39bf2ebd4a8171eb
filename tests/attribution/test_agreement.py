"""What is asserted where a label, a floor log or a recognised voice speaks above the talk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fgd.attribution import Attributed, attribute
from fgd.attribution.candidates import GIVEN_BODY, GIVEN_SOLE, Directory, match_label
from fgd.core.settings import AttributionSettings
from fgd.decisions.voices import name_voice
from fgd.model import Attribution, Conversation, Evidence, FloorMark, Institution, Span
from tests.attribution.rooms import BODIES, PEOPLE, session, talk

PLAIN = "In our view the draft is sound, and it can be supported as it stands today."


def room(*said: tuple[str, str, str]) -> Conversation:
    """A conversation from voice, label and text."""
    found = talk(*((voice, text) for voice, _, text in said))
    turns = zip(found.turns, said, strict=True)
    return replace(found, turns=tuple(replace(t, label=label) for t, (_, label, _) in turns))


def voices(found: Attributed) -> dict[str, Attribution]:
    return {a.voice: a for a in found.attributions if not a.turn}


def about(voice: str, person: str) -> Evidence:
    return Evidence("enrolled voice", "", voice, "similarity 0.81", Span(0, 1), participant=person)


def test_an_institution_gives_its_only_person() -> None:
    """One person is listed and nothing speaks against it: named, less surely, and it says why."""
    said = voices(attribute(session(), [room(("V1", "MOI", PLAIN))]))["V1"]
    assert (said.participant, said.institutions) == ("anh", ("interior",))
    assert said.confidence == GIVEN_SOLE
    assert "nobody else is listed" in said.evidence[0].kind


@pytest.mark.parametrize(
    "words",
    [
        "Good morning. My name is Bettina Grosse and I have two remarks on the draft.",
        "I am here on behalf of Anh Vuong, and I have two remarks on the draft.",
    ],
)
def test_whoever_sits_in_is_not_the_person_listed(words: str) -> None:
    """Another name, or speaking of the one listed: the institution stands, the person does not."""
    said = voices(attribute(session(), [room(("V1", "MOI", words))]))["V1"]
    assert (said.participant, said.institutions) == ("", ("interior",))
    assert said.confidence == GIVEN_BODY


def test_a_person_who_is_elsewhere_is_not_inferred() -> None:
    """The one listed speaks under another label: the second device is a colleague's."""
    found = attribute(
        session(), [room(("V1", "Anh Vuong", PLAIN), ("V2", "MOI", PLAIN.replace("sound", "long")))]
    )
    said = voices(found)
    assert said["V1"].participant == "anh"
    assert (said["V2"].participant, said["V2"].institutions) == ("", ("interior",))


def test_two_labels_of_one_institution_are_two_people() -> None:
    """Written in two ways by two voices, an institution names neither of them."""
    found = attribute(
        session(),
        [room(("V1", "MOI", PLAIN), ("V2", "Ministry of the Interior", "I agree with that."))],
    )
    assert {v: (a.participant, a.institutions) for v, a in voices(found).items()} == {
        "V1": ("", ("interior",)),
        "V2": ("", ("interior",)),
    }


@pytest.mark.parametrize(("label", "sole"), [("MOI", True), ("Bolat MOI", False), ("MOI 2", False)])
def test_what_else_a_label_says_counts(label: str, sole: bool) -> None:
    """A stranger's name or a number beside the institution: it is not its only person listed."""
    found = match_label(label, Directory(PEOPLE, BODIES))
    assert (found.body, found.sole, found.seat >= 0) == ("interior", sole, sole)


def test_an_institution_without_people_is_named() -> None:
    """An institution that is listed by itself is a body that a label may give."""
    bodies = (*BODIES, Institution("coast", "Coast Watch", "CW"))
    said = voices(attribute(session(PEOPLE, bodies), [room(("V1", "Coast Watch", PLAIN))]))["V1"]
    assert (said.participant, said.institutions) == ("", ("coast",))


def test_what_was_said_tells_who_of_an_institution_it_was() -> None:
    """The label gives the institution, the talk one of its two people: no conflict."""
    found = attribute(
        session(),
        [
            room(
                ("V1", "", "I am Mira Koskela. Joana Freitas, you have the floor."),
                ("V2", "LPC", f"Thank you. I am Joana Freitas. {PLAIN}"),
            )
        ],
    )
    said = voices(found)["V2"]
    assert (said.participant, said.institutions[0], said.source) == ("joana", "lake", "label")
    assert not any("the label says" in issue.message for issue in found.issues)


def test_what_was_said_of_another_institution_is_a_conflict() -> None:
    """The label stands, names no person, and one issue shows both sides."""
    words = f"Good morning. My name is Joana Freitas. I am Joana Freitas. {PLAIN}"
    found = attribute(session(), [room(("V1", "MOI", words))])
    assert (voices(found)["V1"].participant, voices(found)["V1"].institutions) == (
        "",
        ("interior",),
    )
    (issue,) = [i for i in found.issues if "the label says" in i.message]
    assert "Ministry of the Interior" in issue.message
    assert "Joana Freitas" in issue.message


def test_a_strict_threshold_keeps_the_institution() -> None:
    """What is inferred from an institution alone is asserted only above the threshold."""
    strict = AttributionSettings(threshold=0.9)
    found = attribute(session(), [room(("V1", "MOI", PLAIN))], settings=strict)
    assert (voices(found)["V1"].participant, voices(found)["V1"].institutions) == (
        "",
        ("interior",),
    )


def test_an_enrolled_voice_is_evidence() -> None:
    """Whom a voice sample makes known is named, above the talk, with the sample as evidence."""
    found = attribute(session(), [room(("V1", "", PLAIN))], enrolled=[about("V1", "joana")])
    said = voices(found)["V1"]
    assert (said.participant, said.institutions, said.source) == (
        "joana",
        ("lake",),
        "enrolled voice",
    )
    assert said.evidence[0].kind == "enrolled voice"


def test_an_enrolled_voice_tells_who_of_an_institution_it_was() -> None:
    """And where a label names somebody else, the label is followed and the issue shows both."""
    talked = room(("V1", "LPC", PLAIN), ("V2", "Anh Vuong", PLAIN.replace("sound", "long")))
    found = attribute(
        session(), [talked], enrolled=[about("V1", "joana"), about("V2", "tomas"), about("V9", "x")]
    )
    said = voices(found)
    assert (said["V1"].participant, said["V1"].institutions[0]) == ("joana", "lake")
    assert said["V2"].participant == "anh"
    (issue,) = [i for i in found.issues if "enrolled voice says" in i.message]
    assert "Tomas Herrera" in issue.message


def test_floor_log_and_decision_outrank_a_recognised_voice() -> None:
    """A person's decision > the floor log > an enrolled voice."""
    talked = room(("V1", "", PLAIN))
    floor = [FloorMark(Span(0, talked.turns[0].span.end), "Anh Vuong", "r1")]
    heard = [about("V1", "joana")]
    found = attribute(session(), [talked], floor=floor, enrolled=heard)
    assert voices(found)["V1"].participant == "anh"
    made = name_voice(talked, "V1", "mira", by="rapporteur", when="2026-01-02T03:04:05")
    found = attribute(session(), [talked], floor=floor, enrolled=heard, decisions=[made])
    assert voices(found)["V1"].participant == "mira"
