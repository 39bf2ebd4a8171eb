"""What is read of small discussions."""

from __future__ import annotations

from fgd.model import Deliberated
from tests.deliberation.rooms import Told

LIBRARY = """
Chair: Good evening and welcome. First item: the reading room. Who would like to begin?
Olga: I suggest that the library stays open until midnight during the exams.
Ravi: I agree with Olga. Students have nowhere else to sit in the evening.
Chair: Thank you. Next question. Who keeps the keys of the building? Petra, please.
Petra: The keys hang in the caretaker's room.
"""


def test_every_place_is_a_slice_of_its_turn() -> None:
    """Places lie inside the text of their turn, in order, and ids are unique."""
    told = Told(LIBRARY)
    places = [p.place for p in told.found.propositions]
    places += [r.place for r in told.found.responses]
    for place in places:
        assert 0 <= place.start < place.end <= len(told.turns[place.turn].text)
    ids = [p.id for p in told.found.propositions]
    assert len(ids) == len(set(ids))


def test_a_proposal_and_who_supports_it() -> None:
    """A performative is a proposal, and who agrees with the proposer by name is for it."""
    told = Told(LIBRARY)
    assert told.put() == ["I suggest that the library stays open until midnight during the exams."]
    assert told.sides("midnight") == {"Ravi": "for"}
    (content,) = told.proposition("midnight").content
    assert told.words(content).startswith("the library stays open")


def test_nothing_said_is_nothing_told() -> None:
    """No turns, or turns without words, give nothing and no error."""
    assert Told("").found == Deliberated()


def test_another_language_is_not_read() -> None:
    """Talk in another language gives no propositions and says which language is not read."""
    told = Told(
        """
        Anna: Ich schlage vor, dass die Stadt das alte Schwimmbad im Norden wieder aufmacht.
        Bernd: Da bin ich ganz anderer Meinung, das Bad ist viel zu teuer für die kleine Stadt.
        Carla: Ich finde den Vorschlag sehr gut und würde ihn auf jeden Fall unterstützen wollen.
        """,
        languages=("de",),
    )
    assert not told.found.propositions
    assert told.found.unread == ("de",)
    assert "not in English" in told.found.issues[0].message


def test_who_runs_a_meeting_is_told_by_how_they_speak() -> None:
    """Somebody who opens it, asks everybody and thanks is no participant, without any roster."""
    told = Told(
        """
        Runa: Welcome everybody, thank you for coming up the hill. What should become of the mill?
        Sten: My grandfather ground barley there until the dam came.
        Runa: Thank you. Who else wants to say something to that?
        Tove: The roof leaks.
        Runa: And the others? Anybody from the lower village?
        Ulf: I would turn it into a hostel for hikers.
        Sten: Too far from the road.
        Runa: Good, a little time remains. Last question to everybody, what is the first step?
        Tove: The roof.
        Ulf: The roof, yes.
        Runa: So we agreed on the roof, and the hostel remains open. Thank you all.
        """
    )
    assert {each.who for each in told.found.summings} == {"talk/Runa"}
    assert not any(each.who == "talk/Runa" for each in told.found.responses)
    assert all(
        each.who != "talk/Runa" for each in told.found.propositions if each.kind != "question"
    )


def test_what_one_person_says_again_is_one_proposal_with_whom_it_names() -> None:
    """The later words of the same person are kept beside the first; the body asked is a slice."""
    told = Told(
        """
        Chair: What should be done about the ferry?
        Boris: The harbour council should buy a second ferry for the winter.
        Dana: The pier is rotten.
        Boris: As I said, the harbour council should buy a second ferry for winter.
        Emil: I agree with Boris.
        """
    )
    (ferry,) = [each for each in told.found.propositions if each.kind == "proposal"]
    assert [told.words(place) for place in ferry.addressee] == ["The harbour council"]
    assert len(ferry.again) == 1
    assert told.sides("buy a second ferry") == {"Emil": "for"}
