"""How progress leaves the library without the library knowing who shows it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with the step's name and how much of it is done; ``total`` 0 means not known."""

    def __call__(self, step: str, completed: int, total: int, /) -> None:
        """Tell how far a step has come."""
        ...


def silent(step: str, completed: int, total: int, /) -> None:
    """The progress callback for callers who do not show any."""
