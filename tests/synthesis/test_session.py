"""The brief of a session: what it counts, what it quotes, what it keeps apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fgd.core.errors import GateError, SettingsError
from fgd.core.settings import BriefSettings, Settings
from fgd.model import Brief, Flag, Guide, Themed
from fgd.synthesis import Part, synthesise
from fgd.synthesis.gate import check, problems
from fgd.synthesis.material import Material
from fgd.synthesis.recommendations import UNOPPOSED, UNPLACED
from fgd.synthesis.scale import Scale, checked, holes
from tests.synthesis.rooms import LINES, PEOPLE, Hashed, brief, conversation, part, themed


@pytest.fixture(scope="module")
def made() -> Brief:
    return brief()


def material(one: Part) -> Material:
    return Material.of(one.session, one.conversations, one.attributed.attributions, one.themed)


def test_every_quote_is_an_exact_slice(made: Brief) -> None:
    """Text in quotation marks is what the transcript says, letter for letter."""
    texts = {turn.id: turn.text for turn in conversation().turns}
    sources = [source for each in made.extracts for source in each.sources]
    assert sources
    for source in sources:
        assert texts[source.turn][source.start : source.end] == source.text


def test_people_are_counted_and_the_chair_is_not(made: Brief) -> None:
    """Three of the four who spoke addressed the monitors; the facilitator is nobody's view."""
    finding = next(each for each in made.findings if each.title == "Local monitors")
    assert (finding.spoke.people, finding.spoke.of) == (3, 4)
    assert finding.sentence == "Three of the four participants who spoke (most) addressed this."
    assert not any("fatima" in who for who in finding.spoke.who)


def test_whoever_was_taken_for_the_facilitator_is_counted_as_one() -> None:
    """Themes told by what somebody says that they lead; a name on a transcript has no role."""
    people = tuple(replace(each, role="participant") for each in PEOPLE)
    one = part()
    made, _ = synthesise(
        replace(one.session, participants=people), one.conversations, one.attributed, one.themed,
        issues=(), settings=Settings(), embedder=Hashed(),
    )  # fmt: skip
    finding = next(each for each in made.findings if each.title == "Local monitors")
    assert (finding.spoke.people, finding.spoke.of) == (3, 4)


def test_agreement_is_told_from_disagreement(made: Brief) -> None:
    """One against two is neither agreement nor silence."""
    finding = next(each for each in made.findings if each.title == "Local monitors")
    assert {view.stand: view.count.people for view in finding.views} == {
        "supports": 1, "proposes": 1, "opposes": 1,
    }  # fmt: skip
    assert finding.agreement in ("broad but qualified", "divergence", "several views")
    said = {each.id: each.text for each in made.extracts}
    assert any("do not agree" in said[name] for name in finding.lone)


def test_a_recommendation_knows_its_addressee_its_support_and_its_objection(made: Brief) -> None:
    """Who should act, who agreed and who did not."""
    first = made.recommendations[0]
    assert first.addressee == "secretariat"
    assert (first.raised.people, first.support.people, first.opposed.people) == (1, 1, 1)


def test_silence_is_not_claimed_where_somebody_objected_to_something_unsaid() -> None:
    """ "I do not agree" soon after a proposal may have meant it: no count, but no claim either."""
    lines = (*LINES[:3], ("carla-reyes", "I do not agree. My province lost all trust."), LINES[5])
    one = part(lines=lines)
    loose = tuple(replace(each, towards="") for each in one.themed.positions)
    notes = []
    for stands in (loose, loose[:-1]):
        made, _ = synthesise(
            one.session, one.conversations, one.attributed,
            replace(one.themed, positions=stands),
            issues=(), settings=Settings(), embedder=Hashed(),
        )  # fmt: skip
        assert made.recommendations[0].opposed.people == 0
        notes.append(made.recommendations[0].note)
    assert notes == [UNPLACED, UNOPPOSED]


def test_not_asked_is_told_from_asked_and_not_raised(made: Brief) -> None:
    """Silence on a question nobody put tells nothing."""
    kinds = {(gap.title, gap.kind) for gap in made.gaps}
    assert ("Money", "not asked") in kinds
    assert ("Joint fund", "not asked") in kinds
    assert ("Guarantor", "asked, not raised") in kinds
    assert not any(title == "local monitors" for title, _ in kinds)


def test_the_scale_has_no_gaps_up_to_forty_people() -> None:
    """Every count of every number of people has a word."""
    scale = checked(BriefSettings())
    assert holes(scale, 40) == ()
    assert [scale(n, 10) for n in range(11)] == [
        "none", "one", "a few", "several", "about half", "about half", "about half", "most",
        "most", "nearly all", "all",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="not a count"):
        scale(5, 4)


