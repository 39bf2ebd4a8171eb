"""The shared pipeline: one per language, the same sentence rules everywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.core.nlp import nlp, sentences


def cut(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


def test_titles_and_initials_do_not_end_a_sentence() -> None:
    """A stop after a short form or an initial belongs to the name."""
    assert cut("Thank you, Dr. Smith. I am A. B. Lee of the U.S. mission.") == [
        "Thank you, Dr. Smith.",
        "I am A. B. Lee of the U.S. mission.",
    ]


def test_closing_quotes_stay_with_their_sentence() -> None:
    """What is glued to a stop belongs to the sentence before it."""
    assert cut('He said "really?" Yes, he did!? And so on.') == [
        'He said "really?"',
        "Yes, he did!?",
        "And so on.",
    ]


@given(st.text(alphabet="aB .?!\n\"'", max_size=60))
def test_sentences_are_ordered_and_lose_nothing(text: str) -> None:
    """Slices come in order, do not overlap, and hold everything that is not white space."""
    spans = sentences(text)
    assert all(a < b for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in zip(spans, spans[1:], strict=False))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())


@pytest.mark.parametrize("lang", ["en", "id", "th", "km", "vi", "zz"])
def test_any_language_has_a_pipeline(lang: str) -> None:
    """A language without its own tokenizer is read by the multi-language one."""
    assert nlp(lang) is nlp(lang)
    assert len(list(nlp(lang)("one two. three").sents)) == 2
