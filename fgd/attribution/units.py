"""Whom to attribute: voices, or where the labels are not followed, stretches of floor.

A diarizer worth the name changes the label where the floor is given, and does not give one label
to several people who were handed the floor. Both can be read off the conversation itself, without
knowing who anybody is. Where labels fail that test the unit is the stretch from one hand-over to
the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fgd.attribution import slots
from fgd.attribution.announced import Heard, feature_of, listen
from fgd.attribution.links import Link
from fgd.attribution.manner import asking, chairing
from fgd.attribution.reading import Reading, vocative
from fgd.attribution.table import Unit
from fgd.attribution.talk import Talk, words_per_voice

ENOUGH = 3
"""Hand-overs that must have been heard before labels are doubted."""

RARE = 0.08
"""Share of passages that may go on after a hand-over without the labels being doubted."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The turns between two hand-overs and the announcement that opened them."""

    first: int
    last: int
    opened: Heard
    tokens: tuple[int, int]


def steady(talk: Talk, heard: Sequence[Heard]) -> bool:
    """Whether labels change where the floor is given.

    They do not where most announcements are followed by more words under the same label and such
    passages are no rarity: a chair may go on speaking after naming somebody, now and then.
    """
    given = [h for h in heard if h.cue.kind == "queue" or (h.way == "floor" and _certain(h))]
    if len(given) < ENOUGH:
        return True
    passed = sum(1 for h in given if len(talk.passages[h.passage].doc) - h.slot.end > 25)
    return passed <= 0.5 * len(given) or passed < RARE * len(talk.passages)


def voices(
    talk: Talk, readings: Sequence[Reading], split: Mapping[str, Sequence[int]] | None = None
) -> tuple[Unit, ...]:
    """One unit per voice, in order of appearance; several for a voice with turns to split at."""
    words, leading, manner = words_per_voice(talk), chairing(readings), asking(readings)
    turns: dict[str, list[int]] = {}
    for number, turn in enumerate(talk.turns):
        turns.setdefault(turn.voice, []).append(number)
    units = []
    for voice, own in turns.items():
        cuts = (split or {}).get(voice, ())
        if not cuts:
            lead = leading.get(voice, 0.0)
            units.append(Unit(voice, tuple(own), words.get(voice, 0), lead, *manner[voice]))
            continue
        for first, after in zip(cuts, [*cuts[1:], len(talk.turns)], strict=True):
            part = tuple(n for n in own if first <= n < after)
            said = sum(len(talk.turns[n].text.split()) for n in part)
            if part:
                units.append(Unit(f"{voice}#{first}", part, said, group=voice))
    return tuple(units)


def stretches(talk: Talk, readings: Sequence[Reading]) -> tuple[Stretch, ...]:
    """The stretches of an unlabelled talk: from each announcement to the next one."""
    if not readings:
        return ()
    reading = readings[0]
    heard = [h for h in listen(talk, readings) if h.way == "floor" and _opens(h, reading)]
    heard = _queue(sorted(heard, key=lambda h: h.cue.start))
    found: list[Stretch] = []
    for item, after in zip(heard, [*heard[1:], None], strict=False):
        begin = _handed(reading, item.slot.end)
        end = after.cue.start if after else len(reading.passage.doc)
        first = reading.passage.turn_of(begin)
        if begin > 0 and reading.passage.turn_of(begin - 1) == first:
            first += 1
        last = reading.passage.turn_of(end) - 1 if after else len(talk.turns) - 1
        if first <= last:
            found.append(Stretch(first, last, item, (begin, end)))
    return tuple(found)


def _queue(heard: Sequence[Heard]) -> list[Heard]:
    """Where whoever is next is announced again and again, only announcements open a stretch:
    what else sounds like a hand-over is said in passing ("Anna, go ahead and take that one").
    """
    queue = [h for h in heard if feature_of(h) == "queue"]
    if len(queue) < ENOUGH:
        return list(heard)
    return [
        h
        for h in heard
        if h.cue.start < queue[0].cue.start
        or feature_of(h) == "queue"
        or h.slot.joiner in ("from", "with")
    ]


def stretch_units(talk: Talk, found: Sequence[Stretch]) -> tuple[Unit, ...]:
    """One unit per stretch."""
    return tuple(
        Unit(
            f"{s.first}",
            tuple(range(s.first, s.last + 1)),
            sum(len(talk.turns[t].text.split()) for t in range(s.first, s.last + 1)),
            asks=0.6,
            answers=0.2,
            group="stretch",
        )
        for s in found
    )


def stretch_links(reading: Reading, found: Sequence[Stretch]) -> tuple[Link, ...]:
    """Links of stretches: who was announced, and who is spoken to or names themselves inside."""
    links: list[Link] = []
    for stretch in found:
        start, end = stretch.opened.slot.start, stretch.opened.slot.end
        for mention in reading.mentions:
            sort = mention.kind if mention.kind == "person" else "body"
            if mention.start >= start and mention.end <= max(end, start + 1):
                feature = f"{feature_of(stretch.opened)}_{sort}"
            elif stretch.tokens[0] <= mention.start < stretch.tokens[1]:
                if mention.kind != "person" or not vocative(reading.passage.doc, mention):
                    continue
                feature = "answered_person"
            else:
                continue
            for seat, strength in mention.seats:
                links.append(
                    Link(feature, stretch.first, seat, strength, 0, mention.start, mention.end)
                )
    return tuple(links)


def _certain(heard: Heard) -> bool:
    person = heard.slot.person
    return slots.looks_like_person(person) > 0.99 and len(person.split()) < 4


def _opens(heard: Heard, reading: Reading) -> bool:
    """Whether an announcement opens a stretch: it belongs to a queue or surely names somebody.

    "My first question is on Europe" announces nobody.
    """
    if feature_of(heard) == "queue" and heard.slot.clean:
        before = reading.passage.doc[max(0, heard.cue.start - 1)]
        return before.norm_ != "my" and _named(heard.slot)
    if not _certain(heard):
        return False
    start, end = heard.cue.slot
    return heard.slot.joiner in ("from", "with") or any(
        m.kind == "person" and start <= m.start < end for m in reading.mentions
    )


def _named(slot: slots.Slot) -> bool:
    """Whether an announcement names somebody: a joined institution, or a name of two words."""
    written = any(w[0].isupper() for w in (*slot.person.split(), *slot.body.split()))
    joined = slot.joiner in ("from", "with", "of", "at") and bool(slot.person and slot.body)
    return written and (joined or slots.looks_like_person(slot.person) > 0.5 or not slot.person)


def _handed(reading: Reading, token: int) -> int:
    """The first token after an announcement and its "please go ahead"."""
    doc, sentence = reading.passage.doc, reading.sentence
    i = min(token, len(doc) - 1)
    this = sentence[i]
    while i < len(doc) and sentence[i] == this and (i == token or not doc[i].is_sent_start):
        i += 1
    while i < len(doc):
        end = i
        while end < len(doc) and sentence[end] == sentence[i]:
            end += 1
        polite = {t.norm_ for t in doc[i:end]} & {"please", "ahead", "line", "lines", "proceed"}
        if end - i > 9 or not polite:
            break
        i = end
    return min(i, len(doc) - 1)
