"""The brief of a session: who answered what, in which words, and what it does not say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fgd.core.errors import GateError
from fgd.model import (
    Answer,
    Brief,
    Deliberated,
    Flag,
    Guide,
    Proposition,
    Response,
    Slice,
    Themed,
    Turn,
)
from fgd.synthesis import Part
from fgd.synthesis.gate import check, problems
from fgd.synthesis.material import Material
from tests.synthesis.rooms import (
    GUIDE,
    LINES,
    PEOPLE,
    brief,
    conversation,
    made,
    part,
    summed,
    themed,
    told,
)


@pytest.fixture(scope="module")
def room() -> Brief:
    return brief()


def material(one: Part) -> Material:
    return Material.of(
        one.session, one.conversations, one.attributed.attributions, one.themed, one.deliberated
    )


def test_every_quote_is_an_exact_slice(room: Brief) -> None:
    """Text in quotation marks is what the transcript says, letter for letter."""
    texts = {turn.id: turn.text for turn in conversation().turns}
    sources = [source for each in room.extracts for source in each.sources]
    assert sources
    for source in sources:
        assert texts[source.turn][source.start : source.end] == source.text


def test_everybody_on_a_side_answered_that_proposition(room: Brief) -> None:
    """One for, one against; whoever spoke of something else stands nowhere, nor does the chair."""
    (finding,) = room.findings
    assert [(each.side, each.who) for each in finding.answers] == [
        ("for", "talk/bo-vann"), ("against", "talk/carla-reyes"),
    ]  # fmt: skip
    assert finding.addressee == "the secretariat"
    assert (finding.verb, finding.form) == ("proposed", "that")


def test_somebody_who_answers_twice_stands_where_they_ended() -> None:
    """Later before earlier; within a turn what qualifies goes before plain consent."""
    lines = (*LINES[:5], ("bo-vann", "I no longer support the local monitors at all."), LINES[5])
    one = part(lines=lines)
    turns = one.conversations[0].turns
    changed = Response("P1", Slice("rec-talk", turns[5].id, 0, 46), "bo-vann", "against")
    known = replace(one.deliberated, responses=(*one.deliberated.responses, changed))
    (finding,) = told(replace(one, deliberated=known)).findings
    assert {each.who: each.side for each in finding.answers} == {
        "talk/bo-vann": "against", "talk/carla-reyes": "against",
    }  # fmt: skip
    turn = turns[2]
    both = (
        Response("P1", Slice("rec-talk", turn.id, 0, 28), "bo-vann", "for"),
        Response("P1", Slice("rec-talk", turn.id, 30, len(turn.text)), "bo-vann", "condition"),
    )
    (finding,) = told(replace(one, deliberated=replace(known, responses=both))).findings
    assert [each.side for each in finding.answers] == ["condition"]


def test_a_counter_proposal_is_told_with_what_it_replaces() -> None:
    """Opposing and proposing something else is against, and the other is told as instead."""
    lines = (
        *LINES[:3],
        ("carla-reyes", "That is wrong. The district should pay guards."),
        LINES[5],
    )
    one = part(lines=lines)
    turn = one.conversations[0].turns[3]
    other = Proposition("P2", "proposal", Slice("rec-talk", turn.id, 15, len(turn.text)), "x")
    answer = Response("P1", Slice("rec-talk", turn.id, 0, 14), "x", "against", instead="P2")
    found = replace(
        one.deliberated,
        propositions=(*one.deliberated.propositions, other),
        responses=(one.deliberated.responses[0], answer),
    )
    first, second = told(replace(one, deliberated=found)).findings
    assert second.within == first.id
    assert next(each for each in first.answers if each.side == "against").instead == second.id


def test_what_the_chair_concluded_stands_with_the_proposition() -> None:
    """Told as the chair's."""
    lines = (*LINES[:4], ("fatima-noor", "So we do not agree on this."))
    one = part(lines=lines)
    turn = one.conversations[0].turns[4]
    place = Slice("rec-talk", turn.id, 0, len(turn.text))
    found = told(replace(one, deliberated=summed(one.deliberated, place)))
    (summary,) = found.summaries
    assert (summary.speaker, summary.finding) == ("the chair", "F1")


def test_what_the_room_was_told_is_not_shown_again_where_it_was_answered() -> None:
    """The chair's words of an exercise are a question that somebody answered, too."""
    sections = (replace(GUIDE.sections[0], kind="exercise inject"), *GUIDE.sections[1:])
    one = part(guide=replace(GUIDE, sections=sections))
    turn = one.conversations[0].turns[0]
    put = Proposition("P0", "question", Slice("rec-talk", turn.id, 0, len(turn.text)), "x", True)
    answer = replace(one.deliberated.responses[1], proposition="P0", side="answer")
    found = replace(
        one.deliberated,
        propositions=(put, *one.deliberated.propositions),
        responses=(one.deliberated.responses[0], answer),
    )
    brief = told(replace(one, deliberated=found))
    assert [each.proposition for each in brief.findings] == ["P0", "P1"]
    assert brief.contributions[0].prompt == ()


