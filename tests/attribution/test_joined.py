"""Voices of two recordings that sound like one person: named together, apart where told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fgd.attribution import Attributed, attribute
from fgd.decisions.voices import name_voice, nobody
from fgd.model import Attribution, Attributions, Conversation, Recording, SameVoice, Session
from fgd.synthesis.material import People
from tests.attribution.rooms import session, talk

MADE = {"by": "rapporteur", "when": "2026-01-02T03:04:05"}
FIRST = talk(
    ("V1", "Good morning. I am Mira Koskela, and I will facilitate. Dr Herrera, you have the floor."),
    ("V2", "Thank you, Mira. My name is Tomas Herrera, of the Lake Policy Centre. We looked at it."),
    ("V3", "I only came to listen, and I agree with what was said before me today."),
    recording="r1",
)  # fmt: skip
SECOND = talk(
    ("V1", "We go on after lunch with what was left open this morning, about the two rivers."),
    ("V2", "The rivers were never the problem. It is the boats that nobody has counted so far."),
    ("V3", "Nobody counted the nets either, and the nets are what people fight about."),
    recording="r2",
)
ALIKE = (
    SameVoice(("r1", "V1"), ("r2", "V1"), 0.8, 0.3, 0.98),
    SameVoice(("r1", "V2"), ("r2", "V3"), 0.75, 0.3, 0.97),
    SameVoice(("r1", "V3"), ("r2", "V2"), 0.75, 0.3, 0.97),
)


def room() -> Session:
    files = tuple(Recording(f"r{n}", f"0{n}-part.ogg", "") for n in (1, 2))
    return replace(session(), recordings=files)


def voices(found: Attributed, recording: str = "r2") -> dict[str, Attribution]:
    return {a.voice: a for a in found.attributions if not a.turn and a.recording == recording}


def test_who_is_named_in_one_recording_is_named_in_the_other() -> None:
    """Nobody introduces themselves twice; the reason names the other voice and how sure it is."""
    apart = voices(attribute(room(), [FIRST, SECOND]))
    assert {a.participant for a in apart.values()} == {""}
    found = attribute(room(), [FIRST, SECOND], same=ALIKE)
    assert {k: a.participant for k, a in voices(found).items()} == {
        "V1": "mira", "V2": "", "V3": "tomas",
    }  # fmt: skip
    (reason,) = [e for e in voices(found)["V3"].evidence if e.kind.startswith("same voice as")]
    assert reason.kind == "same voice as V2 in 01-part.ogg, 97% sure"
    assert (reason.turn, reason.text) == ("r1-1", "")
    quotes = [e for e in voices(found)["V3"].evidence if e.kind.endswith("(as V2 in 01-part.ogg)")]
    assert quotes
    assert all(e.text in FIRST.turns[int(e.turn[-1])].text for e in quotes)


def test_evidence_of_both_recordings_adds_up() -> None:
    """What names nobody in either recording alone may name them together."""
    half = talk(
        ("V1", "Let us begin. Could we hear about the ferries?"),
        ("V2", "At the Lake Policy Centre we count ferries every year, and they are late."),
        ("V1", "I see. And the tickets?"),
        ("V3", "They cost what they cost, and on Sundays more than that."),
        recording="r1",
    )
    rest = talk(
        ("V1", "Welcome back. Tomas, what do you make of the tickets?"),
        ("V2", "They are sold twice, and the second time by people with no ferry at all."),
        ("V3", "Who told you that they are sold twice?"),
        recording="r2",
    )
    same = [SameVoice(("r1", "V2"), ("r2", "V2"), 0.8, 0.2, 0.99)]
    alone = attribute(room(), [half, rest])
    both = attribute(room(), [half, rest], same=same)
    for recording in ("r1", "r2"):
        before, after = voices(alone, recording)["V2"], voices(both, recording)["V2"]
        assert after.participant == "tomas"
        assert after.confidence >= before.confidence


def test_two_names_for_one_sound_are_told_and_the_weaker_is_taken_back() -> None:
    """Either the ear or one of the names is wrong: nothing is joined, and a person is asked."""
    other = talk(
        ("V1", "Good afternoon, everybody, and welcome back to the second part of the day."),
        ("V2", "Hello. I am Anh Vuong, and I work at the Ministry of the Interior."),
        recording="r2",
    )
    same = [SameVoice(("r1", "V2"), ("r2", "V2"), 0.7, 0.3, 0.95)]
    found = attribute(room(), [FIRST, other], same=same)
    (issue,) = [i for i in found.issues if "sound like one person" in i.message]
    assert "Tomas Herrera" in issue.message
    assert "Anh Vuong" in issue.message
    named = [voices(found, r)["V2"].participant for r in ("r1", "r2")]
    assert sorted(bool(each) for each in named) == [False, True]


def decided(talk_: Conversation, voice: str, who: str) -> Attributed:
    decision = name_voice(talk_, voice, who, **MADE)
    return attribute(room(), [FIRST, SECOND], same=ALIKE, decisions=[decision])


def test_a_decision_is_carried_to_the_same_voice_and_says_so() -> None:
    """A person names the voice once; in the other recording it is evidence, not a decision."""
    found = decided(SECOND, "V2", "joana")
    carried = voices(found, "r1")["V3"]
    assert (carried.participant, carried.source) == ("joana", "same voice")
    assert carried.confidence == pytest.approx(0.97)
    assert carried.evidence[0].kind == (
        "same voice as V2 in 02-part.ogg, 97% sure; there by decision"
    )


def test_a_decision_against_the_ear_undoes_it() -> None:
    """Decided otherwise, or nobody on the list: the voice is read by itself again."""
    found = decided(SECOND, "V3", "joana")
    assert voices(found)["V3"].participant == "joana"
    assert voices(found, "r1")["V2"].participant in ("tomas", "")
    assert voices(found, "r1")["V2"].participant != "joana"
    decision = nobody(SECOND, "V3", **MADE)
    found = attribute(room(), [FIRST, SECOND], same=ALIKE, decisions=[decision])
    assert voices(found)["V3"].participant == ""
    assert voices(found, "r1")["V2"].participant == "tomas"
    assert not [e for e in voices(found, "r1")["V2"].evidence if "same voice" in e.kind]


def test_a_pair_of_voices_that_are_gone_changes_nothing() -> None:
    """Voices merged or split since they were compared are left out."""
    gone = [SameVoice(("r1", "V9"), ("r2", "V3"), 0.9, 0.1, 0.99)]
    assert attribute(room(), [FIRST, SECOND], same=gone) == attribute(room(), [FIRST, SECOND])


def test_an_unknown_voice_of_two_recordings_is_one_unknown_person() -> None:
    """Counted once, everywhere that people are counted; a decision makes it two again."""
    found = attribute(room(), [FIRST, SECOND], same=ALIKE)
    told = Attributions(found.attributions)
    assert told.key(FIRST.turns[2]) == told.key(SECOND.turns[1]) == "r1/V3"
    reason = voices(found)["V2"].evidence[0]
    assert reason.kind == "same voice as V3 in 01-part.ogg, 97% sure"
    people = People(room(), [FIRST, SECOND], found.attributions)
    assert len(people.all) == 3
    apart = attribute(room(), [FIRST, SECOND], same=ALIKE, decisions=[nobody(SECOND, "V2", **MADE)])
    assert Attributions(apart.attributions).key(SECOND.turns[1]) == "r2/V2"


def test_a_name_that_was_only_heard_is_heard_in_both() -> None:
    """Somebody on no list says their name once; it is no identity in either recording."""
    guest = talk(
        ("V1", "Good morning. I am Mira Koskela, and I will facilitate. Who would like to begin?"),
        ("V2", "Good morning. My name is Bella Stern, of the Tide Research Group, as a guest."),
        recording="r1",
    )
    same = [SameVoice(("r1", "V2"), ("r2", "V2"), 0.8, 0.2, 0.99)]
    found = attribute(room(), [guest, SECOND], same=same)
    one, other = voices(found, "r1")["V2"], voices(found)["V2"]
    assert one.heard == other.heard
    assert "Stern" in one.heard.person
    assert not (one.identified or other.identified)
