"""What each edition may say, and what must not be in a single byte of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from fgd.core.errors import GateError, LeakError
from fgd.core.settings import BriefSettings
from fgd.disclosure import (
    NOTHING,
    Linked,
    Secret,
    attacked,
    edition,
    guard,
    harmless,
    leaks,
    secrets,
)
from fgd.disclosure.linkage import Outsider, in_no_order, linked, same_speaker
from fgd.disclosure.redaction import Redactor, says_enough, suppressed
from fgd.export import brief_files
from fgd.export.told import Told
from fgd.model import (
    Account,
    Answer,
    Brief,
    Consent,
    Contribution,
    Count,
    Disclosure,
    Extract,
    Fact,
    Finding,
    Grid,
    Institution,
    Matter,
    Mention,
    Piece,
    Presence,
    Registry,
    Rule,
    Section,
    Summary,
    Theme,
)
from tests.synthesis.rooms import GUIDE, PEOPLE, brief, conversation, session

RULES: tuple[Rule, ...] = ("named", "institution", "category", "chatham-house")

Cell = tuple[int, int]
"""Row and column."""


@pytest.fixture(scope="module")
def internal() -> Brief:
    return brief()


def told(internal: Brief, rule: Rule, **switches: bool) -> Brief:
    of = session(disclosure=Disclosure(rule, **switches))
    return edition(internal, "circulation", of, secrets(of, [conversation()]))


def everything(made: Brief) -> str:
    return repr(replace(made, disclosure=Disclosure()))


def test_without_consent_there_is_no_circulation_edition(internal: Brief) -> None:
    """And the message says what to write where."""
    of = session(consent=Consent(False))
    with pytest.raises(GateError, match="no consent is recorded") as stop:
        edition(internal, "circulation", of)
    assert stop.value.where.endswith("/session.toml")
    assert stop.value.place == "[consent]"
    assert "[consent]" in stop.value.remedy
    assert edition(internal, "internal", of).edition == "internal"


def test_the_internal_edition_is_the_brief_as_it_is(internal: Brief) -> None:
    """Nothing is taken away from the secretariat."""
    assert edition(internal, "internal", session()) == internal


@pytest.mark.parametrize("rule", RULES[1:])
def test_no_rule_but_named_lets_a_person_through(internal: Brief, rule: Rule) -> None:
    """Neither full names nor their parts, in any field of the value."""
    said = everything(told(internal, rule))
    for person in PEOPLE:
        for part in person.name.split():
            assert part not in said, (rule, part)


@pytest.mark.parametrize("rule", RULES[2:])
def test_category_and_chatham_house_name_no_institution(internal: Brief, rule: Rule) -> None:
    """Neither name nor acronym nor country of a single delegate."""
    said = everything(told(internal, rule))
    for word in ("Meranti", "Kapas", "Verano", "MRI", "KCD", "VCP", "Lanthara"):
        assert word not in said, (rule, word)


def test_chatham_house_is_exact(internal: Brief) -> None:
    """Neither identity nor affiliation, nor attendance; no clip, no time, no table of bodies."""
    made = told(internal, "chatham-house")
    assert made.participants == ()
    assert {each.speaker for each in made.extracts} <= {"a participant", "the chair"}
    assert not any(e.sources or e.clip or e.place or e.before or e.after for e in made.extracts)
    assert not {"theme-institution", "theme-country"} & {grid.id for grid in made.grids}
    assert not any(f.who for f in made.findings)
    assert not any(answer.who for f in made.findings for answer in f.answers)
    assert not any(each.spoke.who or each.speakers for each in made.themes)
    assert {each.label for each in made.presence} == {"Participants", "The chair"}
    assert made.strip == ()
    assert made.id == ""


def test_sides_are_counted_and_quoted_without_names(internal: Brief) -> None:
    """The same findings under each rule: nobody is named, and nothing else is lost."""
    made = told(internal, "chatham-house")
    assert [[each.side for each in f.answers] for f in made.findings] == [
        [each.side for each in f.answers] for f in internal.findings
    ]
    text = Told(made).text(made.findings[0])
    assert text.startswith("To the secretariat: A participant proposed that")
    assert "For: a participant (\u201c" in text


def test_a_side_that_few_took_is_told_without_words_that_give_somebody_away(
    internal: Brief,
) -> None:
    """A quote of which something is withheld, on a side of one person, tells who it was."""
    finding = internal.findings[0]
    objection = finding.answers[1]
    given = next(each for each in internal.extracts if each.id == objection.extract)
    said = "We at the Verano Council would never agree to monitors of that kind in the north."
    other = replace(given, pieces=(replace(given.pieces[0], text=said),))
    extracts = tuple(other if each.id == given.id else each for each in internal.extracts)
    made = told(replace(internal, extracts=extracts), "chatham-house")
    answer = made.findings[0].answers[1]
    assert (answer.side, answer.extract, answer.shown) == ("against", "", False)
    assert "monitors of that kind" not in everything(made)


def test_institution_names_institutions_and_lists_no_person(internal: Brief) -> None:
    """The list of participants becomes a list of institutions."""
    made = told(internal, "institution", list_participants=True)
    assert "Meranti Institute" in {each.speaker for each in made.extracts}
    listed = {fact.label: fact.value for fact in made.participants}
    assert listed["Meranti Institute"] == "2 persons"
    assert listed["Kapas Centre for Dialogue"] == "1 person"


def test_a_category_of_few_people_is_not_printed(internal: Brief) -> None:
    """Three think-tankers may be called so; the only council member is a participant."""
    made = told(internal, "category")
    assert {each.speaker for each in made.extracts} <= {
        "a participant (think tank)", "a participant", "the chair",
    }  # fmt: skip


def test_named_keeps_names_and_the_switches_their_meaning(internal: Brief) -> None:
    """A list is printed where it is switched on."""
    made = told(internal, "named", list_participants=True, time_codes=True)
    assert any("Aida Lim" in each.speaker for each in made.extracts)
    assert any(fact.label == "Aida Lim" for fact in made.participants)
    assert told(internal, "named").participants == ()


@pytest.mark.parametrize("rule", ["named", "institution", "chatham-house"])
def test_later_words_of_somebody_else_are_in_no_edition(internal: Brief, rule: Rule) -> None:
    """An edition tells of nobody's quote whose it is, so they would read as the proposer's own."""
    finding = internal.findings[0]
    other = finding.answers[0].extract
    later = (replace(finding, later=(other,), answers=finding.answers[1:]), *internal.findings[1:])
    made = told(replace(internal, findings=later), rule)
    assert not any(each.later for each in made.findings)


def test_a_self_identifying_phrase_is_withheld_inside_a_quote(internal: Brief) -> None:
    """ "In my province of ..." tells who speaks although nobody is named."""
    first = internal.extracts[0]
    said = "As the director of the northern mission, I think local monitors should stay for long."
    other = replace(first, pieces=(replace(first.pieces[0], text=said),))
    made = told(replace(internal, extracts=(other, *internal.extracts[1:])), "chatham-house")
    text = made.extracts[0].text
    assert "director" not in text
    assert "[a role]" in text
    assert "local monitors should stay" in text


def test_the_annex_names_themes_as_the_edition_does(internal: Brief) -> None:
    """Words of the talk that make a theme's name are withheld there, too."""
    label = "Themes that change when computed again"
    fact = Fact(label, "Borneva, roads; Radio and roads", "26")
    made = told(replace(internal, method=(fact,)), "chatham-house")
    assert [each.value for each in made.method] == ["[withheld], roads; Radio and roads"]


