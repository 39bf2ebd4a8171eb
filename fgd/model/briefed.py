"""What a brief rests on: text that re-slices exactly."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from fgd.model.span import Span


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
