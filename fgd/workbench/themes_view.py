"""Show the themes: what each rests on, and what was decided about it since the last pass."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import msgspec

from fgd.decisions.kinds import applied_in
from fgd.decisions.themes import Decided, Desk
from fgd.model import Themed, Turn
from fgd.workbench.open_session import OpenSession, Reading

SHOWN = 60
"""Passages shown for a theme."""


class Passage(msgspec.Struct, frozen=True):
    """A coded stretch of a turn: a slice of it, who said it, why it was coded."""

    turn: str
    place: int
    text: str
    who: str
    start: int
    score: float
    status: str
    by: str
    reason: str


class ThemeView(msgspec.Struct, frozen=True):
    """A theme."""

    id: str
    name: str
    description: str
    parent: str
    origin: str
    dimension: str
    locked: bool
    coded: int
    accepted: int
    people: int
    terms: tuple[str, ...]
    unstable: bool
    passages: tuple[Passage, ...]


class ThemesView(msgspec.Struct, frozen=True):
    """All themes of a session. ``waits`` tells that only the next pass can show some decision."""

    version: str
    pending: int
    waits: bool
    themes: tuple[ThemeView, ...]


def current(opened: OpenSession, reading: Reading) -> tuple[Themed, dict[str, Turn]]:
    """What the last pass found, with later decisions laid over it, and the turns it counts in."""
    record = opened.records.load("themes", Themed)
    turns = {turn.id: turn for talk in opened.stored() for turn in talk.turns}
    if record is None:
        return Themed(), turns
    found = record.value
    mine = applied_in("themes", reading.added)
    if not mine:
        return found, turns
    decided = Decided.of(found.codebook, mine, tuple(turns.values()), found.units)
    codings = decided.codings(found.codings)
    return replace(found, codebook=decided.book, codings=codings), turns


def desk(opened: OpenSession, reading: Reading, by: str, when: str) -> Desk:
    """Where decisions about the themes of a session are made."""
    themed, turns = current(opened, reading)
    return Desk(themed, turns.values(), by=by, when=when)


def themes(opened: OpenSession) -> ThemesView:
    """Return the themes view."""
    reading = opened.reading()
    themed, turns = current(opened, reading)
    facts = {fact.code: fact for fact in themed.facts}
    by_code: dict[str, list[Passage]] = {}
    people: dict[str, Counter[str]] = {}
    for coding in sorted(themed.codings, key=lambda each: (-each.score, each.turn, each.start)):
        turn = turns.get(coding.turn)
        if turn is None:
            continue
        said = reading.who.get(turn.id)
        who = reading.label(said) if said else ""
        text = turn.text[coding.start : coding.end]
        passage = Passage(
            turn.id, coding.start, text, who or f"Voice {turn.voice}", turn.span.start,
            coding.score, coding.status, coding.by, coding.reason,
        )  # fmt: skip
        by_code.setdefault(coding.code, []).append(passage)
        if coding.status != "rejected":
            people.setdefault(coding.code, Counter())[passage.who] += 1
    made = []
    for code in themed.codebook.codes:
        passages = by_code.get(code.id, [])
        fact = facts.get(code.id)
        made.append(
            ThemeView(
                code.id,
                code.name,
                code.description,
                code.parent,
                code.origin,
                code.dimension,
                code.locked,
                sum(each.status != "rejected" for each in passages),
                sum(each.status == "accepted" for each in passages),
                len(people.get(code.id, ())),
                fact.terms[:6] if fact else (),
                bool(fact and fact.unstable),
                tuple(passages[:SHOWN]),
            )
        )
    waits = bool(applied_in("themes", reading.removed))
    return ThemesView(opened.log.version, reading.pending, waits, tuple(made))
