"""From a conversation to attributions: who it was, why, and when nobody can know."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fgd.attribution import Attributed, attribute
from fgd.attribution.attribute import remarks
from fgd.attribution.evidence import Link, of_links
from fgd.attribution.readings import Talk
from fgd.core.settings import AttributionSettings
from fgd.decisions.voices import name_voice
from fgd.export import facts
from fgd.model import (
    Attribution,
    Attributions,
    Conversation,
    Institution,
    Participant,
    Session,
)
from tests.attribution.rooms import BODIES, PEOPLE, session, talk

ROUND = (
    ("V1", "Good morning and welcome. I am Mira Koskela and I will facilitate. Dr Herrera, you have the floor."),
    ("V2", "Thank you. In my view the mechanism must stay. We at the Lake Policy Centre have looked at it."),
    ("V1", "Thank you, Tomas. Over to the Ministry of the Interior."),
    ("V3", "We will do what we can. The law is old, and it can be changed by nobody but parliament."),
    ("V1", "Thank you, Anh. Are there any other comments, please?"),
    ("V4", "I only came to listen, and I agree with what was said before me."),
)  # fmt: skip


def voices(found: Attributed) -> dict[str, Attribution]:
    return {a.voice: a for a in found.attributions if not a.turn}


def run(*said: tuple[str, str], who: Session | None = None) -> dict[str, Attribution]:
    return voices(attribute(who or session(), [talk(*said)]))


@pytest.fixture(scope="module")
def found() -> Attributed:
    return attribute(session(), [talk(*ROUND)])


def test_everybody_who_is_named_is_found(found: Attributed) -> None:
    """A self-introduction, a hand-over to a person and one to an institution are enough."""
    assert {v: a.participant for v, a in voices(found).items()} == {
        "V1": "mira",
        "V2": "tomas",
        "V3": "anh",
        "V4": "",
    }


def test_a_voice_never_named_stays_unknown(found: Attributed) -> None:
    """Nobody is guessed by elimination alone: silence beats a wrong flag."""
    unknown = voices(found)["V4"]
    assert (unknown.participant, unknown.institutions, unknown.confidence) == ("", (), 0.0)
    assert any("V4" in issue.message for issue in found.issues)


def test_two_hats_are_kept_in_order(found: Attributed) -> None:
    """Whoever speaks for two institutions keeps both, the first one first."""
    assert voices(found)["V2"].institutions == ("lake", "harbour")


def test_every_turn_and_every_voice_has_one_attribution(found: Attributed) -> None:
    """One attribution per voice and one per turn, turns with the source that decided."""
    turns = [a for a in found.attributions if a.turn]
    assert [a.turn for a in turns] == [f"r1-{n}" for n in range(len(ROUND))]
    assert len(voices(found)) == 4
    assert {a.source for a in turns} == {"talk", ""}


def test_evidence_quotes_the_words_themselves(found: Attributed) -> None:
    """Every piece of evidence is an exact slice of the turn it names, at its time."""
    turns = {t.id: t for t in talk(*ROUND).turns}
    assert found.evidence
    for piece in found.evidence:
        assert piece.text in turns[piece.turn].text
        assert piece.span.duration > 0
        assert turns[piece.turn].span.start <= piece.span.start <= turns[piece.turn].span.end


def test_the_same_input_comes_out_the_same(found: Attributed) -> None:
    """Attribution is deterministic."""
    assert attribute(session(), [talk(*ROUND)]) == found


@pytest.mark.parametrize(
    "opening",
    [
        "Good morning, my name is Anh Vuong and I work for the government.",
        "Anh Vuong here. I will be short today because of the time.",
        "Good morning. Anh Vuong, Ministry of the Interior. We keep the lists.",
        "Thank you, chair. This is Anh Vuong. I would like to add one point.",
        "I'm uh Anh Vuong, from the capital, and I am glad to be here.",
        "Hello. Um, Anh from the Ministry of the Interior. We have two points.",
    ],
)
def test_self_introductions(opening: str) -> None:
    """People say who they are in many ways."""
    said = run(("V1", "Let us begin. Who would like to start?"), ("V2", opening))
    assert said["V2"].participant == "anh"


@pytest.mark.parametrize(
    "handover",
    [
        "Thank you. Mr Vuong, please.",
        "Let us hear from Anh Vuong.",
        "The floor goes to the Ministry of the Interior.",
        "Next is Anh Vuong.",
        "I would like to invite Mr. Vuong to speak.",
        "Anh, you have the floor.",
        "Over to you, Anh.",
        "The next intervention comes from Anh Vuong.",
        "Now we go to Ahn Voung.",
    ],
)
def test_hand_overs(handover: str) -> None:
    """The floor is given in many ways, and names are misheard."""
    said = run(("V1", handover), ("V2", "In my view the draft is sound, and we can support it."))
    assert said["V2"].participant == "anh"


def test_a_greeting_may_stand_between() -> None:
    """Somebody else's short greeting does not take the announced name."""
    said = run(
        ("V1", "Welcome to the second session. Our first speaker is Anh Vuong."),
        ("V2", "Good morning."),
        ("V3", "Thank you all. I have three remarks on the draft law, as you may expect."),
        ("V1", "Thank you, Anh. Now Joana Freitas, please."),
        ("V2", "I will be brief, because most of it was said by others before me."),
        ("V1", "Thank you, Joana."),
    )
    assert said["V2"].participant == "joana"
    assert said["V3"].participant in ("anh", "")


