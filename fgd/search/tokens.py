"""Cut texts and questions into the same words: folded, of any script, each with its place.

A word is compared without case, accents and the English plural. Scripts that write no spaces (Thai,
Lao, Khmer, Burmese, Chinese, Japanese) are cut into letters with their marks; letters that follow
each other are looked for as such, so that any stretch of them is found without a dictionary.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from fgd.coding.terms import stem
from fgd.disclosure.words import LETTERS

_MARKS = "".join(chr(c) for c in range(0x300, 0x1D00) if unicodedata.category(chr(c))[0] == "M")
_RUN = re.compile(rf"(?:[^\W_]|[{_MARKS}\u1dc0-\u1dff\u200b-\u200d\u20d0-\u20ff\u3099\u309a])+")
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3040-\u30ff\u3400-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_PIECE = re.compile(rf"[{_UNSPACED}][{_MARKS}\u200b-\u200d\u3099\u309a]*|[^{_UNSPACED}]+")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_APOSTROPHES = ("'", "\u2019", "\u02bc")


class Token(NamedTuple):
    """A word of a text: characters ``start``..``end``, and what it is compared as."""

    start: int
    end: int
    folded: str


def tokens(text: str) -> list[Token]:
    """Return the words of a text; the "s" of an English genitive is none.

    >>> [token.folded for token in tokens("The Đà Nẵng women's parties")]
    ['the', 'da', 'nang', 'women', 'party']
    """
    found: list[Token] = []
    for run in _RUN.finditer(text):
        start, end, said = run.start(), run.end(), run.group()
        if said in ("s", "S") and found and text[found[-1].end : start] in _APOSTROPHES:
            continue
        if said.isascii() or not _IS_UNSPACED.search(said):
            if folded := fold(said):
                found.append(Token(start, end, folded))
            continue
        found += [
            Token(start + piece.start(), start + piece.end(), folded)
            for piece in _PIECE.finditer(said)
            if (folded := fold(piece.group()))
        ]
    return found


def searchable(text: str) -> str:
    """Return a text as it is indexed: its words as they are compared, apart by spaces."""
    return " ".join(token.folded for token in tokens(text))


@lru_cache(maxsize=262_144)
def fold(word: str) -> str:
    """Return a word as it is compared; empty where nothing of it can be seen.

    Accents and points of Latin, Greek, Cyrillic, Hebrew and Arabic do not count; the vowel signs of
    other scripts do, because without them other words would be meant.
    """
    lower = word.lower()
    if lower.isascii():
        return stem(lower)
    plain = unicodedata.normalize("NFKD", "".join(LETTERS.get(c, c) for c in lower))
    kept = (
        LETTERS.get(c, c)
        for c in plain
        if not (unicodedata.category(c) in ("Mn", "Me") and c < "\u0900")
        and unicodedata.category(c) != "Cf"
    )
    made = unicodedata.normalize("NFC", "".join(kept)).lower()
    return stem(made) if made.isascii() else made