def test_nobody_is_asked_to_act_in_words_that_the_proposition_withholds(internal: Brief) -> None:
    """Neither a party that nobody listed, nor a body that only the quote withholds."""
    first = internal.findings[0]
    for words in ("the Progressive government", "my minister"):
        quote = replace(
            next(each for each in internal.extracts if each.id == first.extract),
            pieces=(Piece(f"{words} should train local monitors in every district of the north"),),
        )
        extracts = tuple(quote if e.id == quote.id else e for e in internal.extracts)
        other = replace(first, addressee=words)
        made = told(
            replace(internal, extracts=extracts, findings=(other, *internal.findings[1:])),
            "chatham-house",
        )
        assert [each.addressee for each in made.findings if each.id == first.id] in ([""], [])
    assert told(internal, "chatham-house").findings[0].addressee == "the secretariat"


def test_the_annex_counts_what_the_edition_tells(internal: Brief) -> None:
    """Not what the internal one does, of which some waits."""
    first = internal.findings[0]
    quote = next(each for each in internal.extracts if each.id == first.extract)
    hidden = replace(quote, pieces=(Piece("My father wrote the law of my own village."),))
    extracts = tuple(hidden if each.id == quote.id else each for each in internal.extracts)
    made = told(replace(internal, extracts=extracts), "chatham-house")
    facts = {each.label: each.value for each in made.method}
    assert facts["Quotations"].startswith(f"{len(made.extracts)}, ")
    assert len(made.extracts) < len(internal.extracts)
    assert len(made.findings) == len(internal.findings) - 1
    assert facts.get("Propositions told", "0") == str(len(made.findings))


