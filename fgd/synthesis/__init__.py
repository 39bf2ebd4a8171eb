"""From a deliberation to a brief: who answered what to which proposition, every word grounded."""

from fgd.synthesis.frames import Frames
from fgd.synthesis.merged import Part, tables
from fgd.synthesis.people import Attributed
from fgd.synthesis.programme import programme, topic
from fgd.synthesis.session import synthesise

VERSION = 9
"""Changes whenever the same inputs would give another brief."""

__all__ = [
    "VERSION",
    "Attributed",
    "Frames",
    "Part",
    "programme",
    "synthesise",
    "tables",
    "topic",
]
