"""Names that somebody wrote down, as platforms print them."""

from __future__ import annotations

import pytest

from fgd.attribution.candidates import Directory, is_room, match_label, nobody, parts_of
from tests.attribution.rooms import BODIES, PEOPLE


@pytest.fixture(scope="module")
def directory() -> Directory:
    return Directory(PEOPLE, BODIES)


@pytest.mark.parametrize(
    ("label", "who"),
    [
        ("Mira Koskela (HID)", "mira"),
        ("MOI_Anh", "anh"),
        ("T. Herrera", "tomas"),
        ("Herrera, Tomas", "tomas"),
        ("Dr Herrera", "tomas"),
        ("joana freitas", "joana"),
        ("MOI", "anh"),
    ],
)
def test_names_are_recognised(directory: Directory, label: str, who: str) -> None:
    """Order, case, initials, titles and institutions glued on do not hide a name."""
    found = match_label(label, directory)
    assert directory.seats[found.seat].participant.id == who


@pytest.mark.parametrize(
    "label",
    ["Guest", "Meeting Room 2", "iPhone", "Speaker 1", "S03", "", "User 12", "P. Herrera"],
)
def test_devices_and_strangers_are_nobody(directory: Directory, label: str) -> None:
    """A device, a number or another person's initial names nobody on the roster."""
    assert match_label(label, directory).seat == -1


def test_an_institution_with_several_people_is_only_the_institution(directory: Directory) -> None:
    """A label that fits two people of one body says the body and not the person."""
    found = match_label("LPC", directory)
    assert found.seat == -1
    assert found.body == "lake"


def test_rooms_may_hold_several_people() -> None:
    """A room, a table or a hall is shared; a phone is not."""
    assert is_room("Meeting Room 2")
    assert not is_room("iPhone")
    assert not is_room("Mira Koskela")


def test_parts_of_a_label() -> None:
    """Person and institution are read apart where a label prints both."""
    assert parts_of("Mira Koskela (HID)") == ("Mira Koskela", "HID")
    assert parts_of("Mira Koskela - Harbour") == ("Mira Koskela", "Harbour")


@pytest.mark.parametrize("label", ["Mira Koskela (External)", "Mira Koskela (she/her)"])
def test_what_a_platform_adds_is_no_institution(label: str) -> None:
    """Teams marks guests in brackets where others write where they come from."""
    assert parts_of(label) == ("Mira Koskela", "")


def test_a_comma_parts_an_institution_or_the_first_name() -> None:
    """ "Freitas, Joana" is one person; "Freitas, LPC" is one of an institution."""
    assert parts_of("Freitas, Joana") == ("Freitas, Joana", "")
    assert parts_of("Freitas, LPC") == ("Freitas", "LPC")
    assert parts_of("Freitas, Lake Centre") == ("Freitas", "Lake Centre")


@pytest.mark.parametrize("label", ["Mira Koskela's iPhone", "iPad de Mira Koskela"])
def test_a_device_is_named_after_its_owner(label: str) -> None:
    """What a platform prints for a phone still says whose it is."""
    assert parts_of(label) == ("Mira Koskela", "")


def test_the_moderator_is_the_one_facilitator_listed(directory: Directory) -> None:
    """A role in place of a name means the only person who has it, and nobody if there is none."""
    chairs = [each for each in PEOPLE if each.role == "facilitator"]
    assert directory.seats[match_label("The Moderator", directory).seat].participant == chairs[0]
    others = tuple(each for each in PEOPLE if each.role != "facilitator")
    assert match_label("Moderator", Directory(others, BODIES)).seat == -1
    assert nobody("Moderator")
    assert parts_of("Mira") == ("Mira", "")
