"""One institution, one entry: what is the same body and what is not."""

from __future__ import annotations

from fgd.intake.roster import Register
from fgd.model import Institution


def register(*given: tuple[str, str, str, str]) -> tuple[list[str], Register]:
    """The ids for (name, acronym, category, country) in order, and the register."""
    made = Register("participants.csv")
    ids = [
        made.add(Institution("", name, acronym, (), category, country), f"line {n}")
        for n, (name, acronym, category, country) in enumerate(given, 2)
    ]
    return ids, made


def test_case_accents_and_punctuation_do_not_count() -> None:
    """The same name in another dress is the same body."""
    ids, made = register(
        ("Université de Genève", "", "", ""),
        ("UNIVERSITE DE GENEVE", "", "", ""),
        ("Research & Policy Centre", "", "", ""),
        ("Research and Policy Centre", "", "", ""),
    )
    assert ids[0] == ids[1] == "universite-de-geneve"
    assert ids[2] == ids[3]
    assert len(made.institutions()) == 2


def test_an_acronym_is_its_institution_in_either_order() -> None:
    """Written short in one row and in full in another, before or after."""
    ids, made = register(
        ("AVI", "", "", ""), ("Asian Vision Institute", "AVI", "", ""), ("AVI", "", "", "Laos")
    )
    assert len(set(ids)) == 1
    found = made.institutions()[0]
    assert (found.name, found.acronym, found.country) == ("Asian Vision Institute", "AVI", "Laos")


def test_brackets_hold_an_acronym() -> None:
    """Name (ACRONYM) is a name and an acronym."""
    ids, made = register(("Asian Vision Institute (AVI)", "", "", ""), ("AVI", "", "", ""))
    assert ids == ["asian-vision-institute"] * 2
    assert made.institutions()[0].acronym == "AVI"


def test_ministries_of_two_countries_are_two() -> None:
    """There are many Ministries of Foreign Affairs."""
    ids, made = register(
        ("Ministry of Foreign Affairs", "MFA", "ministry", "Thailand"),
        ("Ministry of Foreign Affairs", "MFA", "ministry", "Laos"),
        ("Ministry of Foreign Affairs", "", "", "Thailand"),
    )
    assert ids == [
        "ministry-of-foreign-affairs-thailand",
        "ministry-of-foreign-affairs-laos",
        "ministry-of-foreign-affairs-thailand",
    ]
    assert [i.country for i in made.institutions()] == ["Thailand", "Laos"]
    assert made.issues == []


def test_a_secretariat_of_many_nationalities_is_one() -> None:
    """Where its people come from different countries, the body itself has none."""
    ids, made = register(
        ("Regional Secretariat", "", "secretariat", "Laos"),
        ("Regional Secretariat", "", "secretariat", "Malaysia"),
    )
    assert ids[0] == ids[1]
    assert made.institutions()[0].country == ""


def test_shared_acronym_of_different_names_is_pointed_out() -> None:
    """Two bodies may share an acronym; two spellings of one name may differ a little."""
    ids, made = register(
        ("Institute for Peace Studies", "IPS", "", ""),
        ("Indonesian Police Service", "IPS", "", ""),
        ("Inst. for Peace Studies", "IPS", "", ""),
    )
    assert ids[0] == ids[2] != ids[1]
    assert "share the acronym IPS" in made.issues[0].message
    assert made.issues[0].place == "line 3"
    assert made.institutions()[0].aliases == ("Inst. for Peace Studies",)