def test_thresholds_out_of_order_are_refused() -> None:
    """A scale that contradicts itself is never printed."""
    with pytest.raises(SettingsError, match="out of order"):
        checked(BriefSettings(most=0.3, half=0.5))
    assert Scale(BriefSettings()).printed()


def test_the_gate_stops_a_bent_quote(made: Brief) -> None:
    """One changed letter in a printed quote."""
    bent = replace(made.extracts[0], pieces=(replace(made.extracts[0].pieces[0], text="Bent"),))
    wrong = replace(made, extracts=(bent, *made.extracts[1:]))
    with pytest.raises(GateError, match="not those of the transcript") as stop:
        check(wrong, [material(part())])
    assert stop.value.place == bent.id


def test_the_gate_stops_a_wrong_count(made: Brief) -> None:
    """Somebody counted who said nothing of the kind."""
    first = made.findings[0]
    who = (*first.spoke.who, "talk/dewi-putra", "talk/aida-lim")
    count = replace(first.spoke, people=len(who), who=who)
    wrong = replace(made, findings=(replace(first, spoke=count), *made.findings[1:]))
    assert list(problems(wrong, [material(part())]))


def test_the_gate_stops_a_time_outside_its_turn(made: Brief) -> None:
    """A quote that would be heard elsewhere."""
    first = made.extracts[0]
    source = replace(first.sources[0], span=replace(first.sources[0].span, end=10_000_000))
    wrong = replace(made, extracts=(replace(first, sources=(source,)), *made.extracts[1:]))
    with pytest.raises(GateError, match="outside its turn"):
        check(wrong, [material(part())])


def test_a_finding_without_quotes_does_not_pass(made: Brief) -> None:
    """Grounded or not said."""
    first = replace(made.findings[0], extracts=())
    wrong = replace(made, findings=(first, *made.findings[1:]))
    with pytest.raises(GateError, match="rests on no quote"):
        check(wrong, [material(part())])


def test_a_coding_that_no_longer_fits_its_turn_is_dropped_and_reported() -> None:
    """The turn was corrected after it was coded."""
    one = part()
    longer = tuple(replace(each, end=each.end + 500) for each in one.themed.codings[:1])
    torn = replace(one.themed, codings=(*longer, *one.themed.codings[1:]))
    _, issues = synthesise(
        one.session, one.conversations, one.attributed, torn,
        issues=(), settings=Settings(), embedder=Hashed(),
    )  # fmt: skip
    assert ["no longer fits its turn" in each.message for each in issues] == [True]


def test_nothing_coded_still_gives_a_brief_that_says_so() -> None:
    """The facts of the session, and no findings."""
    one = part()
    made, _ = synthesise(
        one.session, one.conversations, one.attributed, Themed(),
        issues=(), settings=Settings(), embedder=Hashed(),
    )  # fmt: skip
    assert made.findings == ()
    assert any("No theme was found" in line for line in made.reading)


def test_one_speaker_and_no_guide() -> None:
    """A monologue is not a consensus."""
    made = brief(lines=LINES[1:2], guide=Guide())
    assert made.findings[0].agreement == "lone view"
    assert any("No discussion guide" in line for line in made.reading)
    assert any("Fewer than five" in line for line in made.reading)


def test_two_hundred_participants_are_counted() -> None:
    """Unnamed voices are people of their own."""
    lines = [
        (f"v{n}", f"Local monitors number {n} should stay in the district.") for n in range(200)
    ]
    made = brief(lines=lines, participants=())
    assert made.findings[0].spoke.people == 200
    assert made.findings[0].sentence == "All 200 participants who spoke addressed this."


def test_doubtful_words_are_marked_where_they_are_quoted() -> None:
    """Listen before quoting."""
    one = part()
    talk = conversation(flags=(Flag("prompt echo", "recites the prompt"),))
    of = one.session
    made, _ = synthesise(
        of, (talk,), one.attributed, themed(talk, of),
        issues=(), settings=Settings(), embedder=Hashed(),
    )  # fmt: skip
    assert all("listen before quoting" in each.note for each in made.extracts)
    assert made.findings[0].confidence == "thin"


def test_tables_count_people_as_the_codings_do(made: Brief) -> None:
    """A cell of the matrix is a number of people with a coding of that theme."""
    grid = next(each for each in made.grids if each.id == "theme-institution")
    row = grid.rows.index("Local monitors")
    assert dict(zip(grid.columns, grid.values[row], strict=True)) == {"KCD": 1, "MRI": 1, "VCP": 1}
