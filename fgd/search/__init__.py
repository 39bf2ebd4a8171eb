"""Find any sentence of any session: by words, names, filters and meaning."""

from fgd.search.finder import Found, Hit, Way, find
from fgd.search.index import Entry, Index, Passage, Speaker
from fgd.search.question import Question, parse

__all__ = [
    "Entry",
    "Found",
    "Hit",
    "Index",
    "Passage",
    "Question",
    "Speaker",
    "Way",
    "find",
    "parse",
]
