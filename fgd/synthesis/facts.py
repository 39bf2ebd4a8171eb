"""The facts of a session: masthead, participants, and what is doubtful about its transcript."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fgd.model import Fact, Issue, Rule
from fgd.synthesis.material import Material

RULES: dict[Rule, str] = {
    "named": "Views may be attributed by name.",
    "institution": "Views may be attributed to institutions, not to persons.",
    "category": "Views may be attributed to categories of participants only.",
    "chatham-house": "Chatham House Rule: neither the identity nor the affiliation of speakers, "
    "nor that of any other participant, may be revealed.",
}


def masthead(material: Material) -> tuple[Fact, ...]:
    """What stands at the top of a brief; lines nobody gave us are left out."""
    session = material.session
    heard = material.people.counted
    named = sum(1 for each in heard if each.name)
    lines = (
        Fact("Event", session.event),
        Fact("Programme", session.programme),
        Fact("Session", session.id, private=True),
        Fact("Date", session.date),
        Fact("Place", session.venue),
        Fact("Conveners", ", ".join(session.conveners)),
        Fact("Rapporteur", session.rapporteur),
        Fact("Languages", ", ".join(session.languages)),
        Fact("Recordings", ", ".join(each.name for each in session.recordings), private=True),
        Fact("Length", length(material)),
        Fact("Participants heard", str(len(heard))),
        Fact("Identified by name", f"{named} of {len(heard)}" if heard else "", private=True),
        Fact("Rule of attribution", RULES[session.disclosure.rule]),
    )
    return tuple(line for line in lines if line.value)


def minutes(material: Material) -> float:
    """The length of all recordings with times, in minutes."""
    ends: dict[str, int] = {}
    for turn in material.turns:
        if turn.recording not in material.untimed:
            ends[turn.recording] = max(ends.get(turn.recording, 0), turn.span.end)
    return sum(ends.values()) / 60_000


def length(material: Material) -> str:
    """``95 minutes``; empty where no source has times."""
    total = minutes(material)
    if not total:
        return ""
    return f"{total:.0f} minutes" if total >= 2 else f"{total * 60:.0f} seconds"


def participants(material: Material) -> tuple[Fact, ...]:
    """Everybody on the list, and whether they were heard; then voices nobody could name."""
    people, session = material.people, material.session
    found = []
    for each in session.participants:
        bodies = ", ".join(people.institution(key).name for key in each.institutions)
        person = people.by_key.get(each.id)
        parts = [bodies, each.role, each.country, "" if person else "not heard"]
        found.append(Fact(each.name, "; ".join(part for part in parts if part), private=True))
    listed = {each.id for each in session.participants}
    for person in people.all:
        if person.key not in listed:
            bodies = ", ".join(people.institution(key).name for key in person.institutions)
            told = f"{person.heard}, on no list" if person.heard else "heard"
            note = "; ".join(part for part in (bodies, f"{told}, not identified") if part)
            found.append(Fact(person.name or f"voice {person.voice}", note, private=True))
    return tuple(found)


def doubts(material: Material, issues: Sequence[Issue]) -> tuple[Fact, ...]:
    """What a reader should know before trusting the text: flags by kind, then open problems.

    Problems name files and words, so they stay in the internal edition; counts do not.
    """
    raised = [(turn, flag) for turn in material.turns for flag in turn.flags]
    kinds = Counter(flag.kind for _, flag in raised)
    reasons = {flag.kind: flag.reason for _, flag in raised}
    found = [
        Fact(f"{kind}, {count} {'turn' if count == 1 else 'turns'}", reasons[kind], private=True)
        for kind, count in sorted(kinds.items())
    ]
    touched = len({turn.id for turn, _ in raised})
    if touched:
        share = touched / len(material.turns)
        found.insert(0, Fact("Turns with doubtful words", f"{touched} ({share:.0%} of all turns)"))
    unknown = [each for each in material.people.counted if not each.name]
    if unknown:
        of = len(material.people.counted)
        found.append(Fact("Speakers not identified", f"{len(unknown)} of {of}"))
    found += [
        Fact(
            ", ".join(part for part in (issue.where, issue.place) if part),
            f"{issue.message} {issue.remedy}".strip(),
            private=True,
        )
        for issue in issues
        if issue.level != "note"
    ]
    return tuple(found)
