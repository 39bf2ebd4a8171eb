"""From a deliberation to a brief: who answered what to which proposition, every word grounded."""

from fgd.synthesis.checked import amended
from fgd.synthesis.frames import Frames
from fgd.synthesis.material import Attributed
from fgd.synthesis.programme import Part, programme, tables, topic
from fgd.synthesis.session import synthesise

VERSION = 16
"""Changes whenever the same inputs would give another brief."""

__all__ = [
    "VERSION",
    "Attributed",
    "Frames",
    "Part",
    "amended",
    "programme",
    "synthesise",
    "tables",
    "topic",
]
