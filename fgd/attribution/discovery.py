"""Find people and institutions in the talk itself, and tell the known ones from those only heard.

Whoever is announced, is given the floor by name or introduces themselves becomes a seat. A body of
the gazetteer (``gazetteer.toml`` here and at a project's root) is identified; any other string was
only heard, and how much it looks like a name is kept beside it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from fgd.attribution.candidates import nobody, parts_of
from fgd.attribution.introductions import Heard
from fgd.attribution.names import (
    KINDS,
    SMALL,
    body_likeness,
    fold,
    looks_like_body,
    looks_like_person,
    person_likeness,
    person_words,
)
from fgd.core.errors import InputError
from fgd.core.text import slug
from fgd.model import Institution, Participant

OWN = "gazetteer.toml"
"""The file at a project's root that adds bodies of its own."""


@cache
def shipped() -> tuple[Institution, ...]:
    """Return the bodies of ``gazetteer.toml``."""
    return _read(files("fgd.attribution").joinpath("gazetteer.toml").read_text(encoding="utf-8"))


def own(root: Path) -> tuple[Institution, ...]:
    """Read the bodies that a project keeps in its own ``gazetteer.toml``; none without the file.

    Raises ``InputError`` where it is no such list.
    """
    path = root / OWN
    if not path.is_file():
        return ()
    try:
        return _read(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as problem:
        raise InputError(
            f"this list of institutions cannot be read ({problem}).",
            where=OWN,
            remedy="Write each as [[body]] with id = and name =, as in docs/attribution.md.",
        ) from problem


def _read(source: str) -> tuple[Institution, ...]:
    return tuple(
        Institution(
            id=entry["id"],
            name=entry["name"],
            acronym=entry.get("acronym", ""),
            aliases=tuple(entry.get("aliases", ())),
            category=entry.get("category", ""),
            country=entry.get("country", ""),
        )
        for entry in tomllib.loads(source)["body"]
    )


SAME = 0.86
"""Likeness from which two heard names are the same one, said twice."""


NEAR, JOINED, LEAD = 0.7, 0.93, 0.05
"""Likeness from which a known body is offered for a name, and from which it is taken for it, and
by how much it must then be nearer than the next one.
"""

LONG_ENOUGH, SHORT_NAME = 10, 5
"""Letters below which a name is only compared exactly: short ones sound like too much."""

OFFERED = 3
"""Known bodies that are offered for a name."""


@dataclass(slots=True)
class Found:
    """Somebody heard of: the best spelling, and how much it looks like a name. ``written`` holds
    what of it a label prints.
    """

    person: str
    body: str
    looks: dict[str, float]
    written: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Roster:
    """Participants and institutions made from the talk, and how they look.

    ``identified`` holds the ids of those that are more than heard: written on a transcript, or
    bodies of the gazetteer. ``spellings`` are all ways in which each of the others came out;
    ``near`` are known bodies that a heard one sounds like, which are among the institutions.
    """

    participants: tuple[Participant, ...] = ()
    institutions: tuple[Institution, ...] = ()
    looks: dict[str, dict[str, float]] = field(default_factory=dict)
    identified: frozenset[str] = frozenset()
    spellings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    near: dict[str, tuple[str, ...]] = field(default_factory=dict)


def discover(
    heard: Sequence[Heard],
    known: Sequence[Institution] = (),
    written: Mapping[str, Sequence[str]] | None = None,
    small: Mapping[str, int] | None = None,
) -> Roster:
    """Return a roster from what was heard and from labels that were ``written`` on a transcript.

    ``written`` holds the bodies that one says under each label to speak for ("we at the ..."); one
    that is alone is believed. Names of known bodies are spelled as these spell them. ``small`` says
    how often words are written in small letters: a name made of these only may be a mishearing.
    """
    found: list[Found] = []
    for label, said in (written or {}).items():
        written_as = parts_of(label)
        person, body = written_as
        body = body or (said[0] if len(said) == 1 else "")
        if not nobody(label) and looks_like_person(person) > 0:
            looks = {"heard": 1.0, "look_written": 1.0}
            found.append(Found(person, body, looks, written_as))
    for item in map(_bodied, heard):
        slot = item.slot
        if not worth(item):
            continue
        person = slot.person if looks_like_person(slot.person) > 0 else ""
        same = _labelled(found, person)
        if same is None:
            same = next((f for f in found if _same(f, person, slot.body)), None)
        if same is not None:
            if not same.body and slot.body:
                same.body, same.looks = slot.body, _looks(item, person)
            continue
        body = slot.body if len(slot.body) > 1 else ""  # "I am Ann, I run the shop"
        found.append(Found(person, body, _looks(item, person)))
    for one in found:
        if _ordinary(one.body, small or {}):
            one.looks["look_ordinary"] = 1.0
        if one.body and sum(body_likeness(one.body, x) >= SAME for x in _bodies(heard)) > 1:
            one.looks["look_again"] = 1.0
    said_names = [s for h in heard for s in (h.slot.person, h.slot.body) if s]
    return _roster(found, (*known, *shipped()), said_names)


def _bodies(heard: Sequence[Heard]) -> list[str]:
    """Return every institution heard, once per place."""
    return list({(h.passage, h.slot.start): h.slot.body for h in heard if h.slot.body}.values())


def _ordinary(body: str, small: Mapping[str, int]) -> bool:
    """Tell whether a name is made of words that the same talk uses in small letters ("people")."""
    carrying = [w for w in body.split() if w[0].isalnum() and fold(w) not in SMALL]
    return bool(carrying) and all(small.get(fold(w), 0) > w.islower() for w in carrying)


def known_body(name: str, known: Sequence[Institution]) -> Institution | None:
    """Return the one known institution that a name is a name of; none where several bear it.

    What is not written exactly so must sound or look very much like it, and like nothing else.
    """
    key = _key(name)
    same = {
        body.id: body
        for body in known
        if key and key in {_key(n) for n in (body.name, body.acronym, *body.aliases)}
    }
    if same:
        return next(iter(same.values())) if len(same) == 1 else None
    if len(key) < LONG_ENOUGH:
        return None
    ranked = nearest(name, known)
    if not ranked or ranked[0][0] < JOINED:
        return None
    return ranked[0][1] if len(ranked) < 2 or ranked[0][0] - ranked[1][0] >= LEAD else None


def nearest(name: str, known: Sequence[Institution]) -> list[tuple[float, Institution]]:
    """The known institutions that a name sounds or looks like, with their likeness (0 to 1), the
    nearest first.
    """
    found = {}
    for body in known:
        likeness = max(
            (body_likeness(name, n) for n in (body.name, *body.aliases) if len(n) > SHORT_NAME),
            default=0.0,
        )
        if likeness >= NEAR:
            found[body.id] = (likeness, body)
    return sorted(found.values(), key=lambda pair: (-pair[0], pair[1].id))


def _bodied(item: Heard) -> Heard:
    """Take a lone name that says what kind of body it is for one: "I ask the Delta Institute"."""
    slot = item.slot
    carrying = [w for w in slot.person.split() if fold(w) not in SMALL]
    if slot.body or len(carrying) < 2 or not any(fold(w) in KINDS for w in carrying):
        return item
    if not all(w[0].isupper() for w in carrying):
        return item
    return replace(item, slot=replace(slot, person="", body=slot.person, joiner="the"))


def worth(item: Heard) -> bool:
    """Tell whether what stands beside a cue could be a name at all."""
    slot = item.slot
    person = looks_like_person(slot.person)
    if slot.body and not any(w[0].isalpha() and w.lower() not in SMALL for w in slot.body.split()):
        return False
    if item.cue.kind.endswith("-introduction"):
        return True
    if item.cue.kind in ("queue", "inverted"):
        capital = any(w[0].isupper() for w in slot.body.split())
        return bool(person > 0.99 or (slot.body and (capital or person))) and slot.clean
    if item.way == "for":
        return False
    if item.way == "floor" and slot.joiner == "the":
        return True
    named = person > 0.99 and len(slot.person.split()) >= (1 if item.way == "self" else 2)
    return named and bool(slot.body) and slot.joiner in ("from", "with", "at", "representing", ",")


def _looks(item: Heard, person: str) -> dict[str, float]:
    looks = {f"look_{k}": v for k, v in looks_like_body(item.slot.body).items() if v}
    looks["heard"] = 1.0
    if not item.slot.body:
        looks["look_nobody"] = 1.0
    if item.slot.clean:
        looks["look_clean"] = 1.0
    share = looks_like_person(person)
    if item.slot.body and not person:
        looks["look_alone"] = 1.0
    looks["look_person"] = 1.0 if share > 0.99 and len(person.split()) in (2, 3) else 0.0
    looks["look_garbled"] = 1.0 if 0 < share < 0.99 else 0.0
    looks["look_introduced"] = 1.0 if item.cue.kind.endswith("-introduction") else 0.0
    looks["look_queue"] = 1.0 if item.cue.kind in ("queue", "inverted") else 0.0
    return {k: v for k, v in looks.items() if v}


def _labelled(found: Sequence[Found], person: str) -> Found | None:
    """Return whom a transcript names in full of whom a part of the name was heard ("I'm Eve" of
    "Eve Adams"); nobody where several may be meant.
    """
    said = set(person_words(person))
    labels = [f for f in found if f.written[0]]
    meant = [f for f in labels if said and said < set(person_words(f.person))]
    return meant[0] if len(meant) == 1 else None


def _same(found: Found, person: str, body: str) -> bool:
    if person and found.person and person_likeness(person, found.person) < SAME:
        return False
    if body and found.body and body_likeness(body, found.body) < SAME:
        return False
    return bool(
        (person and found.person) or (not person and not found.person and body == found.body)
    )


def _roster(found: Sequence[Found], known: Sequence[Institution], said: Sequence[str]) -> Roster:
    bodies: dict[str, Institution] = {}
    people: list[Participant] = []
    looks: dict[str, dict[str, float]] = {}
    identified: set[str] = set()
    spellings: dict[str, tuple[str, ...]] = {}
    near: dict[str, tuple[str, ...]] = {}
    for item in found:
        ids: tuple[str, ...] = ()
        if item.body:
            listed = known_body(item.body, known)
            body = Institution(f"heard-{slug(item.body, 'name')}", item.body)
            if listed is not None:
                item.looks = {"heard": 1.0, "look_listed": 1.0}
                alone = listed.category == "individual"
                body = replace(body, category=listed.category) if alone else listed
            bodies.setdefault(body.id, body)
            ids = (body.id,)
            if listed is not None or item.written[1]:
                identified.add(body.id)
            spellings[body.id] = _spelled(item.body, said, body_likeness)
            if body.id not in identified:
                offered = [other for _, other in nearest(item.body, known)[:OFFERED]]
                near[body.id] = tuple(other.id for other in offered)
                bodies.update({other.id: other for other in offered})
        # Decisions name people by id: it comes from the name, not from who was heard before.
        key = f"heard-{slug(item.person or item.body, 'name')}"
        same = sum(1 for other in people if other.id == key or other.id.startswith(f"{key}."))
        who = Participant(f"{key}.{same + 1}" if same else key, item.person, institutions=ids)
        people.append(who)
        looks[who.id] = item.looks
        if item.written[0]:
            identified.add(who.id)
        spellings[who.id] = _spelled(item.person, said, person_likeness)
    return Roster(
        tuple(people), tuple(bodies.values()), looks, frozenset(identified), spellings, near
    )


def _spelled(
    name: str, said: Sequence[str], likeness: Callable[[str, str], float]
) -> tuple[str, ...]:
    """Return every way in which a name came out, the first one first."""
    if not name:
        return ()
    return tuple(dict.fromkeys((name, *(s for s in said if likeness(s, name) >= SAME))))


def _key(name: str) -> str:
    parts = [w for w in re.findall(r"[a-z0-9]+", fold(name)) if w not in SMALL]
    return "".join(parts)
