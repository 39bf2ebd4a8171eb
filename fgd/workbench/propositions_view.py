"""Show what was put to the room with its responses, and what was decided since the last pass."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from fgd.core.errors import InputError
from fgd.decisions.kinds import applied_in
from fgd.decisions.propositions import Desk, apply
from fgd.model import Deliberated, Proposition, Reason, Response, Slice, Turn
from fgd.workbench.open_session import OpenSession
from fgd.workbench.session_reading import Reading


class Said(msgspec.Struct, frozen=True):
    """A slice of a turn for people: its words, whose they are, and where to listen.

    ``start`` and ``end`` count characters of the turn's text, ``at`` is in ms (-1 without times).
    """

    turn: str
    start: int
    end: int
    text: str
    who: str
    at: int


class ResponseView(msgspec.Struct, frozen=True):
    """A response. ``by`` is the person who settled it, empty where nobody did."""

    number: str
    said: Said
    side: str
    link: str
    by: str
    confidence: float
    reasons: tuple[str, ...]
    instead: str = ""


class PropositionView(msgspec.Struct, frozen=True):
    """A proposition with its responses in order of time. ``number`` is how people name it."""

    id: str
    number: str
    kind: str
    said: Said
    chair: bool
    section: str
    by: str
    confidence: float
    reasons: tuple[str, ...]
    again: tuple[Said, ...]
    responses: tuple[ResponseView, ...]
    unanswered: bool = False
    silence: bool = False


class TurnText(msgspec.Struct, frozen=True):
    """A turn to select words in."""

    id: str
    who: str
    at: int
    text: str


class PropositionsView(msgspec.Struct, frozen=True):
    """All propositions of a session. ``waits`` tells that only the next pass can show some
    decision, ``built`` that a pass has looked for propositions at all.
    """

    version: str
    pending: int
    waits: bool
    built: bool
    propositions: tuple[PropositionView, ...]
    turns: tuple[TurnText, ...]
    unread: tuple[str, ...] = ()


def current(opened: OpenSession, reading: Reading) -> tuple[Deliberated, dict[str, Turn]]:
    """What the last pass read, with later decisions laid over it, and the turns it counts in."""
    record = opened.records.load("deliberation", Deliberated)
    turns = {turn.id: turn for talk in opened.stored() for turn in talk.turns}
    found = record.value if record else Deliberated()
    added = applied_in("deliberation", reading.added)
    if added:
        found = apply(found, added, tuple(turns.values()), _keys(reading, turns))
    return found, turns


def proposition_desk(opened: OpenSession, reading: Reading, by: str, when: str) -> Desk:
    """Where decisions about the propositions of a session are made."""
    found, turns = current(opened, reading)
    return Desk(found, turns.values(), by=by, when=when)


def propositions(opened: OpenSession) -> PropositionsView:
    """The view of propositions: every one in order of time with what answers it."""
    reading = opened.reading()
    found, turns = current(opened, reading)
    titles = {each.id: each.title for each in reading.session.guide.sections}
    timed = {talk.recording for talk in reading.talks if talk.timed}
    numbers = {each.id: f"P{place}" for place, each in enumerate(found.propositions, 1)}
    answers: dict[str, list[Response]] = {}
    for response in found.responses:
        answers.setdefault(response.proposition, []).append(response)

    def said(place: Slice) -> Said:
        turn = turns[place.turn]
        at = turn.span.start if place.recording in timed else -1
        text = turn.text[place.start : place.end]
        return Said(place.turn, place.start, place.end, text, _label(reading, turn), at)

    def response_view(response: Response, number: str) -> ResponseView:
        return ResponseView(
            number,
            said(response.place),
            response.side,
            response.link,
            _person(response),
            round(response.confidence, 2),
            _why(response.reasons),
            numbers.get(response.instead, ""),
        )

    def view(proposition: Proposition) -> PropositionView:
        number = numbers[proposition.id]
        mine = [each for each in answers.get(proposition.id, ()) if each.place.turn in turns]
        return PropositionView(
            proposition.id,
            number,
            proposition.kind,
            said(proposition.place),
            proposition.chair,
            titles.get(proposition.section, proposition.section),
            _person(proposition),
            round(proposition.confidence, 2),
            _why(proposition.reasons),
            tuple(said(place) for place in proposition.again if place.turn in turns),
            tuple(response_view(each, f"{number}.{n}") for n, each in enumerate(mine, 1)),
            proposition.id in found.unanswered,
            proposition.id in found.silence,
        )

    return PropositionsView(
        opened.log.version,
        reading.pending,
        bool(applied_in("deliberation", reading.removed)),
        opened.records.stamp("deliberation")[0] >= 0,
        tuple(view(each) for each in found.propositions if each.place.turn in turns),
        tuple(
            TurnText(
                turn.id,
                _label(reading, turn),
                turn.span.start if turn.recording in timed else -1,
                turn.text,
            )
            for turn in turns.values()
        ),
        found.unread,
    )


def proposition_of(view: PropositionsView, wanted: str) -> PropositionView:
    """A proposition by its number (P3) or id. Raises ``InputError`` if there is none."""
    for each in view.propositions:
        if wanted.strip().casefold() in (each.id.casefold(), each.number.casefold()):
            return each
    raise InputError(
        f"there is no proposition {wanted!r}.", remedy="fgd propositions SESSION lists them."
    )


def response_of(view: PropositionsView, wanted: str) -> tuple[PropositionView, ResponseView]:
    """A response by its number (P3.2), with its proposition. Raises ``InputError``."""
    for proposition in view.propositions:
        for response in proposition.responses:
            if wanted.strip().casefold() == response.number.casefold():
                return proposition, response
    raise InputError(
        f"there is no response {wanted!r}.", remedy="fgd propositions SESSION lists them."
    )


def _keys(reading: Reading, turns: Mapping[str, Turn]) -> dict[str, str]:
    """Who spoke each turn, as propositions and responses name people."""
    made = {}
    for name, turn in turns.items():
        who = reading.who.get(name)
        made[name] = who.participant if who and who.participant else ""
        made[name] = made[name] or f"{turn.recording}/{turn.label or turn.voice}"
    return made


def _label(reading: Reading, turn: Turn) -> str:
    who = reading.who.get(turn.id)
    return (reading.label(who) if who else "") or f"Voice {turn.voice}"


def _person(settled: Proposition | Response) -> str:
    """Who settled it; nobody where the machine read it."""
    return settled.by if settled.reasons and settled.reasons[0].kind == "person" else ""


def _why(reasons: tuple[Reason, ...]) -> tuple[str, ...]:
    """The reasons in words, the strongest first as they were stored."""
    return tuple(
        f"{each.kind}: {each.text}" if each.text else each.kind
        for each in reasons
        if each.kind != "person"
    )
