"""Who it was: from names said in a room to attributions with reasons."""

from fgd.attribution.attribute import Attributed, attribute
from fgd.attribution.discovery import own as own_gazetteer
from fgd.attribution.handovers import HANDED, handed_over
from fgd.attribution.joined import SAME_VOICE

VERSION = 16
"""Rises when the same input may come out differently."""

__all__ = [
    "HANDED",
    "SAME_VOICE",
    "VERSION",
    "Attributed",
    "attribute",
    "handed_over",
    "own_gazetteer",
]
