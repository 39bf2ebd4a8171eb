"""People the note-taker added on the spot: of the session as if they were on its roster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fgd.floorlog.entries import Entry
from fgd.floorlog.floorlog import standing
from fgd.floorlog.journal import read_journal
from fgd.model import Institution, Issue, Participant, Role, Session

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
