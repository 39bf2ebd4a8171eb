"""One recording read to the end: units, their evidence and their probabilities.

A unit is whom to attribute. A diarizer worth the name changes the label where the floor is given:
then it is the voice. Where labels fail that test it is the stretch from one hand-over to the next;
where a voice introduces itself under two names, or its label is a room's, it is each run. Who leads
and who asks is read here as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fgd.attribution.candidates import Directory, Mention, is_room
from fgd.attribution.evidence import Link, gather
from fgd.attribution.introductions import (
    Heard,
    alike,
    feature_of,
    introduced,
    listen,
    strangers,
    whole,
)
from fgd.attribution.names import BEFORE_NAMES, Slot, looks_like_person
from fgd.attribution.readings import Reading, Talk, read, vocative, words_per_voice
from fgd.attribution.solver import (
    Line,
    Table,
    Unit,
    Weights,
    build,
    confidence,
    probabilities,
    signals,
    topics,
)
from fgd.model import HARDLY_SPEECH, NOBODY, Conversation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


LEADING = 4.0
"""What whoever leads is expected to score at least: to open a meeting alone is not to lead it."""

LEADERS = frozenset("chair chairman chairwoman chairperson moderator facilitator".split())


def chairing(readings: Sequence[Reading]) -> dict[str, float]:
    """Tell how much each voice leads the meeting: a share of what the most leading one does."""
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
    top = max(LEADING, *scores.values()) if scores else LEADING
    return {voice: score / top for voice, score in scores.items()}


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


SURE = 0.65


def shared(talk: Talk, links: Sequence[Link]) -> dict[str, frozenset[int]]:
    """The voices that are more than one person, with the seats that named themselves in them."""
    named: dict[str, set[int]] = {}
    for link in links:
        if link.feature in ("self_person", "card_person") and link.strength >= SURE:
            named.setdefault(talk.turns[link.turn].voice, set()).add(link.seat)
    rooms = {turn.voice for turn in talk.turns if turn.label and is_room(turn.label)}
    return {
        voice: frozenset(named.get(voice, ()))
        for voice in dict.fromkeys(turn.voice for turn in talk.turns)
        if voice in rooms or len(named.get(voice, ())) > 1
    }


def retagged(
    links: Sequence[Link], readings: Sequence[Reading], several: Mapping[str, frozenset[int]]
) -> tuple[Link, ...]:
    """In a shared voice, a name that opens a turn is who speaks: "Vongchai. On a Friday ..."."""
    tags: set[tuple[int, int]] = set()
    added: list[Link] = []
    for reading in readings:
        seats = several.get(reading.passage.voice)
        if not seats:
            continue
        for mention in reading.mentions:
            own = [(seat, strength) for seat, strength in mention.seats if seat in seats]
            if mention.kind != "person" or not own or not _tags(reading, mention):
                continue
            tags.add((reading.passage.index, mention.start))
            turn = reading.passage.turn_of(mention.start)
            for seat, strength in own:
                added.append(
                    Link(
                        "self_person",
                        turn,
                        seat,
                        strength,
                        reading.passage.index,
                        mention.start,
                        mention.end,
                    )
                )
    kept = [link for link in links if (link.passage, link.start) not in tags]
    return (*kept, *added)


def cuts(
    talk: Talk, links: Sequence[Link], several: Mapping[str, frozenset[int]]
) -> dict[str, list[int]]:
    """Return the turns at which each shared voice may become somebody else."""
    found: dict[str, set[int]] = {voice: set() for voice in several}
    for passage in talk.passages:
        if passage.voice in found:
            found[passage.voice].add(passage.turns[0])
    for link in links:
        if link.feature in ("self_person", "card_person") and link.strength >= SURE:
            voice = talk.turns[link.turn].voice
            if voice in found:
                found[voice].add(link.turn)
    return {voice: sorted(numbers) for voice, numbers in found.items()}


def members(units: Sequence[Unit], several: Mapping[str, frozenset[int]]) -> tuple[Link, ...]:
    """In a shared voice it is more likely one of those who named themselves there."""
    return tuple(
        Link("member_person", unit.turns[0], seat, 1.0, -1, 0, 0)
        for unit in units
        for seat in sorted(several.get(unit.group, ()))
    )


def _tags(reading: Reading, mention: Mention) -> bool:
    """Tell whether a name says who speaks: at the head of a turn, or after "this is"."""
    doc = reading.passage.doc
    start = mention.start
    while start > 0 and doc[start - 1].norm_.rstrip(".") in BEFORE_NAMES:
        start -= 1
    if doc[max(0, start - 2) : start].text.lower() == "this is":
        return True
    if not _opens(reading, mention.start):
        return False
    after = doc[mention.end : mention.end + 1].text.lower()
    return after in ("", ".", "here", "speaking", "for", "from", "again", "at")


def _opens(reading: Reading, token: int) -> bool:
    """Tell whether a token is among the first words of its turn, titles aside."""
    places = reading.passage.places
    before = token
    while before > 0 and places[before - 1][0] == places[token][0]:
        before -= 1
    return token - before <= 2


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
    """Tell whether labels change where the floor is given.

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
    """One unit per voice, in order of appearance; several for a voice with turns to split at.

    What is hardly speech is nobody's, and no seat may go to it.
    """
    words, leading, manner = words_per_voice(talk), chairing(readings), asking(readings)
    turns: dict[str, list[int]] = {}
    for number, turn in enumerate(talk.turns):
        if not (turn.voice.partition(".")[0] == NOBODY and turn.decided_by == HARDLY_SPEECH):
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
    """Return the stretches of an unlabelled talk: from each announcement to the next one."""
    if not readings:
        return ()
    reading = readings[0]
    heard = [h for h in listen(talk, readings) if h.way == "floor" and _unit_opens(h, reading)]
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
    """Return one unit per stretch."""
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
    return looks_like_person(person) > 0.99 and len(person.split()) < 4


