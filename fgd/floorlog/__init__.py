"""The note-taker's floor log: entries, journal, and its alignment with the sound."""

from fgd.floorlog.alignment import Aligned, Heard, align, settle
from fgd.floorlog.floorlog import codes, joined, named, read_journal

VERSION = 2
"""Changes whenever the same log would be read in another way."""

__all__ = [
    "VERSION",
    "Aligned",
    "Heard",
    "align",
    "codes",
    "joined",
    "named",
    "read_journal",
    "settle",
]
