"""The gate: nothing is written unless every quote re-slices and every count can be counted again.

The checks read the transcript and the codings, not what the synthesis made of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fgd.core.errors import GateError
from fgd.model import Brief, Count, Extract, Finding, Quote, Span, Turn, Unit
from fgd.synthesis.material import Material


def check(brief: Brief, materials: Sequence[Material]) -> None:
    """Raise ``GateError`` for the first thing in a brief that does not hold, naming it."""
    for place, message in problems(brief, materials):
        raise GateError(
            message,
            where=brief.id,
            place=place,
            remedy="Nothing was written. Run again; if it stays, report it with this line.",
        )


def problems(brief: Brief, materials: Sequence[Material]) -> Iterator[tuple[str, str]]:
    """Every claim of the brief that does not hold, with its place in the brief."""
    turns = {turn.id: turn for each in materials for turn in each.turns}
    ends: dict[str, int] = {}
    for turn in turns.values():
        ends[turn.recording] = max(ends.get(turn.recording, 0), turn.span.end)
    for extract in brief.extracts:
        yield from _extract(extract, turns, ends)
    known = {extract.id: extract for extract in brief.extracts}
    for finding in brief.findings:
        yield from _finding(finding, materials)
        for quote in finding.candidates:
            if quote.turn not in turns or (said := _slice(quote, turns[quote.turn], ends)):
                yield quote.id, said if quote.turn in turns else "its turn no longer exists."
    for name in _named(brief):
        if name not in known:
            yield name, "a quote is named that does not exist."
    for place, count in _counts(brief):
        yield from _count(place, count, brief)


def _extract(
    extract: Extract, turns: dict[str, Turn], ends: dict[str, int]
) -> Iterator[tuple[str, str]]:
    said = tuple(piece.text for piece in extract.pieces if piece.said)
    if said != tuple(source.text for source in extract.sources) or not said:
        yield extract.id, "the printed words are not those of the transcript."
    for source in extract.sources:
        turn = turns.get(source.turn)
        if turn is None:
            yield extract.id, f"the turn {source.turn} no longer exists."
        elif message := _slice(source, turn, ends):
            yield extract.id, message


def _slice(source: Quote, turn: Turn, ends: dict[str, int]) -> str:
    """What is wrong with a slice, or nothing."""
    text = turn.text[source.start : source.end]
    if text != source.text or Quote.digest(text) != source.sha256:
        return "the quote is not an exact slice of its turn."
    inside = turn.span.start <= source.span.start and source.span.end <= turn.span.end
    if not inside or source.span & Span(0, ends[turn.recording]) != source.span:
        return "the quote's time lies outside its turn or recording."
    if source.recording != turn.recording:
        return "the quote names another recording than its turn."
    return ""


def _finding(finding: Finding, materials: Sequence[Material]) -> Iterator[tuple[str, str]]:
    if not finding.extracts:
        yield finding.id, "a finding rests on no quote."
    spoke = {who for material in materials for who, _ in _coded(material, finding.codes)}
    if set(finding.spoke.who) != spoke:
        yield finding.id, "the people counted are not those whose words are coded with the theme."
    everybody = sum(len(material.people.counted) for material in materials)
    if finding.spoke.of != everybody:
        yield finding.id, f"{finding.spoke.of} people are said to have spoken, not {everybody}."
    for view in finding.views:
        taken = {who for material in materials for who in _taken(material, finding, view.stand)}
        if set(view.count.who) != taken:
            yield f"{finding.id}, {view.stand}", "the people counted are not those who took it."


def _coded(material: Material, codes: Sequence[str]) -> Iterator[tuple[str, Unit]]:
    """Everybody with a coded unit of content on one of the codes, counted from the codings."""
    units = _content(material)
    for coding in material.codings:
        if coding.code in codes:
            for unit in units.get(coding.turn, ()):
                if unit.start < coding.end and coding.start < unit.end:
                    yield f"{material.session.id}/{material.people[coding.turn].key}", unit


def _content(material: Material) -> dict[str, list[Unit]]:
    """Units of content by turn, without those of the chair."""
    found: dict[str, list[Unit]] = {}
    for unit in material.themed.units:
        person = material.people.by_turn.get(unit.turn)
        if unit.kind == "content" and person is not None and person.counts:
            found.setdefault(unit.turn, []).append(unit)
    return found


def _taken(material: Material, finding: Finding, stand: str) -> Iterator[str]:
    """Everybody with a stand on the finding's theme, counted from the stands."""
    coded = {(unit.turn, unit.start) for _, unit in _coded(material, finding.codes)}
    units = _content(material)
    for position in material.themed.positions:
        if position.stand != stand or position.code not in ("", *finding.codes):
            continue
        for unit in units.get(position.turn, ()):
            touched = unit.start < position.end and position.start < unit.end
            if touched and (unit.turn, unit.start) in coded:
                yield f"{material.session.id}/{material.people[position.turn].key}"


def _count(place: str, count: Count, brief: Brief) -> Iterator[tuple[str, str]]:
    keys = {each.key for each in brief.presence}
    if count.people != len(count.who) or len(set(count.who)) != len(count.who):
        yield place, f"{count.people} people are counted and {len(set(count.who))} named."
    if not 0 <= count.people <= count.of:
        yield place, f"{count.people} of {count.of} people is not a count."
    if not set(count.who) <= keys:
        yield place, "somebody is counted who was not heard."


def _counts(brief: Brief) -> Iterator[tuple[str, Count]]:
    for finding in brief.findings:
        yield finding.id, finding.spoke
        for view in finding.views:
            yield f"{finding.id}, {view.stand}", view.count
    for each in brief.recommendations:
        yield each.id, each.raised
        yield f"{each.id}, support", each.support
        yield f"{each.id}, objections", each.opposed


def _named(brief: Brief) -> Iterator[str]:
    for finding in brief.findings:
        yield from (*finding.extracts, *finding.lone)
        for view in finding.views:
            yield from view.extracts
    for rec in brief.recommendations:
        yield from (rec.extract, *rec.also, *rec.supporting, *rec.objections)
    for statement in brief.contributions:
        yield from (*statement.prompt, *statement.extracts, *statement.decisions)
    for gap in brief.gaps:
        yield from gap.extracts
