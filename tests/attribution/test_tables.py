"""Nobody sits at two tables that meet at the same time."""

from __future__ import annotations

from dataclasses import replace

from fgd.attribution.attribute import at_one_table
from fgd.model import Attribution, Breakout, Issue, Participant, Session, Span

ANA = Participant("ana", "Ana Lee")
CHAIR = Participant("chair", "Omar Diop", "facilitator")
TABLES = (Breakout("Table 1", ("a",)), Breakout("Table 2", ("b",)))
SESSION = Session("s", participants=(ANA, CHAIR), breakouts=TABLES)


def heard(recording: str, who: str, sure: float, source: str = "talk") -> Attribution:
    return Attribution(recording, "V1", "", who, (), sure, source=source)


def seated(session: Session, *said: Attribution) -> tuple[list[str], list[str]]:
    issues: list[Issue] = []
    people = session.participants
    found = at_one_table(session, [[each] for each in said], people, issues)
    return [a.participant for own in found for a in own], [each.message for each in issues]


def test_the_surer_voice_stays_and_the_other_is_unknown_and_told() -> None:
    people, told = seated(SESSION, heard("a", "ana", 0.7), heard("b", "ana", 0.9))
    assert people == ["", "ana"]
    (message,) = told
    assert message.startswith("Ana Lee is heard at Table 2 and is heard at Table 1")
    assert "the voice at Table 1 is left unknown" in message


def test_the_list_of_participants_goes_before_the_surer_voice() -> None:
    session = replace(SESSION, participants=(replace(ANA, table="Table 1"), CHAIR))
    people, told = seated(session, heard("a", "ana", 0.7), heard("b", "ana", 0.9))
    assert people == ["ana", ""]
    assert "by the list of participants sat at Table 1" in told[0]


def test_a_voice_at_the_wrong_table_is_unknown_even_if_it_is_the_only_one() -> None:
    session = replace(SESSION, participants=(replace(ANA, table="Table 1"), CHAIR))
    assert seated(session, heard("b", "ana", 0.9))[0] == [""]


def test_what_a_person_or_a_label_said_is_told_and_left() -> None:
    people, told = seated(SESSION, heard("a", "ana", 1.0, "label"), heard("b", "ana", 1.0, "label"))
    assert people == ["ana", "ana"]
    assert "it was left as it is" in told[0]


def test_whoever_leads_may_walk_from_table_to_table() -> None:
    people, told = seated(SESSION, heard("a", "chair", 0.9), heard("b", "chair", 0.8))
    assert (people, told) == (["chair", "chair"], [])


def test_the_plenary_and_tables_that_took_turns_forbid_nothing() -> None:
    plenary = heard("c", "ana", 0.9)
    assert seated(SESSION, heard("a", "ana", 0.7), plenary) == (["ana", "ana"], [])
    one, other = TABLES
    turns = (replace(one, span=Span(0, 9)), replace(other, span=Span(9, 18)))
    session = replace(SESSION, breakouts=turns)
    assert seated(session, heard("a", "ana", 0.7), heard("b", "ana", 0.9))[1] == []
