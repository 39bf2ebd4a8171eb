"""Who it was: from names said in a room to attributions with reasons.

``attribute`` does the work; ``name_voice`` and its siblings record what people decide, and
``rearrange`` applies decisions about voices to a conversation before it is attributed.
"""

from fgd.attribution.attribute import Attributed, attribute
from fgd.attribution.decide import (
    append,
    merge_voices,
    name_turn,
    name_voice,
    nobody,
    place_voice,
    split_voice,
    undo,
)
from fgd.attribution.rearrange import rearrange

VERSION = 3
"""Rises when the same input may come out differently."""

__all__ = [
    "VERSION",
    "Attributed",
    "append",
    "attribute",
    "merge_voices",
    "name_turn",
    "name_voice",
    "nobody",
    "place_voice",
    "rearrange",
    "split_voice",
    "undo",
]
