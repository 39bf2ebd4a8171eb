"""Read names out of the words themselves, where a roster does not spell them or there is none.

What stands beside a cue is compared with the roster by spelling and sound. Without a roster it is
all there is: visiting cards ("NAME, BODY."), lists of people welcomed, and a body that is named a
sentence after its speaker.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fgd.attribution.candidates import Directory
from fgd.attribution.evidence import GIVEN, Link, following
from fgd.attribution.names import (
    BEFORE_NAMES,
    KINDS,
    NEVER,
    SMALL,
    Slot,
    body_likeness,
    fold,
    looks_like_person,
    person_likeness,
    person_words,
    read_slot,
    word_likeness,
)
from fgd.attribution.readings import OPENING, Cue, Reading, Talk, stops

if TYPE_CHECKING:
    from spacy.tokens import Doc

ALIKE = 0.62
"""Likeness below which two names have nothing to do with each other."""

GIVEN_OR_INVERTED = GIVEN | {"inverted"}

HEARD_ALIKE, HEARD_APART, FIRST = 0.9, 0.75, 0.8
"""How like a lone first name must be to whose it is, how unlike everybody else's, and what it then
counts of a whole name: of a table of ten people, one first name that was misheard tells nearly as
much as one that was not."""

LONGEST = 9
"""Words beyond which what was heard is no institution's name."""

CLOSE = 60
"""Seats looked at in detail; of a long roster, those whose letters are nearest."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A name as it was heard beside a cue, and the turn it tells of."""

    slot: Slot
    cue: Cue
    way: str
    turn: int
    passage: int


def listen(talk: Talk, readings: Sequence[Reading], lang: str = "en") -> tuple[Heard, ...]:
    """Return every name that stands beside a cue, whoever it may be."""
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
                slot = read_slot(doc, start, ends, None if cue.forward else end)
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
                    way = "floor" if item.way == "asked" else feature_of(item)
                    yield Link(
                        f"like_{way}_{sort}",
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
        if looks_like_person(slot.person) < 1 or not 2 <= len(words) <= 3:
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
    "asked": ("floor", "queue", "called", "asked"),
    "self": ("self", "card"),
    "for": ("for", "self"),
}
"""Links that say the same as a name heard in a way, so that it is not counted twice."""


def _inverted(doc: Doc, cue: Cue, ends: frozenset[int]) -> Slot:
    """Return the slot of "From BODY, we have NAME", where the institution comes first."""
    start = cue.start
    while start > 0 and not doc[start].is_sent_start:
        start -= 1
    while start < cue.start and doc[start].norm_ in ("and", "next", "okay", "our", ",", "now"):
        start += 1
    if doc[start].norm_ not in ("from", "with") or cue.start - start < 2:
        return Slot()
    body = read_slot(doc, start + 1, frozenset(), cue.start)
    person = read_slot(doc, cue.end, ends)
    return Slot(person.person, body.person or body.body, start, person.end, True, "from")


def _about(cue: Cue, reading: Reading, talk: Talk) -> tuple[str, int]:
    """Tell which way a cue points, and the turn it points at (-1: none)."""
    passage = reading.passage
    if cue.kind in GIVEN_OR_INVERTED and not talk.steady:
        return ("floor", passage.turn_of(cue.end))
    if cue.kind in GIVEN_OR_INVERTED:
        targets = following(talk, passage.index)
        return ("floor", targets[0] if targets else -1)
    if cue.kind == "ask" and not cue.forward and talk.steady:
        targets = following(talk, passage.index)
        closing = reading.sentence[-1] - reading.sentence[cue.start] <= 1
        return ("asked", targets[0]) if targets and closing else ("", -1)
    if cue.kind == "self":
        return ("self", passage.turn_of(cue.start))
    if cue.kind == "this" and reading.sentence[cue.start] < OPENING:
        return ("self", passage.turn_of(cue.start))
    if cue.kind == "body":
        return ("for", passage.turn_of(cue.start))
    return ("", -1)


