"""Names read out of the words themselves: beside every cue that announces, gives or owns a name.

Where the roster's spelling does not occur, what stands beside a cue is compared with it by
spelling and sound; where there is no roster, it is all there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fgd.attribution import slots
from fgd.attribution.cues import Cue, stops
from fgd.attribution.directory import Directory
from fgd.attribution.links import GIVEN, Link, following
from fgd.attribution.names import (
    body_likeness,
    fold,
    person_likeness,
    person_words,
    word_likeness,
)
from fgd.attribution.reading import OPENING, Reading
from fgd.attribution.talk import Talk

if TYPE_CHECKING:
    from spacy.tokens import Doc

ALIKE = 0.62
"""Likeness below which two names have nothing to do with each other."""

GIVEN_OR_INVERTED = GIVEN | {"inverted"}

LONGEST = 9
"""Words beyond which what was heard is no institution's name."""

CLOSE = 60
"""Seats looked at in detail; of a long roster, those whose letters are nearest."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A name as it was heard beside a cue, and the turn it tells of."""

    slot: slots.Slot
    cue: Cue
    way: str
    turn: int
    passage: int


def listen(talk: Talk, readings: Sequence[Reading], lang: str = "en") -> tuple[Heard, ...]:
    """Every name that stands beside a cue, whoever it may be."""
    found: list[Heard] = []
    for reading in readings:
        doc = reading.passage.doc
        ends = stops(doc, lang)
        for cue in reading.cues:
            way, turn = _about(cue, reading, talk)
            if not way or turn < 0:
                continue
            start, end = cue.slot
            if cue.kind == "inverted":
                slot = _inverted(doc, cue, ends)
            else:
                slot = slots.read(doc, start, ends, None if cue.forward else end)
            if slot.person or slot.body:
                found.append(Heard(slot, cue, way, turn, reading.passage.index))
    return tuple(found)


def alike(heard: Sequence[Heard], directory: Directory, exact: Sequence[Link]) -> Iterable[Link]:
    """Links to the seats whose names sound or look like what was heard, where not the same."""
    said: dict[tuple[int, int, str], list[Link]] = {}
    for link in exact:
        sort = link.feature.rpartition("_")[2].replace(
            "office", "body"
        )  # "names_other", "announced" match no way of naming
        said.setdefault((link.passage, link.seat, "body" if sort == "title" else sort), []).append(
            link
        )
    for item in heard:
        for seat, person, body in _compare(item.slot, directory):
            for sort, likeness in (("person", person), ("body", body)):
                if likeness <= ALIKE:
                    continue
                near = said.get((item.passage, seat, sort), ())
                if not any(
                    x.start < item.slot.end
                    and item.slot.start < x.end
                    and x.strength > 0.5
                    and x.feature.startswith(_SAME[feature_of(item)])
                    for x in near
                ):
                    yield Link(
                        f"like_{feature_of(item)}_{sort}",
                        item.turn,
                        seat,
                        (likeness - ALIKE) / (1 - ALIKE),
                        item.passage,
                        item.slot.start,
                        item.slot.end,
                    )


def strangers(heard: Sequence[Heard], directory: Directory) -> frozenset[int]:
    """The turns of whoever was announced, or calls themselves, by a name like none on the list.

    A whole name, of two or three written words, with a body beside it or said by its bearer.
    """
    found = set()
    for item in heard:
        slot = item.slot
        words = slot.person.split()
        if slots.looks_like_person(slot.person) < 1 or not 2 <= len(words) <= 3:
            continue
        if not (item.way == "self" or (item.way == "floor" and slot.body)):
            continue
        if not any(max(person, body) > ALIKE for _, person, body in _compare(slot, directory)):
            found.add(item.turn)
    return frozenset(found)


def whole(links: Iterable[Link], heard: Sequence[Heard], directory: Directory) -> tuple[Link, ...]:
    """Half a name inside an announced one counts for as much as the other half fits: of "Steve
    Palmer with CRMS" a Steve Jones on the list has the first name only.
    """
    announced: dict[int, list[Heard]] = {}
    for item in heard:
        if item.cue.kind in GIVEN_OR_INVERTED and (item.slot.person or item.slot.body):
            announced.setdefault(item.passage, []).append(item)
    kept = []
    for link in links:
        name = directory.seats[link.seat].participant.name
        if link.feature in ("queue_person", "floor_person") and len(person_words(name)) > 1:
            for item in announced.get(link.passage, ()):
                if item.slot.start <= link.start and link.end <= item.slot.end:
                    fit = _other_half(item.slot.person, name)
                    link = replace(link, strength=link.strength * fit)
                    break
        kept.append(link)
    return tuple(kept)


