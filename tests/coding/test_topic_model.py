"""Words of a theme: what several rankings prefer, said together; and themes that are near."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fgd.coding import groups
from fgd.coding.topics import Together, choose, votes
from fgd.model import Branch

WORDS = st.sampled_from(["fund", "fish", "boat", "fish boat", "court", "law", "court order"])


def test_what_all_rankings_place_high_is_first() -> None:
    told = votes([["fund", "fish", "law"], ["fish", "fund"], ["fish", "court"]])
    assert max(told, key=lambda word: told[word]) == "fish"
    assert told["law"] < told["fund"]


def test_words_that_are_always_said_together_have_one_and_never_minus_one() -> None:
    together = Together([{"fish", "boat"}, {"fish", "boat"}, {"law"}, {"law", "fund"}])
    assert together("fish", "boat") == 1
    assert together("fish", "law") == -1
    assert 0 < together("law", "fund") < 1
    assert Together([{"a", "b"}])("a", "b") == 1


def test_a_word_said_with_the_first_goes_before_a_better_one_that_is_not() -> None:
    together = Together([{"fish", "boat"}, {"fish", "boat"}, {"fish"}, {"law"}, {"law"}])
    assert choose({"fish": 1.0, "law": 0.6, "boat": 0.5}, together, 3) == ("fish", "boat", "law")


@given(st.dictionaries(WORDS, st.floats(0.01, 2)), st.integers(0, 6))
def test_no_word_is_chosen_twice(worth: dict[str, float], most: int) -> None:
    chosen = choose(worth, Together([{"fish", "law"}, {"boat"}]), most)
    parts = [part for word in chosen for part in word.split()]
    assert len(chosen) <= most
    assert set(chosen) <= set(worth)
    assert len(parts) == len(set(parts))


def test_groups_are_wide_near_and_apart() -> None:
    branches = (
        Branch(("a", "b"), ("x",), 0.2),
        Branch(("a", "b", "c"), ("x",), 0.5),
        Branch(("d", "e"), ("y",), 0.4),
        Branch(("a", "b", "c", "d", "e"), ("z",), 1.0),
    )
    assert [branch.codes for branch in groups(branches)] == [("d", "e"), ("a", "b", "c")]
    assert groups(()) == ()