def _compare(slot: Slot, directory: Directory) -> list[tuple[int, float, float]]:
    person, body = slot.person[:80], slot.body[:80]
    if (person.islower() and body.islower()) or not (person or body):
        return []
    if looks_like_person(person) == 0:
        person = ""  # a clause, not a name
    if len(body.split()) > LONGEST or (body[:1].islower() and len(body.split()) > 4):
        body = ""
    ranked = []
    only = _only_first_name(person, directory)
    for seat in _near(f"{person} {body}", directory):
        names = (directory.seats[seat].participant.name, *directory.seats[seat].participant.aliases)
        who = max((person_likeness(person, n) for n in names if n), default=0.0) if person else 0.0
        who = max(who, FIRST * only.get(seat, 0.0))
        what = 0.0
        for name in directory.names_of(seat):
            if body:
                what = max(what, body_likeness(body, name))
            elif len(person.split()) > 1:
                what = max(what, body_likeness(person, name))
        if max(who, what) >= ALIKE:
            ranked.append((seat, who, what))
    return sorted(ranked, key=lambda r: (-(r[1] + r[2]), r[0]))[:12]


def _only_first_name(person: str, directory: Directory) -> dict[int, float]:
    """The one seat whose first name a lone word is like, and how much; none where two come near."""
    words = person_words(person)
    if len(words) != 1 or len(words[0]) < 4 or len(directory.seats) > CLOSE:
        return {}
    like = sorted(
        (
            (word_likeness(words[0], names[0]), seat.index)
            for seat in directory.seats
            if (names := person_words(seat.participant.name))
        ),
        reverse=True,
    )
    if not like or like[0][0] < HEARD_ALIKE:
        return {}
    others = [
        word_likeness(words[0], w)
        for seat in directory.seats
        if seat.index != like[0][1]
        for w in person_words(seat.participant.name)
    ]
    return {like[0][1]: like[0][0]} if max(others, default=0.0) <= HEARD_APART else {}


def _near(text: str, directory: Directory) -> Sequence[int]:
    if len(directory.seats) <= CLOSE:
        return range(len(directory.seats))
    from rapidfuzz import fuzz, process

    best = process.extract(
        fold(text), directory.labels(), scorer=fuzz.partial_token_sort_ratio, limit=CLOSE
    )
    return [place for _, _, place in best]


NEAR = 45
"""Tokens within which a body named after a self-introduction still belongs to it."""


def introduced(readings: Sequence[Reading]) -> tuple[Heard, ...]:
    """Return everybody who is introduced, by themselves or by somebody else, with their body."""
    found: list[Heard] = []
    for reading in readings:
        found.extend(_selves(reading))
        found.extend(_cards(reading))
        found.extend(_lists(reading))
    return tuple(found)


def _selves(reading: Reading) -> Iterable[Heard]:
    """ "My name is NAME", with the body that is named within the next sentences."""
    doc = reading.passage.doc
    for cue in reading.cues:
        if cue.kind == "self" and cue.forward:
            start = cue.slot[0]
        elif cue.kind == "self" and doc[cue.start : cue.end].text.lower() in ("here", "speaking"):
            start = max(cue.slot[0], cue.start - 3)
        else:
            continue
        person = person_at(doc, start)
        if person is None:
            continue
        body = body_at(doc, person[1], min(len(doc), person[1] + NEAR))
        if body is not None:
            yield _heard(reading, cue, person, body, "self")


def _cards(reading: Reading) -> Iterable[Heard]:
    """A sentence near the start that is a name, a comma and a body, and says nothing else."""
    doc = reading.passage.doc
    for token in doc:
        if reading.sentence[token.i] >= OPENING:
            break
        if not (token.i == 0 or token.is_sent_start):
            continue
        end = token.i + 1
        while end < len(doc) and not doc[end].is_sent_start:
            end += 1
        person = person_at(doc, token.i) or _first_name(doc, token.i)
        if person is None or person[1] >= end:
            continue
        if doc[person[1]].norm_ in ("from", "with"):
            body = _run(doc, person[1] + 1, end)
        elif doc[person[1]].text in ",-" and person[1] - person[0] > 1:
            body = body_at(doc, person[1], end)
        else:
            continue
        spoken = any(t.norm_ in ("you", "your", "will", "please") for t in doc[person[1] : end])
        if body is not None and not spoken and end - token.i <= 24:
            yield _heard(
                reading, Cue("self", token.i, token.i, (token.i, end)), person, body, "self"
            )


def _first_name(doc: Doc, start: int) -> tuple[int, int] | None:
    """A lone first name that opens a sentence and is followed by "from": "Anna from UNODC."."""
    i = start
    while i < len(doc) and doc[i].text == ",":
        i += 1
    if i + 1 >= len(doc) or not _named(doc, i) or doc[i].norm_ in KINDS:
        return None
    return (i, i + 1) if doc[i + 1].norm_ in ("from", "with") else None


