"""What the synthesis reads of the attribution room, as a shape and not as its class."""

from __future__ import annotations

from typing import Protocol

from fgd.model import Attribution


class Attributed(Protocol):
    """Who spoke: records about voices (``turn`` empty) and about single turns."""

    @property
    def attributions(self) -> tuple[Attribution, ...]:
        """A record about a turn goes before the one about its voice."""
        ...
