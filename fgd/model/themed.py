"""What it was about: units, sections, codes and codings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from fgd.model.records import Issue, Span

UnitKind = Literal["content", "facilitation", "introduction", "procedure", "thanks", "back-channel"]
Origin = Literal["guide", "library", "emergent", "person"]
CodingStatus = Literal["suggested", "accepted", "rejected"]


@dataclass(frozen=True, slots=True)
class Code:
    """A theme (or a value of another dimension) with an id that never changes.

    ``anchors`` are phrases by which it is found, ``excludes`` phrases that say it is something
    else. ``sources`` tell where each of the examples was said. ``approved`` tells which person
    stands for it and since when, ``taken_from`` the session whose people did.
    """

    id: str
    name: str
    description: str = ""
    examples: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    parent: str = ""
    origin: Origin = "library"
    dimension: str = "theme"
    locked: bool = False
    stability: float = 1.0
    excludes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    approved: str = ""
    taken_from: str = ""


@dataclass(frozen=True, slots=True)
class Codebook:
    """A versioned set of codes."""

    id: str
    title: str = ""
    version: str = ""
    codes: tuple[Code, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Unit:
    """One to three sentences of one turn, characters ``start``..``end`` of its text.

    Only units of the kind ``content`` are coded; the others are kept, so that what was left out
    can be counted.
    """

    turn: str
    start: int
    end: int
    words: int
    kind: UnitKind = "content"


@dataclass(frozen=True, slots=True)
class Placement:
    """The guide section under which a turn falls; ``by`` is "floor log", "alignment" or a person.

    An empty ``section`` means none of them. ``score`` is how far the section leads, 0..1.
    """

    turn: str
    section: str
    score: float = 0.0
    by: str = "alignment"


@dataclass(frozen=True, slots=True)
class SectionFacts:
    """What became of one guide section; times in milliseconds.

    ``asked`` tells whether somebody put it to the room and ``asked_in`` in which turn; ``probes``
    are the numbers of its probes that were put. ``stretches`` are where it was discussed: the
    recording and the time (empty times where a source has none). ``people`` are those who spoke
    to it, facilitators left out, as participant ids or ``recording/voice``.
    """

    section: str
    asked: bool = False
    asked_in: str = ""
    asked_score: float = 0.0
    probes: tuple[int, ...] = ()
    stretches: tuple[tuple[str, Span], ...] = ()
    planned: int = 0
    used: int = 0
    turns: int = 0
    units: int = 0
    words: int = 0
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coding:
    """A stretch of one turn that is about a code: characters ``start``..``end`` of its text."""

    turn: str
    start: int
    end: int
    code: str
    score: float = 0.0
    reason: str = ""
    by: str = ""
    status: CodingStatus = "suggested"


@dataclass(frozen=True, slots=True)
class ThemeFacts:
    """What can be counted about a code and its children: codings, people, typical words.

    ``terms`` are words that set the theme apart, ``spoken`` those by which each institution speaks
    of it; ``strongest`` are numbers into ``Themed.codings``, best first. ``stability`` is
    the share of its units that stay together when seeds and order change (1.0 where nothing was
    clustered), and a theme below the threshold is ``unstable``.
    """

    code: str
    units: int = 0
    words: int = 0
    people: tuple[str, ...] = ()
    institutions: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    spoken: tuple[tuple[str, tuple[str, ...]], ...] = ()
    strongest: tuple[int, ...] = ()
    stability: float = 1.0
    unstable: bool = False


@dataclass(frozen=True, slots=True)
class OtherPoint:
    """Units that belong together but are too few, from too few people, or of too few words in
    common to be a theme.
    """

    units: tuple[int, ...]
    people: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    """Codes that came up by themselves and belong together, with the words they share.

    ``distance`` tells how far apart they are: what joins at a smaller one is nearer.
    """

    codes: tuple[str, ...]
    terms: tuple[str, ...] = ()
    distance: float = 0.0


@dataclass(frozen=True, slots=True)
class Themed:
    """What a session was about.

    ``units`` and ``placements`` follow the canonical order (recording, time). ``codebook`` holds
    every code in force: guide, library, emergent and those a person added. ``points`` refer to
    ``units`` by number. ``figures`` are measures printed with the result (share of content left
    uncoded, stability over seeds and over shuffles). ``branches`` are the hierarchy of the themes
    that came up by themselves, from the nearest ones to all of them. ``at_tables`` tells what
    became of the guide at each table of a session that has any.
    """

    units: tuple[Unit, ...] = ()
    placements: tuple[Placement, ...] = ()
    sections: tuple[SectionFacts, ...] = ()
    codebook: Codebook = Codebook("in-force")
    codings: tuple[Coding, ...] = ()
    facts: tuple[ThemeFacts, ...] = ()
    points: tuple[OtherPoint, ...] = ()
    figures: tuple[tuple[str, float], ...] = ()
    issues: tuple[Issue, ...] = ()
    branches: tuple[Branch, ...] = ()
    at_tables: tuple[tuple[str, tuple[SectionFacts, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Saturation:
    """Whether more sessions would bring more themes: the share of new ones in the last sessions.

    Guest, Namey and Chen (2020), "A simple method to assess and report thematic saturation in
    qualitative research", PLOS ONE 15(5): the themes new in the last ``RUN`` sessions as a share of
    those found in the first ``BASE``; at or below ``THRESHOLD`` is called saturated. Each session
    stands with its label, the themes found, those new, and all so far; ``ratio`` is -1 where there
    are too few sessions to say.
    """

    BASE: ClassVar[int] = 4
    RUN: ClassVar[int] = 2
    THRESHOLD: ClassVar[float] = 0.05

    sessions: tuple[tuple[str, int, int, int], ...] = ()
    ratio: float = -1.0

    @classmethod
    def of(cls, sessions: Sequence[tuple[str, frozenset[str]]]) -> Saturation:
        """Count sessions in order of time, each with its label and its themes."""
        seen: set[str] = set()
        lines = []
        for label, themes in sessions:
            new = themes - seen
            seen |= themes
            lines.append((label, len(themes), len(new), len(seen)))
        if len(lines) < cls.BASE + cls.RUN:
            return cls(tuple(lines))
        base = lines[cls.BASE - 1][3]
        new_late = sum(line[2] for line in lines[-cls.RUN :])
        return cls(tuple(lines), round(new_late / base, 3) if base else -1.0)

    @property
    def reached(self) -> bool:
        """Whether the last sessions brought next to nothing new."""
        return 0 <= self.ratio <= self.THRESHOLD

    @property
    def told(self) -> str:
        """The same sentence wherever saturation is spoken of."""
        if len(self.sessions) < self.BASE + self.RUN:
            return (
                f"Too few sessions to speak of saturation: the method compares the last {self.RUN} "
                f"with the first {self.BASE}; there are {len(self.sessions)}."
            )
        if self.ratio < 0:
            return f"No theme was found in the first {self.BASE} sessions: nothing to compare with."
        verdict = "saturated by this measure" if self.reached else "not saturated"
        return f"New information in the last {self.RUN} sessions: {self.ratio:.0%} - {verdict}."
