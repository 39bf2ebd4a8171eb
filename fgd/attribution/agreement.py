"""What is asserted of a turn where a source above the talk speaks, and what it disagrees with.

A source that gives only an institution says nothing of the person. Who it was is then taken from a
lower source that names somebody of that institution; failing that from the roster, if it lists one
person there and nothing that was said, written or heard speaks against it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from fgd.attribution.analysis import Analysis
from fgd.attribution.announced import ALIKE
from fgd.attribution.evidence import strongest
from fgd.attribution.introductions import person_at
from fgd.attribution.labels import INSTITUTION
from fgd.attribution.names import person_likeness
from fgd.attribution.truth import Claim, Claims
from fgd.model import Attribution, Conversation, Issue

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
    """The highest claim of a turn, with the person that lower sources give it or do not."""
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
            first, participant="", institutions=(body,), confidence=INSTITUTION, sole=False
        )
    return first


def claimed(voice: str, turn: str, claim: Claim, said: Attribution) -> Attribution:
    """The attribution that a claim makes, with what the talk says as its runner-up."""
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
    """The institutions of a source, the given one first."""
    return (body, *(b for b in source.institutions if b != body))
