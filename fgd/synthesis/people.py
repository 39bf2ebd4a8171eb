"""Who spoke, counted as people: all voices of one participant are one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fgd.model import Attribution, Conversation, Institution, Participant, Session, Turn


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who spoke. ``key`` is a participant's id, or a recording and a voice.

    ``name`` is empty for somebody unnamed; ``voice`` is how the room knows them then.
    """

    key: str
    name: str = ""
    voice: str = ""
    role: str = ""
    institutions: tuple[str, ...] = ()
    category: str = ""
    country: str = ""
    track: str = ""
    confidence: float = 0.0

    @property
    def facilitates(self) -> bool:
        """Whether this is somebody whose own talk is not counted as a view."""
        return self.role in ("facilitator", "observer")


class People:
    """Everybody who spoke in a session, found by turn."""

    def __init__(
        self,
        session: Session,
        conversations: Sequence[Conversation],
        attributions: Sequence[Attribution],
    ) -> None:
        self._institutions = {each.id: each for each in session.institutions}
        self._participants = {each.id: each for each in session.participants}
        by_turn = {each.turn: each for each in attributions if each.turn}
        by_voice = {each.voice: each for each in attributions if not each.turn}
        self.by_turn: dict[str, Person] = {}
        known: dict[str, Person] = {}
        for conversation in conversations:
            for turn in conversation.turns:
                found = by_turn.get(turn.id) or by_voice.get(turn.voice)
                person = self._person(turn, found)
                self.by_turn[turn.id] = known.setdefault(person.key, person)
        self.all = tuple(known.values())

    def __getitem__(self, turn: Turn) -> Person:
        return self.by_turn[turn.id]

    def institution(self, key: str) -> Institution:
        """The institution of an id; one that nobody described is named by its id."""
        return self._institutions.get(key, Institution(key, key))

    def printed(self, person: Person) -> str:
        """How the internal edition names somebody: ``Name, INST``, ``an unnamed voice (V3)``."""
        bodies = [self.institution(key) for key in person.institutions]
        known = ", ".join(each.acronym or each.name for each in bodies)
        if person.name:
            return f"{person.name}, {known}" if known else person.name
        return f"{person.voice}, {known}" if known else person.voice

    def _person(self, turn: Turn, found: Attribution | None) -> Person:
        voice = turn.label or turn.voice
        if found is None or not (found.participant or found.institutions):
            return Person(f"{turn.recording}/{voice}", voice=voice)
        participant = self._participants.get(found.participant, Participant("", ""))
        institutions = found.institutions or participant.institutions
        first = self.institution(institutions[0]) if institutions else Institution("", "")
        return Person(
            key=found.participant or f"{turn.recording}/{voice}",
            name=participant.name,
            voice=voice,
            role=participant.role if found.participant else "",
            institutions=institutions,
            category=first.category,
            country=participant.country or first.country,
            track=participant.track,
            confidence=found.confidence,
        )
