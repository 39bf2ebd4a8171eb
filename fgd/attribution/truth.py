"""Sources that outrank what was said: decisions, labels on a transcript, the floor log.

In this order; each gives claims about turns. Where two of them, or one of them and the talk,
disagree, the higher one stands and an ``Issue`` shows both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fgd.attribution import labels
from fgd.attribution.directory import Directory
from fgd.decisions.voices import INSTITUTION, PARTICIPANT, lost, voice_at
from fgd.model import Conversation, Decision, Evidence, FloorMark, Issue, Span

RANK = ("decision", "label", "floor log", "enrolled voice")
OVERLAP = 0.6
"""Share of a turn that a floor mark must cover."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a source says of a turn; nobody listed where both ids are empty.

    ``sole``: the source gave an institution, and ``participant`` is all who is listed for it.
    """

    source: str
    participant: str = ""
    institutions: tuple[str, ...] = ()
    confidence: float = 0.99
    evidence: tuple[Evidence, ...] = ()
    name: str = ""
    sole: bool = False


@dataclass(slots=True)
class Claims:
    """Claims per turn id, the highest source first, and the problems met on the way."""

    of_turn: dict[str, list[Claim]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def add(self, turn: str, claim: Claim) -> None:
        """Put a claim among those of a turn, by rank; of one rank the later one first."""
        own = self.of_turn.setdefault(turn, [])
        own.insert(0, claim)
        own.sort(key=lambda c: RANK.index(c.source))


def collect(
    conversation: Conversation,
    directory: Directory,
    *,
    floor: Sequence[FloorMark],
    decisions: Sequence[Decision],
    enrolled: Sequence[Evidence],
) -> Claims:
    """Every claim about the turns of one recording."""
    claims = Claims()
    _enrolled(conversation, directory, enrolled, claims)
    _floor(conversation, directory, floor, claims)
    _labels(conversation, directory, claims)
    _decisions(conversation, directory, decisions, claims)
    return claims


def _labels(conversation: Conversation, directory: Directory, claims: Claims) -> None:
    matches: dict[str, labels.Match] = {}
    for turn in conversation.turns:
        if not turn.label:
            continue
        if turn.label not in matches:
            matches[turn.label] = labels.match(turn.label, directory)
        claim = _claim("label", matches[turn.label], directory, turn.label, turn.id, turn.span)
        if claim is not None:
            claims.add(turn.id, claim)


def _floor(
    conversation: Conversation, directory: Directory, floor: Sequence[FloorMark], claims: Claims
) -> None:
    if not conversation.timed:
        return
    own = [m for m in floor if m.recording in ("", conversation.recording)]
    own.sort(key=lambda m: (m.span.start, m.span.end))
    for place, mark in enumerate(own):
        later = own[place + 1].span.start if place + 1 < len(own) else 1 << 60
        span = mark.span if mark.span else Span(mark.span.start, max(later, mark.span.start))
        match = labels.match(mark.label, directory)
        for turn in conversation.turns:
            shared = (turn.span & span).duration
            if turn.span and shared >= OVERLAP * turn.span.duration:
                claim = _claim("floor log", match, directory, mark.label, turn.id, turn.span)
                if claim is not None:
                    claims.add(turn.id, claim)


def _enrolled(
    conversation: Conversation,
    directory: Directory,
    enrolled: Sequence[Evidence],
    claims: Claims,
) -> None:
    known = {seat.participant.id: seat for seat in directory.seats}
    for item in enrolled:
        seat = known.get(item.participant)
        if seat is None:
            continue
        for turn in conversation.turns:
            if item.about in (turn.voice, turn.id):
                claims.add(
                    turn.id,
                    Claim(
                        "enrolled voice",
                        seat.participant.id,
                        seat.bodies,
                        0.95,
                        (item,),
                        seat.participant.name,
                    ),
                )


def _decisions(
    conversation: Conversation,
    directory: Directory,
    decisions: Sequence[Decision],
    claims: Claims,
) -> None:
    people = {seat.participant.id: seat for seat in directory.seats}
    for decision in decisions:
        if decision.recording != conversation.recording:
            continue
        if decision.field not in (PARTICIPANT, INSTITUTION):
            continue
        turns = _meant(conversation, decision)
        if not turns:
            claims.issues.append(lost(decision, "refers to a voice or turn that is gone"))
            continue
        value = decision.value
        if decision.field == PARTICIPANT and value and value not in people:
            claims.issues.append(lost(decision, f"names {value!r}, who is not on the roster"))
            continue
        if decision.field == INSTITUTION and value and value not in directory.institutions:
            claims.issues.append(lost(decision, f"names the institution {value!r}, unknown here"))
            continue
        claim = Claim("decision", confidence=1.0)
        if value and decision.field == PARTICIPANT:
            seat = people[value]
            claim = Claim("decision", value, seat.bodies, 1.0, (), seat.participant.name)
        elif value:
            name = directory.institutions[value].name
            claim = Claim("decision", "", (value,), 1.0, (), name)
        for turn in turns:
            note = Evidence(
                kind=f"decided by {decision.by or 'somebody'}",
                turn=turn,
                about=turn,
                text=f"{decision.when} ({decision.id})",
                span=decision.anchor,
                participant=claim.participant,
                institution=claim.institutions[0] if claim.institutions else "",
            )
            claims.add(
                turn,
                Claim(
                    "decision",
                    claim.participant,
                    claim.institutions,
                    1.0,
                    (note,),
                    claim.name,
                ),
            )


def _meant(conversation: Conversation, decision: Decision) -> list[str]:
    """The turns a decision is about, found by time and not by name."""
    if decision.target.startswith("turn:"):
        exact = decision.target.removeprefix("turn:")
        found = [
            turn.id
            for turn in conversation.turns
            if 2 * (turn.span & decision.anchor).duration
            > min(turn.span.duration, decision.anchor.duration)
            or (turn.id == exact and not decision.anchor.duration)
        ]
        return [exact] if exact in found else found
    voice = voice_at(conversation.turns, decision.anchor)
    return [turn.id for turn in conversation.turns if voice and turn.voice == voice]


def _claim(
    source: str,
    match: labels.Match,
    directory: Directory,
    label: str,
    turn: str,
    span: Span,
) -> Claim | None:
    if not match.seats and not match.body:
        return None
    kind = "label on the transcript" if source == "label" else "floor log"
    if match.seat >= 0:
        seat = directory.seats[match.seat]
        participant, bodies, name = seat.participant.id, seat.bodies, seat.participant.name
        if match.sole:
            kind += " (gives the institution; nobody else is listed for it)"
            bodies = (match.body, *(b for b in bodies if b != match.body))
    else:
        participant, bodies = "", (match.body,)
        name = directory.institutions[match.body].name
    note = Evidence(
        kind=kind,
        turn=turn,
        about=turn,
        text=label,
        span=span,
        participant=participant,
        institution=bodies[0] if bodies else "",
    )
    return Claim(source, participant, bodies, match.sure, (note,), name, match.sole)
