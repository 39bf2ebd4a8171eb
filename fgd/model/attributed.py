"""Who it was, with reasons: the arrow from a voice heard to a participant invited."""

from __future__ import annotations

from dataclasses import dataclass

from fgd.model.span import Span


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
class Attribution:
    """A turn's (or, with ``turn`` empty, a voice's) participant and institution, or unknown.

    Unknown is an empty ``participant`` and empty ``institutions``; ``confidence`` is calibrated.
    """

    voice: str
    turn: str = ""
    participant: str = ""
    institutions: tuple[str, ...] = ()
    confidence: float = 0.0
    runner_up: str = ""
    runner_up_confidence: float = 0.0
    source: str = ""
    evidence: tuple[Evidence, ...] = ()