def test_nobody_answered_is_said_only_where_the_deliberation_says_so() -> None:
    """Silence by itself tells nothing."""
    one = part()
    bare = replace(one.deliberated, responses=())
    (finding,) = told(replace(one, deliberated=bare)).findings
    assert not finding.unanswered and not finding.silence
    said = replace(bare, unanswered=("P1",), silence=("P1",))
    (finding,) = told(replace(one, deliberated=said)).findings
    assert finding.unanswered
    assert finding.silence == 3  # of the four participants all but the proposer spoke later


def test_not_asked_is_told_from_not_raised(room: Brief) -> None:
    """Silence on a question nobody put tells nothing, and items whose words were said are left."""
    kinds = {(gap.title, gap.kind) for gap in room.gaps}
    assert ("Money", "not asked") in kinds
    assert ("Foreign guarantors", "not raised") in kinds
    assert not any(title == "Local monitors" for title, _ in kinds)


def test_themes_are_an_index_without_verdicts(room: Brief) -> None:
    """Who spoke to it, and where; quotes that stand nowhere else; no names of the chair."""
    theme = next(each for each in room.themes if each.title == "Local monitors")
    assert (theme.spoke.people, theme.spoke.of) == (3, 4)
    assert theme.findings == ("F1",)
    assert not any("fatima" in who for who in theme.spoke.who)


def test_a_theme_that_came_up_by_itself_is_told_when_a_person_named_it() -> None:
    """Software's names of such themes, and who spoke to them, are true too seldom."""
    lines = (*LINES[:5], ("dewi-putra", "The radio on our northern roads never works in winter."))
    one = part("talk", lines)
    assert not any(each.origin == "emergent" for each in told(one).themes)
    book = one.themed.codebook
    codes = tuple(
        replace(each, approved="named by Ana") if each.origin == "emergent" else each
        for each in book.codes
    )
    named = replace(one.themed, codebook=replace(book, codes=codes))
    assert any(each.origin == "emergent" for each in told(replace(one, themed=named)).themes)


def test_whoever_was_taken_for_the_facilitator_is_counted_as_one() -> None:
    """Themes told by what somebody says that they lead; a name on a transcript has no role."""
    people = tuple(replace(each, role="participant") for each in PEOPLE)
    one = part()
    found = told(replace(one, session=replace(one.session, participants=people)))
    assert next(e for e in found.themes if e.title == "Local monitors").spoke.of == 4


def test_the_gate_stops_a_bent_quote(room: Brief) -> None:
    """One changed letter in a printed quote."""
    bent = replace(room.extracts[0], pieces=(replace(room.extracts[0].pieces[0], text="Bent"),))
    wrong = replace(room, extracts=(bent, *room.extracts[1:]))
    with pytest.raises(GateError, match="not those of the transcript") as stop:
        check(wrong, [material(part())])
    assert stop.value.place == bent.id


def _with_answers(room: Brief, *answers: Answer) -> Brief:
    return replace(room, findings=(replace(room.findings[0], answers=answers),))


def test_the_gate_stops_a_side_without_words_that_answer(room: Brief) -> None:
    """Another side, another person, or words of another turn."""
    support, objection = room.findings[0].answers
    for wrong in (
        replace(support, side="against"),
        replace(support, who="talk/dewi-putra"),
        replace(support, extract=objection.extract),
    ):
        with pytest.raises(GateError, match="without words that answer"):
            check(_with_answers(room, wrong, objection), [material(part())])


def test_the_gate_stops_a_person_in_two_sides(room: Brief) -> None:
    """Nobody is for and against the same proposition."""
    support, objection = room.findings[0].answers
    both = replace(support, side="against")
    with pytest.raises(GateError, match="two sides of one proposition"):
        check(_with_answers(room, support, objection, both), [material(part())])


def test_the_gate_stops_a_table_that_differs_from_its_finding(room: Brief) -> None:
    """Counts of sides have one source."""
    grid = next(each for each in room.grids if each.id == "proposal-side")
    other = replace(grid, values=((3, 0, 0, 0, 0),))
    grids = tuple(other if each.id == grid.id else each for each in room.grids)
    with pytest.raises(GateError, match="the table has"):
        check(replace(room, grids=grids), [material(part())])


def test_the_gate_stops_not_raised_against_its_own_words(room: Brief) -> None:
    """An item whose words were said."""
    gaps = tuple(
        replace(each, title="Radio channels") if each.kind == "not raised" else each
        for each in room.gaps
    )
    with pytest.raises(GateError, match="words of it were"):
        check(replace(room, gaps=gaps), [material(part())])


def test_the_gate_stops_silence_that_is_none(room: Brief) -> None:
    """Nobody answered, nobody objected: only where that was established."""
    finding = room.findings[0]
    for wrong in (replace(finding, unanswered=True), replace(finding, silence=2)):
        assert list(problems(replace(room, findings=(wrong,)), [material(part())]))


