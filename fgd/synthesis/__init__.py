"""From codings to a brief: findings with counts of people, every word of them grounded."""

from fgd.synthesis.inputs import Attributed
from fgd.synthesis.merged import Part
from fgd.synthesis.programme import programme, topic
from fgd.synthesis.session import synthesise

VERSION = 5
"""Changes whenever the same inputs would give another brief."""

__all__ = [
    "VERSION",
    "Attributed",
    "Part",
    "programme",
    "synthesise",
    "topic",
]
