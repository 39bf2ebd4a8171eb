"""What the synthesis reads of the rooms before it, as shapes and not as their classes."""

from __future__ import annotations

from typing import Protocol

from fgd.model import Attribution, Codebook, Coding, Position


class Attributed(Protocol):
    """Who spoke: records about voices (``turn`` empty) and about single turns."""

    @property
    def attributions(self) -> tuple[Attribution, ...]:
        """Voices first; a record about a turn goes before the one about its voice."""
        ...


class Themed(Protocol):
    """What it was about."""

    @property
    def codebook(self) -> Codebook:
        """The codes in force, emergent ones among them."""
        ...

    @property
    def codings(self) -> tuple[Coding, ...]:
        """Stretches of turns and the codes they are about."""
        ...

    @property
    def positions(self) -> tuple[Position, ...]:
        """Stands taken in stretches of turns."""
        ...
