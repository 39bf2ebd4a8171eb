"""Who was heard how much."""

from __future__ import annotations

from collections import defaultdict

from fgd.model import Presence
from fgd.synthesis.material import Material


def presence(material: Material) -> tuple[Presence, ...]:
    """One line a person, the one heard longest first; milliseconds of floor time.

    Where a source has no times its speech stays 0 and turns alone tell the balance.
    """
    people = material.people
    speech: dict[str, int] = defaultdict(int)
    turns: dict[str, int] = defaultdict(int)
    for turn in material.turns:
        key = people[turn.id].key
        speech[key] += 0 if turn.recording in material.untimed else turn.span.duration
        turns[key] += 1
    found = []
    for person in people.all:
        bodies = [people.institution(key) for key in person.institutions]
        found.append(
            Presence(
                label=person.name or f"voice {person.voice}",
                key=f"{material.session.id}/{person.key}",
                role=person.role or "not known",
                institution=", ".join(each.name for each in bodies),
                institutions=person.institutions,
                category=person.category,
                country=person.country,
                speech=speech[person.key],
                turns=turns[person.key],
                note="" if person.name else "not identified",
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.speech, -each.turns, each.label)))
