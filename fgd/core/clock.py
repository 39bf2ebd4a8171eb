"""Read and write times of a recording, in integer milliseconds.

Written are clocks, with as many digits as captions and other programs want. Read is whatever people
and platforms write: clocks (``0:12``, ``00:00:01,250``), timecodes with frames (``00;00;04;12``),
the stamps of transcription programs (``#00:00:19-2#``), times of day with or without a date
(``2:03 PM``, ``14/03/2026, 14:03``) and times in words (``1 minute 5 seconds``). A time of day
counts from midnight, one with a date from the first of January of the year 1: whoever reads a whole
file sees that such a number is no place in a recording and counts from the first one.
"""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

_CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{1,2}(?:[.,]\d{1,6})?"
_FRAMES = r"\d{1,2}[:;]\d{2}[:;]\d{2}[:;]\d{2}(?![\d:;])"
_HASHED = r"#(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[-.,]\d{1,3})?#"
_DATE = r"(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})"
_HALF = r"\s?[AaPp]\.?[Mm]\b\.?"
_OF_DAY = rf"(?:{_DATE}(?:,?\s+|,|T))?{_CLOCK}(?:{_HALF})?(?:Z|[+-]\d\d:\d\d)?"
_HOURS = r"(?:hours?|hrs?|h|stunden?|std|heures?|horas?|jam|uur|ore|giờ|ชั่วโมง|ម៉ោង)"
_MINUTES = r"(?:minutes?|mins?|m|minuten?|minutos?|menit|minuti|minuto|phút|นาที|នាទី)"
_SECONDS = r"(?:seconds?|secs?|s|sekunden?|sek|secondes?|segundos?|detik|secondi|giây|วินาที|វិនាទី)"

_PRIMES = r"\d{1,3}['\u2032\u2019]\s?\d{1,2}(?:[\"\u2033\u201d]|'')"

TIME = (
    rf"(?:{_HASHED}|{_PRIMES}|{_FRAMES}|{_DATE}(?:,?\s+|,|T){_CLOCK}(?:{_HALF})?Z?"
    rf"|{_CLOCK}(?:{_HALF})?)"
)
"""A time as it may stand in front of a text."""

WORDED = (
    rf"(?:\d{{1,3}}\s*{_HOURS}\.?,?\s*)?(?:\d{{1,3}}\s*{_MINUTES}\.?,?\s*)?"
    rf"(?:\d{{1,5}}(?:[.,]\d{{1,6}})?\s*{_SECONDS}\.?)?"
)
"""A time in words; matches the empty text too, so ask ``milliseconds`` whether it is one."""

_PLAIN = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d{1,2})(?:[.,](\d+))?")
_OF_DAY_PARTS = re.compile(
    rf"(?:(?P<date>{_DATE})(?:,?\s+|,|T))?(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})"
    rf"(?::(?P<second>\d{{2}})(?:[.,](?P<part>\d+))?)?\s?(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"(?:Z|[+-]\d\d:\d\d)?"
)
_FRAME_PARTS = re.compile(r"(\d{1,2})[:;](\d{2})[:;](\d{2})[:;](\d{2})")
_PRIME_PARTS = re.compile(r"(\d{1,3})['\u2032\u2019]\s?(\d{1,2})(?:[\"\u2033\u201d]|'')")
_HASH_PARTS = re.compile(r"#(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?:[-.,](\d{1,3}))?#")
_WORD_PARTS = re.compile(
    rf"(?:(?P<h>\d+)\s*{_HOURS}\.?,?\s*)?(?:(?P<m>\d+)\s*{_MINUTES}\.?,?\s*)?"
    rf"(?:(?P<s>\d+)(?:[.,](?P<part>\d+))?\s*{_SECONDS}\.?)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(\d+)(?:[.,](\d+))?\s*(?:s|sec|seconds)?", re.IGNORECASE)
_FRAME_RATE = 30
"""Frames a second where a file does not say: the error is below half a second."""

DAY = 24 * 3_600_000


@lru_cache(maxsize=65536)
def milliseconds(text: str) -> int | None:
    """Read any of the shapes above; nothing where a text is no such time.

    >>> milliseconds("1:02:03.5"), milliseconds("00;00;04;15"), milliseconds("1 minute 5 seconds")
    (3723500, 4500, 65000)
    """
    text = text.strip()
    if not text or len(text) > 60:
        return None
    found = _PLAIN.fullmatch(text)
    if found:
        hours, minutes, seconds, fraction = found.groups()
        if int(seconds) > 59 or (hours is not None and int(minutes) > 59):
            return None
        whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
        return whole * 1000 + _thousandths(fraction)
    found = _HASH_PARTS.fullmatch(text)
    if found:
        hours, minutes, seconds, fraction = found.groups()
        whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
        return whole * 1000 + _thousandths(fraction)
    found = _PRIME_PARTS.fullmatch(text)
    if found and int(found[2]) < 60:
        return (int(found[1]) * 60 + int(found[2])) * 1000
    found = _FRAME_PARTS.fullmatch(text)
    if found:
        hour, minute, second, frame = map(int, found.groups())
        if minute > 59 or second > 59 or frame > 59:
            return None
        whole = (hour * 60 + minute) * 60 + second
        return whole * 1000 + min(999, frame * 1000 // _FRAME_RATE)
    return _time_of_day(text) if ":" in text else _in_words(text)


def _time_of_day(text: str) -> int | None:
    found = _OF_DAY_PARTS.fullmatch(text)
    if not found or not (found["date"] or found["half"]):
        return None
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    half = (found["half"] or "")[:1].casefold()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    days = _days(found["date"]) if found["date"] else 0
    if days is None:
        return None
    seconds = (hour * 60 + minute) * 60 + second
    return days * DAY + seconds * 1000 + _thousandths(found["part"])


def _days(date: str) -> int | None:
    """The number of a day; where day and month can be either way, the day is taken to come first:
    only differences within one file are used.
    """
    numbers = [int(part) for part in re.split(r"[./-]", date)]
    year, month, day = numbers if len(str(numbers[0])) == 4 else numbers[::-1]
    year += 2000 if year < 100 else 0
    for first, second in ((month, day), (day, month)):
        try:
            return datetime.date(year, first, second).toordinal()
        except ValueError:
            continue
    return None


def _in_words(text: str) -> int | None:
    found = _WORD_PARTS.fullmatch(text)
    if not found or not any(found.group("h", "m", "s")):
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.group("h", "m", "s"))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + _thousandths(found["part"])


def moment(text: str) -> int | None:
    """As ``milliseconds``, and plain seconds (``75``, ``75.5``) too."""
    text = text.strip()
    found = _NUMBER.fullmatch(text) if len(text) < 20 else None
    if found:
        return int(found[1]) * 1000 + _thousandths(found[2])
    return milliseconds(text)


def _thousandths(fraction: str | None) -> int:
    return int((fraction or "")[:3].ljust(3, "0"))


def clock(milliseconds: int, mark: str = "", *, hours: int = 1, digits: int = 3) -> str:
    """Write a time of a recording: ``0:03:12``, and with a ``mark`` the thousandths behind it.

    ``hours`` is the fewest digits of the hours; captions have two. ``digits`` are those behind the
    mark, cut off and not rounded.
    """
    seconds, thousandths = divmod(milliseconds, 1000)
    whole = f"{seconds // 3600:0{hours}d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{whole}{mark}{f'{thousandths:03d}'[:digits]}" if mark else whole
