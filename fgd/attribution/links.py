"""From names and cues to links: this turn, that seat, for this reason.

A ``Link`` is evidence before it is weighed. It points forward (the floor is given to the next
speaker), backward (the last speaker is thanked), at the speaker (who says a name of their own), or
at nobody in particular (somebody is announced).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fgd.attribution.cues import Cue, find
from fgd.attribution.directory import HEADS, Directory, Mention
from fgd.attribution.names import TITLES

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from fgd.attribution.talk import Passage, Talk

SHORT = 15
"""A passage of fewer words than this may stand between a hand-over and whom it was for."""

GIVEN = frozenset({"floor", "queue"})

OPENING = 3
"""Sentences at the start of a passage that may look back at who spoke before."""


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


@dataclass(frozen=True, slots=True)
class Reading:
    """A passage with what was found in it."""

    passage: Passage
    cues: tuple[Cue, ...]
    mentions: tuple[Mention, ...]
    sentence: tuple[int, ...]

    @staticmethod
    def of(
        passage: Passage,
        directory: Directory,
        *,
        cased: bool = True,
        cues: tuple[Cue, ...] | None = None,
    ) -> Reading:
        """Cues and mentions of a passage; ``sentence`` numbers the sentence of each token."""
        numbers: list[int] = []
        for token in passage.doc:
            before = numbers[-1] if numbers else -1
            numbers.append(before + 1 if token.is_sent_start or before < 0 else before)
        return Reading(
            passage,
            find(passage.doc, directory.lang) if cues is None else cues,
            directory.find(passage.doc, cased=cased),
            tuple(numbers),
        )


def read(talk: Talk, directory: Directory, before: Sequence[Reading] = ()) -> tuple[Reading, ...]:
    """Every passage read; a name that several share is given to whoever was introduced by it.

    ``before`` are readings of the same talk for other seats, whose cues need not be found again.
    """
    cues = [r.cues for r in before] if len(before) == len(talk.passages) else []
    readings = [
        Reading.of(p, directory, cased=talk.cased, cues=cues[p.index] if cues else None)
        for p in talk.passages
    ]
    if _titles(readings, directory):
        directory.ready()
        readings = [
            replace(r, mentions=directory.find(r.passage.doc, cased=talk.cased)) for r in readings
        ]
    known = directory.known(m for r in readings for m in r.mentions)
    return tuple(
        replace(r, mentions=tuple(directory.clear(m, known) for m in r.mentions)) for r in readings
    )


def _titles(readings: Sequence[Reading], directory: Directory) -> bool:
    """Learn under what title people are introduced ("NAME, Minister for Education; ...")."""
    learned = False
    for reading in readings:
        doc = reading.passage.doc
        whole = [m for m in reading.mentions if m.kind == "person" and m.form == "whole"]
        for mention, after in zip(whole, [*whole[1:], None], strict=False):
            if len(mention.seats) != 1 or "announce" not in _slots(reading, mention):
                continue
            end = min(after.start if after else len(doc), mention.end + 14)
            role = []
            for token in doc[mention.end : end]:
                if (
                    token.is_sent_start
                    or token.text in ";."
                    or (token.text == "," and len(role) > 1)
                ):
                    break
                if token.text != "," and token.norm_ not in (
                    "who",
                    "is",
                    "and",
                    "am",
                    "the",
                    "our",
                ):
                    role.append(token.text)
            while role and role[-1].islower() and len(role[-1]) < 4:
                role = role[:-1]
            if 1 <= len(role) <= 10 and any(w.lower() in HEADS for w in role):
                directory.add_title(mention.seats[0][0], " ".join(role))
                learned = True
    return learned


def gather(talk: Talk, readings: Sequence[Reading]) -> tuple[Link, ...]:
    """Every link of a talk whose labels are followed."""
    links: list[Link] = []
    for reading in readings:
        links.extend(_own(reading))
        links.extend(_forward(reading, talk))
        links.extend(_backward(reading, talk))
    return tuple(links)


def _own(reading: Reading) -> Iterable[Link]:
    """What a passage says of its own speaker, and of people in general."""
    doc, turn_of = reading.passage.doc, reading.passage.turn_of
    for mention in reading.mentions:
        turn = turn_of(mention.start)
        kinds = _slots(reading, mention)
        if _card(reading, mention):
            feature = f"card_{_sort(mention)}"
        elif "self" in kinds or ("this" in kinds and reading.sentence[mention.start] < OPENING):
            feature = f"self_{_sort(mention)}"
        elif "body" in kinds and mention.kind == "body":
            feature = "for_body"
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


def _forward(reading: Reading, talk: Talk) -> Iterable[Link]:
    """Whom a passage gives the floor to, asks or names last."""
    targets = following(talk, reading.passage.index)
    if not targets or not reading.sentence:
        return
    doc, last = reading.passage.doc, reading.sentence[-1]
    ranked: list[tuple[Mention, str, float]] = []
    # From the last sentence back, and within a sentence from left to right: of "from A and then
    # B" it is A who speaks next.
    order = sorted(reading.mentions, key=lambda m: (-reading.sentence[m.start], m.start))
    for mention in order:
        kinds = _slots(reading, mention)
        if {"self", "told", "absent"} & kinds or ("thanks" in kinds and not kinds & GIVEN):
            continue
        if "announce" in kinds and not kinds & GIVEN:
            continue
        if _card(reading, mention):
            continue
        away = last - reading.sentence[mention.start]
        tail = len(doc) - mention.end
        alone = vocative(doc, mention)
        if kinds & GIVEN:
            ranked.append((mention, "floor", max(0.3, 1.0 - 0.15 * away)))
        elif alone and away <= 2:
            ranked.append((mention, "called", 1.0 - 0.2 * away))
        elif kinds & {"ask", "you"} and away <= 4:
            ranked.append((mention, "asked", 1.0 - 0.15 * away))
        elif tail < 90:
            ranked.append((mention, "last", 1.0 if away <= 1 else 0.6))
    earlier: set[str] = set()
    for mention, feature, strength in ranked:
        sort = _sort(mention)
        # What was named nearer to the end outweighs what was named before it.
        share = strength * (0.35 if sort in earlier else 1.0)
        if feature != "last" or sort not in earlier:
            yield from _links(f"{feature}_{sort}", targets[0], mention, reading, share)
            if len(targets) > 1 and feature in ("floor", "called"):
                later = "later_new" if _newcomer(talk, targets) else "later"
                yield from _links(f"{later}_{sort}", targets[1], mention, reading, share)
        earlier.add(sort)


def _backward(reading: Reading, talk: Talk) -> Iterable[Link]:
    """Whom a passage thanks or answers by name: who spoke before."""
    targets = preceding(talk, reading.passage.index)
    if not targets:
        return
    doc = reading.passage.doc
    thanked = {m.seats for m in reading.mentions if "thanks" in _slots(reading, m)}
    round_of = 0.2 if len(thanked) > 1 else 1.0  # a round of thanks looks back at nobody
    for mention in reading.mentions:
        if reading.sentence[mention.start] >= OPENING or mention.start > 40:
            break
        kinds = _slots(reading, mention)
        if kinds & {"self", "floor", "queue", "absent"} or _card(reading, mention):
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
        sort = _sort(mention)
        scale = round_of if feature == "thanked" else 1.0
        yield from _links(f"{feature}_{sort}", targets[0], mention, reading, scale)
        if len(targets) > 1:
            yield from _links(f"before_{sort}", targets[1], mention, reading, scale)


def _newcomer(talk: Talk, targets: Sequence[int]) -> bool:
    """Whether the second target speaks for the first time and the first one does not."""
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


def _slots(reading: Reading, mention: Mention) -> set[str]:
    """The kinds of cue in whose reach a mention stands."""
    found: set[str] = set()
    for cue in reading.cues:
        start, end = cue.slot
        if cue.kind in ("chair", "stop") or mention.end <= start or mention.start >= end:
            continue
        near = mention.start - start if cue.forward else end - mention.end
        if near > _REACH.get(cue.kind, 6):
            continue
        if cue.kind in ("self", "this", "as", "body"):
            gap = reading.passage.doc[start : mention.start] if cue.forward else ()
            if cue.kind == "body" and not cue.forward and not _at(reading, mention, end):
                continue
            allowed = TITLES if mention.kind == "person" else _PLAIN
            if any(t.norm_.rstrip(".") not in allowed for t in gap):
                continue
        if cue.kind == "as":
            found.add(_whose(reading, mention))
        else:
            found.add(cue.kind)
    return found


def _at(reading: Reading, mention: Mention, end: int) -> bool:
    """Whether "at BODY" stands right before a "we"."""
    doc = reading.passage.doc
    before = mention.start - 1
    if before >= 0 and doc[before].norm_ == "the":
        before -= 1
    return end - mention.end <= 1 and before >= 0 and doc[before].norm_ in ("at", "in", "from")


def _whose(reading: Reading, mention: Mention) -> str:
    """Whose role "as the ..." is: the speaker's ("I"), the hearer's ("you") or somebody's."""
    for token in reading.passage.doc[mention.end : mention.end + 5]:
        if token.norm_ in ("i", "my", "we"):
            return "self"
        if token.norm_ in ("you", "your"):
            return "you"
    return "as"


