"""Whatever somebody types is a question or one sentence, and texts are cut as questions are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.core.errors import InputError
from fgd.search.finder import marks
from fgd.search.question import FILTERS, LONGEST, Term, parse
from fgd.search.tokens import searchable, tokens


def test_words_phrases_beginnings_and_words_to_leave_out() -> None:
    asked = parse('Boats "harbour police" fish* -"Coast Guard" -night')
    assert asked.words == (Term(("boat",)),)
    assert asked.must == (Term(("harbour", "police")), Term(("fish",), True))
    assert asked.never == (Term(("coast", "guard")), Term(("night",)))
    assert asked.meaning == "Boats harbour police"


def test_filters_take_words_or_a_phrase_and_days_are_filled_up() -> None:
    asked = parse('by:"Ana Reyes" institution:CMS since:2025 until:2026-03 boats')
    assert asked.values("by") == ("Ana Reyes",)
    assert asked.values("since") == ("2025-01-01",)
    assert asked.values("until") == ("2026-03-31",)
    assert asked.words == (Term(("boat",)),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "nothing was asked"),
        ("  \n ", "nothing was asked"),
        ("😀 !!", "there is no word to look for"),
        ("-only -these", "there is no word to look for"),
        ("instituton:CMS x", "did you mean institution:?"),
        ("since:soon x", "since:soon is no date"),
        ("until:2026-13", "is no date"),
        ("x by:", "by: says nothing"),
        ('x by:""', "by: says nothing"),
        ("-by:ann", "cannot be left out"),
        ("a" * (LONGEST + 1), "2,001 characters"),
        (" ".join(f"w{n}" for n in range(70)), "more than 64 words"),
    ],
)
def test_what_asks_nothing_is_one_sentence(text: str, told: str) -> None:
    with pytest.raises(InputError) as problem:
        parse(text)
    assert told in str(problem.value)
    assert problem.value.remedy


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('"not closed', "not closed"),
        ("boats OR ships", "OR was left out"),
        ("boats colour:red", "colour: is no filter, so 'colour:red' was read as words"),
    ],
)
def test_what_may_be_meant_otherwise_is_told(text: str, told: str) -> None:
    assert told in " ".join(parse(text).notes)


def test_a_colon_that_names_no_filter_is_a_part_of_the_words() -> None:
    assert parse("10:30").words == (Term(("10", "30")),)
    assert parse("https://example.org/a").words == (Term(("http", "example", "org", "a")),)


@given(st.text(max_size=400))
def test_every_text_is_a_question_or_one_sentence(text: str) -> None:
    try:
        asked = parse(text)
    except InputError as problem:
        assert "\n" not in str(problem)
        return
    for term in (*asked.terms, *asked.never):
        assert term.tokens
        assert '"' not in "".join(term.tokens)
    assert all(name in FILTERS for name, _ in asked.filters)


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ['"', "by:", "-", "*", "OR", "since:", "(", ")", ";", "'", ":", "NEAR("]
            ),
            st.text(max_size=8),
        ),
        max_size=30,
    )
)
def test_operators_in_any_order_are_no_trouble(parts: list[str]) -> None:
    try:
        asked = parse(" ".join(parts))
    except InputError:
        return
    assert asked.terms or asked.filters


@given(st.text(max_size=200))
def test_words_of_a_text_are_where_they_stand(text: str) -> None:
    found = tokens(text)
    assert searchable(text) == " ".join(token.folded for token in found)
    for token, after in zip(found, found[1:], strict=False):
        assert token.start < token.end <= after.start
    for token in found:
        again = tokens(text[token.start : token.end])
        assert [each.folded for each in again] == [token.folded]


@pytest.mark.parametrize(
    ("text", "asked", "shown"),
    [
        ("We met in Đà Nẵng.", "da nang", ["Đà", "Nẵng"]),
        ("The women's councils agreed.", "woman council", ["councils"]),
        ("l’école et la café", "ecole cafe", ["école", "café"]),
        ("กองทุนเพื่อสันติภาพ", "สันติภาพ", ["สันติภาพ"]),
        ("我们建议设立和平基金", "和平基金", ["和平基金"]),
        ("មូលនិធិសន្តិភាព", "សន្តិភាព", ["សន្តិភាព"]),
        ("ກອງທຶນສັນຕິພາບ", "ສັນຕິພາບ", ["ສັນຕິພາບ"]),
    ],
)
def test_marks_stand_on_the_words_of_any_script(text: str, asked: str, shown: list[str]) -> None:
    assert [text[a:b] for a, b in marks(text, parse(asked).terms)] == shown
