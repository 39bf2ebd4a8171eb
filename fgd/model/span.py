"""An interval of time as a value with an algebra."""

from __future__ import annotations

from dataclasses import dataclass


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
        """The intersection; empty (zero length) where the two do not meet."""
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.end, other.end)))

    def __or__(self, other: Span) -> Span:
        """The smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one millisecond."""
        return self.start < other.end and other.start < self.end

    def shifted(self, milliseconds: int) -> Span:
        """The same interval, moved."""
        return Span(self.start + milliseconds, self.end + milliseconds)
