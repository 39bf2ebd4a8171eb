"""Lay out the transcript for a page, whole once and after that only what changed; and the voices.

Every voice is a card: who it may be, why, and where to listen.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from fgd.core.serialization import decode
from fgd.model import Evidence, Participant, Recording, Span, Turn, Voice
from fgd.workbench.open_session import OpenSession, Reading, StoredAttribution, Who, doubt

CLIP = 3_000
"""Milliseconds of a clip."""

CLIPS, CANDIDATES = 3, 9


@dataclass(frozen=True, slots=True)
class Clip:
    """Three seconds in which a voice is heard alone, if possible, and the words said."""

    turn: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody it may be; ``weight`` is the sum of the evidence in log-odds."""

    participant: str
    label: str
    weight: float = 0.0
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A voice with all that helps to say whose it is."""

    voice: Voice
    recording: str
    place: int
    tint: int
    who: Who
    label: str
    turns: int
    speech: int
    clips: tuple[Clip, ...]
    evidence: tuple[Evidence, ...]
    candidates: tuple[Candidate, ...]
    timed: bool = True

    @property
    def key(self) -> str:
        """An id for the page."""
        return f"{self.place}-{self.voice.id}"

    @property
    def state(self) -> str:
        """``decided`` by a person, ``sure``, ``likely``, ``unknown``, or ``waits``."""
        if self.who.waits:
            return "waits"
        if self.who.settled:
            return "decided"
        if not self.who.known:
            return "unknown"
        return "sure" if self.who.confidence >= 0.95 else "likely"


def cards(reading: Reading) -> tuple[Card, ...]:
    """Return every voice that says something: those without a name first, then by time spoken."""
    evidence = _evidence(reading.told.attributions)
    spoken = _spoken(reading)
    made: list[Card] = []
    tints: dict[str, int] = {}
    for place, talk in enumerate(reading.talks):
        own: dict[str, list[Turn]] = {}
        for turn in talk.turns:
            own.setdefault(turn.voice, []).append(turn)
        known = {voice.id: voice for voice in talk.voices}
        for name, turns in own.items():
            who = reading.voice(talk.recording, name)
            label = reading.label(who)
            shown = label if who.known else f"{talk.recording}/{name}"
            found = evidence.get((talk.recording, name), ())
            made.append(
                Card(
                    known.get(name, Voice(name, talk.recording)),
                    talk.recording,
                    place,
                    tints.setdefault(shown, len(tints)),
                    who,
                    label,
                    len(turns),
                    sum(turn.span.duration for turn in turns),
                    clips(turns) if talk.timed else (),
                    found,
                    _candidates(reading, who, found, spoken),
                    talk.timed,
                )
            )
    order = {"unknown": 0, "waits": 0, "likely": 1, "sure": 2, "decided": 3}
    return tuple(sorted(made, key=lambda card: (order[card.state], -card.speech)))


def clips(turns: Sequence[Turn]) -> tuple[Clip, ...]:
    """From the turns that show a voice best: alone, long, and certain; in order of time."""
    best = sorted(turns, key=lambda t: (bool(t.overlaps), bool(t.flags), -t.span.duration))
    found = []
    for turn in best[:CLIPS]:
        length = min(CLIP, turn.span.duration)
        # Not the first syllable: people begin while somebody else still speaks.
        start = turn.span.start + min(1_000, (turn.span.duration - length) // 2)
        span = Span(start, start + length)
        text = "".join(w.text for w in turn.words if w.span.overlaps(span)).strip()
        found.append(Clip(turn.id, span, text))
    return tuple(sorted(found, key=lambda clip: clip.span.start))


def _evidence(stored: Sequence[StoredAttribution]) -> dict[tuple[str, str], tuple[Evidence, ...]]:
    """Return the evidence of every voice, the strongest first."""
    found: dict[tuple[str, str], tuple[Evidence, ...]] = {}
    for each in stored:
        if not each.turn:
            decoded = decode(each.evidence, tuple[Evidence, ...])
            ranked = sorted(decoded, key=lambda e: (-abs(e.weight), e.span))
            found[each.recording, each.voice] = tuple(ranked)
    return found


def _spoken(reading: Reading) -> Counter[str]:
    """Tell how long each participant is known to have spoken."""
    time: Counter[str] = Counter()
    for talk in reading.talks:
        for turn in talk.turns:
            who = reading.who[turn.id]
            if who.participant:
                time[who.participant] += turn.span.duration
    return time


def _candidates(
    reading: Reading, who: Who, evidence: Sequence[Evidence], spoken: Mapping[str, int]
) -> tuple[Candidate, ...]:
    """Whom it may be, best first: by evidence, then whoever has not been heard yet."""
    weights: defaultdict[str, float] = defaultdict(float)
    for each in evidence:
        if each.participant:
            weights[each.participant] += each.weight
    first = [who.participant, who.runner_up, *who.heard.near]

    def rank(person: Participant) -> tuple[object, ...]:
        near = {person.id, *person.institutions} & set(who.heard.near)
        given = first.index(person.id) if person.id in first else len(first) + (not near)
        return (given, -weights[person.id], person.id in spoken, person.role == "observer")

    ranked = sorted(reading.people.values(), key=rank)
    return tuple(
        Candidate(
            person.id,
            reading.label(Who(person.id, person.institutions)),
            round(weights[person.id], 1),
            person.id in spoken,
        )
        for person in ranked[:CANDIDATES]
    )


class WordColumns(msgspec.Struct, frozen=True):
    """The words of a turn in order: text, start and end in ms, confidence in percent."""

    text: tuple[str, ...]
    start: tuple[int, ...]
    end: tuple[int, ...]
    sure: tuple[int, ...]


class TurnRow(msgspec.Struct, frozen=True):
    """A turn; ``voice`` and ``who`` are numbers into the lists of the page, -1 for nobody."""

    id: str
    recording: int
    start: int
    end: int
    voice: int
    who: int
    certainty: int
    reasons: tuple[str, ...]
    overlap: bool
    settled: bool
    listed: bool
    words: WordColumns


class Person(msgspec.Struct, frozen=True):
    """Somebody or some body that can be named."""

    participant: str
    label: str
    role: str = ""


class Voiced(msgspec.Struct, frozen=True):
    """A voice of a recording; ``tint`` numbers its colour, which people share with themselves."""

    id: str
    recording: int
    tint: int


class Source(msgspec.Struct, frozen=True):
    """A recording, and whether its sound can be played."""

    id: str
    name: str
    sound: bool
    timed: bool
    duration: int


class TranscriptPage(msgspec.Struct, frozen=True):
    """Everything the transcript view shows, or with ``base`` the difference to the page with that
    mark: ``rows`` are then the turns that changed, and ``ids`` all turns in order, if their order
    or number changed.
    """

    version: str
    pending: int
    recordings: tuple[Source, ...]
    people: tuple[Person, ...]
    voices: tuple[Voiced, ...]
    rows: tuple[TurnRow, ...]
    roster: tuple[str, ...]
    mark: str = ""
    base: str = ""
    ids: tuple[str, ...] = ()


def whole_page(
    reading: Reading, recordings: Sequence[Recording], version: str, playable: Sequence[str]
) -> TranscriptPage:
    """The transcript of a session; ``playable`` are recordings whose sound lies there decoded."""
    place = {each.id: n for n, each in enumerate(recordings)}
    labels: dict[str, int] = {}
    people: list[Person] = []
    voices: dict[tuple[str, str], int] = {}
    heard: list[Voiced] = []
    tints: dict[str, int] = {}
    rows: list[TurnRow] = []

    def person(who: Who) -> int:
        label = reading.label(who)
        if not label:
            return -1
        if label not in labels:
            labels[label] = len(people)
            known = reading.people.get(who.participant)
            people.append(Person(who.participant, label, known.role if known else ""))
        return labels[label]

    for identity in reading.people.values():
        person(Who(identity.id, identity.institutions))
    for talk in reading.talks:
        for turn in talk.turns:
            key = (talk.recording, turn.voice)
            if key not in voices:
                voices[key] = len(heard)
                who = reading.voice(*key)
                shown = reading.label(who) if who.known else f"{talk.recording}/{turn.voice}"
                tint = tints.setdefault(shown, len(tints))
                heard.append(Voiced(turn.voice, place[talk.recording], tint))
            rows.append(
                _row(
                    turn,
                    place[talk.recording],
                    voices[key],
                    reading.who[turn.id],
                    person(reading.who[turn.id]),
                )
            )
    ends = {t.recording: max((x.span.end for x in t.turns), default=0) for t in reading.talks}
    timed = {talk.recording for talk in reading.talks if talk.timed}
    return TranscriptPage(
        version,
        reading.pending,
        tuple(
            Source(r.id, r.name, r.id in playable, r.id in timed, ends.get(r.id, 0))
            for r in recordings
        ),
        tuple(people),
        tuple(heard),
        tuple(rows),
        tuple(reading.people),
    )


def _row(turn: Turn, recording: int, voice: int, who: Who, person: int) -> TurnRow:
    found = doubt(turn, who)
    return TurnRow(
        turn.id,
        recording,
        turn.span.start,
        turn.span.end,
        voice,
        person,
        round(100 * found.certainty),
        found.reasons,
        bool(turn.overlaps),
        who.settled,
        found.listed,
        WordColumns(
            tuple(word.text for word in turn.words),
            tuple(word.span.start for word in turn.words),
            tuple(word.span.end for word in turn.words),
            tuple(round(100 * word.confidence) for word in turn.words),
        ),
    )


KEPT = 8
"""Versions remembered per session: a page that is further behind gets a whole one."""


class TranscriptFeed:
    """The transcript of one session for pages that follow it."""

    def __init__(self, opened: OpenSession) -> None:
        self.opened = opened
        self._begun = secrets.token_hex(4)
        self._count = itertools.count()
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[TurnRow, ...]] = OrderedDict()
        self._latest: tuple[Reading, TranscriptPage, bytes] | None = None

    def answer(self, base: str) -> bytes:
        """Return the JSON of what a page that shows ``base`` (or none) needs to be up to date."""
        with self._lock:
            whole, encoded = self._whole()
            before = self._kept.get(base)
            if before is None:
                return encoded
            return msgspec.json.encode(_difference(whole, base, before))

    def _whole(self) -> tuple[TranscriptPage, bytes]:
        reading = self.opened.reading()
        if self._latest is not None and self._latest[0] is reading:
            return self._latest[1], self._latest[2]
        recordings = self.opened.recordings()
        playable = [each.id for each in recordings if self.opened.sound(each.id)]
        made = whole_page(reading, recordings, self.opened.log.version, playable)
        made = msgspec.structs.replace(made, mark=f"{self._begun}-{next(self._count)}")
        encoded = msgspec.json.encode(made)
        self._latest = (reading, made, encoded)
        self._kept[made.mark] = made.rows
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return made, encoded


def _difference(whole: TranscriptPage, base: str, before: tuple[TurnRow, ...]) -> TranscriptPage:
    old = {row.id: row for row in before}
    changed = tuple(row for row in whole.rows if old.get(row.id) != row)
    ids = tuple(row.id for row in whole.rows)
    moved = ids != tuple(row.id for row in before)
    return msgspec.structs.replace(whole, base=base, rows=changed, ids=ids if moved else ())
