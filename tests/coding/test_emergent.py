"""Themes that nobody had foreseen: several at once, their hierarchy, and what is none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from fgd.coding import theme
from fgd.core.embeddings import Embedder, embedder
from fgd.decisions.themes import Desk
from fgd.model import Decision, Guide, Themed
from tests.coding.rooms import FISH, Said, conversation, known, session

SCHOOL = (
    "The school bus comes late and the pupils miss their first lesson.",
    "Our school has one bus for two hundred pupils and no second driver.",
    "Pupils walk an hour to school because the bus broke down in spring.",
    "A new bus would bring forty more pupils to the school every morning.",
    "The driver of the school bus has had no salary since the spring.",
    "Parents collect money for the school bus so that pupils need not walk.",
)
BEES = (
    "The bees in our orchards died and the honey harvest is lost.",
    "Without bees there is no honey and no fruit in the orchards.",
    "The spray on the orchards kills the bees before the honey is ripe.",
    "Beekeepers sell their hives because honey does not pay any more.",
    "Forty hives stood in the orchard and ten of them still have bees.",
    "The price of honey fell, and beekeepers leave their hives to the cold.",
)
PEOPLE = ("maria", "hafiz", "tuan")


def talk(*themes: Sequence[str]) -> Said:
    texts = [text for three in zip(*themes, strict=True) for text in three]
    return [(PEOPLE[n // len(themes) % 3], text) for n, text in enumerate(texts)]


ALL = talk(FISH, SCHOOL, BEES)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return embedder("minilm", vectors=tmp_path_factory.mktemp("vectors"))


def run(model: Embedder, said: Said, decisions: Sequence[Decision] = ()) -> Themed:
    return theme(
        session(Guide()), [conversation(said)], known(), books=(), embedder=model,
        decisions=decisions,
    )[0]  # fmt: skip


@pytest.fixture(scope="module")
def told(model: Embedder) -> Themed:
    return run(model, ALL)


def test_three_subjects_are_three_themes_with_words_of_their_own(told: Themed) -> None:
    terms = [" ".join(each.terms) for each in told.facts]
    assert len(terms) == 3
    assert {"bus", "pupils"} & set(" ".join(terms).split())
    for word in ("boat", "bus", "honey"):
        assert sum(word in each for each in terms) == 1


def test_the_hierarchy_ends_with_all_of_them(told: Themed) -> None:
    keys = {code.id for code in told.codebook.codes}
    assert set(told.branches[-1].codes) == keys
    assert all(set(branch.codes) <= keys for branch in told.branches)
    assert [each.distance for each in told.branches] == sorted(
        each.distance for each in told.branches
    )
    assert len(told.branches) == len(keys) - 1


def test_approved_themes_keep_their_words_and_their_place_in_the_hierarchy(
    model: Embedder, told: Themed
) -> None:
    fish = next(each for each in told.facts if "boat" in " ".join(each.terms))
    desk = Desk(told, conversation(ALL).turns, by="ann", when="2026-01-01T00:00:00")
    again = run(model, ALL, desk.rename(fish.code, "Fisheries"))
    assert {code.name for code in again.codebook.codes if code.id == fish.code} == {"Fisheries"}
    words = next(each.terms for each in again.facts if each.code == fish.code)
    assert words[:3] == fish.terms[:3]
    assert sum(coding.code == fish.code for coding in again.codings) == fish.units
    assert set(again.branches[-1].codes) == {code.id for code in again.codebook.codes}


def test_the_order_in_which_it_was_said_changes_no_theme(model: Embedder, told: Themed) -> None:
    mixed = run(model, ALL[::-1])
    words = {frozenset(each.terms[:3]) for each in told.facts}
    assert {frozenset(each.terms[:3]) for each in mixed.facts} == words


def test_odds_and_ends_are_other_points_and_no_themes(model: Embedder) -> None:
    said = [
        ("maria", "My neighbour painted her door green last week without asking anyone."),
        ("hafiz", "The second chapter was printed upside down in every copy we received."),
        ("tuan", "It rained for nine days and then the bridge was closed to lorries."),
        ("maria", "Somebody should bring more chairs into the library before the winter."),
        ("hafiz", "A cousin of mine learned to play the violin when he was already sixty."),
        ("tuan", "The price of cement is higher in the north than it is on the coast."),
        ("maria", "Nobody had told the visitors that the museum closes on Tuesdays."),
    ]
    found = run(model, said)
    assert not found.codebook.codes
    assert sum(len(point.units) for point in found.points) == len(said)
    assert not found.branches
