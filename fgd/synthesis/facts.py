"""The facts of a session: masthead, purpose, and what is doubtful about its transcript."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from fgd.model import Conversation, Fact, Issue, Session
from fgd.synthesis.people import People

RULES = {
    "named": "views may be attributed by name",
    "institution": "views may be attributed to institutions, not to persons",
    "category": "views may be attributed to categories of participants only",
    "chatham-house": "the Chatham House Rule: neither the identity nor the affiliation of "
    "speakers, nor that of any other participant, may be revealed",
}


def masthead(
    session: Session, conversations: Sequence[Conversation], people: People
) -> tuple[Fact, ...]:
    """What stands at the top of a brief; lines nobody gave us are left out."""
    timed = [each for each in conversations if each.timed and each.turns]
    minutes = sum(max(t.span.end for t in each.turns) for each in timed) / 60_000
    heard = [each for each in people.all if not each.facilitates]
    named = sum(1 for each in heard if each.name or each.institutions)
    lines = [
        Fact("Event", session.event),
        Fact("Programme", session.programme),
        Fact("Session", session.id),
        Fact("Date", session.date),
        Fact("Place", session.venue),
        Fact("Conveners", ", ".join(session.conveners)),
        Fact("Rapporteur", session.rapporteur),
        Fact("Languages", ", ".join(session.languages)),
        Fact("Recordings", _recordings(session, len(conversations))),
        Fact("Length", f"{minutes:.0f} minutes" if timed else ""),
        Fact("Voices heard", f"{len(heard)}, of whom {named} attributed" if heard else "none"),
        Fact("Rule of attribution", RULES[session.disclosure.rule]),
    ]
    return tuple(line for line in lines if line.value)


def _recordings(session: Session, heard: int) -> str:
    names = ", ".join(each.name for each in session.recordings)
    return f"{heard} ({names})" if names else str(heard)


def doubts(conversations: Sequence[Conversation], issues: Sequence[Issue]) -> tuple[Fact, ...]:
    """What a reader should know before trusting the text: flags by kind, then open problems."""
    flags = Counter(
        flag.kind for each in conversations for turn in each.turns for flag in turn.flags
    )
    reasons = {
        flag.kind: flag.reason
        for each in conversations
        for turn in each.turns
        for flag in turn.flags
    }
    found = [
        Fact(f"{kind} ({count} {'turn' if count == 1 else 'turns'})", reasons[kind])
        for kind, count in sorted(flags.items())
    ]
    found += [
        Fact(f"{issue.where} {issue.place}".strip(), f"{issue.message} {issue.remedy}".strip())
        for issue in issues
        if issue.level != "note"
    ]
    return tuple(found)
