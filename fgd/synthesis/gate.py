"""The gate: nothing is written unless every claim of the brief holds against what it rests on.

The checks read the transcript, the deliberation and the codings, not what the synthesis made of
them: quotes are sliced again, sides are looked up again, tables are counted again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fgd.core.errors import GateError
from fgd.model import (
    SIDED,
    Answer,
    Brief,
    Extract,
    Finding,
    Grid,
    Proposition,
    Quote,
    Registry,
    Response,
    Slice,
    Span,
    Turn,
)
from fgd.synthesis.frames import Frames, frames, spoke
from fgd.synthesis.gaps import unsaid
from fgd.synthesis.material import Material
from fgd.synthesis.themes import SIDES

Problem = tuple[str, str]
"""The place in the brief, and what is wrong there."""


def check(brief: Brief, materials: Sequence[Material], tables: Frames | None = None) -> None:
    """Raise ``GateError`` for the first thing in a brief that does not hold, naming it."""
    for place, message in problems(brief, materials, tables):
        raise GateError(
            message,
            where=brief.id,
            place=place,
            remedy="Nothing was written. Run again; if it stays, report it with this line.",
        )


@dataclass(frozen=True, slots=True)
class Ground:
    """What the claims of a brief are checked against."""

    turns: dict[str, Turn]
    ends: dict[str, int]
    who: dict[str, str]
    extracts: dict[str, Extract]
    propositions: dict[str, Proposition]
    responses: tuple[Response, ...]
    unanswered: frozenset[str]
    silence: frozenset[str]

    @staticmethod
    def of(brief: Brief, materials: Sequence[Material]) -> Ground:
        """Gather it from the sessions of a brief."""
        turns = {turn.id: turn for each in materials for turn in each.turns}
        ends: dict[str, int] = {}
        for turn in turns.values():
            ends[turn.recording] = max(ends.get(turn.recording, 0), turn.span.end)
        found = [each.deliberated for each in materials]
        return Ground(
            turns,
            ends,
            {turn.id: each.key(turn.id) for each in materials for turn in each.turns},
            {each.id: each for each in brief.extracts},
            {each.id: each for one in found for each in one.propositions},
            tuple(each for one in found for each in one.responses),
            frozenset(key for one in found for key in one.unanswered),
            frozenset(key for one in found for key in one.silence),
        )


def problems(
    brief: Brief, materials: Sequence[Material], tables: Frames | None = None
) -> Iterator[Problem]:
    """Return every claim of the brief that does not hold, with its place in the brief."""
    ground = Ground.of(brief, materials)
    for extract in brief.extracts:
        yield from _extract(extract, ground)
    for name in _named(brief):
        if name not in ground.extracts:
            yield name, "a quote is named that does not exist."
    for finding in brief.findings:
        yield from _finding(finding, ground)
        for quote in finding.candidates:
            if quote.turn not in ground.turns:
                yield quote.id, "its turn no longer exists."
            elif said := _slice(quote, ground):
                yield quote.id, said
    yield from _printed_twice(brief, ground)
    counted = tables or frames(materials[0])
    yield from _themes(brief, counted)
    for grid in brief.grids:
        if grid.id == "proposal-side":
            yield from _table(grid, brief.findings)
    for gap in brief.gaps:
        if gap.kind == "not raised" and not all(unsaid(gap.title, each) for each in materials):
            yield gap.title, "it is said that this was not raised, and words of it were."
    if brief.registry:
        yield from _registry(brief, brief.registry, ground)
    yield from _tables(brief, ground, materials)
    keys = {each.key for each in brief.presence}
    for theme in brief.themes:
        if not set(theme.spoke.who) <= keys:
            yield theme.id, "somebody is counted who was not heard."


def _tables(brief: Brief, ground: Ground, materials: Sequence[Material]) -> Iterator[Problem]:
    """Whose proposition is whose table's, and that a table silent on it was asked."""
    session, themed = materials[0].session, materials[0].themed
    asked = {(table, f.section) for table, facts in themed.at_tables for f in facts if f.asked}
    found = {each.id: each for each in brief.findings}
    for told in brief.breakouts.contrasts:
        own = ground.propositions[found[told.finding].proposition]
        if session.table_of(own.place.recording) != told.table:
            yield told.finding, f"it was not put at {told.table}."
        for name in told.silent:
            if (name, found[told.finding].section) not in asked:
                yield told.finding, f"nothing can be told of {name}, where it was not asked."
    for report in brief.breakouts.reports:
        for extract, finding, _ in report.said:
            put = ground.propositions[found[finding].proposition] if finding else None
            if put and session.table_of(put.place.recording) != report.table:
                yield extract, f"{finding} was not put at {report.table}."


def _extract(extract: Extract, ground: Ground) -> Iterator[Problem]:
    said = tuple(piece.text for piece in extract.pieces if piece.said)
    if said != tuple(source.text for source in extract.sources) or not said:
        yield extract.id, "the printed words are not those of the transcript."
    for source in extract.sources:
        if source.turn not in ground.turns:
            yield extract.id, f"the turn {source.turn} no longer exists."
        elif message := _slice(source, ground):
            yield extract.id, message
        elif extract.who and extract.who != ground.who[source.turn]:
            yield extract.id, "the quote names somebody else than its speaker."


def _slice(source: Quote, ground: Ground) -> str:
    """Tell what is wrong with a slice, or nothing."""
    turn = ground.turns[source.turn]
    text = turn.text[source.start : source.end]
    if text != source.text or Quote.digest(text) != source.sha256:
        return "the quote is not an exact slice of its turn."
    inside = turn.span.start <= source.span.start and source.span.end <= turn.span.end
    if not inside or source.span & Span(0, ground.ends[turn.recording]) != source.span:
        return "the quote's time lies outside its turn or recording."
    if source.recording != turn.recording:
        return "the quote names another recording than its turn."
    return ""


