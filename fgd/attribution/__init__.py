"""Who it was: from names said in a room to attributions with reasons."""

from fgd.attribution.attribute import Attributed, attribute
from fgd.attribution.discovery import own as own_gazetteer
from fgd.attribution.joined import SAME_VOICE

VERSION = 9
"""Rises when the same input may come out differently."""

__all__ = ["SAME_VOICE", "VERSION", "Attributed", "attribute", "own_gazetteer"]