def test_thanks_point_backward() -> None:
    """Where the hand-over is missing, the thanks that follow tell who it was."""
    said = run(
        ("V1", "I am Mira Koskela. Let us begin with the first question of the day."),
        ("V2", "In my view the draft is sound, and we can support it as it stands."),
        ("V1", "Thank you very much, Mr. Vuong, for that. I move on to the second question."),
        ("V3", "I have nothing to add to this, but I would like to hear more about it."),
    )
    assert said["V2"].runner_up == "anh" or said["V2"].participant == "anh"
    assert said["V3"].participant == ""


def test_naming_somebody_else_speaks_against_oneself() -> None:
    """Whoever talks about a person is not that person."""
    said = run(
        ("V1", "We have read what Anh Vuong wrote, and we thank Anh Vuong for the effort."),
        ("V2", "Yes, it is a good paper, although it is perhaps a little long."),
    )
    assert said["V1"].participant != "anh"


def test_two_people_of_one_institution() -> None:
    """Several people may speak for one institution."""
    said = run(
        ("V1", "I am Mira Koskela. Dr Herrera, please go ahead."),
        ("V2", "Thank you. We at the Lake Policy Centre support it."),
        ("V1", "And now Joana Freitas, you have the floor."),
        ("V3", "Thank you. I agree with my colleague, it is as he said."),
    )
    assert said["V2"].institutions[0] == said["V3"].institutions[0] == "lake"
    assert said["V3"].participant == "joana"


def test_without_a_roster_names_come_from_introductions() -> None:
    """Institutions are found in self-introductions, lists and hand-overs; others stay unknown."""
    found = attribute(
        Session("s", languages=("en",)),
        [
            talk(
                ("V1", "Welcome. With us today is Khin Lwin, director of the Delta Peace Institute. I am Mira Koskela from the Harbour Institute for Dialogue."),
                ("V2", "Thank you, Mira. Good morning. Tomas Herrera, Lake Policy Centre. We study agreements."),
                ("V1", "Thank you, Tomas. Khin, you have the floor."),
                ("V3", "In our valley people ask who will come when the road is closed."),
                ("V4", "I have nothing to say to this, at least for the moment."),
            )
        ],
    )  # fmt: skip
    said = {v: a.heard.institution for v, a in voices(found).items()}
    assert said["V1"] == "Harbour Institute for Dialogue"
    assert said["V2"] == "Lake Policy Centre"
    assert said["V3"] == "Delta Peace Institute"
    assert said["V4"] == ""
    assert not any(a.identified or a.confidence for a in found.attributions)
    assert (found.participants, found.institutions) == ((), ())
    heard = {body.name for body in found.heard_institutions}
    assert heard >= {"Lake Policy Centre", "Delta Peace Institute"}


