"""Lines of text with the times and labels they begin with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from fgd.intake.clock import TIME, milliseconds
from fgd.intake.transcripts.labels import form

_DASH = r"[\u2010-\u2015-]"
_RANGE = re.compile(
    rf"^[\[(]?(?P<start>{TIME})\s*(?:-{{1,2}}>|{_DASH})\s*(?P<end>{TIME})(?P<open>[\])])?\s*(?P<text>.*)$"
)
_BRACKETED = re.compile(rf"^[\[(](?P<start>{TIME})[\])]\s*(?:[:|]|{_DASH}\s)?\s*(?P<text>.*)$")
_BARE = re.compile(rf"^(?P<start>{TIME})(?:\s*(?:[|]|{_DASH}\s)\s*|\s+|$)(?P<text>.*)$")
_TRAILING = re.compile(
    rf"^(?P<label>\S.{{0,159}}?)(?:\s*[,|:]?\s+|\s*)"
    rf"(?:[\[(](?P<stamp>{TIME})[\])]|(?<=\s)(?P<bare>{TIME}))"
    r"\s*(?P<colon>:)?\s*(?P<text>(?<=[:\])\s])\S.*)?$"
)
_LONG = re.compile(r"^\d{1,3}:\d{2}:\d{2}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document. ``opens`` marks the first line of a paragraph, ``bold`` counts the
    bold characters it begins with; ``label`` and ``start`` are set where a table gave them.
    """

    text: str
    offset: int
    number: int
    opens: bool = True
    bold: int = 0
    label: str = ""
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class Stamped:
    """A line without its times: what is left of it, where that begins, and the header it holds
    (a label printed with a time, as Otter and Teams do).
    """

    line: Line
    text: str
    skipped: int = 0
    start: int = -1
    end: int = -1
    header: str = ""

    @property
    def is_stamp(self) -> bool:
        """Whether there is nothing but a time."""
        return self.start >= 0 and not self.text and not self.header


def stamped(lines: Sequence[Line]) -> list[Stamped]:
    """Read the times of all lines.

    ``10:30`` at the start of a line may be a time of day in a sentence. Times without brackets
    therefore count only where the lines of the file have them as a habit; one with hours counts
    at the start of a paragraph too.
    """
    habit = _has_habit(lines)
    return [_read(line, habit) for line in lines]


def _has_habit(lines: Sequence[Line]) -> bool:
    found = [_BARE.match(line.text.strip()) for line in lines]
    times = [milliseconds(each["start"]) or 0 for each in found if each]
    alone = sum(bool(each and not each["text"]) for each in found)
    rising = sum(after >= before for before, after in pairwise(times))
    regular = len(times) >= 3 and rising >= 0.8 * (len(times) - 1)
    return regular and (alone >= 0.5 * len(times) or len(times) >= 0.1 * len(lines))


def _read(line: Line, habit: bool) -> Stamped:
    text = line.text.strip()
    lead = len(line.text) - len(line.text.lstrip())
    if line.start >= 0 or line.label:
        return Stamped(line, text, lead, line.start, line.end)
    for pattern in (_RANGE, _BRACKETED, _BARE):
        found = pattern.match(text)
        start = milliseconds(found["start"]) if found else None
        if found is None or start is None:
            continue
        bare = pattern is _BARE or (pattern is _RANGE and text[0] not in "[(")
        long = line.opens and _LONG.match(text)
        if bare and not habit and found["text"] and not long:
            continue
        end = milliseconds(found["end"]) if pattern is _RANGE else None
        skipped = lead + found.start("text")
        return Stamped(line, found["text"].strip(), skipped, start, -1 if end is None else end)
    return _header(line, text, lead) or Stamped(line, text, lead)


def _header(line: Line, text: str, lead: int) -> Stamped | None:
    """``Name  0:12``, ``Name [00:00:12]`` or ``Name (0:12): text``."""
    found = _TRAILING.match(text)
    if not found:
        return None
    label = found["label"].strip().rstrip(":,|").strip()
    start = milliseconds(found["stamp"] or found["bare"])
    rest = found["text"] or ""
    if start is None or form(label) == "never" or (rest and not found["stamp"]):
        return None
    if rest and not found["colon"] and form(label) != "name":
        return None
    skipped = lead + (found.start("text") if rest else len(text))
    return Stamped(line, rest.strip(), skipped, start, header=label)