def test_a_table_of_which_nothing_is_left_is_not_printed(internal: Brief) -> None:
    """Rows of dashes tell nobody anything."""
    presence = tuple(
        Presence(f"Person {n}", key=f"p{n}", role="participant", category=category, people=1)
        for n, category in enumerate(["think tank"] * 3 + ["council"] * 3)
    )
    grid = Grid(
        "theme-category", "t", "Theme", ("a", "b"), ("think tank", "council"), ((1, 1), (2, 1))
    )
    other = replace(internal, presence=presence, grids=(grid,))
    assert told(other, "chatham-house").grids == ()
    more = replace(grid, values=((3, 3), (3, 3)))
    assert told(replace(other, grids=(more,)), "chatham-house").grids


def test_no_count_of_few_people_stands_in_any_table_of_themes(internal: Brief) -> None:
    """By section, stage or anything else: who spoke to it alone, others remember."""
    grid = Grid("theme-section", "t", "Theme", ("a", "b"), ("One", "Two"), ((4, 1), (0, 2)))
    (made,) = (
        each
        for each in told(replace(internal, grids=(grid,)), "chatham-house").grids
        if each.id == "theme-section"
    )
    assert made.values == ((4, Grid.WITHHELD), (0, Grid.WITHHELD))
    assert "fewer than 3" in made.note
    assert told(replace(internal, grids=(grid,)), "institution").grids == (grid,)
    few = replace(grid, values=((2, 1), (0, 2)))
    assert told(replace(internal, grids=(few,)), "chatham-house").grids == ()


def test_a_statement_of_an_expert_is_told_among_others(internal: Brief) -> None:
    """Every programme says who was asked to speak on what."""
    title = "Detection and evidence"
    account = Account("detection", title, "expert intervention", asked=True, people=1)
    finding = replace(internal.findings[0], section="detection")
    statement = Contribution("C1", "expert intervention", title, who=(finding.who,))
    other = replace(
        internal,
        accounts=(*internal.accounts, account),
        findings=(finding, *internal.findings[1:]),
        contributions=(statement,),
    )
    made = told(other, "chatham-house")
    assert made.contributions == ()
    assert made.findings[0].section == Finding.APART
    assert Told(made).heading(made.findings[0].section) == "Assessments and interventions"
    assert told(other, "institution").findings[0].section == "detection"


def test_observers_are_told_among_those_heard(internal: Brief) -> None:
    """The number beside it is of both."""
    presence = tuple(
        Presence(f"Person {n}", key=f"p{n}", role=role, people=1, speech=60_000)
        for n, role in enumerate(["participant"] * 3 + ["observer"])
    )
    made = told(replace(internal, presence=presence), "chatham-house")
    assert [(e.label, e.people) for e in made.presence] == [("Participants and observers", 4)]


def test_shares_of_a_short_session_are_not_those_of_rounded_minutes() -> None:
    """Half a minute more or less would be a tenth of it."""
    spoken = Brief(
        id="",
        title="t",
        presence=(
            Presence("Participants", people=6, speech=600_000, words=1_549, turns=90),
            Presence("The chair", role="facilitator", people=1, speech=180_000, words=384),
        ),
    )
    header, rows = Told(spoken).presence_table()
    assert [row[header.index("Share")] for row in rows] == ["80%", "20%"]