def test_a_body_of_the_gazetteer_is_identified_and_its_person_only_heard() -> None:
    """Without a roster a known body counts; the name said before it is only a string."""
    said = (
        ("V1", "Our next comment comes from Ana Ruiz with UNODC. Please go ahead."),
        ("V2", "Thank you. I have three points to make on this draft law today."),
    )
    one = voices(attribute(Session("s", languages=("en",)), [talk(*said)]))["V2"]
    assert (one.participant, len(one.institutions), one.heard.person) == ("", 1, "Ana Ruiz")
    assert one.confidence > 0 and str(one.heard) == 'heard as "Ana Ruiz"'


def test_who_goes_on_with_i_comes_from_no_body_of_that_name() -> None:
    """The pronoun after "I'm Amina," is no institution; heard so in an invented meeting."""
    path = Path(__file__).parents[2] / "benchmarks" / "rooms" / "afterwards" / "women_warning.json"
    turns = json.loads(path.read_text("utf-8"))["turns"][:6]
    said = talk(*((str(turn["speaker"]), str(turn["text"])) for turn in turns))
    found = voices(attribute(Session("s", languages=("en",)), [said]))
    assert found["S01"].heard.institution == ""


def test_a_decision_makes_a_name_that_was_heard_a_person() -> None:
    """Whoever was only heard can be chosen, and is identified then."""
    said = talk(
        ("V1", "Our next comment comes from Ana Ruiz with the Tide Institute. Please go ahead."),
        ("V2", "Thank you. I have three points to make on this draft law today."),
    )
    (person,) = attribute(Session("s"), [said]).heard_participants
    decision = name_voice(said, "V2", person.id, by="x", when="2026-01-01T00:00:00+00:00")
    found = attribute(Session("s"), [said], decisions=[decision])
    assert voices(found)["V2"].participant == person.id
    assert not voices(found)["V2"].heard
    assert [p.id for p in found.participants] == [person.id]


def test_voices_of_one_id_in_two_recordings_are_two() -> None:
    """V1 of the morning is named, V1 of the afternoon is not: each recording has its own."""
    morning = talk(("V1", "Good morning. My name is Anh Vuong, Ministry of the Interior."))
    afternoon = talk(("V1", "I would like to hear more about the draft."), recording="r2")
    found = attribute(session(), [morning, afternoon])
    who = Attributions(found.attributions)
    assert [who.of(t.turns[0]).participant for t in (morning, afternoon)] == ["anh", ""]
    by_voice = [a for a in found.attributions if not a.turn]  # as of a turn nobody looked at
    alone = Attributions(by_voice)
    assert [alone.of(t.turns[0]).participant for t in (morning, afternoon)] == ["anh", ""]
    assert "2 voices, 1 of them attributed" in tuple(facts((morning, afternoon), by_voice))


def test_a_voice_whose_turns_are_known_does_not_stay_unknown() -> None:
    """Where each turn of a voice is attributed by itself, nobody is left to listen to."""
    alone = Attribution("r1", "V2"), Attribution("r1", "V2", "t", "mira", ("harbour",), 0.98)
    told = [issue.message for issue in remarks(session(), session().participants, [alone])]
    assert not [message for message in told if "stay unknown" in message]
    told = [issue.message for issue in remarks(session(), session().participants, [alone[:1]])]
    assert "1 of 1 voices stay unknown: V2." in told


