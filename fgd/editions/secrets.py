"""What an edition must not say: the names, bodies and places of those who were there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fgd.model import Conversation, Session

SecretKind = Literal["person", "institution", "country"]


@dataclass(frozen=True, slots=True)
class Secret:
    """One spelling of something that identifies, and what kind of thing it is."""

    text: str
    kind: SecretKind


def secrets(session: Session, conversations: Sequence[Conversation] = ()) -> tuple[Secret, ...]:
    """Every spelling that the session's rule of attribution forbids, longest first.

    Under ``named`` that is nothing, under ``institution`` the persons, under ``category`` and
    ``chatham-house`` also the bodies, and the countries that sent one delegate only.
    """
    rule = session.disclosure.rule
    if rule == "named":
        return ()
    found: set[Secret] = set()
    for person in session.participants:
        found |= {Secret(name, "person") for name in (person.name, *person.aliases)}
    for conversation in conversations:
        found |= {Secret(turn.label, "person") for turn in conversation.turns}
    if rule in ("category", "chatham-house"):
        for body in session.institutions:
            names = (body.name, body.acronym, *body.aliases)
            found |= {Secret(name, "institution") for name in names}
        found |= {Secret(name, "country") for name in _lonely(session)}
    kept = {each for each in found if each.text.strip()}
    return tuple(sorted(kept, key=lambda each: (-len(each.text), each.text, each.kind)))


def _lonely(session: Session) -> tuple[str, ...]:
    """The countries with a single delegate."""
    homes = {body.id: body.country for body in session.institutions}
    count = Counter(
        person.country or next((homes[body] for body in person.institutions if homes.get(body)), "")
        for person in session.participants
        if person.role != "facilitator"
    )
    return tuple(sorted(name for name, people in count.items() if name and people == 1))
