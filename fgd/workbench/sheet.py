"""The transcript as a page takes it: compact, every turn with its words and doubts."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fgd.model import Recording, Turn
from fgd.workbench.doubts import doubt
from fgd.workbench.reading import Reading, Who


class WordRow(msgspec.Struct, array_like=True, frozen=True):
    """A word: text, start, end, confidence in percent."""

    text: str
    start: int
    end: int
    sure: int


class TurnRow(msgspec.Struct, array_like=True, frozen=True):
    """A turn; ``voice`` and ``who`` are numbers into the lists of the sheet, -1 for nobody."""

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
    words: tuple[WordRow, ...]


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


class Sheet(msgspec.Struct, frozen=True):
    """Everything the transcript view shows, or with ``base`` the difference to the sheet with that
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


def sheet(
    reading: Reading, recordings: Sequence[Recording], version: str, playable: Sequence[str]
) -> Sheet:
    """The sheet of a session; ``playable`` are recordings whose sound lies there decoded."""
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
    return Sheet(
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
        tuple(
            WordRow(w.text, w.span.start, w.span.end, round(100 * w.confidence)) for w in turn.words
        ),
    )
