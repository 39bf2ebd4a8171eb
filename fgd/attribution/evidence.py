"""Turn names and cues into evidence: this turn, that seat, for this reason, in these words.

A ``Link`` is evidence before it is weighed. It points forward (the floor is given to the next
speaker), backward (the last speaker is thanked), at the speaker (who says a name of their own), or
at nobody in particular (somebody is announced).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fgd.attribution.candidates import Mention
from fgd.attribution.names import BEFORE_NAMES
from fgd.attribution.readings import (
    OPENING,
    Reading,
    Talk,
    cues_of,
    in_card,
    is_card,
    office,
    third_person,
    vocative,
)
from fgd.model import Evidence, Span, Turn

if TYPE_CHECKING:
    from spacy.tokens import Doc

SHORT = 15
"""A passage of fewer words than this may stand between a hand-over and whom it was for."""

BARE = 8
"""Words that an answer has at most which is nothing but a name or a role."""

GIVEN = frozenset({"floor", "queue"})


@dataclass(frozen=True, slots=True)
class Link:
    """One reason: ``feature`` names it, ``turn`` is whom it is about (-1: nobody in particular),
    ``passage`` and ``start..end`` the words themselves. ``strength`` is a share of a full match.
    """

    feature: str
    turn: int
    seat: int
    strength: float
    passage: int
    start: int
    end: int


def gather(
    talk: Talk, readings: Sequence[Reading], nameless: frozenset[int] = frozenset()
) -> tuple[Link, ...]:
    """Return every link of a talk whose labels are followed; ``nameless`` are seats of nobody in
    particular, which a role alone may be an answer for.
    """
    links: list[Link] = []
    for reading in readings:
        links.extend(_own(reading))
        bare = tuple(_bare(reading, readings, nameless))
        links.extend(bare)
        if bare:
            continue  # it speaks to nobody
        links.extend(_forward(reading, talk, _echoed(reading, readings) & nameless))
        links.extend(_backward(reading, talk))
    return tuple(links)


def _own(reading: Reading) -> Iterable[Link]:
    """Tell what a passage says of its own speaker, and of people in general."""
    doc, turn_of = reading.passage.doc, reading.passage.turn_of
    for mention in reading.mentions:
        turn = turn_of(mention.start)
        kinds = cues_of(reading, mention)
        if is_card(reading, mention):
            feature = f"card_{_sort(mention)}"
        elif (
            in_card(reading, mention)
            or "self" in kinds
            or ("this" in kinds and reading.sentence[mention.start] < OPENING)
        ):
            feature = f"self_{_sort(mention)}"
        elif "body" in kinds and mention.kind == "body":
            feature = "for_body"
        elif mention.kind == "body" and third_person(reading, mention):
            feature = "third_body"
        elif mention.kind == "person" and not vocative(doc, mention):
            feature = "names_other"
        elif mention.kind == "person":
            feature = "addresses"
        else:
            feature = ""
        if feature:
            yield from _links(feature, turn, mention, reading)
        for kind in ("announce", "absent"):
            if kind in kinds:
                yield from _links(f"{kind}d" if kind == "announce" else kind, -1, mention, reading)
        yield from _links("named", -1, mention, reading)


def _bare(
    reading: Reading, readings: Sequence[Reading], nameless: frozenset[int]
) -> Iterable[Link]:
    """An answer that is nothing but a role: "And you are?" - "Industrial designer."

    It tells of the speaker where the passage before asks, or says what the hearer is. A bare name
    is no such answer: chairs call people by it.
    """
    if not 1 <= reading.passage.words <= BARE or reading.passage.index == 0:
        return
    before = readings[reading.passage.index - 1]
    doc, asking = reading.passage.doc, before.passage.doc
    asked = any(t.text == "?" for t in asking[-3:]) or any(c.kind == "you" for c in before.cues)
    if not asked or any(t.text == "?" for t in doc):
        return
    for mention in reading.mentions:
        rest = [t for t in (*doc[: mention.start], *doc[mention.end :]) if t.text[0].isalnum()]
        if not nameless.issuperset(seat for seat, _ in mention.seats):
            continue
        if len(rest) <= 3 and not {t.norm_ for t in rest} & _OTHERS:
            turn = reading.passage.turn_of(mention.start)
            yield from _links(f"bare_{_sort(mention)}", turn, mention, reading)


_OTHERS = frozenset("you your he she they thanks thank not no".split())


def _echoed(reading: Reading, readings: Sequence[Reading]) -> frozenset[int]:
    """The seats a passage only repeats, of an answer that was nothing but a name or a role."""
    if reading.passage.index == 0:
        return frozenset()
    before = readings[reading.passage.index - 1]
    if before.passage.words > BARE:
        return frozenset()
    return frozenset(seat for mention in before.mentions for seat, _ in mention.seats)


def _forward(reading: Reading, talk: Talk, echoed: frozenset[int]) -> Iterable[Link]:
    """Whom a passage gives the floor to, asks or names last; ``echoed`` are seats it repeats."""
    targets = following(talk, reading.passage.index)
    if not targets or not reading.sentence:
        return
    doc, last = reading.passage.doc, reading.sentence[-1]
    ranked: list[tuple[Mention, str, float]] = []
    # From the last sentence back, and within a sentence from left to right: of "from A and then
    # B" it is A who speaks next.
    order = sorted(reading.mentions, key=lambda m: (-reading.sentence[m.start], m.start))
    for mention in order:
        kinds = cues_of(reading, mention)
        if {"self", "told", "absent"} & kinds or ("thanks" in kinds and not kinds & GIVEN):
            continue
        if "announce" in kinds and not kinds & GIVEN:
            continue
        if is_card(reading, mention) or in_card(reading, mention):
            continue
        away = last - reading.sentence[mention.start]
        tail = len(doc) - mention.end
        alone = vocative(doc, mention)
        opens = reading.sentence[mention.start] < OPENING
        if alone and opens and away and any(seat in echoed for seat, _ in mention.seats):
            continue
        if kinds & GIVEN:
            given = "queue" if "queue" in kinds else "floor"
            ranked.append((mention, given, max(0.3, 1.0 - 0.15 * away)))
        elif alone and away <= 2:
            ranked.append((mention, "called", 1.0 - 0.2 * away))
        elif kinds & {"ask", "you"} and away <= 4:
            ranked.append((mention, "asked", 1.0 - 0.15 * away))
        elif tail < 90:
            ranked.append((mention, "last", 1.0 if away <= 1 else 0.6))
    earlier: set[str] = set()
    listed = _listed(doc, [mention for mention, feature, _ in ranked if feature in GIVEN])
    for mention, feature, strength in ranked:
        sort = _addressed(reading, mention)
        if mention in listed and feature in GIVEN:
            turn = nth_speaker(talk, reading.passage.index, listed[mention])
            if turn >= 0:
                yield from _links(f"listed_{sort}", turn, mention, reading, strength)
            continue
        # What was named nearer to the end outweighs what was named before it.
        share = strength * (0.35 if sort in earlier else 1.0)
        if feature != "last" or sort not in earlier:
            yield from _links(f"{feature}_{sort}", targets[0], mention, reading, share)
            if len(targets) > 1 and feature in ("floor", "queue", "called"):
                later = "later_new" if _newcomer(talk, targets) else "later"
                yield from _links(f"{later}_{sort}", targets[1], mention, reading, share)
        earlier.add(sort)


def _backward(reading: Reading, talk: Talk) -> Iterable[Link]:
    """Whom a passage thanks or answers by name: who spoke before."""
    targets = preceding(talk, reading.passage.index)
    if not targets:
        return
    doc = reading.passage.doc
    thanked = {m.seats for m in reading.mentions if "thanks" in cues_of(reading, m)}
    round_of = 0.2 if len(thanked) > 1 else 1.0  # a round of thanks looks back at nobody
    for mention in reading.mentions:
        if reading.sentence[mention.start] >= OPENING or mention.start > 40:
            break
        kinds = cues_of(reading, mention)
        if kinds & {"self", "floor", "queue", "absent"} or is_card(reading, mention):
            continue
        if "thanks" in kinds:
            feature = "thanked"
        elif vocative(doc, mention) and len(doc) - mention.end > 8:
            near = reading.sentence[-1] - reading.sentence[mention.start] <= 1
            feature = "replied" if near else "answered"
        elif "told" in kinds:
            feature = "recalled"
        else:
            continue
        sort = _addressed(reading, mention)
        scale = round_of if feature == "thanked" else 1.0
        yield from _links(f"{feature}_{sort}", targets[0], mention, reading, scale)
        if len(targets) > 1:
            yield from _links(f"before_{sort}", targets[1], mention, reading, scale)


def _newcomer(talk: Talk, targets: Sequence[int]) -> bool:
    """Tell whether the second target speaks for the first time and the first one does not."""
    first, second = (talk.turns[t].voice for t in targets[:2])
    spoke = {turn.voice for turn in talk.turns[: targets[0]]}
    return first in spoke and second not in spoke


def following(talk: Talk, index: int) -> list[int]:
    """First turns of the next speaker and, past a short passage, of the one after."""
    passages = talk.passages
    me = passages[index].voice
    if index + 1 >= len(passages):
        return []
    found = [passages[index + 1].turns[0]]
    skipped = passages[index + 1]
    for other in passages[index + 2 : index + 4]:
        if skipped.words >= SHORT:
            break
        if other.voice not in (me, passages[index + 1].voice):
            found.append(other.turns[0])
            break
        skipped = other
    return found


def preceding(talk: Talk, index: int) -> list[int]:
    """Last turns of the speaker before and, past a short passage, of the one before that."""
    passages = talk.passages
    if index == 0:
        return []
    found = [passages[index - 1].turns[-1]]
    if index > 1 and passages[index - 1].words < SHORT:
        other = passages[index - 2]
        if other.voice != passages[index].voice:
            found.append(other.turns[-1])
    return found


def _listed(doc: Doc, given: Sequence[Mention]) -> dict[Mention, int]:
    """The later members of a list of the speakers to come ("A, B and then C"), with their place
    from 1; the first one is given the floor as any other.
    """
    found: dict[Mention, int] = {}
    ordered = sorted(given, key=lambda m: m.start)
    for before, after in itertools.pairwise(ordered):
        between = {token.norm_.rstrip(".") or "." for token in doc[before.end : after.start]}
        if before.kind == after.kind and between <= _JOINTS | BEFORE_NAMES and between & _COMMAS:
            found[after] = found.get(before, 0) + 1
    return found


_COMMAS = frozenset([",", "and", "then", ";", "followed"])
_JOINTS = _COMMAS | frozenset("by after that the of from next finally lastly".split())


def nth_speaker(talk: Talk, index: int, number: int) -> int:
    """The first turn of whoever is heard as the ``number``-th other one after a passage (from 0),
    in a list of the speakers to come; -1 where nobody is.
    """
    me = talk.passages[index].voice
    met: list[str] = []
    for passage in talk.passages[index + 1 :]:
        if passage.voice == me or passage.voice in met or passage.words < SHORT // 3:
            continue
        if len(met) == number:
            return passage.turns[0]
        met.append(passage.voice)
    return -1


def _addressed(reading: Reading, mention: Mention) -> str:
    """The sort of a name in a hand-over or in thanks: a body may stand for whoever sits for it."""
    if mention.kind == "body" and office(reading, mention):
        return "office"
    return _sort(mention)


def _sort(mention: Mention) -> str:
    if mention.kind == "person":
        return "person"
    return "title" if mention.form in ("part", "title") else "body"


def _links(
    feature: str, turn: int, mention: Mention, reading: Reading, scale: float = 1.0
) -> Iterable[Link]:
    whole = feature.endswith("_office") and mention.form == "country"
    for seat, named in mention.seats:
        strength = 1.0 if whole else named
        yield Link(
            feature, turn, seat, strength * scale, reading.passage.index, mention.start, mention.end
        )


KINDS = {
    "self": "names themselves",
    "card": "names themselves",
    "for": "says whom they speak for",
    "floor": "is given the floor",
    "queue": "is announced as the next to speak",
    "bare": "answers with a role",
    "called": "is spoken to just before",
    "asked": "is asked just before",
    "last": "is named just before",
    "later": "was given the floor a moment before",
    "thanked": "is thanked right after",
    "answered": "is answered by name",
    "replied": "is answered by name",
    "listed": "is named in a list of those to speak",
    "third": "is spoken of as who speaks",
    "recalled": "is referred to right after",
    "before": "is thanked a moment after",
    "names": "speaks of that person as somebody else",
    "addresses": "speaks to that person",
    "absent": "was said to be absent",
    "announced": "was introduced",
    "named": "is named in the talk",
    "topic": "speaks on the subject of that seat",
    "chair": "leads the meeting",
    "asks": "asks questions",
    "answers": "answers questions",
}
"""What a feature means, in the words of the reviewer."""

MOST = 8
"""Pieces of evidence kept for one candidate, the weightiest first."""

AROUND = 8
"""Tokens shown on either side of a name."""


def kind_of(feature: str) -> str:
    """Return the words for a feature."""
    stem = feature.removeprefix("like_").split("_")[0]
    said = KINDS.get(stem, stem)
    return f"{said} (name as heard)" if feature.startswith("like_") else said


def of_links(
    links: Iterable[Link],
    weights: Mapping[str, float],
    talk: Talk,
    about: str,
    participant: str,
    institution: str,
) -> tuple[Evidence, ...]:
    """The evidence behind a candidate; links of a feature share its weight by their strength."""
    found = [link for link in links if link.passage >= 0 and link.strength > 0]
    totals: dict[str, float] = {}
    for link in found:
        totals[link.feature] = totals.get(link.feature, 0.0) + link.strength
    made: dict[tuple[str, str, str], Evidence] = {}  # two cues beside one name are one reason
    for link in found:
        weight = weights.get(link.feature, 0.0)
        value = _counted(totals[link.feature]) * weight * link.strength / totals[link.feature]
        if abs(value) < 0.05:
            continue
        turn, span, text = quote(talk, link.passage, link.start, link.end)
        kind = kind_of(link.feature)
        before = made.get((kind, turn, text))
        made[kind, turn, text] = Evidence(
            kind=kind,
            turn=turn,
            about=about,
            text=text,
            span=span,
            participant=participant,
            institution=institution,
            weight=round(value + (before.weight if before else 0.0), 3),
        )
    ranked = sorted(made.values(), key=lambda e: (-abs(e.weight), e.span.start, e.kind))
    return tuple(ranked[:MOST])


def quote(talk: Talk, passage: int, start: int, end: int) -> tuple[str, Span, str]:
    """Turn id, time and words around tokens ``start..end``: an exact slice of one turn's text."""
    places = talk.passages[passage].places
    number = places[start][0]
    around = [
        place
        for place in places[max(0, start - AROUND) : min(len(places), end + AROUND)]
        if place[0] == number
    ]
    turn = talk.turns[number]
    first, last = around[0][1], around[-1][2]
    return turn.id, when(turn, places[start][1], places[start][2]), turn.text[first:last]


def when(turn: Turn, first: int, last: int) -> Span:
    """Return the time of characters ``first..last`` of a turn, from the words that hold them."""
    lead = len("".join(w.text for w in turn.words)) - len(
        "".join(w.text for w in turn.words).lstrip()
    )
    place = -lead
    inside: list[Span] = []
    for word in turn.words:
        after = place + len(word.text)
        if after > first and place < last and word.span:
            inside.append(word.span)
        place = after
    if not inside:
        return turn.span
    return inside[0] | inside[-1]


def strongest(evidence: Sequence[Evidence]) -> str:
    """Return the weightiest piece in one line, for messages."""
    if not evidence:
        return "no words were found for it"
    return f"{evidence[0].kind}: {evidence[0].text!r}"


def _counted(total: float) -> float:
    from math import log2

    return log2(1 + total)
