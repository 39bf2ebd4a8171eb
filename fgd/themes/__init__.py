"""What a session was about: the guide's questions, the codebook's themes, and the unexpected.

``theme`` does all of it; ``gather`` reads the codebooks it is given.
"""

from fgd.themes.codebook import gather
from fgd.themes.theme import theme

VERSION = 1
"""Rises when the same input may come out differently."""

__all__ = ["VERSION", "gather", "theme"]