def test_small_cells_and_those_that_follow_from_them_are_withheld() -> None:
    """A row's total must not give the hidden cell away."""
    grid = Grid("theme-category", "t", "Theme", ("a", "b"), ("x", "y", "z"), ((1, 4, 5), (3, 3, 4)))
    (made,) = suppressed(grid, {"x": 5, "y": 5, "z": 5}, 3)
    assert made.values[0][:2] == (Grid.WITHHELD, Grid.WITHHELD)
    assert suppressed(grid, {"x": 5, "y": 2, "z": 1}, 3) == ()


def test_a_group_left_out_does_not_follow_from_the_total() -> None:
    """Four, one withheld, one group left out, five in all: the withheld cell could only be one."""
    grid = Grid("theme-category", "t", "Theme", ("a",), ("x", "y", "z"), ((4, 1, 0),))
    (made,) = suppressed(grid, {"x": 6, "y": 5, "z": 2}, 3)
    assert made.values == ((Grid.WITHHELD, Grid.WITHHELD),)


@given(
    st.lists(st.lists(st.integers(0, 6), min_size=4, max_size=4), min_size=1, max_size=4),
    st.lists(st.integers(1, 7), min_size=4, max_size=4),
)
@example([[3, 1, 0, 0], [3, 1, 0, 0]], [4, 3, 3, 1])  # only a zero withheld beside them helps
@settings(max_examples=60, deadline=None)
def test_no_withheld_cell_can_be_solved_for(rows: list[list[int]], sizes: list[int]) -> None:
    """A reader who knows the sums of rows and columns cannot compute any small cell.

    They know the size of each group, too, and that a withheld cell holds somebody unless zeros are
    withheld. What would follow if nothing at all were printed cannot be helped.
    """
    values = tuple(tuple(min(v, s) for v, s in zip(row, sizes, strict=True)) for row in rows)
    people = dict(zip("abcd", sizes, strict=True))
    grid = Grid(
        "theme-category", "t", "Theme", tuple(map(str, range(len(rows)))), tuple("abcd"), values
    )
    for made in suppressed(grid, people, 3):
        kept = ["abcd".index(each) for each in made.columns]
        every = {(r, c) for r in range(len(rows)) for c in range(4)}
        shown = {(r, c) for r, c in every if c in kept and made.values[r][kept.index(c)] >= 0}
        left = solved(values, sizes, kept, every - shown)
        assert left <= solved(values, sizes, kept, every), made.values


def solved(
    values: tuple[tuple[int, ...], ...], sizes: list[int], kept: list[int], hidden: set[Cell]
) -> set[Cell]:
    """The small cells, of those hidden, that have one value in every table that agrees."""
    cells = sorted(hidden)
    lines = [[cell for cell in cells if cell[0] == r] for r in range(len(values))]
    if len(values) > 1:
        lines += [[cell for cell in cells if cell[1] == c] for c in kept]
    sums = [sum(values[r][c] for r, c in line) for line in lines]
    sides = [[int(cell in line) for cell in cells] for line in lines]
    least = int(all(values[r][c] for r, c in cells if c in kept))
    bounds = [(least if c in kept else 0, sizes[c]) for _, c in cells]
    found = set()
    for number, (r, c) in enumerate(cells):
        if 0 < values[r][c] < 3:
            aim = [int(n == number) for n in range(len(cells))]
            low, high = (
                linprog([sign * each for each in aim], A_eq=sides, b_eq=sums, bounds=bounds)
                for sign in (1, -1)
            )
            if -high.fun - low.fun < 0.5:
                found.add((r, c))
    return found


@pytest.mark.parametrize("rule", RULES)
def test_the_files_of_every_edition_leak_nothing(internal: Brief, rule: Rule) -> None:
    """Bytes, not values: HTML, Word, Markdown, workbook, JSON, CSV, and their names."""
    of = session(disclosure=Disclosure(rule))
    known = secrets(of, [conversation()])
    files = guard(told(internal, rule), brief_files, known)
    assert leaks(files, known) == ()
    assert {"brief.html", "brief.docx", "brief.md"} <= set(files)


def test_a_leak_blocks_the_edition_and_says_where(internal: Brief) -> None:
    """The words themselves stay out of the message, because messages travel."""
    known = (Secret("Tuan Iskandar", "person"),)
    made = replace(told(internal, "chatham-house"), status="checked by Tuan Iskandar")
    with pytest.raises(LeakError) as stop:
        guard(made, brief_files, known)
    assert "brief.html" in str(stop.value) or "brief.docx" in str(stop.value)
    assert "Iskandar" not in str(stop.value)


