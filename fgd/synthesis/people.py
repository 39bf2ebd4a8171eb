"""Who spoke, counted as people: all voices of one participant are one person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from fgd.model import Attribution, Conversation, Institution, Participant, Session, Turn


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who spoke. ``key`` is a participant's id, or a recording and a voice.

    ``name`` is empty for somebody unnamed; ``voice`` is how the room knows them then.
    ``institutions`` are ids.
    """

    key: str
    name: str = ""
    voice: str = ""
    role: str = ""
    institutions: tuple[str, ...] = ()
    category: str = ""
    country: str = ""
    confidence: float = 0.0

    @property
    def counts(self) -> bool:
        """Whether what this person says is a view: facilitators and observers are left out."""
        return self.role not in ("facilitator", "observer")


class People:
    """Everybody who spoke in a session, found by turn.

    ``leading`` are keys of those who facilitate although no roster says so.
    """

    def __init__(
        self,
        session: Session,
        conversations: Sequence[Conversation],
        attributions: Sequence[Attribution],
        leading: Collection[str] = (),
    ) -> None:
        self._institutions = {each.id: each for each in session.institutions}
        self._participants = {each.id: each for each in session.participants}
        by_turn = {each.turn: each for each in attributions if each.turn}
        by_voice = {each.voice: each for each in attributions if not each.turn}
        self.by_turn: dict[str, Person] = {}
        known: dict[str, Person] = {}
        for conversation in conversations:
            for turn in conversation.turns:
                found = by_turn.get(turn.id) or by_voice.get(turn.voice) or Attribution("")
                person = self._person(turn, found)
                if person.key in leading:
                    person = replace(person, role="facilitator")
                self.by_turn[turn.id] = known.setdefault(person.key, person)
        self.by_key = known

    @property
    def all(self) -> tuple[Person, ...]:
        """Everybody, in the order in which they first spoke."""
        return tuple(self.by_key.values())

    @property
    def counted(self) -> tuple[Person, ...]:
        """Those whose talk is counted as views."""
        return tuple(each for each in self.all if each.counts)

    def __getitem__(self, turn: str) -> Person:
        return self.by_turn[turn]

    def institution(self, key: str) -> Institution:
        """The institution of an id; one that nobody described is named by its id."""
        return self._institutions.get(key, Institution(key, key))

    def printed(self, person: Person) -> str:
        """How the internal edition names somebody: ``Name (INST)``, ``voice V3 (INST)``."""
        bodies = [self.institution(key) for key in person.institutions]
        known = ", ".join(each.acronym or each.name for each in bodies)
        name = person.name or f"voice {person.voice}"
        return f"{name} ({known})" if known else name

    def _person(self, turn: Turn, found: Attribution) -> Person:
        voice = turn.label or turn.voice
        key = found.participant or f"{turn.recording}/{voice}"
        who = self._participants.get(found.participant, Participant("", "", role="participant"))
        institutions = found.institutions or who.institutions
        first = self.institution(institutions[0]) if institutions else Institution("", "")
        return Person(
            key=key,
            name=who.name or found.participant,
            voice=voice,
            role=who.role if who.id else "",
            institutions=institutions,
            category=first.category,
            country=who.country or first.country,
            confidence=found.confidence,
        )
