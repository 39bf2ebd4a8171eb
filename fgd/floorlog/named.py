"""What people are called in a floor log, and who was added to the session on the spot.

Codes stand on name-plates; somebody whom the note-taker added is of the session as if they were on
its roster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fgd.floorlog.floorlog import Entry, standing
from fgd.floorlog.journal import read_journal
from fgd.model import FloorMark, Institution, Issue, Participant, Role, Session

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


_ROLES: dict[str, Role] = {
    "facilitator": "facilitator",
    "participant": "participant",
    "expert": "expert",
    "observer": "observer",
}


def joined(session: Session, folder: Path) -> tuple[Session, tuple[Issue, ...]]:
    """The session with those added in its journal, and what is wrong with the journal."""
    entries, issues = read_journal(folder, session.date)
    return with_people(session, entries), issues


def with_people(session: Session, entries: Sequence[Entry]) -> Session:
    """The session with those added; a name that is on the roster already is left as it is."""
    people, bodies = list(session.participants), list(session.institutions)
    for entry in standing(entries):
        if entry.kind != "person" or not entry.label.strip():
            continue
        name = " ".join(entry.label.split())
        if any(name.casefold() == person.name.casefold() for person in people):
            continue
        hats: tuple[str, ...] = ()
        body = " ".join(entry.institution.split())
        if body:
            known = next((b for b in bodies if body.casefold() in _names(b)), None)
            if known is None:
                known = Institution(_free(f"added-{len(bodies) + 1}", [b.id for b in bodies]), body)
                bodies.append(known)
            hats = (known.id,)
        identity = _free(entry.person or f"added-{len(people) + 1}", [p.id for p in people])
        role = _ROLES.get(entry.role, "participant")
        people.append(Participant(identity, name, role, hats))
    return replace(session, participants=tuple(people), institutions=tuple(bodies))


def _names(body: Institution) -> set[str]:
    return {name.casefold() for name in (body.name, body.acronym, *body.aliases) if name}


def _free(wanted: str, taken: Sequence[str]) -> str:
    while wanted in taken:
        wanted += "-2"
    return wanted
