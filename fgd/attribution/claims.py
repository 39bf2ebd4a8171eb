"""Let decisions, labels on a transcript, the floor log and known voices outrank the talk.

In this order (a voice may be known from a sample, or from another recording of the session); each
gives claims about turns. Where two of them, or one of them and the talk, disagree, the higher one
stands and an ``Issue`` shows both sides. A source that gives only an
institution says nothing of the person: that is then taken from a lower source, or from the roster
where nothing speaks against it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fgd.attribution.analysis import Analysis
from fgd.attribution.candidates import GIVEN_BODY, Directory, Match, match_label
from fgd.attribution.evidence import strongest
from fgd.attribution.introductions import ALIKE, person_at
from fgd.attribution.names import person_likeness
from fgd.decisions.voices import INSTITUTION, PARTICIPANT, lost, voice_at
from fgd.model import Attribution, Conversation, Decision, Evidence, FloorMark, Issue, Span

RANK = ("decision", "label", "floor log", "enrolled voice", "same voice")
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
    """Return every claim about the turns of one recording."""
    claims = Claims()
    _enrolled(conversation, directory, enrolled, claims)
    _floor(conversation, directory, floor, claims)
    _labels(conversation, directory, claims)
    _decisions(conversation, directory, decisions, claims)
    return claims


def _labels(conversation: Conversation, directory: Directory, claims: Claims) -> None:
    matches: dict[str, Match] = {}
    for turn in conversation.turns:
        if not turn.label:
            continue
        if turn.label not in matches:
            matches[turn.label] = match_label(turn.label, directory)
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
        match = match_label(mark.label, directory)
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
    """Return the turns a decision is about, found by time and not by name."""
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
    match: Match,
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


AGAINST = frozenset({"absent", "names_other", "addresses"})
"""Links after which an institution's only person is not taken to be the one who speaks."""


def doubted(
    conversation: Conversation,
    analysis: Analysis,
    claims: Claims,
    verdicts: Mapping[int, Attribution],
) -> frozenset[tuple[str, str]]:
    """Voices and participants who must not be inferred from an institution alone."""
    soles: dict[str, set[str]] = defaultdict(set)
    written: dict[tuple[str, str], set[str]] = defaultdict(set)
    elsewhere: dict[str, set[str]] = defaultdict(set)
    for number, turn in enumerate(conversation.turns):
        own = claims.of_turn.get(turn.id, [])
        for claim in own:
            if claim.sole:
                soles[claim.participant].add(turn.voice)
                written[claim.source, claim.participant].add(claim.evidence[0].text)
            elif claim.participant:
                elsewhere[claim.participant].add(turn.voice)
        if not own and number in verdicts:
            elsewhere[verdicts[number].participant].add(turn.voice)
    found = set()
    for person, where in soles.items():
        several = any(
            len(texts) > 1 and len(where) > 1
            for (_, who), texts in written.items()
            if who == person
        )
        found |= {
            (voice, person)
            for voice in where
            if several or elsewhere[person] - {voice} or _speaks_against(analysis, voice, person)
        }
    return frozenset(found)


def settled(
    own: Sequence[Claim],
    said: Attribution,
    voice: str,
    doubts: frozenset[tuple[str, str]],
    threshold: float,
) -> Claim:
    """Return the highest claim of a turn, with the person that lower sources give it or do not."""
    first = own[0]
    if first.source == "decision" or not first.institutions:
        return first
    if first.participant and not first.sole:
        return first
    body = first.institutions[0]
    for claim in own[1:]:
        if claim.participant and not claim.sole and body in claim.institutions:
            both = (*first.evidence, *claim.evidence)
            return replace(
                claim, source=first.source, institutions=_led(claim, body), evidence=both
            )
    if said.participant and body in said.institutions:
        return replace(
            first,
            participant=said.participant,
            institutions=_led(said, body),
            confidence=said.confidence,
            sole=False,
        )
    others = any(c.participant not in ("", first.participant) for c in own[1:])
    against = others or bool(said.participant) or (voice, first.participant) in doubts
    if first.sole and (against or first.confidence < threshold):
        return replace(
            first, participant="", institutions=(body,), confidence=GIVEN_BODY, sole=False
        )
    return first


def claimed(voice: str, turn: str, claim: Claim, said: Attribution) -> Attribution:
    """Return the attribution that a claim makes, with what the talk says as its runner-up."""
    best = said.participant or said.runner_up
    agrees = best == claim.participant
    return Attribution(
        recording=said.recording,
        voice=voice,
        turn=turn,
        participant=claim.participant,
        institutions=claim.institutions,
        confidence=round(claim.confidence, 4),
        runner_up="" if agrees else best,
        runner_up_confidence=0.0 if agrees else said.confidence or said.runner_up_confidence,
        source=claim.source,
        evidence=(*claim.evidence, *said.evidence),
    )


def conflicts(
    conversation: Conversation,
    turn: str,
    own: Sequence[Claim],
    said: Attribution,
    analysis: Analysis,
    told: set[tuple[str, str, str]],
) -> Iterable[Issue]:
    """Two sources that name different people become one issue, with both sides."""
    names = {s.participant.id: s.participant.name for s in analysis.directory.seats}
    first = own[0]
    others = [(c.source, c.participant, c.institutions, "") for c in own[1:] if not c.sole]
    if said.participant:
        others.append(("talk", said.participant, said.institutions, strongest(said.evidence)))
    for source, participant, bodies, words in others:
        key = (first.participant or first.name, participant, source)
        if not participant or participant == first.participant or key in told:
            continue
        open_ = first.sole or not first.participant
        if open_ and first.institutions and first.institutions[0] in bodies:
            continue  # an institution and one of its people
        told.add(key)
        stands = first.name or "nobody on the roster"
        if first.sole:
            stands = analysis.directory.institutions[first.institutions[0]].name
        reason = f" ({words})" if words else ""
        yield Issue(
            "warning",
            conversation.recording,
            f"the {first.source} says {stands}, the {source} says "
            f"{names.get(participant, participant)}{reason}.",
            f"The {first.source} was followed; decide otherwise if it is wrong.",
            turn,
        )


def _speaks_against(analysis: Analysis, voice: str, person: str) -> bool:
    """Whether a voice calls itself otherwise or speaks of that person, or they sent apologies."""
    seats = [s for s in analysis.directory.seats if s.participant.id == person]
    turns = analysis.talk.turns
    for link in analysis.links:
        if link.feature not in AGAINST or link.seat not in {s.index for s in seats}:
            continue
        if link.turn < 0 or turns[link.turn].voice == voice:
            return True
    names = [n for s in seats for n in (s.participant.name, *s.participant.aliases) if n]
    for heard in analysis.heard:
        if heard.way != "self" or turns[heard.turn].voice != voice:
            continue
        doc = analysis.talk.passages[heard.passage].doc
        place = person_at(doc, heard.slot.start)
        called = doc[slice(*place)].text if place else ""
        if called and max((person_likeness(called, n) for n in names), default=0.0) < ALIKE:
            return True
    return False


def _led(source: Claim | Attribution, body: str) -> tuple[str, ...]:
    """Return the institutions of a source, the given one first."""
    return (body, *(b for b in source.institutions if b != body))
