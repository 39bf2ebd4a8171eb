"""What a session was about: the guide's questions, the codebook's themes, and the unexpected.

``theme`` does all of it with the codebooks that ``gather`` reads; ``matrix`` crosses the themes
in a workbook; ``groups`` tells which of those that came up by themselves belong together.
``Desk`` records what people decide about themes.
"""

from fgd.themes.branches import groups
from fgd.themes.codebook import gather
from fgd.themes.decide import Desk
from fgd.themes.matrix import matrix
from fgd.themes.theme import theme

VERSION = 3
"""Rises when the same input may come out differently."""

__all__ = ["VERSION", "Desk", "gather", "groups", "matrix", "theme"]
