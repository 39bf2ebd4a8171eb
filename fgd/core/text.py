"""Ids made from names, stable and readable in any script; clock times; counts in words."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import unicodedata
from typing import Any, TypeVar

T = TypeVar("T")

_LONGEST = 60
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve")  # fmt: skip
_PLAIN = str.maketrans(
    {"đ": "d", "ø": "o", "ł": "l", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th", "&": " and "}
)
_INITIALS = re.compile(r"\b(\w)\.(?=\w\b)")


def clean(text: str) -> str:
    """One line of text as people see it: NFC, no control characters, single spaces."""
    text = unicodedata.normalize("NFC", text)
    kept = (" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    return " ".join("".join(kept).replace("\ufeff", "").split())


_UNCARRIED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(chr(plane << 16 | last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
"""What JSON, XML or a workbook cannot hold: halves of characters, control characters and code
points that Unicode keeps for a program's own use."""


def carried(value: T) -> T:
    """Replace what no file of ours can hold in all texts of a value by U+FFFD.

    Looks into dataclasses, tuples, lists and tables; what holds nothing of the kind comes back
    as the same object.
    """
    made: Any = value
    if isinstance(value, str):
        if _UNCARRIED.search(value):
            made = _UNCARRIED.sub("\N{REPLACEMENT CHARACTER}", value)
    elif isinstance(value, tuple | list):
        inner = [carried(each) for each in value]
        if any(new is not old for new, old in zip(inner, value, strict=True)):
            made = type(value)(inner) if type(value) in (tuple, list) else type(value)(*inner)
    elif isinstance(value, dict):
        made = {carried(key): carried(each) for key, each in value.items()}
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        changed = {}
        for field in dataclasses.fields(value):
            old = getattr(value, field.name)
            if (new := carried(old)) is not old:
                changed[field.name] = new
        made = dataclasses.replace(value, **changed) if changed else value
    return made  # type: ignore[no-any-return] # of the kind that was given


def normal(text: str) -> str:
    """A form for comparing: case, accents, punctuation and spacing do not count."""
    return " ".join(_folded(text).split())


def slug(text: str, kind: str) -> str:
    """The id of a name; ``kind`` stands in where nothing of the name can be kept (an emoji)."""
    made = "-".join(_folded(text).split())
    if made and len(made.encode()) <= 2 * _LONGEST and len(made) <= _LONGEST:
        return made
    digest = hashlib.sha256(clean(text).encode()).hexdigest()[:6]
    while len(made.encode()) > 2 * _LONGEST or len(made) > _LONGEST:
        made = made[:-1]
    return f"{made.strip('-') or kind}-{digest}"


def clock(milliseconds: int) -> str:
    """A time of a recording as people read it: ``0:03:12``."""
    seconds = milliseconds // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def number(count: int) -> str:
    """A count in words up to twelve, else in figures."""
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def unique(wanted: str, taken: set[str]) -> str:
    """``wanted``, or ``wanted-2`` and so on; the answer is added to ``taken``."""
    found, count = wanted, 1
    while found in taken:
        count += 1
        found = f"{wanted}-{count}"
    taken.add(found)
    return found


def _folded(text: str) -> str:
    """Words of letters, marks and digits only. Accents go from Latin letters alone: the marks of
    Thai, Khmer or Lao are vowels.
    """
    text = _INITIALS.sub(r"\1", clean(text).casefold())
    decomposed = unicodedata.normalize("NFKD", text).translate(_PLAIN)
    kept: list[str] = []
    latin = False
    for character in decomposed:
        category = unicodedata.category(character)
        if category[0] == "M":
            kept += [] if latin else [character]
            continue
        if category != "Cf" and character not in "'\N{RIGHT SINGLE QUOTATION MARK}":
            kept.append(character if category[0] in "LN" else " ")
        latin = "LATIN" in unicodedata.name(character, "")
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", "".join(kept))).strip()