def _finding(finding: Finding, ground: Ground) -> Iterator[Problem]:
    put = ground.propositions.get(finding.proposition)
    if put is None:
        yield finding.id, "nobody put this proposition."
        return
    if not _rests(ground.extracts.get(finding.extract), put.place):
        yield finding.id, "the words quoted are not those of the proposition."
    if finding.who and finding.who != ground.who[put.place.turn]:
        yield finding.id, "somebody is named who did not put this proposition."
    for who, times in Counter(each.who for each in finding.answers if each.who).items():
        if times > 1:
            yield f"{finding.id}, {who}", "the same person stands in two sides of one proposition."
        if who == finding.who:
            yield (
                f"{finding.id}, {who}",
                "a proposer is counted as answering their own proposition.",
            )
    for answer in finding.answers:
        if not _answered(answer, finding, ground):
            place = f"{finding.id}, {answer.side}, {answer.extract}"
            yield place, "somebody stands on a side without words that answer this proposition."
    stood = {finding.who, *(each.who for each in finding.answers)}
    for name in finding.later:
        extract = ground.extracts.get(name)
        if extract is None or (extract.who and extract.who not in stood):
            yield f"{finding.id}, {name}", "somebody comes back to it who had not stood on it."
    if finding.unanswered and (finding.answers or finding.proposition not in ground.unanswered):
        yield finding.id, "it is said that nobody answered, and that does not hold."
    if finding.silence:
        objected = finding.side("against", "alternative", "doubt", "no")
        if objected or finding.proposition not in ground.silence:
            yield finding.id, "it is said that no objection was found, and that does not hold."


def _answered(answer: Answer, finding: Finding, ground: Ground) -> bool:
    """Tell whether a response by this person, with this side, answers the proposition of a finding.

    Its words lie in the quoted turn; a person may have chosen other words of that turn.
    """
    extract = ground.extracts.get(answer.extract)
    if extract is None or not extract.sources:
        return False
    turn = extract.sources[0].turn
    return any(
        each.proposition == finding.proposition
        and each.side == answer.side
        and each.place.turn == turn
        and ground.who[turn] == answer.who
        for each in ground.responses
    )


def _rests(extract: Extract | None, place: Slice) -> bool:
    return extract is not None and any(
        source.turn == place.turn and source.start < place.end and place.start < source.end
        for source in extract.sources
    )


def _registry(brief: Brief, kept: Registry, ground: Ground) -> Iterator[Problem]:
    """Return what a registry says that its findings and quotes do not."""
    findings = {each.id: each for each in brief.findings}
    known = findings.keys() | {each.id for each in brief.summaries}
    for matter in kept.matters:
        for mention in matter.mentions:
            if (mention.finding or mention.summary) not in known:
                yield matter.id, "it rests on a finding that does not exist."
    said = [(p.id, p.extract, p.who) for p in kept.promises]
    said += [(p.id, one.extract, one.who) for p in kept.promises for one in p.later]
    for key, name, who in said:
        extract = ground.extracts.get(name)
        if extract is None or extract.who != who:
            yield key, "the words are not there, or not those of whoever is named."
    for position in kept.positions:
        found = findings.get(position.finding)
        taken = {answer.side for answer in found.said(*SIDED)} if found else set()
        if not set(position.sides) <= {*taken, "proposed"}:
            place = f"{position.matter}, {position.institution}"
            yield place, "an institution stands on a side that nobody plainly took."


def _printed_twice(brief: Brief, ground: Ground) -> Iterator[Problem]:
    """Return words that two sentences of the brief would show."""
    seen: dict[str, list[tuple[Span, str]]] = {}
    for name in shown(brief):
        extract = ground.extracts.get(name)
        for source in extract.sources if extract else ():
            reach = Span(source.start, source.end)
            for other, first in seen.setdefault(source.turn, []):
                if reach.overlaps(other):
                    yield name, f"the same words are quoted as {first}."
            seen[source.turn].append((reach, name))


def shown(brief: Brief) -> Iterator[str]:
    """Return ids of the quotes that sentences of the brief show, as often as they do."""
    for finding in brief.findings:
        yield from finding.extracts
    for summary in brief.summaries:
        yield summary.extract
    for statement in brief.contributions:
        yield from (*statement.prompt, *statement.extracts, *statement.decisions)
    for theme in brief.themes:
        yield from theme.extracts
    for gap in brief.gaps:
        yield from gap.extracts


def _themes(brief: Brief, tables: Frames) -> Iterator[Problem]:
    for theme in brief.themes:
        who = set(theme.spoke.who)
        if len(who) != theme.spoke.people or who != spoke(tables, theme.codes):
            yield theme.id, "the people counted are not those whose words are coded with the theme."


def _table(grid: Grid, findings: Sequence[Finding]) -> Iterator[Problem]:
    """Sides in the table of proposals and in the sentences."""
    known = {each.id: each for each in findings}
    for row, values in zip(grid.rows, grid.values, strict=True):
        told = tuple(len(known[row].said(*sides)) for _, sides in SIDES) if row in known else ()
        if told != values:
            yield f"{grid.title}, {row}", f"the table has {values} and the finding {told}."


def _named(brief: Brief) -> Iterator[str]:
    yield from shown(brief)
    yield from brief.registry.extracts if brief.registry else ()
    for report in brief.breakouts.reports:
        yield from (name for name, _, _ in report.said)
    for finding in brief.findings:
        yield from (*finding.again, *finding.summed)
        yield from (each.extract for each in finding.answers)
