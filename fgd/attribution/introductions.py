"""Introductions read without a roster: visiting cards, lists, and a body named a sentence later.

"Maria Dalisay, Women and Peace Research Network." - "With us is Khamla Keola, deputy director of
the Highland Institute; and Minh Tran, ..." - "My name is Arun Pillai. I lead the Monitoring
Research Group." A person is a run of two or three capitalised words; a body is one that says what
kind of body it is, or follows "of", "from", "at" after a role.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fgd.attribution.announced import Heard
from fgd.attribution.cues import Cue
from fgd.attribution.names import SMALL, TITLES
from fgd.attribution.reading import OPENING, Reading
from fgd.attribution.slots import KINDS, NEVER, Slot

if TYPE_CHECKING:
    from spacy.tokens import Doc

NEAR = 45
"""Tokens within which a body named after a self-introduction still belongs to it."""


def introduced(readings: Sequence[Reading]) -> tuple[Heard, ...]:
    """Everybody who is introduced, by themselves or by somebody else, with their body."""
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
    """A body that is the rest of a sentence: "the", capitalised words, and nothing else."""
    first = start
    while first < end and doc[first].norm_ in ("the", "line"):
        first += 1
    last = first
    while last < end and (_inside(doc, last) or (last > first and doc[last].norm_ in SMALL)):
        last += 1
    ended = last >= end or doc[last].text in ".,!"
    return (first, last) if last > first and _inside(doc, last - 1) and ended else None


def _lists(reading: Reading) -> Iterable[Heard]:
    """The people of "I am pleased to welcome A, of B; C, director at D; and E"."""
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
    """Whether another person is named before the body, to whom it then belongs."""
    for i in range(start, end):
        person = person_at(doc, i)
        if person is not None and person[1] <= end and person[0] == i:
            return True
    return False


def person_at(doc: Doc, start: int) -> tuple[int, int] | None:
    """A person's name that begins here, titles skipped: two or three capitalised words."""
    i = start
    while i < len(doc) and (
        doc[i].norm_.rstrip(".") in TITLES or doc[i].norm_ in ("and", ".", ",")
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
    """The first run of capitalised words that is a body's name, between two tokens."""
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
    """Whether small words lead on to another capitalised one: "for Peace and Development"."""
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
