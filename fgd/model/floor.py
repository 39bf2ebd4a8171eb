"""Who had the floor, as somebody in the room wrote it down."""

from __future__ import annotations

from dataclasses import dataclass

from fgd.model.span import Span


@dataclass(frozen=True, slots=True)
class FloorMark:
    """One line of a floor log. ``label`` is the name as written, which need not be on the roster.

    A mark whose end nobody knows is open: its span is empty and starts where the floor was given.
    ``recording`` is the id of the recording that the time counts from.
    """

    span: Span
    label: str
    section: str = ""
    note: str = ""
    recording: str = ""
