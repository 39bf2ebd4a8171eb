"""Who spoke, counted as people: all voices of one participant are one person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from fgd.model import (
    AsHeard,
    Attribution,
    Attributions,
    Conversation,
    Institution,
    Participant,
    Session,
    Turn,
)


class Attributed(Protocol):
    """Who spoke, as the attribution found it: records about voices (``turn`` empty) and turns."""

    @property
    def attributions(self) -> tuple[Attribution, ...]:
        """A record about a turn goes before the one about its voice."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who spoke. ``key`` is a participant's id, or a recording and a voice.

    ``name`` is empty for somebody unnamed; ``voice`` is how the room knows them then, and
    ``heard`` the name by which they were only heard, if there is one.
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
    heard: AsHeard = field(default_factory=AsHeard)

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
        told = Attributions(attributions)
        self.by_turn: dict[str, Person] = {}
        self._recording: dict[str, str] = {}
        known: dict[str, Person] = {}
        self._recordings = [each.recording for each in conversations]
        for conversation in conversations:
            for turn in conversation.turns:
                person = self._person(turn, told.of(turn), told.key(turn))
                if person.key in leading:
                    person = replace(person, role="facilitator")
                self.by_turn[turn.id] = known.setdefault(person.key, person)
                self._recording[turn.id] = conversation.recording
        self.by_key = known

    @property
    def all(self) -> tuple[Person, ...]:
        """Everybody, in the order in which they first spoke."""
        return tuple(self.by_key.values())

    @property
    def least(self) -> int:
        """How many of those counted are surely different people.

        Somebody unidentified in one recording may be anybody of another one.
        """
        here: dict[str, set[str]] = {}
        for turn, person in self.by_turn.items():
            if person.counts:
                here.setdefault(self._recording[turn], set()).add(person.key)
        named = sum(bool(each.name) for each in self.counted)
        return max((named, *(len(people) for people in here.values())))

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
        """How the internal edition names somebody: ``Name (INST)``, ``voice V3 (INST)``.

        Who is not identified may have been heard by a name: ``voice V3 (heard as "...")``.
        """
        bodies = [self.institution(key) for key in person.institutions]
        known = [each.acronym or each.name for each in bodies]
        if person.heard and not person.name:
            known.append(str(person.heard))
        name = person.name or f"voice {person.voice}"
        return f"{name} ({', '.join(known)})" if known else name

    def _person(self, turn: Turn, found: Attribution, key: str) -> Person:
        voice = turn.label or turn.voice
        if len(self._recordings) > 1:  # V1 of the morning is not V1 of the afternoon
            voice = f"{voice} of recording {self._recordings.index(turn.recording) + 1}"
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
            heard=found.heard,
        )
