"""The leak scan reads every format; whatever hides a name from the eye does not hide it from it."""

from __future__ import annotations

import pytest

from benchmarks.leaks import a_session, clean_edition
from benchmarks.leaks_places import Planting, planting_places
from fgd.disclosure import leaks, secrets
from fgd.disclosure.secrets import person_forms

CLEAN = clean_edition()
PLACES = planting_places(CLEAN)
KNOWN = secrets(*a_session())


def test_the_clean_edition_is_clean() -> None:
    """No alarm where nobody is named; a gate that cries wolf is switched off."""
    assert leaks(CLEAN, KNOWN) == ()


@pytest.mark.parametrize(("where", "plant"), PLACES, ids=[where for where, _ in PLACES])
@pytest.mark.parametrize("name", ["Wattanakul", "Ngoc Zawmyint", "VCRD"])
def test_a_name_is_found_wherever_it_is_planted(where: str, plant: Planting, name: str) -> None:
    """In every format, attribute, property, note, archive and encoding."""
    assert leaks(plant(name), KNOWN), where


@pytest.mark.parametrize(
    "text",
    [
        "WATTANAKUL agreed.",
        "wattanakul agreed.",
        "W\u00e1ttanakul agreed.",
        "Watta\u00adnakul agreed.",
        "Wat\u200btanakul agreed.",
        "Wattanakul's point stands.",
        "The Wattanakuls agreed.",
        "\uff37\uff41\uff54\uff54\uff41\uff4e\uff41\uff4b\uff55\uff4c agreed.",
        "V.C.R.D. agreed.",
        "V C R D agreed.",
        "Wattanacul agreed.",
        "Zawmyint, Ngoc",
        r"W\u0061ttanakul",
        r"Wat\u200btanakul",
        "Watta-\nnakul agreed.",
        "V C-\n R D agreed.",
    ],
)
def test_a_spelling_does_not_hide_a_name(text: str) -> None:
    """Case, accents, width, what is invisible, escapes, spelled letters, the recogniser's own."""
    assert leaks({"brief.md": text.encode()}, KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "The forum of the region held a dialogue on registries.",
        "What an observer sees, a network of councils may not.",
        "This is a sentence with acronyms such as UN and EU, and with the letters a b c.",
        "Norwegians and people of Fiji have two delegates here.",
    ],
)
def test_ordinary_words_are_no_names(text: str) -> None:
    """Words of which names of bodies are made identify nobody by themselves."""
    assert leaks({"brief.md": text.encode()}, KNOWN) == ()


@pytest.mark.parametrize("name", ["Mei Tan", "Tan Wei Ming", "Tan, Dr. Mei"])
def test_a_surname_that_is_also_a_title_is_a_name(name: str) -> None:
    """Many people are called Tan; only before "Sri" is it a title."""
    assert "Tan" in {form.text for form in person_forms(name)}
    assert "Tan" not in {form.text for form in person_forms("Tan Sri Azman Hashim")}


def test_sound_without_a_name_raises_no_alarm() -> None:
    """Capitals that come about by chance among bytes are no acronym."""
    import random

    data = random.Random(3).randbytes(400_000)
    assert leaks({"clips/Q1.mp3": b"\xff\xfb" + data}, KNOWN) == ()