def _other_half(heard: str, name: str) -> float:
    """How well the surname of a name fits what was heard: 1 for the same, 0.35 for another one."""
    mine, last = person_words(heard), person_words(name)[-1]
    if len(mine) < 2:
        return 1.0
    if len(last) == 1:
        return 1.0 if any(w.startswith(last) for w in mine[1:]) else 0.7
    likeness = max(word_likeness(last, w) for w in (*mine, "".join(mine[1:])))
    return 0.35 + 0.65 * min(1.0, max(0.0, (likeness - 0.5) / 0.25))


def feature_of(item: Heard) -> str:
    """What a name beside a cue is evidence of: a queue says more than a hand-over in passing."""
    return "queue" if item.cue.kind in ("queue", "inverted") else item.way


_SAME = {
    "queue": ("queue",),
    "floor": ("floor", "queue", "called"),
    "self": ("self", "card"),
    "for": ("for", "self"),
}
"""Links that say the same as a name heard in a way, so that it is not counted twice."""


def _inverted(doc: Doc, cue: Cue, ends: frozenset[int]) -> slots.Slot:
    """The slot of "From BODY, we have NAME", where the institution comes first."""
    start = cue.start
    while start > 0 and not doc[start].is_sent_start:
        start -= 1
    while start < cue.start and doc[start].norm_ in ("and", "next", "okay", "our", ",", "now"):
        start += 1
    if doc[start].norm_ not in ("from", "with") or cue.start - start < 2:
        return slots.Slot()
    body = slots.read(doc, start + 1, frozenset(), cue.start)
    person = slots.read(doc, cue.end, ends)
    return slots.Slot(person.person, body.person or body.body, start, person.end, True, "from")


def _about(cue: Cue, reading: Reading, talk: Talk) -> tuple[str, int]:
    """Which way a cue points, and the turn it points at (-1: none)."""
    passage = reading.passage
    if cue.kind in GIVEN_OR_INVERTED and not talk.steady:
        return ("floor", passage.turn_of(cue.end))
    if cue.kind in GIVEN_OR_INVERTED:
        targets = following(talk, passage.index)
        return ("floor", targets[0] if targets else -1)
    if cue.kind == "self":
        return ("self", passage.turn_of(cue.start))
    if cue.kind == "this" and reading.sentence[cue.start] < OPENING:
        return ("self", passage.turn_of(cue.start))
    if cue.kind == "body":
        return ("for", passage.turn_of(cue.start))
    return ("", -1)


def _compare(slot: slots.Slot, directory: Directory) -> list[tuple[int, float, float]]:
    person, body = slot.person[:80], slot.body[:80]
    if (person.islower() and body.islower()) or not (person or body):
        return []
    if slots.looks_like_person(person) == 0:
        person = ""  # a clause, not a name
    if len(body.split()) > LONGEST or (body[:1].islower() and len(body.split()) > 4):
        body = ""
    ranked = []
    for seat in _near(f"{person} {body}", directory):
        names = (directory.seats[seat].participant.name, *directory.seats[seat].participant.aliases)
        who = max((person_likeness(person, n) for n in names if n), default=0.0) if person else 0.0
        what = 0.0
        for name in directory.names_of(seat):
            if body:
                what = max(what, body_likeness(body, name))
            elif len(person.split()) > 1:
                what = max(what, body_likeness(person, name))
        if max(who, what) >= ALIKE:
            ranked.append((seat, who, what))
    return sorted(ranked, key=lambda r: (-(r[1] + r[2]), r[0]))[:12]


def _near(text: str, directory: Directory) -> Sequence[int]:
    if len(directory.seats) <= CLOSE:
        return range(len(directory.seats))
    from rapidfuzz import fuzz, process

    best = process.extract(
        fold(text), directory.labels(), scorer=fuzz.partial_token_sort_ratio, limit=CLOSE
    )
    return [place for _, _, place in best]
