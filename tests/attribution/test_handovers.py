"""A microphone that goes round: turns in which the floor is given are split by the words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.attribution import HANDED, attribute, handed_over
from tests.attribution.rooms import session, talk

CHAIR = "Mira Koskela (HID)"
WELCOME = "Good morning everyone, and welcome to the second day of our talks."
MONEY = "We have asked for the money twice, and nothing was ever paid to the villages."


def test_the_turn_is_split_where_the_microphone_goes_over() -> None:
    """The second half has a voice of its own, no label, and the words that gave the floor."""
    said = (
        f"{WELCOME} Now I give the microphone to Joana Freitas. My name is Joana Freitas. {MONEY}"
    )
    before = talk((CHAIR, said), ("Anh Vuong", "I have nothing to add."), labels=True)
    after, (issue,) = handed_over(before, "en", "zoom.vtt")
    first, second, third = after.turns
    assert first.text.endswith("microphone to Joana Freitas.")
    assert second.text.startswith("My name is Joana")
    assert (first.voice, first.label) == (CHAIR, CHAIR)
    assert (second.voice, second.label) == (f"{CHAIR}.2", "")
    assert second.span.start == first.span.end
    assert [flag.kind for flag in second.flags] == [HANDED]
    assert "give the microphone to Joana" in second.flags[0].reason
    assert third == before.turns[1]
    assert {voice.id for voice in after.voices} == {CHAIR, f"{CHAIR}.2", "Anh Vuong"}
    assert "zoom.vtt" in issue.where
    who = {a.voice: a.participant for a in attribute(session(), [after]).attributions if not a.turn}
    assert who == {CHAIR: "mira", f"{CHAIR}.2": "joana", "Anh Vuong": "anh"}


def test_it_is_taken_back_with_thanks_and_given_on() -> None:
    """Every holder has a voice; the chair's words in between stay the label's."""
    said = (
        f"{WELCOME} I pass the microphone to Joana Freitas. Thank you, Mira. {MONEY} "
        "Thank you, Joana, that was very clear to all of us here in this room. "
        "Now I hand the microphone to Tomas Herrera. Thank you, Chair. "
        "I would only add that roads come before schools."
    )
    after, _ = handed_over(talk(("Meeting Room 2", said), labels=True))
    assert [turn.voice.partition(".")[2] for turn in after.turns] == ["", "2", "", "3"]
    assert " ".join(turn.text for turn in after.turns) == said
    assert all(turn.label == "Meeting Room 2" for turn in after.turns)


@pytest.mark.parametrize(
    "said",
    [
        # somebody is announced, and the chair goes on
        f"{WELCOME} I give the floor to Joana Freitas. But before that we should hear how the money was spent.",
        f"{WELCOME} I give the floor to Joana Freitas. The programme is on your tables, and coffee is at ten.",
        # nobody is given anything
        f"{WELCOME} Let us move on to Europe. Thank you, everybody, for coming here all this way today.",
        f"{WELCOME} The fund has grown over the Past Year. We thank the donors for all they have given us.",
        # what follows is too short to be anybody's speech
        f"{WELCOME} I give the floor to Joana Freitas. Thank you, Chair.",
    ],
)
def test_naming_somebody_alone_splits_nothing(said: str) -> None:
    """A chair may name whoever speaks next and go on speaking."""
    before = talk((CHAIR, said), ("Joana Freitas", MONEY), labels=True)
    assert handed_over(before) == (before, ())


def test_the_sound_is_believed_unless_somebody_gives_a_name() -> None:
    """Without a label one voice was heard: thanks alone do not make it two."""
    thanks = f"I give the floor to Joana Freitas. Thank you, Chair. {MONEY}"
    named = f"I give the floor to Joana Freitas. I am Joana Freitas. {MONEY}"
    assert handed_over(talk(("V1", thanks)))[1] == ()
    assert [turn.voice for turn in handed_over(talk(("V1", named)))[0].turns] == ["V1", "V1.2"]


PIECES = st.sampled_from(
    [
        WELCOME, MONEY, "I give the floor to Joana Freitas.", "Thank you, Chair.", "Thank you, Joana.",
        "My name is Joana Freitas.", "Tomas, you have the floor.", "Over to Tomas Herrera, please.",
        "Um, yes.", "[laughter]", "Now I give the microphone to the Lake Policy Centre.",
    ]
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["Table 3", CHAIR]), st.lists(PIECES, min_size=1, max_size=8)),
                min_size=1, max_size=4))  # fmt: skip
def test_no_word_is_lost_or_moved(said: list[tuple[str, list[str]]]) -> None:
    """Words stay in order, turn ids are single, and times lie inside the turn that was split."""
    before = talk(*((label, " ".join(parts)) for label, parts in said), labels=True)
    after, issues = handed_over(before)
    assert [w for t in after.turns for w in t.words] == [w for t in before.turns for w in t.words]
    assert len({turn.id for turn in after.turns}) == len(after.turns)
    assert all(t.span.start == t.words[0].span.start for t in after.turns)
    assert {t.voice for t in after.turns} <= {voice.id for voice in after.voices}
    assert bool(issues) == (len(after.turns) > len(before.turns))
