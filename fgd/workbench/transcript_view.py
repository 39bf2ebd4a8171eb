"""Lay out the transcript for a page: whole once, and after that only what changed."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from fgd.model import Recording, Turn
from fgd.workbench.open_session import OpenSession
from fgd.workbench.session_reading import Reading, Who, doubt


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
        """The JSON of what a page that shows ``base`` (or none) needs to be up to date."""
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
