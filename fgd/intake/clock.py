"""Times as people and platforms write them, in integer milliseconds."""

from __future__ import annotations

import re

# 0:12, 12:34, 1:02:03, 00:00:01.250, 00:00:01,250, 0:0:2.4; the hours are optional.
TIME = r"(?:\d{1,3}:)?\d{1,3}:\d{1,2}(?:[.,]\d{1,6})?"

_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{1,2})(?:[.,](\d+))?")
_SECONDS = re.compile(r"(\d+)(?:[.,](\d+))?\s*(?:s|sec|seconds)?", re.IGNORECASE)


def milliseconds(text: str) -> int | None:
    """``m:ss``, ``h:mm:ss`` with or without a fraction; nothing where it is no such time."""
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        return None
    hours, minutes, seconds, fraction = found.groups()
    if int(seconds) > 59 or (hours is not None and int(minutes) > 59):
        return None
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + _thousandths(fraction)


def moment(text: str) -> int | None:
    """As ``milliseconds``, and plain seconds (``75``, ``75.5``) too."""
    found = _SECONDS.fullmatch(text.strip())
    if found:
        return int(found[1]) * 1000 + _thousandths(found[2])
    return milliseconds(text)


def _thousandths(fraction: str | None) -> int:
    return int((fraction or "")[:3].ljust(3, "0"))


def spoken(span: int) -> str:
    """A moment as ``h:mm:ss`` for messages."""
    seconds = span // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
