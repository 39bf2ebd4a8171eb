"""Read the word lists of ``words.toml``, and make texts comparable."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple

LETTERS = {"ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "\u0131": "i"}
"""Letters that do not come apart into a plain one and an accent."""

INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u034f"
"""Characters that print nothing and can hide in the middle of a word."""

_MARKS = (
    "\u0300-\u036f\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    "\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3"
)
"""Accents and vowel signs: Latin, Arabic, Devanagari, Thai, Lao, Burmese, Khmer."""

_TOKEN = re.compile(rf"(?:[^\W\d_]|[{INVISIBLE}{_MARKS}])+|\d+")
_SILENT = f"[{INVISIBLE}{_MARKS}\uff9e\uff9f]"
"""What folding may leave out of a word: marks, what is invisible, the voicing marks of kana."""

_LETTERS_APART = re.compile(
    rf"(?<![^\W\d_]){_SILENT}*[^\W\d_]{_SILENT}*[ .\-\u00b7]+"
    rf"{_SILENT}*[^\W\d_]{_SILENT}*(?![^\W\d_])"
)
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@cache
def _table() -> dict[str, object]:
    source = files("fgd.disclosure").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(source)


@cache
def common() -> frozenset[str]:
    """List English words that are also names or acronyms, folded."""
    return frozenset(str(_table()["common"]).split())


@cache
def devices() -> frozenset[str]:
    """List words on the labels of devices, folded."""
    return frozenset(str(_table()["devices"]).split())


@cache
def kinds() -> frozenset[str]:
    """List words for what a body is, folded."""
    return frozenset(str(_table()["kinds"]).split())


@cache
def giveaways() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """List phrases by which people identify themselves, each with the mark put in its place."""
    found = _table()["self"]
    assert isinstance(found, list)
    return tuple((each["mark"], re.compile(rf"\b{each['pattern']}")) for each in found)


def country_forms(country: str) -> tuple[str, ...]:
    """List a country's names, adjectives and capital; an unknown one is only itself."""
    known = _table()["countries"]
    assert isinstance(known, dict)
    wanted = fold(country)
    for name, forms in known.items():
        if wanted in {fold(name), *map(fold, forms[:1])}:
            return (name, *forms)
    return (country,)


@lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """Lower case without accents, format characters gone; lengths may change.

    >>> fold("Nguyễn Thị\u200b Đào")
    'nguyen thi dao'
    """
    return text.lower() if text.isascii() else "".join(map(_folded, text))


@cache
def _folded(character: str) -> str:
    lower = character.lower()
    lower = LETTERS.get(lower, lower)
    plain = unicodedata.normalize("NFKD", lower)
    return "".join(
        each for each in plain if unicodedata.category(each) not in ("Mn", "Cf", "Me")
    ).lower()


class Token(NamedTuple):
    """A word or a number of a text: where it stands, as written, and folded."""

    start: int
    end: int
    raw: str
    folded: str


def tokens(text: str) -> list[Token]:
    """Split a text into words and numbers; an underscore or a change to digits ends a word."""
    found = (
        Token(each.start(), each.end(), each.group(), fold(each.group()))
        for each in _TOKEN.finditer(text)
    )
    return [token for token in found if token.folded]


def folded(text: str) -> list[str]:
    """Split a text into folded words and numbers alone; several times faster than ``tokens``."""
    return [word for word in map(fold, _TOKEN.findall(text)) if word]


def may_be_spelled(text: str) -> bool:
    """Tell whether two single letters stand beside each other; else nothing is spelled out."""
    return bool(_LETTERS_APART.search(text))


def is_unspaced(text: str) -> bool:
    """Tell whether a text is in a script without spaces between words (Thai, Lao, Khmer ...)."""
    return bool(_UNSPACED.search(text))


SecretKind = Literal["person", "institution", "country"]


@dataclass(frozen=True, slots=True)
class Secret:
    """One spelling of something that identifies. ``exact`` ones only count as they are written,
    because in lower case they are words of the language.
    """

    text: str
    kind: SecretKind
    exact: bool = False

    @property
    def tokens(self) -> tuple[str, ...]:
        """Split the secret into folded words."""
        return tuple(token.folded for token in tokens(self.text))
