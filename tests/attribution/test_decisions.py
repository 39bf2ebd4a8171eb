"""What people decide stands above everything else, and what it cannot do any more is said."""

from __future__ import annotations

import time
from dataclasses import replace

from fgd.attribution import Attributed, attribute
from fgd.decisions.voices import (
    judge_names,
    merge_voices,
    name_turn,
    name_voice,
    nobody,
    place_voice,
    rearrange,
    split_voice,
    undecided_names,
)
from fgd.model import Attribution, FloorMark, Participant, Span
from tests.attribution.rooms import PEOPLE, session, talk

SAID = (
    ("V1", "Good morning. I am Mira Koskela, and I will facilitate. Dr Herrera, you have the floor."),
    ("V2", "Thank you. We at the Lake Policy Centre have looked at it for a long time."),
    ("V1", "Thank you, Tomas. Are there any other comments from the table, please?"),
    ("V3", "I only came to listen, and I agree with what was said before me today."),
)  # fmt: skip
MADE = {"by": "rapporteur", "when": "2026-01-02T03:04:05"}


def voices(found: Attributed) -> dict[str, Attribution]:
    return {a.voice: a for a in found.attributions if not a.turn}


def test_a_decision_outranks_what_was_said() -> None:
    """The decision is followed, and one issue shows both sides."""
    room = talk(*SAID)
    found = attribute(session(), [room], decisions=[name_voice(room, "V2", "joana", **MADE)])
    assert voices(found)["V2"].participant == "joana"
    assert voices(found)["V2"].confidence == 1.0
    (issue,) = [i for i in found.issues if "decision says" in i.message]
    assert "Joana Freitas" in issue.message
    assert "Tomas Herrera" in issue.message


def test_a_label_outranks_the_floor_log_and_a_decision_outranks_the_label() -> None:
    """A person's decision > a label on the transcript > the floor log > what was said."""
    room = talk(("Joana Freitas", SAID[1][1]), labels=True)
    floor = [FloorMark(Span(0, room.turns[0].span.end), "Anh Vuong", "r1")]
    found = attribute(session(), [room], floor=floor)
    assert found.attributions[-1].participant == "joana"
    assert found.attributions[-1].source == "label"
    bare = replace(room, turns=tuple(replace(t, label="") for t in room.turns))
    assert attribute(session(), [bare], floor=floor).attributions[-1].participant == "anh"
    decided = name_turn(room, room.turns[0].id, "mira", **MADE)
    found = attribute(session(), [room], floor=floor, decisions=[decided])
    assert found.attributions[-1].participant == "mira"


def test_decisions_survive_another_transcription() -> None:
    """Voices called otherwise, turns cut otherwise, words heard otherwise: the sound is the same."""
    room = talk(*SAID)
    made = [
        name_voice(room, "V3", "anh", **MADE),
        name_turn(room, "r1-2", "joana", **MADE),
    ]
    called = {"V1": "B", "V2": "C", "V3": "A"}
    again = talk(*((called[v], text.replace("listen", "Lisbon")) for v, text in SAID))
    again = replace(
        again,
        turns=tuple(
            replace(t, id=f"r1-x{n}", span=Span(t.span.start + 40, t.span.end - 40))
            for n, t in enumerate(again.turns)
        ),
    )
    found = attribute(session(), [again], decisions=made)
    assert voices(found)["A"].participant == "anh"
    assert {a.turn: a.participant for a in found.attributions}["r1-x2"] == "joana"


def test_nobody_and_a_place() -> None:
    """ "Nobody on the roster" and "somebody of that body" are answers too."""
    room = talk(*SAID)
    made = [nobody(room, "V2", **MADE), place_voice(room, "V3", "interior", **MADE)]
    said = voices(attribute(session(), [room], decisions=made))
    assert (said["V2"].participant, said["V2"].institutions) == ("", ())
    assert (said["V3"].participant, said["V3"].institutions) == ("", ("interior",))


