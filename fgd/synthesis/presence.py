"""Who spoke how much."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from fgd.model import Conversation, Presence
from fgd.synthesis.people import People


def presence(conversations: Sequence[Conversation], people: People) -> tuple[Presence, ...]:
    """One line a person, the one heard longest first; milliseconds of floor time.

    Where a source has no times its speech stays 0 and turns alone tell the balance.
    """
    speech: dict[str, int] = defaultdict(int)
    turns: dict[str, int] = defaultdict(int)
    for conversation in conversations:
        for turn in conversation.turns:
            key = people[turn].key
            speech[key] += turn.span.duration if conversation.timed else 0
            turns[key] += 1
    found = [
        Presence(
            label=person.name or person.voice,
            role=person.role or "not known",
            institution=", ".join(people.institution(key).name for key in person.institutions),
            speech=speech[person.key],
            turns=turns[person.key],
            note="" if person.name else "not attributed to anybody on the list of participants",
        )
        for person in people.all
    ]
    return tuple(sorted(found, key=lambda each: (-each.speech, -each.turns, each.label)))