def test_a_name_that_may_be_named_is_no_secret() -> None:
    """The convener everybody knows."""
    of = session(disclosure=Disclosure("chatham-house"))
    texts = {each.text for each in secrets(of, may_be_named=("Meranti Institute", "MRI"))}
    assert "Meranti Institute" not in texts
    assert "Kapas Centre for Dialogue" in texts


def test_a_mangled_spelling_in_the_transcript_is_a_secret() -> None:
    """What a recogniser made of a name identifies as well as the name."""
    of = session(disclosure=Disclosure("chatham-house"))
    talk = conversation([("aida-lim", "Thank you, Vanak, and Reyesda, for what you said.")])
    texts = {each.text.casefold() for each in secrets(of, [talk])}
    assert "reyesda" in texts


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("From the army's side, I cannot agree.", "[a role], I cannot agree."),
        ("Speaking as a police officer, I doubt it.", "Speaking [a role], I doubt it."),
        ("We in the navy saw it.", "[an institution] saw it."),
        ("Our ministry pays.", "[an institution] pays."),
        ("Trust on the government side was lost.", "Trust on the government side was lost."),
        ("The police must be trained.", "The police must be trained."),
    ],
)
def test_whose_side_somebody_speaks_for_is_withheld(said: str, left: str) -> None:
    """An officer among researchers needs no name; what is said of others stays."""
    redact = Redactor("chatham-house", ())
    assert "".join(piece.text for piece in redact.pieces(said, spoken=True)) == left


def test_a_body_called_by_part_of_its_name_is_a_secret() -> None:
    """ "The women's registry" is the only registry in the room; "a registry" is any."""
    body = Institution("reg", "Women Peace Registry", "", (), "registry", "Lanthara")
    of = session(disclosure=Disclosure("chatham-house"), institutions=(body,), participants=())
    talk = conversation([
        ("V1", "The women's registry was never invited. A peace registry would help, and peace too."),
    ])  # fmt: skip
    texts = {each.text for each in secrets(of, [talk])}
    assert "women's registry" in texts
    assert "peace registry" not in texts


@pytest.mark.parametrize("rule", ["category", "chatham-house"])
def test_the_title_of_a_national_assessment_tells_for_whom_one_spoke(rule: Rule) -> None:
    """Neither in a heading, nor in the table of sections, nor in an id made of it."""
    title = "Serindah: land border and port"
    section = Section("serindah-land-border-and-port", title, "national assessment", "Please tell.")
    guide = replace(GUIDE, sections=(replace(GUIDE.sections[0], id="monitor"), section))
    of = session(guide=guide, disclosure=Disclosure(rule))
    made = edition(brief(guide=guide), "circulation", of, secrets(of, [conversation()]))
    assert "land border" not in everything(made)
    assert "land-border" not in everything(made)
    named = session(guide=guide, disclosure=Disclosure("institution"))
    open_ = edition(brief(guide=guide), "circulation", named, secrets(named, [conversation()]))
    assert title in everything(open_)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Commander, it is your ship.", "[a participant], it is your ship."),
        ("I fully agree with the Commander.", "I fully agree with [a participant]."),
        ("Major, what would you do?", "[a participant], what would you do?"),
        ("Major problems remain.", "Major problems remain."),
        ("A commander on the ground decides.", "A commander on the ground decides."),
        (
            "Our law was renewed. In Lanthara it was not.",
            "Our law was renewed. In [a country] it was not.",
        ),
        ("Trade with Lanthara grows.", "Trade with Lanthara grows."),
    ],
)
def test_ranks_and_own_countries_are_withheld(said: str, told: str) -> None:
    """A rank is a name in a room of ten; a country is an affiliation beside "our"."""
    redact = Redactor("chatham-house", (), ("Lanthara",))
    assert "".join(piece.text for piece in redact.pieces(said, spoken=True)) == told