_REACH = {"self": 5, "this": 3, "body": 5, "thanks": 4, "told": 3, "announce": 200, "you": 4}
_PLAIN = frozenset(
    "a an the our your my this that being to be supposed going gonna just also actually still new "
    "acting deputy senior chief technical , of from at for with is was".split()
)


def _card(reading: Reading, mention: Mention) -> bool:
    """Whether a sentence near the start of a turn is a visiting card: "NAME, role or body."

    A whole name opens it, a comma follows, and what remains neither speaks to anybody nor says
    that anybody does anything.
    """
    doc = reading.passage.doc
    if (
        mention.form != "whole"
        or reading.sentence[mention.start] - _turn_start(reading, mention) > 1
    ):
        return False
    start = mention.start
    while start > 0 and not doc[start].is_sent_start:
        start -= 1
        if doc[start].norm_.rstrip(".") not in TITLES and doc[start].norm_ not in ("and", "."):
            return False
    end = mention.end
    while end < len(doc) and not doc[end].is_sent_start:
        end += 1
    rest = doc[mention.end : end]
    if len(rest) < 3 or len(rest) > 20:
        return False
    if rest[0].text not in ",-" and not (rest[0].norm_ in ("from", "with") and end < len(doc)):
        return False
    return not any(t.norm_ in _SPEAKS or t.text in "?;" for t in rest)


