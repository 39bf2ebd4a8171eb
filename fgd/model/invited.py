"""Who was invited and what was planned: the session before anybody spoke."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    """Somebody invited. ``institutions`` holds institution ids, the first one first in rank."""

    id: str
    name: str
    role: Role = "participant"
    institutions: tuple[str, ...] = ()
    country: str = ""
    track: str = ""
    aliases: tuple[str, ...] = ()


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
