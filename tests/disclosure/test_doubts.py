"""What is not known to be harmless is in doubt: words by themselves, lives by their clause."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fgd.disclosure.doubts import Doubt, Harmless, is_common

HARMLESS = Harmless(frozenset({"lantern"}))


def left(text: str, known: Harmless = HARMLESS) -> str:
    """A text with ``#`` in place of what is in doubt."""
    for doubt in reversed(known.doubts(text)):
        text = f"{text[: doubt.start]}#{text[doubt.end :]}"
    return text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "A small fund would help, if it is audited.",
            "A small fund would help, if it is audited.",
        ),
        ("The programme should be organised by neighbours.", None),
        ("They asked Waleed Barakat about the wells.", "They asked # about the wells."),
        ("Barakat will not pay for wells.", "# will not pay for wells."),
        ("The ZKMT wants more trucks.", "The # wants more trucks."),
        ("Ask R.T. and pay in kwacha.", "Ask # and pay in #."),
        ("Write to desk@wells.example by 4 June 2019.", "Write to # by #."),
        ("Ring +44 20 7946 0018 before noon.", "Ring # before noon."),
        ("They say мир in that valley.", "They say # in that valley."),
        ("Wells are cheap, and I am a retired judge, so listen.", "Wells are cheap, #, so listen."),
        ("I am not sure that wells are cheap.", "I am not sure that wells are cheap."),
        ("Wells matter because my village has none.", "Wells matter #."),
        (
            "We negotiated the truce on the bridge, but wells came later.",
            "#, but wells came later.",
        ),
        ("Wells matter, as the lady beside me knows.", "Wells matter, #."),
        ("We are the only ones with a drill, and drills are dear.", "#, and drills are dear."),
        ("For eleven years I have dug wells.", "#."),
        ("The Lantern shines.", "The Lantern shines."),
    ],
)
def test_what_is_in_doubt(text: str, expected: str | None) -> None:
    """A word or a clause at a time; the rest stays as it was said."""
    assert left(text) == (expected or text).rstrip() or left(text).rstrip(".") == (
        expected or text
    ).rstrip(".")


@pytest.mark.parametrize(
    "text",
    [
        "I think that wells are cheap.",
        "I would like to propose a second pump.",
        "We should drill before June, and we must share the water.",
        "I have a question about the pump.",
        "I am in favour of a shared pump.",
        "Let me say that pumps break.",
        "Can we agree that pumps break?",
        "If we build a pump it should be shared.",
        "Some of us doubt it.",
    ],
)
def test_opinions_and_what_all_should_do_stay(text: str) -> None:
    """A first person is no reason to withhold anything."""
    assert left(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Pumps break; I crossed the dam on foot.",
        "Pumps break, I had to sell two goats.",
        "Pumps break, I am on crutches.",
        "Pumps break, we millers know it.",
        "Pumps break, they sent me home.",
        "Pumps break, that pump is mine.",
        "Pumps break, I shall be mayor by then.",
        "Pumps break, we have seven dams.",
        "Pumps break, as the man near the stove knows.",
        "Pumps break, Captain.",
        "Pumps break since the cyclone.",
        "Pumps break on the day of the plum harvest.",
        "Pumps break, ask q z v for parts.",
    ],
)
def test_whoever_tells_of_themselves_or_the_room_is_withheld(text: str) -> None:
    """What is not known to be an opinion or talk about the talk is in doubt."""
    known = left(text)
    assert known.startswith("Pumps break")
    assert "#" in known


def test_words_of_the_guide_may_be_events() -> None:
    """What the room was asked about is no secret of one of them."""
    known = Harmless(frozenset({"cyclone"}))
    assert left("Pumps break since the cyclone.", known) == "Pumps break since the cyclone."


def test_a_person_says_it_in_other_words() -> None:
    """What was said is replaced, and what is longer than that is still in doubt."""
    known = Harmless(reworded=(("my father's mill", "a mill"),))
    assert left("Wells matter for my father's mill.", known) == "Wells matter for my father's mill."
    assert known.rewordings("Wells matter for My father's mill.") == [(17, 33, "a mill")]


def test_a_person_lets_words_go_and_takes_words_out() -> None:
    """What is released stands wherever it is said; what is withheld never does."""
    decided = Harmless(released=("Barakat",), withheld=("cheap wells",))
    assert left("Barakat likes cheap wells.", decided) == "Barakat likes #."


def test_a_language_without_a_list_is_in_doubt_as_a_whole() -> None:
    """Nothing is known of its words, so nothing is said."""
    text = "Kami butuh sumur."
    assert Harmless(read=False).doubts(text) == (
        Doubt(0, len(text), "a language whose common words are not known"),
    )


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120))
def test_doubts_lie_in_order_inside_the_text(text: str) -> None:
    """Whatever is said, doubts are slices of it that do not overlap."""
    end = 0
    for doubt in HARMLESS.doubts(text):
        assert end <= doubt.start < doubt.end <= len(text)
        end = doubt.end


def test_british_and_american() -> None:
    """One list serves both spellings."""
    assert all(
        map(is_common, ("labour", "organisation", "centres", "defence", "programmes", "tolls"))
    )
    assert not any(map(is_common, ("rupiah", "tatmadaw", "xqzt")))
