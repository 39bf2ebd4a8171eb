"""What people are called: codes on name-plates, aliases, and the names behind both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from fgd.model import FloorMark, Participant

_LETTERS = {"facilitator": "F", "participant": "P", "expert": "E", "observer": "O"}


def codes(people: Sequence[Participant]) -> dict[str, str]:
    """A short code by participant id: F1, P1, P2, E1, O1, in the order of the roster.

    Codes stand on name-plates and in handwritten notes, so that a lost sheet names nobody.
    """
    counts: dict[str, int] = {}
    found: dict[str, str] = {}
    for person in people:
        letter = _LETTERS[person.role]
        counts[letter] = counts.get(letter, 0) + 1
        found[person.id] = f"{letter}{counts[letter]}"
    return found


def named(marks: Sequence[FloorMark], participants: Sequence[Participant]) -> tuple[FloorMark, ...]:
    """Marks in which codes of name-plates (``P3``) and aliases are written out as names.

    Somebody who is called in two ways is one voice, not two.
    """
    people: dict[str, set[str]] = defaultdict(set)
    for person in participants:
        for spelled in (person.name, *person.aliases):
            people[_key(spelled)].add(person.name)
    by_id = {person.id: person.name for person in participants}
    for identity, code in codes(participants).items():
        people[_key(code)] = {by_id[identity]}
    found = []
    for mark in marks:
        names = people.get(_key(mark.label), set())
        found.append(replace(mark, label=next(iter(names))) if len(names) == 1 else mark)
    return tuple(found)


def _key(label: str) -> str:
    return " ".join(label.split()).casefold()