def test_an_outsider_who_read_the_same_words_elsewhere_is_not_served() -> None:
    """A quote in somebody's own words waits for a person; one anybody could say does not."""
    people = [
        Outsider(f"p{n}", "Office of Wells", f"{habit} " * 60)
        for n, habit in enumerate(
            (
                "the turbines spin backwards whenever the reservoir is drained",
                "coupons for bread were printed on blue paper",
                "a tram line would serve both hills",
                "beekeepers want quieter roads near the orchard",
            )
        )
    ]
    quotes = {"Q1": "the turbines spin backwards whenever the reservoir is drained",
              "Q2": "it should be done soon, and by everybody"}  # fmt: skip
    extracts = tuple(
        Extract(name, (Piece(text),), speaker="a participant") for name, text in quotes.items()
    )
    made = Brief("", "", extracts=extracts)
    found = linked(made, {"Q1": "p0", "Q2": "p1"}, people, 3)
    assert set(found.chances) == {"Q1"}
    assert (found.of, found.people) == (2, 4)
    assert not linked(made, {"Q1": "p0"}, people, 1).chances
    assert not linked(made, {"Q1": "somebody on no list"}, people, 3).chances
    assert set(linked(made, {"Q1": "p0", "Q2": "p1"}, people[:2], 3).chances) == {"Q1", "Q2"}


def test_what_the_edition_ties_together_is_judged_together() -> None:
    """Other words of a proposition, and all that stands under a theme of one speaker."""
    findings = (Finding("F1", "p", "claim", "Q1", again=("Q2",)),)
    themes = (Theme("T1", ("a",), "A", Count(1, 5), extracts=("Q3", "Q4")),)
    made = Brief("", "", findings=findings, themes=themes)
    groups = same_speaker(made, ["Q1", "Q2", "Q3", "Q4", "Q5"])
    assert sorted(map(sorted, groups)) == [["Q1", "Q2"], ["Q3", "Q4"], ["Q5"]]


def test_a_closed_edition_stands_in_no_order_of_time(internal: Brief) -> None:
    """Findings and quotes are numbered by their words, and every reference holds."""
    made = told(internal, "chatham-house")
    texts = [each.text.casefold() for each in made.extracts]
    assert texts == sorted(texts)
    assert [each.id for each in made.extracts] == [f"Q{n + 1}" for n in range(len(texts))]
    assert [each.id for each in made.findings] == [f"F{n + 1}" for n in range(len(made.findings))]
    there = {each.id for each in made.extracts} | {""}
    assert {each.extract for each in made.findings} <= there
    assert {answer.extract for each in made.findings for answer in each.answers} <= there
    assert {name for each in made.themes for name in each.extracts} <= there
    assert all(each.proposition == "" for each in made.findings)
    before = {each.proposition: each for each in internal.findings}
    assert len(made.findings) <= len(before)


def test_conclusions_of_a_closed_edition_do_not_tell_when_they_were_said(internal: Brief) -> None:
    """Their numbers neither follow the talk nor leave gaps; a registry follows their new names."""
    early, late = quoted("Q901", "Zinc pipes were agreed."), quoted("Q902", "A pump was agreed.")
    made = replace(
        internal,
        summaries=(Summary("S2", "Q901"), Summary("S7", "Q902")),
        registry=Registry(
            matters=(
                Matter("M1", (Mention(1, summary="S2"),)),
                Matter("M2", (Mention(2, summary="S7"),)),
            )
        ),
        extracts=(*internal.extracts, early, late),
    )
    edited, _ = in_no_order(made)
    texts = {each.id: each.text for each in edited.extracts}
    said = {each.id: texts[each.extract] for each in edited.summaries}
    assert said == {"S1": late.text, "S2": early.text}
    assert edited.registry
    assert [each.mentions[0].summary for each in edited.registry.matters] == ["S1", "S2"]


def test_the_annex_of_the_internal_edition_tells_of_the_attack(internal: Brief) -> None:
    """How many quotes could be assigned, and that they wait; only inside the house."""
    assert attacked(internal, Linked(), NOTHING, 3) == internal
    found = Linked({internal.extracts[0].id: 0.5}, 12, 7)
    fact = attacked(internal, found, NOTHING, 3).method[-1]
    assert fact.private
    assert fact.value.startswith("1 of 12")
    assert "k = 3" in fact.value


def quoted(name: str, text: str, *codes: str) -> Extract:
    return Extract(name, (Piece(text),), "talk/aida-lim", codes=codes)