def test_the_gate_stops_a_time_outside_its_turn(room: Brief) -> None:
    """A quote that would be heard elsewhere."""
    first = room.extracts[0]
    source = replace(first.sources[0], span=replace(first.sources[0].span, end=10_000_000))
    wrong = replace(room, extracts=(replace(first, sources=(source,)), *room.extracts[1:]))
    with pytest.raises(GateError, match="outside its turn"):
        check(wrong, [material(part())])


def test_the_gate_stops_words_that_are_shown_twice(room: Brief) -> None:
    """A quote stands in one sentence."""
    shown = room.findings[0].answers[0].extract
    themes = (replace(room.themes[0], extracts=(shown,)), *room.themes[1:])
    with pytest.raises(GateError, match="same words"):
        check(replace(room, themes=themes), [material(part())])


def test_the_gate_stops_words_of_somebody_who_had_not_stood_on_it(room: Brief) -> None:
    """Later words are of whoever put something or answered it."""
    other = next(
        each.id
        for each in room.extracts
        if each.who not in {room.findings[0].who, *(one.who for one in room.findings[0].answers)}
    )
    bent = (replace(room.findings[0], later=(other,)), *room.findings[1:])
    with pytest.raises(GateError, match="had not stood on it"):
        check(replace(room, findings=bent), [material(part())])


def test_what_no_longer_fits_its_turn_is_dropped_and_reported() -> None:
    """The turn was corrected after it was coded and deliberated."""
    one = part()
    longer = tuple(replace(each, end=each.end + 500) for each in one.themed.codings[:1])
    torn = replace(one.themed, codings=(*longer, *one.themed.codings[1:]))
    answer = one.deliberated.responses[0]
    place = replace(answer.place, end=answer.place.end + 500)
    moved = (replace(answer, place=place), *one.deliberated.responses[1:])
    found, issues = made(
        replace(one, themed=torn, deliberated=replace(one.deliberated, responses=moved))
    )
    assert ["no longer fits its turn" in each.message for each in issues] == [True, True]
    assert [each.side for each in found.findings[0].answers] == ["against"]


def test_dots_that_join_two_words_tear_no_stretch() -> None:
    """A sentence may end in dots with the next one right behind them; nothing was corrected."""
    first = LINES[1][1].rstrip(".")
    one = part(lines=[LINES[0], (LINES[1][0], f"{first}...then we rest."), *LINES[2:]])
    turn = one.conversations[0].turns[1]
    cut = turn.text.index("then")
    codings = tuple(
        replace(each, turn=turn.id, start=start, end=end)
        for each, (start, end) in zip(
            one.themed.codings, ((0, cut), (cut, len(turn.text))), strict=False
        )
    )
    assert len(codings) == 2
    joined = material(replace(one, themed=replace(one.themed, codings=codings)))
    assert not [each for each in joined.issues if "fits" in each.message]
    assert len(joined.codings) == 2
    inside = (replace(codings[0], end=cut + 2),)
    torn = material(replace(one, themed=replace(one.themed, codings=inside)))
    assert len([each for each in torn.issues if "fits" in each.message]) == 1


def test_nothing_found_still_gives_a_brief_that_says_so() -> None:
    """The facts of the session, and no findings."""
    found = told(replace(part(), themed=Themed(), deliberated=Deliberated()))
    assert found.findings == ()
    assert any("No proposition was found" in line for line in found.reading)


def test_one_speaker_and_no_guide() -> None:
    """A monologue is a proposal at most."""
    found = brief(lines=LINES[1:2], guide=Guide())
    assert found.findings == ()
    assert any("No discussion guide" in line for line in found.reading)
    assert any("Fewer than five" in line for line in found.reading)


def test_two_hundred_participants_are_counted() -> None:
    """Unnamed voices are people of their own."""
    lines = [
        (f"v{n}", f"Local monitors number {n} should stay in the district.") for n in range(200)
    ]
    found = brief(lines=lines, participants=())
    assert found.themes[0].spoke.people == 200


def test_doubtful_words_are_marked_where_they_are_quoted() -> None:
    """Listen before quoting."""
    one = part()
    talk = conversation(flags=(Flag("prompt echo", "recites the prompt"),))
    found = told(replace(one, conversations=(talk,), themed=themed(talk, one.session)))
    assert all("listen before quoting" in each.note for each in found.extracts)


def test_tables_count_people_as_the_codings_do(room: Brief) -> None:
    """A cell of the matrix is a number of people with a coding of that theme."""
    grid = next(each for each in room.grids if each.id == "theme-institution")
    row = grid.rows.index("Local monitors")
    assert dict(zip(grid.columns, grid.values[row], strict=True)) == {"KCD": 1, "MRI": 1, "VCP": 1}


def test_the_text_of_a_turn_is_put_together_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once for each of its passages: somebody may speak for an hour."""
    built: list[str] = []
    text: property = vars(Turn)["text"]

    def counted(turn: Turn) -> str:
        built.append(turn.id)
        return str(text.__get__(turn))

    monkeypatch.setattr(Turn, "text", property(counted))
    found = material(part())
    built.clear()
    assert all(passage.text for passage in found.passages for _ in range(5))
    assert sum(passage.words for passage in found.passages) > 0
    assert built == []
