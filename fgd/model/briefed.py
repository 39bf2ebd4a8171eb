"""What a brief says and what it rests on: quotes that re-slice exactly, counts of people.

A ``Brief`` is complete: whoever publishes it needs nothing else. Quotes are printed from its one
list of extracts and named by id everywhere else. Where a rule of attribution forbids something,
it is absent from the value, never hidden in it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar, Literal

from fgd.model.invited import Disclosure, SectionKind
from fgd.model.span import Span
from fgd.model.themed import Origin

Edition = Literal["internal", "circulation"]
EDITIONS: tuple[Edition, ...] = ("internal", "circulation")
BriefKind = Literal["session", "topic", "programme"]
Agreement = Literal[
    "convergence", "broad but qualified", "divergence", "several views", "lone view", "not tested"
]
GapKind = Literal["not asked", "asked, not raised", "thin", "open question"]
Confidence = Literal["firm", "fair", "thin"]

STRICTEST = Disclosure()
"""The rule that holds where nobody has set another."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Text that re-slices exactly or does not exist: ``turn.text[start:end]`` with its hash."""

    id: str
    session: str
    recording: str
    turn: str
    span: Span
    start: int
    end: int
    text: str
    sha256: str

    @staticmethod
    def digest(text: str) -> str:
        """The hash that pins the slice."""
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a printed quote: words as said, or (``said`` false) a mark in their place."""

    text: str
    said: bool = True


@dataclass(frozen=True, slots=True)
class Extract:
    """A quote as it is printed: exact slices of one turn, left-out words marked between them.

    ``sources`` pin the slices and are empty where the rule of attribution forbids following
    them; ``before`` and ``after`` are what the same turn or its neighbours say around it;
    ``clip`` is a path beside the brief, ``place`` the recording and time for paper; ``who`` is
    the key of a ``Presence``, ``speaker`` what may be printed of them.
    """

    id: str
    pieces: tuple[Piece, ...]
    who: str = ""
    speaker: str = ""
    session: str = ""
    place: str = ""
    stand: str = ""
    codes: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    clip: str = ""
    note: str = ""
    sources: tuple[Quote, ...] = ()

    @property
    def text(self) -> str:
        """The quote as one line, marks included."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Count:
    """How many people, of how many who spoke to the point; ``who`` are the people counted.

    ``who`` is empty where the rule of attribution forbids telling them apart.
    """

    people: int
    of: int
    wording: str = ""
    institutions: int = 0
    of_institutions: int = 0
    who: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """One stand on a finding's theme, who took it and the extracts that show it."""

    stand: str
    sentence: str
    count: Count
    extracts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What was said about one theme: a sentence made of counts and the theme, resting on quotes.

    ``codes`` are the theme's code and those told together with it; ``lone`` are extracts of
    points that one person alone made. ``candidates`` are the next best quotes, from which a
    person may choose others than the ``extracts``; no edition prints them.
    """

    id: str
    codes: tuple[str, ...]
    title: str
    sentence: str
    spoke: Count
    agreement: Agreement = "not tested"
    verdict: str = ""
    section: str = ""
    origin: Origin = "library"
    why: str = ""
    phases: tuple[str, ...] = ()
    confidence: Confidence = "thin"
    confidence_reason: str = ""
    views: tuple[View, ...] = ()
    extracts: tuple[str, ...] = ()
    lone: tuple[str, ...] = ()
    candidates: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Something that should be done, in the words of those who said so.

    ``raised`` counts those who said it (``also`` are their other words for it), ``support`` those
    who agreed, ``opposed`` those who objected; all of those who spoke to its theme.
    """

    id: str
    extract: str
    addressee: str = ""
    explicit: bool = True
    codes: tuple[str, ...] = ()
    raised_by: tuple[str, ...] = ()
    raised: Count = Count(0, 0)
    support: Count = Count(0, 0)
    opposed: Count = Count(0, 0)
    note: str = ""
    also: tuple[str, ...] = ()
    supporting: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contribution:
    """A statement that stands apart: a national assessment, an expert's intervention, an inject.

    For an inject ``prompt`` are extracts of what the room was told and ``decisions`` of what was
    decided. ``who`` are keys of ``Presence``, ``speakers`` what may be printed of them.
    """

    id: str
    kind: SectionKind
    title: str
    speakers: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    extracts: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Something the discussion does not tell, and why it does not."""

    kind: GapKind
    title: str
    note: str = ""
    section: str = ""
    extracts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """What became of one section of the guide; times in milliseconds."""

    section: str
    title: str
    kind: SectionKind = "question"
    text: str = ""
    asked: bool = False
    planned: int = 0
    spent: int = 0
    people: int = 0
    turns: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """How much one person, or one group of people, was heard.

    ``key`` is how counts name them: session, then participant or recording and voice.
    """

    label: str
    key: str = ""
    role: str = ""
    institution: str = ""
    institutions: tuple[str, ...] = ()
    category: str = ""
    country: str = ""
    people: int = 1
    speech: int = 0
    turns: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a recording and what it was about, for the strip along the timeline."""

    recording: str
    span: Span
    track: str
    label: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of counts: one row of ``values`` per row label.

    ``WITHHELD`` stands where a cell would tell too much about too few people.
    """

    WITHHELD: ClassVar[int] = -1

    id: str
    title: str
    corner: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[int, ...], ...]
    unit: str = "people"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a masthead or of the method annex; ``item`` numbers it in a reporting checklist.

    A ``private`` fact names people, bodies or files, and stays in the internal edition.
    """

    label: str
    value: str
    item: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """One step of the scale of quantifiers, as printed: the words and when they are used."""

    words: str
    rule: str


@dataclass(frozen=True, slots=True)
class Brief:
    """A session, a topic over sessions, or a programme of sessions, told for those who must act."""

    id: str
    title: str
    kind: BriefKind = "session"
    edition: Edition = "internal"
    disclosure: Disclosure = STRICTEST
    language: str = "en"
    status: str = ""
    purpose: str = ""
    masthead: tuple[Fact, ...] = ()
    glance: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    scale: tuple[Wording, ...] = ()
    accounts: tuple[Account, ...] = ()
    findings: tuple[Finding, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    gaps: tuple[Gap, ...] = ()
    grids: tuple[Grid, ...] = ()
    presence: tuple[Presence, ...] = ()
    strip: tuple[Stretch, ...] = ()
    participants: tuple[Fact, ...] = ()
    doubts: tuple[Fact, ...] = ()
    method: tuple[Fact, ...] = ()
    extracts: tuple[Extract, ...] = ()
