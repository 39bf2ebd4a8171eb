"""What an edition must not say: every spelling of the persons, bodies and places in the room."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from fgd.disclosure.words import Secret, common, country_forms, devices, fold, titles, tokens
from fgd.model import Attribution, Conversation, Institution, Participant, Session

SHORTEST_PART = 3
"""Letters a first name or surname needs to be looked for by itself."""

SHORT_ACRONYM = 3
"""Acronyms of at most so many letters are only looked for in capitals."""

_LINKS = re.compile(r"\b(?:for|of|on|in|and|to)\b", re.IGNORECASE)


def secrets(
    session: Session,
    conversations: Sequence[Conversation] = (),
    *,
    attributions: Sequence[Attribution] = (),
    may_be_named: Sequence[str] = (),
) -> tuple[Secret, ...]:
    """Every spelling that the session's rule of attribution forbids, longest first.

    Under ``named`` that is nothing, under ``institution`` the persons, under ``category`` and
    ``chatham-house`` also the bodies, and the countries that have one delegate only: on the list
    of participants, or among those whom ``attributions`` found in the room. The conversations
    give labels of imported transcripts and the spellings into which a recogniser turned names.
    A convener may be named unless one of its people took part as anything but facilitator.
    """
    rule = session.disclosure.rule
    if rule == "named":
        return ()
    found = [*_people(session.participants), *_labels(conversations, session.institutions)]
    if rule != "institution":
        bodies = [body for body in session.institutions if not _is_only_host(body, session)]
        found += [secret for body in bodies for secret in body_forms(body)]
        for country in lonely_countries(session, attributions):
            found += [Secret(form, "country") for form in country_forms(country)]
    from fgd.disclosure.mangled import mangled

    found += mangled(found, conversations)
    free = {fold(name) for name in may_be_named}
    kept = {each for each in found if each.tokens and fold(each.text) not in free}
    return tuple(sorted(kept, key=lambda each: (-len(each.text), each.text, each.kind, each.exact)))


def person_forms(name: str) -> Iterator[Secret]:
    """A person's full name both ways round, and its parts where they are no common words."""
    words = [word for word in re.split(r"[\s,]+", name) if fold(word).strip(".") not in titles()]
    plain = " ".join(words)
    if len(tokens(plain)) == 1:
        yield from _part(plain)
        return
    yield Secret(plain, "person")
    if len(words) > 1:
        yield Secret(" ".join([*words[1:], words[0]]), "person")
        yield Secret(" ".join([words[-1], *words[:-1]]), "person")
    for word in words:
        yield from _part(word)
        if 1 < len(fold(word).strip(".")) < SHORTEST_PART or fold(word) in common():
            yield from (Secret(f"{title} {word}", "person") for title in sorted(titles()))


def _part(word: str) -> Iterator[Secret]:
    folded = fold(word).strip(".")
    if len(folded) >= SHORTEST_PART and folded not in common():
        yield Secret(word, "person", exact=len(folded) == SHORTEST_PART)


def body_forms(body: Institution) -> Iterator[Secret]:
    """An institution's name, acronym and aliases, and its name up to its first "for" or "of"."""
    for name in (body.name, *body.aliases):
        yield from _named(name)
        head = _LINKS.split(re.sub(r"^the\s+", "", name, flags=re.IGNORECASE))[0].strip()
        if head != name and sum(fold(word) not in common() for word in head.split()) >= 1:
            if len(head.split()) > 1:
                yield Secret(head, "institution")
        elif head != name and len(head.split()) > 1:
            yield Secret(head, "institution", exact=True)
    if body.acronym:
        yield from _named(body.acronym)


def _named(name: str) -> Iterator[Secret]:
    """A name of a body; one short or common word counts only as written."""
    plain = re.sub(r"^the\s+", "", name.strip(), flags=re.IGNORECASE)
    words = [token.folded for token in tokens(plain)]
    if len(words) == 1:
        short = len(words[0]) <= SHORT_ACRONYM or words[0] in common()
        yield Secret(plain, "institution", exact=short)
    elif words:
        yield Secret(plain, "institution")


def lonely_countries(session: Session, attributions: Sequence[Attribution] = ()) -> tuple[str, ...]:
    """The countries with a single delegate, invited or heard."""
    homes = {body.id: body.country for body in session.institutions}

    def home(person: Participant) -> str:
        return person.country or next((homes[b] for b in person.institutions if homes.get(b)), "")

    delegates = [person for person in session.participants if person.role != "facilitator"]
    invited = Counter(home(person) for person in delegates)
    heard_ids = {each.participant for each in attributions}
    heard = Counter(home(person) for person in delegates if person.id in heard_ids)
    return tuple(
        sorted(
            country
            for country, people in invited.items()
            if country and (people == 1 or (attributions and heard[country] == 1))
        )
    )


def _people(participants: Iterable[Participant]) -> Iterator[Secret]:
    for person in participants:
        for name in (person.name, *person.aliases):
            yield from person_forms(name)


def _labels(
    conversations: Sequence[Conversation], bodies: Sequence[Institution]
) -> Iterator[Secret]:
    """The names printed on an imported transcript; devices and bodies on it are no persons."""
    acronyms = {fold(body.acronym) for body in bodies}
    labels = {turn.label for each in conversations for turn in each.turns if turn.label}
    for label in sorted(labels):
        for part in re.split(r"[()\[\]|/]", label):
            words = [word for word in re.split(r"[\s_.,-]+", part) if word]
            if any(fold(word) in devices() for word in words):
                continue
            words = [word for word in words if fold(word) not in acronyms]
            if words and not all(fold(word) in common() or word.isdigit() for word in words):
                yield from person_forms(" ".join(words))


def _is_only_host(body: Institution, session: Session) -> bool:
    """Whether a body convenes the session and sent nobody but facilitators."""
    names = {fold(name) for name in (body.name, body.acronym, *body.aliases) if name}
    hosts = {fold(name) for name in session.conveners}
    sent = {person.role for person in session.participants if body.id in person.institutions}
    return bool(names & hosts) and sent <= {"facilitator"}
