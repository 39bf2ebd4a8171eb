"""Say what is known about the work itself: decisions of people, problems, provenance, spans."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """A half-open interval ``[start, end)`` in integer milliseconds."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.start < 0 or self.end < self.start:
            raise ValueError(f"a span must satisfy 0 <= start <= end, got {self.start}..{self.end}")

    @property
    def duration(self) -> int:
        """Length in milliseconds."""
        return self.end - self.start

    def __bool__(self) -> bool:
        return self.end > self.start

    def __contains__(self, moment: int) -> bool:
        return self.start <= moment < self.end

    def __and__(self, other: Span) -> Span:
        """Return the intersection; empty (zero length) where the two do not meet."""
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.end, other.end)))

    def __or__(self, other: Span) -> Span:
        """Return the smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share at least one millisecond."""
        return self.start < other.end and other.start < self.end

    def shifted(self, milliseconds: int) -> Span:
        """Return the same interval, moved."""
        return Span(self.start + milliseconds, self.end + milliseconds)


Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person changed. ``anchor`` ties it to a recording and a time, so that it survives
    another transcription; ``undoes`` names an earlier decision that no longer holds.
    """

    id: str
    target: str
    field: str
    value: str
    by: str
    when: str
    recording: str = ""
    anchor: Span = Span(0, 0)
    undoes: str = ""

    @staticmethod
    def made(
        target: str,
        field: str,
        value: str,
        recording: str,
        anchor: Span,
        *,
        by: str,
        when: str,
        undoes: str = "",
    ) -> Decision:
        """Return a decision whose id is made from all that it says."""
        said = "\x1f".join((target, field, value, recording, str(anchor), by, when, undoes))
        made = "d-" + hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        return Decision(made, target, field, value, by, when, recording, anchor, undoes)


@dataclass(frozen=True, slots=True)
class Issue:
    """A problem as data: where, how bad, what, and the remedy."""

    level: Level
    where: str
    message: str
    remedy: str = ""
    place: str = ""

    def __str__(self) -> str:
        where = ", ".join(filter(None, (self.where, self.place)))
        return (f"{where}: " if where else "") + " ".join(filter(None, (self.message, self.remedy)))


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a value was made: enough to tell whether it is still fresh, and to say so in a brief."""

    step: str
    version: int
    backend: str = ""
    options: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ""
