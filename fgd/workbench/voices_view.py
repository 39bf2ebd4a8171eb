"""Show every voice as a card: who it may be, why, and where to listen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fgd.core.serialization import decode
from fgd.model import Evidence, Participant, Span, Turn, Voice
from fgd.workbench.session_reading import Reading, StoredAttribution, Who

CLIP = 3_000
"""Milliseconds of a clip."""

CLIPS, CANDIDATES = 3, 9


@dataclass(frozen=True, slots=True)
class Clip:
    """Three seconds in which a voice is heard alone, if possible, and the words said."""

    turn: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody it may be; ``weight`` is the sum of the evidence in log-odds."""

    participant: str
    label: str
    weight: float = 0.0
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A voice with all that helps to say whose it is."""

    voice: Voice
    recording: str
    place: int
    tint: int
    who: Who
    label: str
    turns: int
    speech: int
    clips: tuple[Clip, ...]
    evidence: tuple[Evidence, ...]
    candidates: tuple[Candidate, ...]
    timed: bool = True

    @property
    def key(self) -> str:
        """An id for the page."""
        return f"{self.place}-{self.voice.id}"

    @property
    def state(self) -> str:
        """``decided`` by a person, ``sure``, ``likely``, ``unknown``, or ``waits``."""
        if self.who.waits:
            return "waits"
        if self.who.settled:
            return "decided"
        if not self.who.known:
            return "unknown"
        return "sure" if self.who.confidence >= 0.95 else "likely"


def cards(reading: Reading) -> tuple[Card, ...]:
    """Every voice that says something: those without a name first, then by time spoken."""
    evidence = _evidence(reading.told.attributions)
    spoken = _spoken(reading)
    made: list[Card] = []
    tints: dict[str, int] = {}
    for place, talk in enumerate(reading.talks):
        own: dict[str, list[Turn]] = {}
        for turn in talk.turns:
            own.setdefault(turn.voice, []).append(turn)
        known = {voice.id: voice for voice in talk.voices}
        for name, turns in own.items():
            who = reading.voice(talk.recording, name)
            label = reading.label(who)
            shown = label if who.known else f"{talk.recording}/{name}"
            found = evidence.get((talk.recording, name), ())
            made.append(
                Card(
                    known.get(name, Voice(name, talk.recording)),
                    talk.recording,
                    place,
                    tints.setdefault(shown, len(tints)),
                    who,
                    label,
                    len(turns),
                    sum(turn.span.duration for turn in turns),
                    clips(turns) if talk.timed else (),
                    found,
                    _candidates(reading, who, found, spoken),
                    talk.timed,
                )
            )
    order = {"unknown": 0, "waits": 0, "likely": 1, "sure": 2, "decided": 3}
    return tuple(sorted(made, key=lambda card: (order[card.state], -card.speech)))


def clips(turns: Sequence[Turn]) -> tuple[Clip, ...]:
    """From the turns that show a voice best: alone, long, and certain; in order of time."""
    best = sorted(turns, key=lambda t: (bool(t.overlaps), bool(t.flags), -t.span.duration))
    found = []
    for turn in best[:CLIPS]:
        length = min(CLIP, turn.span.duration)
        # Not the first syllable: people begin while somebody else still speaks.
        start = turn.span.start + min(1_000, (turn.span.duration - length) // 2)
        span = Span(start, start + length)
        text = "".join(w.text for w in turn.words if w.span.overlaps(span)).strip()
        found.append(Clip(turn.id, span, text))
    return tuple(sorted(found, key=lambda clip: clip.span.start))


def _evidence(stored: Sequence[StoredAttribution]) -> dict[tuple[str, str], tuple[Evidence, ...]]:
    """The evidence of every voice, the strongest first."""
    found: dict[tuple[str, str], tuple[Evidence, ...]] = {}
    for each in stored:
        if not each.turn:
            decoded = decode(each.evidence, tuple[Evidence, ...])
            ranked = sorted(decoded, key=lambda e: (-abs(e.weight), e.span))
            found[each.recording, each.voice] = tuple(ranked)
    return found


def _spoken(reading: Reading) -> Counter[str]:
    """How long each participant is known to have spoken."""
    time: Counter[str] = Counter()
    for talk in reading.talks:
        for turn in talk.turns:
            who = reading.who[turn.id]
            if who.participant:
                time[who.participant] += turn.span.duration
    return time


def _candidates(
    reading: Reading, who: Who, evidence: Sequence[Evidence], spoken: Mapping[str, int]
) -> tuple[Candidate, ...]:
    """Whom it may be, best first: by evidence, then whoever has not been heard yet."""
    weights: defaultdict[str, float] = defaultdict(float)
    for each in evidence:
        if each.participant:
            weights[each.participant] += each.weight
    first = [who.participant, who.runner_up, *who.heard.near]

    def rank(person: Participant) -> tuple[object, ...]:
        near = {person.id, *person.institutions} & set(who.heard.near)
        given = first.index(person.id) if person.id in first else len(first) + (not near)
        return (given, -weights[person.id], person.id in spoken, person.role == "observer")

    ranked = sorted(reading.people.values(), key=rank)
    return tuple(
        Candidate(
            person.id,
            reading.label(Who(person.id, person.institutions)),
            round(weights[person.id], 1),
            person.id in spoken,
        )
        for person in ranked[:CANDIDATES]
    )
