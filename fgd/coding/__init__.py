"""What a session was about: the guide's questions, the codebook's themes, and the unexpected.

``theme`` does all of it with the codebooks that ``gather`` reads; ``matrix`` crosses the themes
in a workbook; ``groups`` tells which of those that came up by themselves belong together.
"""

from fgd.coding.codebook import gather, written
from fgd.coding.emergent import groups
from fgd.coding.theme import matrix, theme

VERSION = 6
"""Rises when the same input may come out differently."""

__all__ = ["VERSION", "gather", "groups", "matrix", "theme", "written"]