def _run(doc: Doc, start: int, end: int) -> tuple[int, int] | None:
    """Return a body that is the rest of a sentence: "the", capitalised words, and nothing else."""
    first = start
    while first < end and doc[first].norm_ in ("the", "line"):
        first += 1
    last = first
    while last < end and (_inside(doc, last) or (last > first and doc[last].norm_ in SMALL)):
        last += 1
    ended = last >= end or doc[last].text in ".,!"
    return (first, last) if last > first and _inside(doc, last - 1) and ended else None


def _lists(reading: Reading) -> Iterable[Heard]:
    """Return the people of "I am pleased to welcome A, of B; C, director at D; and E"."""
    doc = reading.passage.doc
    for cue in reading.cues:
        if cue.kind != "announce" or not cue.forward:
            continue
        i, end = cue.slot
        while i < end:
            person = person_at(doc, i)
            if person is None or person[1] > end:
                i += 1
                continue
            i = person[1]
            stop = next((t.i for t in doc[i:end] if t.text == ";"), end)
            body = body_at(doc, i, stop)
            if body is not None and not _somebody_between(doc, i, body[0]):
                yield _heard(reading, cue, person, body, "announced")
                i = body[1]


def _somebody_between(doc: Doc, start: int, end: int) -> bool:
    """Tell whether another person is named before the body, to whom it then belongs."""
    for i in range(start, end):
        person = person_at(doc, i)
        if person is not None and person[1] <= end and person[0] == i:
            return True
    return False


def person_at(doc: Doc, start: int) -> tuple[int, int] | None:
    """Return a person's name that begins here, titles skipped: two or three capitalised words."""
    i = start
    while i < len(doc) and (
        doc[i].norm_.rstrip(".") in BEFORE_NAMES or doc[i].norm_ in ("and", ".", ",")
    ):
        i += 1
        if i - start > 4:
            return None
    first = i
    while i < len(doc) and _named(doc, i) and i - first < 5:
        i += 1
    words = [t for t in doc[first:i] if t.text[0].isalpha()]
    if not 2 <= len(words) <= 4 or any(t.norm_ in KINDS for t in words):
        return None
    return (first, i)


def _named(doc: Doc, i: int) -> bool:
    token = doc[i]
    if token.text in "-'" and i + 1 < len(doc) and doc[i + 1].text[0].isupper():
        return True
    return token.text[0].isupper() and token.is_alpha and token.norm_ not in NEVER


def body_at(doc: Doc, start: int, end: int) -> tuple[int, int] | None:
    """Return the first run of capitalised words that is a body's name, between two tokens."""
    i = start
    while i < end:
        if not _inside(doc, i) or doc[i].norm_ in SMALL:
            i += 1
            continue
        first = i
        while i < end and (_inside(doc, i) or (doc[i].norm_ in SMALL and _resumes(doc, i, end))):
            i += 1
        words = [t for t in doc[first:i] if t.text[0].isalpha()]
        joined = first > 0 and doc[first - 1].norm_ in (
            "from",
            "of",
            "at",
            "for",
            "the",
            "represent",
        )
        upper = len(words) == 1 and words[0].text.isupper() and len(words[0].text) > 1
        if (any(t.norm_ in KINDS for t in words) and len(words) > 1) or (joined and upper):
            return (first, i)
    return None


def _inside(doc: Doc, i: int) -> bool:
    token = doc[i]
    return (token.text[0].isupper() and token.norm_ not in NEVER) or token.text == "-"


def _resumes(doc: Doc, i: int, end: int) -> bool:
    """Tell whether small words lead on to another capitalised one: "for Peace and Development"."""
    for j in range(i + 1, min(i + 3, end)):
        if doc[j].norm_ not in SMALL:
            return doc[j].text[0].isupper() and doc[j].norm_ not in NEVER
    return False


def _heard(
    reading: Reading, cue: Cue, person: tuple[int, int], body: tuple[int, int], way: str
) -> Heard:
    doc = reading.passage.doc
    slot = Slot(
        doc[slice(*person)].text,
        doc[slice(*body)].text,
        person[0],
        body[1],
        True,
        ",",
    )
    return Heard(
        slot,
        replace(cue, kind=f"{way}-introduction"),
        way,
        _turn(reading, cue),
        reading.passage.index,
    )


def _turn(reading: Reading, cue: Cue) -> int:
    return reading.passage.turn_of(cue.start)
