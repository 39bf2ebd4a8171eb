"""Everybody under every form their name is used in."""

from __future__ import annotations

import pytest

from fgd.attribution.candidates import Directory, body_forms, title_forms
from fgd.attribution.readings import Talk
from fgd.model import Institution, Participant
from tests.attribution.rooms import BODIES, PEOPLE, talk


def seats(text: str, directory: Directory) -> dict[str, float]:
    """The people a sentence may mean, with strengths."""
    doc = Talk.of(talk(("V1", text))).passages[0].doc
    found: dict[str, float] = {}
    for mention in directory.find(doc):
        for seat, strength in mention.seats:
            name = directory.seats[seat].participant.id
            found[name] = max(found.get(name, 0.0), strength)
    return found


@pytest.fixture(scope="module")
def directory() -> Directory:
    return Directory(PEOPLE, BODIES)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("I spoke to Tomas Herrera.", "tomas"),
        ("I spoke to Dr. Herrera.", "tomas"),
        ("I spoke to DR TOMÁS HERRERA.", "tomas"),
        ("I spoke to the Ministry of the Interior.", "anh"),
        ("We asked the M O I about it.", "anh"),
    ],
)
def test_forms(directory: Directory, text: str, who: str) -> None:
    """Whole names, surnames with titles, accents, institutions and spelled acronyms are found."""
    assert seats(text, directory)[who] > 0.5


def test_a_whole_name_outweighs_a_first_name(directory: Directory) -> None:
    """The more of a name is said, the surer it is whom it means."""
    whole = seats("I spoke to Joana Freitas.", directory)["joana"]
    assert whole > seats("I spoke to Joana.", directory)["joana"]


def test_an_institution_means_all_its_people(directory: Directory) -> None:
    """Several people of one institution are all possible."""
    assert {"tomas", "joana"} <= set(seats("The Lake Policy Centre wrote that.", directory))


def test_somebody_elses_surname_is_not_ours(directory: Directory) -> None:
    """A first name in front of another surname is another person."""
    assert seats("I spoke to Joana Bergman.", directory).get("joana", 0.0) < 0.3


def test_lower_case_words_are_no_names(directory: Directory) -> None:
    """In a text that has capitals a name has one."""
    people = Directory((Participant("may", "Elsa May"),), ())
    assert not seats("That may be so. We went by train to the Old Town.", people)


def test_a_shared_first_name_means_whoever_was_introduced() -> None:
    """Of two people with one first name, the one named in full is meant."""
    people = (Participant("a", "Hugo Blom"), Participant("b", "Hugo Sand"))
    found = Directory(people, ())
    doc = Talk.of(talk(("V1", "Welcome, Hugo Blom. Well, Hugo, please."))).passages[0].doc
    mentions = found.find(doc)
    cleared = found.clear(mentions[-1], found.known(mentions))
    strengths = dict(cleared.seats)
    assert strengths[0] > 2 * strengths[1]


def test_portfolios_have_short_forms() -> None:
    """A long office is known by each of its parts and by its head."""
    forms = dict(title_forms("Minister of Trade, Export and Small Business"))
    assert {"Minister of Trade", "Minister of Small Business", "Trade Minister"} <= set(forms)
    assert forms["Minister"] < forms["Minister of Trade"]


def test_companies_lose_their_legal_form() -> None:
    """The legal form at the end of a name may be left out."""
    assert "Acme Foods" in {f for f, _, _ in body_forms(Institution("x", "Acme Foods Inc"))}


def test_five_thousand_people_are_searched_in_time() -> None:
    """A long roster is looked through by the nearest letters, not one by one."""
    import time

    from fgd.attribution.introductions import alike, listen
    from fgd.attribution.readings import read

    people = [Participant(f"p{i}", f"Name{i} Family{i}", institutions=("b",)) for i in range(5000)]
    crowd = Directory([*people, Participant("x", "Ilse Vandermeer")], (Institution("b", "Body"),))
    said = Talk.of(talk(("V1", "Now over to Ilsa Vandermere."), ("V2", "Thank you very much.")))
    readings = read(said, crowd)
    started = time.process_time()
    links = list(alike(listen(said, readings), crowd, ()))
    assert [crowd.seats[link.seat].participant.id for link in links][:1] == ["x"]
    assert time.process_time() - started < 2


def test_an_office_is_somebodys() -> None:
    """A minister holds one; a part at a table that nobody's name stands for is none."""
    bodies = (
        Institution("health", "Minister of Health"),
        Institution("expert", "Marketing Expert"),
    )
    people = (
        Participant("p1", "Anh Vuong", institutions=("health",)),
        Participant("p2", "", institutions=("expert",)),
    )
    assert [seat.office for seat in Directory(people, bodies).seats] == [True, False]
