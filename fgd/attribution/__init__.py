"""Who it was: from names said in a room to attributions with reasons."""

from fgd.attribution.attribute import Attributed, attribute

VERSION = 4
"""Rises when the same input may come out differently."""

__all__ = ["VERSION", "Attributed", "attribute"]
