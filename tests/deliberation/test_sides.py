"""The side that words take by themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.deliberation.cues import plain
from fgd.deliberation.sides import spoken_side


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("We would gladly support such a ferry.", "+"),
        ("I don't support the ferry.", "-"),
        ("I beg to differ, the quay is rotten.", "-"),
        ("We could accept the toll provided that residents are exempt.", "~"),
        ("I agree with the toll, but it comes too early.", "~"),
        ("I'm not convinced about the toll.", "?"),
        ("Would you agree to a toll?", ""),
        ("If we agree on a toll, the bridge can be built.", ""),
        ("They agree with everything the mayor says.", ""),
        ("The parties agree on nothing.", ""),
        ("That's a brilliant idea.", "+"),
        ("No, the ferry would ruin the fishermen.", "-"),
        ("No ferry has ever sunk here.", ""),
        ("The ferry leaves at nine.", ""),
        ("We accept part of the plan.", "~"),
    ],
)
def test_words_that_take_a_side(text: str, side: str) -> None:
    """Support, objection, condition and doubt by the speaker's own words; nobody else's."""
    assert spoken_side(plain(text))[0] == side


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    """No text breaks the reading, and a side always comes with its words."""
    side, words, sure = spoken_side(plain(text))
    assert bool(side) == bool(words) == (sure > 0)
