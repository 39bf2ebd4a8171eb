"""Text of unknown encoding: UTF-8 or UTF-16 as they should be, and a stated guess for the rest.

charset-normalizer does the guessing. On the short, mostly English files people hand in it ranks
cp1250 over cp1252 at equal scores ("José Muńoz"), so that one tie is decided here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from fgd.model import Issue

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch, CharsetMatches

_SAVE = "If names look wrong, save the file again with the encoding UTF-8."
_SYMBOL_IN_WORD = re.compile(r"(?<=[^\W\d_])[¡-¿\u00d7\u00f7](?=[^\W\d_]|\b)")
_MARKS = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


def read_text(path: Path, name: str) -> tuple[str, list[Issue]]:
    """A file's text with plain newlines, and what had to be assumed about its encoding.

    Raises ``OSError`` if the file cannot be read; never fails on its bytes.
    """
    return decode(path.read_bytes(), name)


def decode(data: bytes, name: str) -> tuple[str, list[Issue]]:
    """Bytes as text with plain newlines; ``name`` is how messages call the file."""
    text, issues = _decode(data, name)
    text = text.removeprefix("\ufeff").replace("\0", "")
    return re.sub(r"\r+\n|\r", "\n", text), issues


def _decode(data: bytes, name: str) -> tuple[str, list[Issue]]:
    for encoding, mark in _MARKS.items():
        if data.startswith(mark):
            # A copy that broke off may end in half a character; that is no reason to guess.
            return data[len(mark) :].decode(encoding.removesuffix("-sig"), "replace"), []
    wide = _wide(data)
    if wide:
        return data.decode(wide, "replace"), [_assumed(name, wide)]
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as problem:
        return _mended(data, name, problem) or _guessed(data, name)


def _wide(data: bytes) -> str:
    """UTF-16 without its mark: every other byte of mostly Western text is zero."""
    sample = data[:4000]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd, 1) * 4 < len(sample) // 2 or not even + odd:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _mended(data: bytes, name: str, problem: UnicodeDecodeError) -> tuple[str, list[Issue]] | None:
    """UTF-8 with a few damaged places, if that is what it is."""
    text = data.decode("utf-8", "replace")
    damaged = text.count("\N{REPLACEMENT CHARACTER}")
    intact = sum(character > "\x7f" for character in text) - damaged
    cut = problem.start >= len(data) - 3
    if not cut and intact < 3 * damaged:
        return None
    line = data[: problem.start].count(b"\n") + 1
    message = f"{damaged} damaged character(s) are shown as \N{REPLACEMENT CHARACTER}."
    return text, [Issue("warning", name, message, "Copy the file again.", f"line {line}")]


def _guessed(data: bytes, name: str) -> tuple[str, list[Issue]]:
    from charset_normalizer import from_bytes

    matches = from_bytes(data)
    best = matches.best()
    encoding = _western(data, matches, best) if best is not None else "cp1252"
    return data.decode(encoding, "replace"), [_assumed(name, encoding)]


def _western(data: bytes, matches: CharsetMatches, best: CharsetMatch) -> str:
    """Of the encodings that fit equally well: cp1252 unless it puts symbols into words, then the
    first one that does not.
    """
    equal = [match for match in matches if match.chaos <= best.chaos]
    western = ["cp1252" for m in equal if "cp1252" in (m.encoding, *m.could_be_from_charset)]
    for encoding in (*western[:1], *(match.encoding for match in equal)):
        text = data.decode(encoding, "replace")
        if not _SYMBOL_IN_WORD.search(text) and "\N{REPLACEMENT CHARACTER}" not in text:
            return encoding
    return best.encoding


def _assumed(name: str, encoding: str) -> Issue:
    return Issue("note", name, f"the file is not UTF-8; it was read as {encoding}.", _SAVE)
