"""Name who was invited and who spoke: the session as planned, and the arrow from a voice heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from fgd.model.heard import Turn
from fgd.model.records import Span

Role = Literal["facilitator", "participant", "expert", "observer"]
Rule = Literal["named", "institution", "category", "chatham-house"]
SectionKind = Literal[
    "opening",
    "question",
    "national assessment",
    "expert intervention",
    "exercise inject",
    "wrap-up",
]


@dataclass(frozen=True, slots=True)
class Institution:
    """A body that sent somebody; ``id`` is a slug that stays stable within a session."""

    id: str
    name: str
    acronym: str = ""
    aliases: tuple[str, ...] = ()
    category: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody invited. ``institutions`` holds institution ids, the first one first in rank;
    ``table`` is the breakout this person sat in, if a list says so.
    """

    id: str
    name: str
    role: Role = "participant"
    institutions: tuple[str, ...] = ()
    country: str = ""
    track: str = ""
    aliases: tuple[str, ...] = ()
    table: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One planned part of the discussion."""

    id: str
    title: str
    kind: SectionKind = "question"
    text: str = ""
    probes: tuple[str, ...] = ()
    minutes: float = 0.0
    listen_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    """The discussion guide: ordered sections."""

    title: str = ""
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """A file that somebody gave us; its identity is the hash of its bytes, not its name.

    ``transcript`` names the file that stands in for hearing this sound (``meeting.vtt`` beside
    ``meeting.m4a``); the sound is still there for clips and voices.
    """

    id: str
    name: str
    sha256: str
    kind: Literal["audio", "transcript"] = "audio"
    transcript: str = ""


@dataclass(frozen=True, slots=True)
class Breakout:
    """A table of a session: a group that talked by itself while others did, with the same guide.

    ``recordings`` are ids, ``span`` the time of day in milliseconds (empty where it is not known),
    ``rapporteur`` whoever reports for it, as somebody wrote the name. ``sure`` is 1 where a person
    told the table; ``why`` says from what it was inferred otherwise.
    """

    name: str
    recordings: tuple[str, ...] = ()
    span: Span = Span(0, 0)
    rapporteur: str = ""
    sure: float = 1.0
    why: str = ""

    def is_beside(self, other: Breakout) -> bool:
        """Tell whether nobody can have sat at both: unless known otherwise, they met at once."""
        apart = self.span and other.span and not self.span.overlaps(other.span)
        return self.name != other.name and not apart


@dataclass(frozen=True, slots=True)
class Consent:
    """What was recorded about consent; no CIRCULATION edition is made without it."""

    recorded: bool = False
    voices: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The rule of attribution in force, and the switches that follow it unless they are set."""

    rule: Rule = "chatham-house"
    list_participants: bool = False
    audio_clips: bool = False
    time_codes: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One event: what the folder under ``recordings/`` says about it."""

    id: str
    title: str = ""
    event: str = ""
    programme: str = ""
    date: str = ""
    venue: str = ""
    conveners: tuple[str, ...] = ()
    rapporteur: str = ""
    languages: tuple[str, ...] = ()
    glossary: tuple[str, ...] = ()
    disclosure: Disclosure = Disclosure()
    consent: Consent = Consent()
    institutions: tuple[Institution, ...] = ()
    participants: tuple[Participant, ...] = ()
    guide: Guide = Guide()
    recordings: tuple[Recording, ...] = ()
    breakouts: tuple[Breakout, ...] = ()

    def table_of(self, recording: str) -> str:
        """Return the name of the table a recording is of; empty for the plenary."""
        return next((each.name for each in self.breakouts if recording in each.recordings), "")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason to link a voice or a turn with a participant or an institution.

    ``turn`` is where it was said, ``about`` the turn or voice it speaks of, ``text`` the words
    themselves. ``weight`` is in log-odds: positive speaks for, negative against.
    """

    kind: str
    turn: str
    about: str
    text: str = ""
    span: Span = Span(0, 0)
    participant: str = ""
    institution: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class AsHeard:
    """A name that was only heard: on no list, so nobody is identified by it.

    ``person`` and ``institution`` are strings from the talk, as likely misheard as not;
    ``spellings`` are all ways in which they came out. ``near`` are ids of participants and
    institutions that sound like them, for a person to choose from.
    """

    person: str = ""
    institution: str = ""
    spellings: tuple[str, ...] = ()
    near: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.person or self.institution)

    def __str__(self) -> str:
        """``heard as "NAME, INSTITUTION"``; empty where nothing was heard."""
        words = ", ".join(part for part in (self.person, self.institution) if part)
        return f'heard as "{words}"' if words else ""


@dataclass(frozen=True, slots=True)
class Attribution:
    """A turn's (or, with ``turn`` empty, a voice's) participant and institution, or unknown.

    ``participant`` and ``institutions`` are *identified*: on the roster or in the gazetteer,
    written on a transcript, or decided. Unknown is both empty; ``confidence`` is calibrated and
    tells of identities only. What was merely *heard* stands in ``heard`` and is never counted.
    A voice is told by ``recording`` and ``voice`` together: other recordings have a V1 too.
    ``alike`` (recording/voice) is the first voice of the session that an unknown one sounds like.
    """

    recording: str
    voice: str
    turn: str = ""
    participant: str = ""
    institutions: tuple[str, ...] = ()
    confidence: float = 0.0
    runner_up: str = ""
    runner_up_confidence: float = 0.0
    source: str = ""
    evidence: tuple[Evidence, ...] = ()
    heard: AsHeard = AsHeard()
    alike: str = ""

    @property
    def identified(self) -> bool:
        """Whether somebody, or at least an institution, is identified."""
        return bool(self.participant or self.institutions)


class Attributions:
    """Find who spoke a turn: what is said of the turn itself, else of its voice there."""

    def __init__(self, attributions: Iterable[Attribution]) -> None:
        every = tuple(attributions)
        self._turns = {each.turn: each for each in every if each.turn}
        self._voices = {(each.recording, each.voice): each for each in every if not each.turn}

    def of(self, turn: Turn) -> Attribution:
        """Return the attribution of a turn; unknown where none was made."""
        found = self._turns.get(turn.id) or self._voices.get((turn.recording, turn.voice))
        return found or Attribution(turn.recording, turn.voice, turn.id)

    def key(self, turn: Turn) -> str:
        """Tell whom a turn counts for: a participant, or recording and voice of an unknown."""
        found = self.of(turn)
        return found.participant or found.alike or f"{turn.recording}/{turn.label or turn.voice}"
