"""Names that somebody wrote down: a transcript's own labels, lines of a floor log.

A platform writes what people typed: "Noraini Hashim (RSSC)", "SCS_Intan", "Cmdr Salonga", "L.
Benitez", "Guest", "Meeting Room 2". What names a person or one person's institution is taken at
its word; what names a device or a room says nothing, or that several people share it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fgd.attribution.candidates import Directory
from fgd.attribution.names import KINDS, SMALL, body_words, fold, person_words, words
from fgd.core.nlp import leads

DEVICES = frozenset(
    "guest user host iphone ipad android phone laptop pc computer room meeting conference "
    "boardroom table desk hall zoom teams webex speaker unknown participant caller s spk voice "
    "admin recording interpreter interpretation channel female male man woman respondent "
    "interviewee panelist panellist attendee audience member unidentified unnamed "
    "anonymous".split()
)
"""Words of which a label that names nobody is made."""

PLATFORM = frozenset(
    "external guest unverified host co cohost presenter organizer organiser attendee me you he him "
    "his she her hers they them theirs".split()
)
"""What platforms and their users put in brackets behind a name: "(External)", "(she/her)"."""

SHARED = frozenset("room table hall boardroom conference desk".split())


FIRST = 0.6
"""How well a first name alone fits; less than the institution beside it where the two disagree."""

LEADING = 0.9
"""How sure "Moderator" is of the one facilitator on the roster."""

GIVEN_BODY, GIVEN_SOLE = 0.9, 0.82
"""How sure a label is of the institution it gives, and of that institution's only person listed:
a colleague may sit in for them, or share their device.
"""


@dataclass(frozen=True, slots=True)
class Match:
    """The seats a label may mean (one, or several of one institution) and how sure that is.

    ``body`` is set where the label gives an institution and no person. ``sole`` says that the one
    seat follows from nothing but being all who is listed for that institution.
    """

    seats: tuple[int, ...] = ()
    body: str = ""
    sure: float = 0.0
    sole: bool = False

    @property
    def seat(self) -> int:
        """The one seat meant, or -1."""
        return self.seats[0] if len(self.seats) == 1 and (self.sole or not self.body) else -1


def is_device(label: str) -> bool:
    """Whether a label names a device, a room or a number rather than somebody."""
    found = words(_split(label))
    if not found and any(c.isalpha() for c in label):
        return False  # a name in a script of its own
    return all(w in DEVICES or w.isdigit() or re.fullmatch(r"s?\d+", w) for w in found)


def nobody(label: str) -> bool:
    """Whether a label names nobody: a device, a number, or no more than who runs the meeting."""
    return is_device(label) or leads(label)


def is_room(label: str) -> bool:
    """Whether several people may sit behind a label."""
    return any(w in SHARED for w in words(_split(label))) and is_device(label)


def match_label(label: str, directory: Directory) -> Match:
    """Whom a label means; an empty match where it names nobody who is listed, or leaves a doubt."""
    if not label.strip() or is_device(label):
        return Match()
    if leads(label):
        chairs = tuple(s.index for s in directory.seats if s.participant.role == "facilitator")
        return Match(chairs, "", LEADING) if len(chairs) == 1 else Match()
    parts = set(words(_split(label)))
    named = _bodies(label, parts, directory)
    scored = []
    for seat in directory.seats:
        names = [n for n in (seat.participant.name, *seat.participant.aliases) if n]
        who = max((_person(parts, label, n) for n in names), default=0.0)
        theirs = not named.keys().isdisjoint(seat.bodies)
        if who and (theirs or who > FIRST or not named):
            scored.append((who + 0.5 * theirs, seat.index))
    if not scored:
        return _institution(parts, named, directory)
    best = max(score for score, _ in scored)
    top = tuple(index for score, index in scored if score >= best - 0.05)
    if len(top) == 1:
        return Match(top, "", min(0.99, 0.55 + 0.45 * min(1.0, best)))
    # Two people of that name at the institution on the label: it is that institution's.
    shared = set.intersection(*(set(directory.seats[i].bodies) for i in top)) & named.keys()
    return Match(top, min(shared), GIVEN_BODY) if len(shared) == 1 else Match()


def parts_of(label: str) -> tuple[str, str]:
    """Person and institution as a label prints them: "Noraini Hashim (RSSC)", "Noraini's iPad"."""
    owned = _OWNED.match(label)
    if owned:
        return (owned["before"] or owned["after"]).strip(), ""
    found = re.match(r"^(.*?)\s*[(\[]([^)\]]+)[)\]]\s*$", label)
    if found and all(word in PLATFORM for word in words(found.group(2))):
        return parts_of(found.group(1))
    if found:
        return found.group(1).strip(), found.group(2).strip()
    for mark in (" - ", " – ", " | ", " / ", ", "):
        if mark in label:
            person, _, body = label.partition(mark)
            if mark != ", " or _is_body(body.strip()):
                return person.strip(), body.strip()
    return label.strip(), ""


def _is_body(text: str) -> bool:
    """Whether what follows a comma is an institution; "Freitas, Joana" is one person."""
    return text.isupper() or len(text.split()) > 2 or bool(KINDS.intersection(words(text)))


_DEVICE = r"(?:iphone|ipad|macbook(?: pro| air)?|galaxy(?: \w+)?|android|phone|laptop|pc)"
_OWNED = re.compile(
    rf"(?:(?P<before>.*\w)['\u2019]s? {_DEVICE}\b.*"
    rf"|{_DEVICE} (?:von|van|de|di|of) (?P<after>\w.*))$",
    re.IGNORECASE,
)
"""Devices are named after their owners: "Noraini's iPad", "iPhone von Keo"."""


def _split(label: str) -> str:
    """A label with its joints opened: "SCS_Intan" -> "SCS Intan"."""
    return re.sub(r"[_\-/|.@]+|(?<=[a-z])(?=[A-Z])", " ", label)


def _person(parts: set[str], label: str, name: str) -> float:
    """How well a label fits a name: whole, surname with initial, surname or first name alone."""
    mine = person_words(name)
    if fold(name) == fold(label):  # in any script
        return 1.0
    if not mine:
        return 0.0
    if all(w in parts for w in mine):
        return 1.0
    last, first = mine[-1], mine[0]
    if last in parts and len(last) > 1 and len(mine) > 1:
        rest = parts - {last}
        if any(len(w) == 1 and w == first[0] for w in rest):
            return 0.9
        if not any(len(w) == 1 and w != first[0] for w in rest):
            return 0.75
    if first in parts and len(first) > 2 and len(mine) > 1:
        return FIRST
    return 0.0


def _bodies(label: str, parts: set[str], directory: Directory) -> dict[str, frozenset[str]]:
    """The institutions a label names, each with the words of the longest form found in it."""
    found: dict[str, frozenset[str]] = {}
    for body in directory.institutions.values():
        for name in (body.name, body.acronym, *body.aliases):
            carrying = body_words(name) if name else ()
            if carrying and (parts.issuperset(carrying) or fold(name) == fold(label)):
                found[body.id] = max(found.get(body.id, frozenset()), frozenset(carrying), key=len)
    return found


def _institution(parts: set[str], named: dict[str, frozenset[str]], directory: Directory) -> Match:
    """A label without a person: its institution, and who that can only be, if it says no more."""
    longest = max((len(said) for said in named.values()), default=0)
    best = [body for body, said in named.items() if len(said) == longest]
    if len(best) != 1:
        return Match()
    holders = tuple(seat.index for seat in directory.seats if best[0] in seat.bodies)
    # "Bolat PBT" is somebody else of that institution, and "PBT 2" one of several.
    if len(holders) == 1 and not parts - named[best[0]] - SMALL:
        return Match(holders, best[0], GIVEN_SOLE, sole=True)
    return Match(holders, best[0], GIVEN_BODY)