def test_what_is_hardly_speech_is_nobodys() -> None:
    """Words heard in applause are of no seat, whatever they say, unless people decide so."""
    said = talk(
        ("V1", "Good morning. My name is Mira Koskela. Please welcome Tomas Herrera."),
        ("V0", "Thank you. My name is Tomas Herrera of the Lake Policy Centre."),
    )
    cheer = replace(said.turns[1], decided_by="hardly speech")
    said = replace(said, turns=(said.turns[0], cheer))
    found = attribute(session(), [said])
    assert voices(found)["V0"].participant == ""
    assert not [issue for issue in found.issues if "stay unknown" in issue.message]
    assert "1 voice, 1 of them attributed" in tuple(facts([said], found.attributions))
    decision = name_voice(said, "V0", "tomas", by="Eva", when="2026-05-04T10:00:00+00:00")
    by_hand = attribute(session(), [said], decisions=[decision])
    assert voices(by_hand)["V0"].participant == "tomas"


def test_known_bodies_are_written_as_they_write_themselves() -> None:
    """An acronym from the gazetteer becomes the body it stands for, with its category."""
    found = attribute(
        Session("s", languages=("en",)),
        [talk(("V1", "Our next comment comes from Ana Ruiz with UNODC. Please go ahead."), ("V2", "Thank you. I have three points to make on this draft law today."))],
    )  # fmt: skip
    bodies = {b.id: b for b in found.institutions}
    (body,) = voices(found)["V2"].institutions
    assert bodies[body].name == "United Nations Office on Drugs and Crime"
    assert bodies[body].category == "international organisation"


def test_no_turns_and_no_conversations() -> None:
    """Nothing heard is nothing attributed, without an error."""
    empty = attribute(session(), [Conversation("r1", (), ())])
    assert empty.attributions == ()
    assert attribute(session(), []).attributions == ()


def test_transcripts_without_times_work() -> None:
    """Text without times is attributed all the same."""
    found = attribute(session(), [talk(*ROUND, timed=False)])
    assert voices(found)["V2"].participant == "tomas"


def test_a_higher_threshold_says_less() -> None:
    """Nothing below the threshold is asserted, and what is said stays the same."""
    strict = attribute(session(), [talk(*ROUND)], settings=AttributionSettings(threshold=0.999))
    # An institution may be sure where the person is not.
    said = [a for a in strict.attributions if a.participant or a.institutions]
    assert all(a.confidence >= 0.999 for a in said)
    assert all(
        not a.participant and not a.institutions and a.confidence == 0.0
        for a in strict.attributions
        if a not in said
    )


def test_surnames_shared_by_two_people_do_not_decide() -> None:
    """Two people of one surname and different bodies: the surname alone leaves it open."""
    people = (
        *PEOPLE,
        Participant("anh2", "Duc Vuong", institutions=("lake",)),
    )
    said = run(
        ("V1", "Mr. Vuong, you have the floor."),
        ("V2", "Thank you. I would like to say three things about the draft."),
        who=session(people),
    )
    assert said["V2"].participant == ""


def test_the_same_name_twice_on_a_roster() -> None:
    """A roster with one name twice is no reason to fail; the institution is still said."""
    people = (*PEOPLE, Participant("anh-2", "Anh Vuong", institutions=("interior",)))
    said = run(
        ("V1", "Anh Vuong, you have the floor."),
        ("V2", "Thank you. I would like to say three things about the draft."),
        who=session(people),
    )
    assert said["V2"].institutions in (("interior",), ())


def test_participants_without_institution_or_name() -> None:
    """Gaps in a roster do not stop attribution."""
    people = (Participant("a", "Ana Ruiz"), Participant("b", "", institutions=("lake",)))
    said = run(
        ("V1", "Ana Ruiz, you have the floor."),
        ("V2", "Thank you. I would like to say three things about the draft."),
        who=session(people),
    )
    assert (said["V2"].participant, said["V2"].institutions) == ("a", ())


def test_an_unknown_institution_id_is_survived() -> None:
    """A participant whose institution is not listed keeps the id."""
    people = (Participant("a", "Ana Ruiz", institutions=("gone",)),)
    said = run(("V1", "Good morning. I am Ana Ruiz, and I lead this."), who=session(people, BODIES))
    assert said["V1"].participant == "a"


