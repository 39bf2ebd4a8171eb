"""A line of a transcript as people read it: who, when, what, and what is doubtful about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fgd.model import Conversation, Flag, Span, Word


@dataclass(frozen=True, slots=True)
class Line:
    """One turn, its speaker named as far as is known. ``span`` means nothing if not ``timed``."""

    turn: str
    recording: str
    voice: str
    speaker: str
    span: Span
    words: tuple[Word, ...]
    overlap: bool
    timed: bool
    decided_by: str
    certainty: float
    flags: tuple[Flag, ...]

    @property
    def text(self) -> str:
        """The words as written."""
        return "".join(word.text for word in self.words).strip()


def lines(
    conversations: Sequence[Conversation], speakers: Mapping[str, str] | None = None
) -> tuple[Line, ...]:
    """Every turn of every recording in order.

    ``speakers`` maps turn ids to the name to print; a turn without one keeps the label of its
    imported transcript, else its voice.
    """
    known = speakers or {}
    return tuple(
        Line(
            turn.id,
            turn.recording,
            turn.voice,
            known.get(turn.id) or turn.label or turn.voice,
            turn.span,
            turn.words,
            bool(turn.overlaps),
            conversation.timed,
            turn.decided_by,
            turn.share,
            turn.flags,
        )
        for conversation in conversations
        for turn in conversation.turns
    )