def _unit_opens(heard: Heard, reading: Reading) -> bool:
    """Tell whether an announcement opens a stretch: it belongs to a queue or surely names somebody.

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


def _named(slot: Slot) -> bool:
    """Tell whether an announcement names somebody: a joined institution, or a name of two words."""
    written = any(w[0].isupper() for w in (*slot.person.split(), *slot.body.split()))
    joined = slot.joiner in ("from", "with", "of", "at") and bool(slot.person and slot.body)
    return written and (joined or looks_like_person(slot.person) > 0.5 or not slot.person)


def _handed(reading: Reading, token: int) -> int:
    """Return the first token after an announcement and its "please go ahead"."""
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


@dataclass(frozen=True, slots=True)
class Analysis:
    """A talk with its counted evidence. ``several`` holds the voices that are many people,
    ``heard`` the names as they were heard, ``links`` every reason found.
    """

    talk: Talk
    directory: Directory
    table: Table
    links: tuple[Link, ...]
    heard: tuple[Heard, ...]
    several: Mapping[str, frozenset[int]]

    def shares(self, weights: Weights) -> NDArray[np.float64]:
        """Units by seats and nobody; see ``probabilities``."""
        return probabilities(self.table, weights)


@dataclass(frozen=True, slots=True)
class Hearing:
    """A talk, cut by voice if the labels are followed, with every name beside a cue."""

    talk: Talk
    readings: tuple[Reading, ...]
    heard: tuple[Heard, ...]
    introduced: tuple[Heard, ...] = ()


def hear(conversation: Conversation, lang: str) -> Hearing:
    """Read a conversation before anybody is known."""
    nobody = Directory((), (), lang)
    talk = Talk.of(conversation, lang)
    readings = read(talk, nobody)
    heard = listen(talk, readings, lang)
    if steady(talk, heard):
        return Hearing(talk, readings, heard, introduced(readings))
    talk = Talk.unlabelled(conversation, lang)
    readings = read(talk, nobody)
    return Hearing(talk, readings, _placed(talk, readings, stretches(talk, readings)))


def analyse(hearing: Hearing, directory: Directory) -> Analysis:
    """Return everything a talk says about who is who among a directory's seats."""
    talk, heard = hearing.talk, hearing.heard
    readings = read(talk, directory, hearing.readings)
    if talk.steady:
        nobody = (s.index for s in directory.seats if not (s.participant.name or s.heard))
        links = gather(talk, readings, frozenset(nobody))
        links = whole(links, heard, directory)
        links = (*links, *alike(heard, directory, links))
        several = shared(talk, links)
        links = retagged(links, readings, several)
        units = voices(talk, readings, cuts(talk, links, several))
        links = (*links, *members(units, several))
    else:
        found = stretches(talk, readings)
        heard = _placed(talk, readings, found)
        links = stretch_links(readings[0], found) if readings else ()
        links = whole(links, heard, directory)
        links = (*links, *alike(heard, directory, links))
        several = {}
        units = stretch_units(talk, found)
    listed = not any(seat.heard for seat in directory.seats)
    subjects = topics(talk, units, directory) if listed else {}
    others = strangers(heard, directory) if listed else frozenset[int]()
    table = build(units, links, directory, subjects, others)
    return Analysis(talk, directory, table, tuple(links), tuple(heard), several)