def test_own_gazetteers_count() -> None:
    """A project may know bodies that are not shipped."""
    own = Institution("nrc", "Northern River Commission", "NRC", category="council")
    found = attribute(
        Session("s"),
        [talk(("V1", "The next question comes from Ana Ruiz with NRC. Please go ahead."), ("V2", "Thank you. I have three points to make on this draft law today."))],
        gazetteer=(own,),
    )  # fmt: skip
    assert voices(found)["V2"].institutions == ("nrc",)


def test_a_likeness_at_the_very_line_is_no_evidence() -> None:
    """A link without strength shows nothing, and does not stop what stands beside it."""
    said = Talk.of(talk(("V1", "Now we go to Ahn Voung.")))
    weak = Link("like_floor_person", 0, 0, 0.0, 0, 4, 6)
    strong = replace(weak, strength=0.5)
    weights = {"like_floor_person": 3.0}
    assert of_links([weak], weights, said, "V1", "anh", "interior") == ()
    both = of_links([weak, strong], weights, said, "V1", "anh", "interior")
    assert both == of_links([strong], weights, said, "V1", "anh", "interior") != ()


def test_without_a_roster_a_label_takes_the_institution_it_speaks_for() -> None:
    """ "We at ..." gives a name on a transcript its institution; a colleague's does not."""
    found = attribute(
        Session("s"),
        [talk(
            ("Siti Rahma", "Good morning. What should a mediator do after the signature?"),
            ("Keo Dara", "We at the Asian Vision Institute believe that a panel should report."),
            ("Pham Anh", "Our colleagues at the Delta Policy Centre would not agree with that."),
            labels=True,
        )],
    )  # fmt: skip
    names = {body.id: body.name for body in found.institutions}
    said = {voice: [names[i] for i in a.institutions] for voice, a in voices(found).items()}
    assert said == {"Siti Rahma": [], "Keo Dara": ["Asian Vision Institute"], "Pham Anh": []}


def test_without_a_roster_who_says_a_part_of_their_label_is_who_it_says() -> None:
    """Whoever introduces themselves by first name and town is nobody else, and no other voice."""
    said = talk(
        ("Marit Haug", "Let us start with a round. Who are you, and what do you do?"),
        ("Dana Kovar", "I'm Dana, I'm from Brno. I was sent for eleven days, and it was good."),
        ("Elena Charis", "I'm Elena, Nicosia. I do the work with both sides, for a long time now."),
        ("Marit Haug", "Thank you. What would you change?"),
        ("Elena Charis", "I would change the list. It is a bad list."),
        ("Dana Kovar", "Yes, the list has no sense."),
        labels=True,
    )
    found = attribute(Session("s"), [said])
    names = {person.id: person.name for person in found.participants}
    assert {names[each.participant] for each in found.attributions} == set(names.values())
    assert sorted(names.values()) == ["Dana Kovar", "Elena Charis", "Marit Haug"]
    assert not found.heard_participants


def test_a_label_in_a_script_without_capitals_is_a_name() -> None:
    """What a platform prints in Khmer names somebody as well."""
    found = attribute(Session("s"), [talk(("សុខ ដារា", "We propose a fund."), labels=True)])
    (person,) = found.participants
    assert voices(found)["សុខ ដារា"].participant == person.id
    assert person.name == "សុខ ដារា"


def test_several_voices_of_one_person_are_remarked_in_one_recording_only() -> None:
    """Every recording has voices of its own; two in one recording may want merging."""
    said = "I propose a fund for the monitors of the ceasefire."
    first = talk(("Keo Dara", said), labels=True)
    second = talk(("Keo Dara", said), recording="r2", labels=True)
    twice = replace(first, turns=(first.turns[0], replace(first.turns[0], id="r1-9", voice="V9")))
    for talks, remarked in (([first, second], False), ([twice], True)):
        notes = [issue.message for issue in attribute(Session("s"), talks).issues]
        assert any("is heard as" in note for note in notes) is remarked
        assert not any("heard-keo-dara" in note for note in notes)