def test_every_decision_that_lost_its_voice_is_told_at_once() -> None:
    """Each with its id, time and remedy; the rest of the result is as without them."""
    room, other = talk(*SAID), talk(*SAID, recording="r1")
    late = replace(name_voice(room, "V3", "anh", **MADE), anchor=Span(900_000, 910_000))
    gone = replace(name_turn(room, "r1-3", "anh", **MADE), anchor=Span(800_000, 810_000))
    stranger = name_voice(room, "V3", "nobody-of-that-name", **MADE)
    nowhere = replace(place_voice(room, "V2", "no-such-body", **MADE), id="d-place")
    found = attribute(session(), [other], decisions=[late, gone, stranger, nowhere])
    told = [i for i in found.issues if i.where == "decisions.jsonl"]
    assert len(told) == 4
    assert all(i.remedy and i.place for i in told)
    assert {i.place for i in told} >= {"900.0 s", "800.0 s"}
    assert voices(found) == voices(attribute(session(), [other]))


def test_merging_and_splitting_twice_changes_nothing_more() -> None:
    """A rerun applies the same decisions to what they already shaped."""
    room = talk(*SAID)
    made = [merge_voices(room, "V2", "V3", **MADE), split_voice(room, "r1-2", **MADE)]
    once, issues = rearrange(room, made)
    assert [t.voice for t in once.turns] == ["V1", "V2", "V1.2", "V2"]
    assert not issues
    assert rearrange(once, made)[0] == once


def test_near_names_are_joined_by_people_only() -> None:
    """Asked about until somebody decides; joined, a label is the other name in its voice, also
    where one was joined to a third; taken for two, they stay two.
    """
    room = talk(("V1", "We pay for it."), ("V2", "We do not."), ("V3", "Nobody does."))
    names = ["Noraini Hashim", "Noraini Hashm", "Norraini Hashm"]
    room = replace(
        room,
        turns=tuple(replace(t, label=n) for t, n in zip(room.turns, names, strict=True)),
    )
    words = dict(zip(names, (30, 20, 10), strict=True))
    people = [Participant("p1", "Noraini Hashim")]
    asked = undecided_names(words, people, ())
    assert {(each.name, each.other) for each in asked} == {
        (names[1], names[0]), (names[2], names[0]), (names[2], names[1]),
    }  # fmt: skip
    joined = [
        judge_names(names[2], names[1], True, by="x", when="1"),
        judge_names(names[1], names[0], True, by="x", when="2"),
    ]
    assert undecided_names(words, people, joined) == ()
    one, issues = rearrange(room, joined)
    assert not issues
    assert {(t.label, t.voice) for t in one.turns} == {(names[0], "V1")}
    assert [voice.id for voice in one.voices] == ["V1"]
    apart = [judge_names(names[1], names[0], False, by="x", when="1")]
    assert (names[1], names[0]) not in {
        (each.name, each.other) for each in undecided_names(words, people, apart)
    }
    assert rearrange(room, apart)[0] == room


def test_a_merge_whose_voice_is_gone_is_told() -> None:
    """And changes nothing."""
    room = talk(*SAID)
    lost = replace(merge_voices(room, "V2", "V3", **MADE), value="900000-910000")
    broken = replace(merge_voices(room, "V2", "V3", **MADE), value="yesterday")
    same, issues = rearrange(room, [lost, broken])
    assert same == room
    assert ["no longer heard" in i.message for i in issues] == [True, False]
    assert "yesterday" in issues[1].message


def test_a_roster_of_five_thousand() -> None:
    """A list of everybody ever invited is slow for nobody and misleads nobody."""
    crowd = tuple(
        Participant(f"x{n}", f"{chr(65 + n % 26)}ora {chr(65 + n // 26 % 26)}elen", institutions=(f"b{n % 500}",))
        for n in range(5_000)
    )  # fmt: skip
    started = time.process_time()
    found = attribute(session((*PEOPLE, *crowd)), [talk(*SAID)])
    assert time.process_time() - started < 30
    assert voices(found)["V2"].participant == "tomas"
    assert voices(found)["V3"].participant == ""
