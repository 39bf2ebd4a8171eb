"""Words of a theme: what several rankings prefer, said together; and themes that are near."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.coding import groups, topics
from fgd.coding.topics import Task, Together, choose, votes, wording
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


class Spread:
    """A sentence embedder that tells texts apart and knows nothing."""

    id, version = "spread", "1"

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        return np.eye(8, dtype=np.float32)[[len(text) % 8 for text in texts]]


@pytest.mark.parametrize(
    ("texts", "numbers", "words"),
    [
        (["reef", "the reef"], [0, 1], [("reef",), ("reef",)]),
        (["reef", "and of the"], [0, 1], [("reef",), ()]),
        (["of", "and the"], [0, 1], [(), ()]),
    ],
    ids=["one", "one in one", "none"],
)
def test_topics_with_hardly_a_word_between_them_are_described(
    texts: list[str], numbers: list[int], words: list[tuple[str, ...]]
) -> None:
    """A short meeting on one thing is no reason to end without a brief."""
    told = wording(texts, np.eye(2, 8, dtype=np.float32), numbers, Spread(), classes=["a", "b"])
    assert [rankings[0] for rankings in told.rankings] == words
    assert len(told.by_class) == 2


def test_what_goes_wrong_in_the_process_is_told_as_it_was() -> None:
    """A fault of ours is not told as a lack of memory, and the next task is answered."""
    broken = Task(["reef net", "net"], b"odd", [0, 1], [], [], "en", [])
    with pytest.raises(RuntimeError, match="Traceback"):
        topics._WORKER.fitted(broken, Spread())
    assert wording(["reef", "reef"], np.eye(2, 8, dtype=np.float32), [0, 0], Spread()).rankings
