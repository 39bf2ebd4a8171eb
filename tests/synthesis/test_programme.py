"""Briefs over several sessions: one person is one person, and absence has a reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fgd.core.errors import InputError
from fgd.core.settings import Settings
from fgd.disclosure import edition, leaks, secrets
from fgd.export import brief_files
from fgd.model import Code, Consent, Disclosure, Saturation
from fgd.synthesis import Part, programme, topic
from fgd.synthesis.programme import merged, strictest
from fgd.synthesis.themes import matching
from tests.synthesis.rooms import CODES, LINES, Hashed, part

SECOND = (
    ("fatima-noor", "Who monitors the agreement once it is signed?"),
    ("aida-lim", "Trust between the parties grew when they shared one radio channel on the road."),
    ("carla-reyes", "Without trust the parties will not open a single road to anybody."),
)


def parts() -> list[Part]:
    return [
        part("b-second", SECOND, title="Second leg", date="2026-05-01"),
        part("a-first", LINES, title="First leg", date="2026-03-14"),
    ]


def test_a_person_who_came_twice_counts_once() -> None:
    """Name and institution make one person, in whatever session."""
    made, _ = programme(parts(), "peace-2026", settings=Settings(), embedder=Hashed())
    trust = next(each for each in made.themes if each.title == "Trust between the parties")
    assert trust.spoke.of == 4
    assert trust.spoke.people == len(set(trust.spoke.who))


def test_a_programme_tells_change_from_what_was_not_asked() -> None:
    """The monitors were asked for in the second leg too: of them nothing is said there."""
    made, _ = programme(parts(), "peace-2026", settings=Settings(), embedder=Hashed())
    assert "Local monitors" not in {gap.title for gap in made.gaps}
    grid = next(each for each in made.grids if each.id == "theme-session")
    assert grid.columns == ("First leg (2026-03-14)", "Second leg (2026-05-01)")
    row = grid.values[grid.rows.index("Local monitors")]
    assert row == (3, 0)


def test_propositions_of_several_sessions_keep_their_answers() -> None:
    """Ids stand beside one another; sides are those of the session."""
    made, _ = programme(parts(), "peace-2026", settings=Settings(), embedder=Hashed())
    (finding,) = made.findings
    assert finding.proposition == "a-first/P1"
    assert sorted(each.side for each in finding.answers) == ["against", "for"]


def test_saturation_counts_new_themes_by_session() -> None:
    """Rows are sessions; the last column never falls."""
    made, _ = programme(parts(), "peace-2026", settings=Settings(), embedder=Hashed())
    grid = next(each for each in made.grids if each.id == "saturation")
    first, second = grid.values
    assert first[1] == first[0] == first[2]
    assert second[2] == first[2] + second[1]
    facts = {fact.label: fact.value for fact in made.method}
    assert "Guest and others 2017" in facts["Themes that had come up"]


def test_saturation_is_one_number_in_the_brief_and_in_the_mirror() -> None:
    """Both say the sentence of the noun, of the same rows; two sessions are too few for it."""
    made, _ = programme(parts(), "peace-2026", settings=Settings(), embedder=Hashed())
    grid = next(each for each in made.grids if each.id == "saturation")
    rows = [(label, *row) for label, row in zip(grid.rows, grid.values, strict=True)]
    told = next(fact.value for fact in made.method if fact.label == "Saturation")
    assert told.startswith(Saturation(tuple(rows)).told.rstrip("."))  # type: ignore[arg-type] # rows of three
    assert "there are 2" in told
    six = Saturation.of([(str(n), frozenset("abcd")) for n in range(6)])
    assert six.told == "New information in the last 2 sessions: 0% - saturated by this measure."


def test_quotes_name_their_session() -> None:
    """A place is a session, a recording and a time."""
    made, _ = programme(parts(), "peace-2026", settings=Settings(), embedder=Hashed())
    assert {each.session for each in made.extracts} == {"a-first", "b-second"}
    assert all(each.place.startswith(("First leg, ", "Second leg, ")) for each in made.extracts)


def test_a_topic_tells_only_what_belongs_to_it() -> None:
    """Found by name or by the end of its id; emergent themes of one name are one theme."""
    for name in ("Trust between the parties", "trust", "lib.trust"):
        made, _ = topic(parts(), name, settings=Settings(), embedder=Hashed())
        assert made.kind == "topic"
        assert [each.title for each in made.themes] == ["Trust between the parties"]
        named = {e for f in made.findings for e in f.extracts}
        assert named <= {each.id for each in made.extracts}


def test_a_topic_is_found_by_words_of_its_name() -> None:
    """As people type it: in any order, singular or plural; several themes may bear the words."""
    known = [
        Code("roles", "Roles of mediators and third parties"),
        Code("role-monitor", "Monitor and verifier", parent="roles"),
        Code("guide.after.1", "The role of mediators after the signature"),
        Code("trust", "Trust and mistrust"),
    ]
    found, title = matching(known, "mediator-roles")
    assert found == {"roles", "role-monitor", "guide.after.1"}
    assert title == "Mediator roles"
    assert matching(known, "role-monitor") == (frozenset({"role-monitor"}), "Monitor and verifier")
    assert matching(known, "third party roles")[1] == "Roles of mediators and third parties"
    with pytest.raises(InputError, match="Themes here"):
        matching(known, "the of and")


def test_an_unknown_topic_says_what_there_is() -> None:
    """No traceback and no empty brief."""
    with pytest.raises(InputError, match="Local monitors"):
        topic(parts(), "monitors-of-the-moon", settings=Settings(), embedder=Hashed())


def test_no_session_is_an_error() -> None:
    """Nothing to write about."""
    with pytest.raises(InputError):
        programme([], "x", settings=Settings(), embedder=Hashed())


def test_the_strictest_rule_and_the_weakest_consent_hold_for_all() -> None:
    """One session under Chatham House makes the whole brief so."""
    rules = [Disclosure("named", True, True, True), Disclosure("category", False, True, False)]
    assert strictest(rules) == Disclosure("category", False, True, False)
    one, two = parts()
    two = replace(two, session=replace(two.session, consent=Consent(False)))
    whole = merged([one, two], "x", "x").session
    assert not whole.consent.recorded
    assert whole.consent.note == "a-first"


def test_a_programme_in_circulation_leaks_nothing() -> None:
    """Ids of themes are made of titles; one that names a body is told under another."""
    named = Code("guide.kapas-centre", "Kapas Centre and the monitors", origin="guide")
    closed = Disclosure("chatham-house")
    told = [
        replace(
            each,
            session=replace(each.session, disclosure=closed),
            themed=replace(each.themed, codebook=replace(each.themed.codebook, codes=(named, *CODES)),
                           codings=tuple(replace(c, code=named.id) for c in each.themed.codings)),
        )
        for each in parts()
    ]  # fmt: skip
    made, _ = programme(told, "peace-2026", settings=Settings(), embedder=Hashed())
    assert any("kapas" in code for each in made.themes for code in each.codes)
    whole = merged(told, made.id, made.title)
    known = secrets(whole.session, whole.conversations)
    open_ = edition(made, "circulation", whole.session, known)
    assert open_.themes and open_.findings
    assert leaks(brief_files(open_), known) == ()