CLEAR = "Two pumps are enough for a village."
GAPPED = "My brother sold the pumps, so that two are enough."


def test_quotes_beside_each_other_give_way_to_those_without_doubts(internal: Brief) -> None:
    """What is withheld in a quote costs nothing where another quote stands in its place."""
    quotes = (quoted("Q901", GAPPED), quoted("Q902", CLEAR), quoted("Q903", GAPPED + " Yes."))
    said = Contribution("S1", "exercise inject", "Pumps", extracts=("Q901", "Q902"))
    alone = Contribution("S2", "exercise inject", "More pumps", extracts=("Q901", "Q903"))
    decided = Contribution(
        "S3", "exercise inject", "A pump", extracts=("Q901",), decisions=("Q902",)
    )
    listed = replace(internal.themes[0], extracts=("Q901",))
    made = replace(
        internal,
        extracts=(*internal.extracts, *quotes),
        contributions=(said, alone, decided),
        themes=(listed, *internal.themes[1:]),
    )
    made = told(made, "chatham-house")
    texts = {each.id: each.text for each in made.extracts}
    first, second, third = ([texts[n] for n in each.extracts] for each in made.contributions)
    assert first == [CLEAR]
    assert len(second) == 1 and "[withheld]" in second[0] and second[0].endswith("Yes.")
    assert (third, made.themes[0].extracts) == ([], ())


def test_answers_without_doubts_are_quoted_before_others(internal: Brief) -> None:
    """Of people who answered alike those are quoted whose words reveal nobody."""
    answers = (
        Answer("answer", "Q901", "talk/aida-lim", shown=True),
        Answer("answer", "Q902", "talk/bo-vann"),
        Answer("open", "Q903", "talk/dewi-putra", shown=True),
    )
    finding = replace(internal.findings[0], answers=answers)
    quotes = (quoted("Q901", GAPPED), quoted("Q902", CLEAR), quoted("Q903", GAPPED))
    made = replace(
        internal,
        extracts=(*internal.extracts, *quotes),
        findings=(finding, *internal.findings[1:]),
    )
    made = told(made, "chatham-house")
    texts = {each.id: each.text for each in made.extracts}
    here = next(each for each in made.findings if len(each.answers) == 3)
    assert [texts[each.extract] for each in here.answers if each.shown] == [CLEAR]


def test_what_no_decision_can_release_is_no_place_to_look_at() -> None:
    """A delegate's only body stays withheld whatever a person says, so nobody is asked about it."""
    redact = Redactor("chatham-house", (Secret("Serindah", "country"),))
    text = "Serindah and Vaipoto share a pump."
    assert redact.is_secret(text, 0, 8)
    assert not redact.is_secret(text, 0, 20)
    assert not redact.is_secret(text, 13, 20)


def test_the_year_of_every_session_of_a_programme_may_stand() -> None:
    """The edition says when each of them was; any other year stays a date."""
    rule = Disclosure("chatham-house")
    over = session(disclosure=rule, date="2025-11-02 2026-03-18")
    known = harmless(over, (), BriefSettings())
    assert known
    assert not known.words("Talks 2025 and 2026")
    assert known.words("Talks 2024")


def test_a_proposition_without_its_core_waits() -> None:
    """Punctuation is no word, and a reason without what it is for proposes nothing."""
    gap = Piece("[withheld]", said=False)
    said = "Keep a second sample in the wagon, with the same form"
    assert not says_enough((gap, Piece(", with the same form")), said)
    assert says_enough((Piece("Keep a second sample "), gap, Piece(", with the same form")), said)


@pytest.mark.parametrize(("words", "told_too"), [(CLEAR, True), (GAPPED, False)])
def test_words_by_which_somebody_gave_way_are_told_only_whole(
    internal: Brief, words: str, told_too: bool
) -> None:
    """What is in doubt in them waits, and does not leave half of them."""
    (finding, *others) = internal.findings
    made = replace(
        internal,
        extracts=(*internal.extracts, quoted("Q901", words)),
        findings=(replace(finding, later=("Q901",)), *others),
    )
    (later,) = [each.later for each in told(made, "chatham-house").findings if each.id == "F1"]
    assert bool(later) is told_too
