"""What it was about: codes, codings and positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Origin = Literal["guide", "library", "emergent", "person"]
CodingStatus = Literal["suggested", "accepted", "rejected"]
Stand = Literal[
    "supports",
    "supports with conditions",
    "questions",
    "opposes",
    "proposes",
    "reports experience",
]


@dataclass(frozen=True, slots=True)
class Code:
    """A theme (or a value of another dimension) with an id that never changes."""

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


@dataclass(frozen=True, slots=True)
class Codebook:
    """A versioned set of codes."""

    id: str
    title: str = ""
    version: str = ""
    codes: tuple[Code, ...] = ()


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
class Position:
    """A participant's stand on a theme in one stretch of a turn. ``towards`` names the turn of an
    earlier speaker that is agreed or disagreed with.
    """

    turn: str
    start: int
    end: int
    stand: Stand
    code: str = ""
    cue: str = ""
    towards: str = ""
    score: float = 0.0
