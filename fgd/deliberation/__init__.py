"""Find what was put to the room, and who answered what.

``deliberate`` reads propositions, responses and what the chair summed up from a session's turns.
"""

from fgd.deliberation.deliberate import deliberate, reader

VERSION = 34
"""Rises when the same input may come out differently."""

__all__ = ["VERSION", "deliberate", "reader"]