def _turn_start(reading: Reading, mention: Mention) -> int:
    """The number of the sentence in which the mention's turn begins."""
    places, token = reading.passage.places, mention.start
    while token > 0 and places[token - 1][0] == places[mention.start][0]:
        token -= 1
    return reading.sentence[token]


_SPEAKS = frozenset(
    "you your will would is are was has have had can could may do does did please i we he she "
    "they said who".split()
)


def vocative(doc: Doc, mention: Mention) -> bool:
    """Whether a name stands by itself, between stops or commas: "Tracey.", "Well, Minister, ..."."""
    start = mention.start
    while start > 0 and (doc[start - 1].norm_.rstrip(".") in TITLES or doc[start - 1].text == "."):
        if doc[start - 1].text == "." and doc[start].is_sent_start:
            break
        start -= 1
    opens = start == 0 or doc[start].is_sent_start or doc[start - 1].text in _BOUNDS
    closes = mention.end >= len(doc) or doc[mention.end].text in _BOUNDS
    return bool(opens and closes)


_BOUNDS = frozenset(",.?!;-–—…")
_TITLED = frozenset("mr mrs ms miss dr prof professor minister ambassador hon madam sir".split())


def _sort(mention: Mention) -> str:
    if mention.kind == "person":
        return "person"
    return "title" if mention.form in ("part", "title") else "body"


def _links(
    feature: str, turn: int, mention: Mention, reading: Reading, scale: float = 1.0
) -> Iterable[Link]:
    for seat, strength in mention.seats:
        yield Link(
            feature, turn, seat, strength * scale, reading.passage.index, mention.start, mention.end
        )


def chairing(readings: Sequence[Reading]) -> dict[str, float]:
    """How much each voice leads the meeting, the most leading one as 1."""
    scores: dict[str, float] = {}
    for reading in readings:
        passage = reading.passage
        gained = sum(1.0 for cue in reading.cues if cue.kind == "chair")
        scores[passage.voice] = scores.get(passage.voice, 0.0) + gained
        if passage.index == 0:
            scores[passage.voice] += 2.0
            continue
        # Whoever is answered with "thank you, Chair" has just led.
        if any(token.norm_ in LEADERS for token in passage.doc[:12]):
            before = readings[passage.index - 1].passage.voice
            scores[before] = scores.get(before, 0.0) + 1.0
    top = max(scores.values(), default=0.0)
    return {voice: score / top for voice, score in scores.items()} if top else scores


def asking(readings: Sequence[Reading]) -> dict[str, tuple[float, float]]:
    """Per voice: the share of its passages that end in a question, and that follow one."""
    counts: dict[str, list[int]] = {}
    asked = False
    for reading in readings:
        own = counts.setdefault(reading.passage.voice, [0, 0, 0])
        tail = reading.passage.doc[-25:]
        asks = any(token.text == "?" for token in tail)
        if reading.passage.words >= 5:
            own[0] += 1
            own[1] += asks
            own[2] += asked
        asked = asks
    return {v: ((a + 0.3) / (n + 1), (b + 0.3) / (n + 1)) for v, (n, a, b) in counts.items()}


LEADERS = frozenset("chair chairman chairwoman chairperson moderator facilitator".split())
