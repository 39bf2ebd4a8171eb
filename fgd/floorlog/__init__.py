"""The note-taker's floor log: entries, journal, and its alignment with the sound."""

from fgd.floorlog.added import joined
from fgd.floorlog.align import Aligned, align
from fgd.floorlog.called import codes, named
from fgd.floorlog.journal import read_journal
from fgd.floorlog.offset import Heard
from fgd.floorlog.settle import settle

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
