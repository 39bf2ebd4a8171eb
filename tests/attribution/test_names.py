"""How alike two names are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fgd.attribution.names import (
    body_likeness,
    fold,
    letters,
    person_likeness,
    person_words,
    word_likeness,
)

NAMES = st.text(alphabet="abcdefgh ijklmnop", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("Nee ham", "Needham"),
        ("Institute Lake Policy", "Lake Policy Institute"),
        ("the Lake Policy Institute", "Lake Policy Institute"),
        ("Lac Policy Instit", "Lake Policy Institute"),
        ("Centre for Régional Studies", "Center for Regional Studies"),
    ],
)
def test_institutions_survive_mishearing(heard: str, name: str) -> None:
    """Split words, lost accents, swapped or dropped words leave a name recognisable."""
    assert body_likeness(heard, name) > 0.8


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("Lake Policy Institute", "Ministry of the Interior"),
        ("people", "Stafford"),
        ("Harbour Institute", "Northern Bank"),
    ],
)
def test_different_institutions_are_unlike(heard: str, name: str) -> None:
    """Names that share nothing but common words stay below what counts as alike."""
    assert body_likeness(heard, name) < 0.62


@pytest.mark.parametrize(
    ("heard", "name", "least"),
    [
        ("Dr Tomas Herrera", "Tomás Herrera", 1.0),
        ("Thomas Herera", "Tomas Herrera", 0.8),
        ("Herrera", "Tomas Herrera", 0.7),
        ("Siva Kumar", "Sivakumar", 0.9),
    ],
)
def test_people_are_known_by_sound(heard: str, name: str, least: float) -> None:
    """Titles do not count; a surname alone is less than the whole name."""
    assert person_likeness(heard, name) >= least


def test_first_names_alone_are_weak() -> None:
    """A first name that is shared says little."""
    assert person_likeness("Tomas", "Tomas Herrera") < person_likeness("Herrera", "Tomas Herrera")


@given(NAMES, NAMES)
def test_likeness_is_a_share(one: str, other: str) -> None:
    """Every likeness lies between 0 and 1, and a name is wholly like itself."""
    for like in (person_likeness, body_likeness):
        assert 0.0 <= like(one, other) <= 1.0
        if fold(one).split():
            assert like(one, one) == 1.0


@given(st.text(alphabet="abcdefg", max_size=8), st.text(alphabet="abcdefg", max_size=8))
def test_words_are_alike_both_ways(one: str, other: str) -> None:
    """Likeness of words does not depend on which comes first."""
    assert word_likeness(one, other) == pytest.approx(word_likeness(other, one))


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("L P C", "LPC"),
        ("you N", "UN"),
        ("see S I S", "CSIS"),
        ("L. P. C.", "LPC"),
        ("you You N", "UN"),
        ("see us", ""),
        ("Lake", ""),
        ("why are you", ""),
    ],
)
def test_spoken_letters_become_an_acronym(text: str, spelled: str) -> None:
    """Letters and words that sound like letters spell an acronym, ordinary words do not."""
    assert letters(text) == spelled


def test_titles_are_no_part_of_a_name() -> None:
    """Ranks and honorifics before a name are left out, the name itself never."""
    assert person_words("H.E. Ambassador Dr. Anh Vuong") == ("anh", "vuong")
    assert person_words("Minister") == ("minister",)