def _placed(talk: Talk, readings: Sequence[Reading], found: Sequence[Stretch]) -> tuple[Heard, ...]:
    """What was heard in an unlabelled talk: announcements at their stretches, and self-names."""
    opened = tuple(replace(stretch.opened, turn=stretch.first) for stretch in found)
    own = tuple(h for h in listen(talk, readings) if h.way in ("self", "for"))
    return opened + own


def by_institution(
    analysis: Analysis, row: Sequence[float] | NDArray[np.float64]
) -> list[tuple[str, float]]:
    """Return the first institutions of the seats with their summed shares, the likeliest first."""
    sums: dict[str, float] = defaultdict(float)
    for column, seat in enumerate(analysis.table.seats):
        bodies = analysis.directory.seats[seat].bodies
        if bodies:
            sums[bodies[0]] += float(row[column])
    return sorted(sums.items(), key=lambda item: (-item[1], item[0]))


def seat_signals(
    analysis: Analysis, row: NDArray[np.float64], u: int, column: int, weights: Weights
) -> dict[str, float]:
    """Tell what speaks for a unit being one seat, of its ``row`` of shares; see ``trust``."""
    others = [float(p) for s, p in enumerate(row[:-1]) if s != column]
    return _signals(analysis, row, u, column, weights, float(row[column]), max(others, default=0.0))


def body_signals(
    analysis: Analysis, row: NDArray[np.float64], u: int, body: str, weights: Weights
) -> tuple[int, dict[str, float]]:
    """Return the likeliest seat of an institution and what speaks for the institution."""
    seats = analysis.directory.seats
    columns = [c for c, s in enumerate(analysis.table.seats) if seats[s].bodies[:1] == (body,)]
    best = max(columns, key=lambda c: (row[c], -c))
    sums = dict(by_institution(analysis, row))
    second = max((share for other, share in sums.items() if other != body), default=0.0)
    return best, _signals(analysis, row, u, best, weights, sums[body], second)


def _signals(
    analysis: Analysis,
    row: NDArray[np.float64],
    u: int,
    column: int,
    weights: Weights,
    share: float,
    second: float,
) -> dict[str, float]:
    return signals(
        share,
        second,
        float(row[-1]),
        analysis.table.cells[u][column],
        weights.features,
        stretch=not analysis.talk.steady,
    )


def of_seat(
    analysis: Analysis, row: NDArray[np.float64], u: int, column: int, weights: Weights
) -> float:
    """Return the confidence that a unit is a seat."""
    found = seat_signals(analysis, row, u, column, weights)
    return confidence(found, _line(analysis, column, weights))


def of_body(
    analysis: Analysis, row: NDArray[np.float64], u: int, body: str, weights: Weights
) -> float:
    """Return the confidence that a unit speaks for an institution."""
    column, found = body_signals(analysis, row, u, body, weights)
    return confidence(found, _line(analysis, column, weights))


def _line(analysis: Analysis, column: int, weights: Weights) -> Line:
    seat = analysis.directory.seats[analysis.table.seats[column]]
    return weights.heard if seat.heard else weights.listed
