"""Names that somebody wrote down: a transcript's own labels, lines of a floor log.

A platform writes what people typed: "Noraini Hashim (RSSC)", "SCS_Intan", "Cmdr Salonga", "L.
Benitez", "Guest", "Meeting Room 2". What names a person or one person's institution is taken at
its word; what names a device or a room says nothing, or that several people share it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fgd.attribution.directory import Directory
from fgd.attribution.names import body_words, fold, person_words, words

DEVICES = frozenset(
    "guest user host iphone ipad android phone laptop pc computer room meeting conference "
    "boardroom table desk hall zoom teams webex speaker unknown participant caller s spk voice "
    "admin recording interpreter interpretation channel".split()
)
"""Words of which a label that names nobody is made."""

SHARED = frozenset("room table hall boardroom conference desk".split())


@dataclass(frozen=True, slots=True)
class Match:
    """The seats a label may mean (one, or several of one institution) and how sure that is."""

    seats: tuple[int, ...] = ()
    body: str = ""
    sure: float = 0.0

    @property
    def seat(self) -> int:
        """The one seat meant, or -1."""
        return self.seats[0] if len(self.seats) == 1 else -1


def is_device(label: str) -> bool:
    """Whether a label names a device, a room or a number rather than somebody."""
    found = words(_split(label))
    return all(w in DEVICES or w.isdigit() or re.fullmatch(r"s?\d+", w) for w in found)


def is_room(label: str) -> bool:
    """Whether several people may sit behind a label."""
    return any(w in SHARED for w in words(_split(label))) and is_device(label)


def match(label: str, directory: Directory) -> Match:
    """Whom a label means; an empty match where it names nobody who is listed, or leaves a doubt."""
    if not label.strip() or is_device(label):
        return Match()
    parts = set(words(_split(label)))
    scored = []
    for seat in directory.seats:
        names = [n for n in (seat.participant.name, *seat.participant.aliases) if n]
        who = max((_person(parts, label, n) for n in names), default=0.0)
        what = _body(label, parts, directory, seat.index)
        if who or what:
            scored.append((who + 0.5 * what if who else 0.6 * what, who, seat.index))
    if not scored:
        return Match()
    best = max(score for score, _, _ in scored)
    top = [index for score, _, index in scored if score >= best - 0.05]
    if len(top) == 1:
        return Match((top[0],), "", min(0.99, 0.55 + 0.45 * min(1.0, best)))
    shared = set.intersection(*(set(directory.seats[i].bodies) for i in top))
    if shared and all(who == 0 for score, who, i in scored if i in top):
        first = next(b for b in directory.seats[top[0]].bodies if b in shared)
        return Match(tuple(top), first, 0.9)
    return Match()


def parts_of(label: str) -> tuple[str, str]:
    """Person and institution as a label prints them: "Noraini Hashim (RSSC)"."""
    found = re.match(r"^(.*?)\s*[(\[]([^)\]]+)[)\]]\s*$", label)
    if found:
        return found.group(1).strip(), found.group(2).strip()
    for mark in (" - ", " – ", " | ", " / ", ", "):
        if mark in label:
            person, _, body = label.partition(mark)
            return person.strip(), body.strip()
    return label.strip(), ""


def _split(label: str) -> str:
    """A label with its joints opened: "SCS_Intan" -> "SCS Intan"."""
    return re.sub(r"[_\-/|.@]+|(?<=[a-z])(?=[A-Z])", " ", label)


def _person(parts: set[str], label: str, name: str) -> float:
    """How well a label fits a name: whole, surname with initial, surname or first name alone."""
    mine = person_words(name)
    if not mine:
        return 0.0
    if all(w in parts for w in mine) or fold(name) == fold(label):
        return 1.0
    last, first = mine[-1], mine[0]
    if last in parts and len(last) > 1 and len(mine) > 1:
        rest = parts - {last}
        if any(len(w) == 1 and w == first[0] for w in rest):
            return 0.9
        if not any(len(w) == 1 and w != first[0] for w in rest):
            return 0.75
    if first in parts and len(first) > 2 and len(mine) > 1:
        return 0.6
    return 0.0


def _body(label: str, parts: set[str], directory: Directory, seat: int) -> float:
    for name in directory.names_of(seat):
        carrying = body_words(name)
        if carrying and (all(w in parts for w in carrying) or fold(name) == fold(label)):
            return 1.0
    return 0.0
