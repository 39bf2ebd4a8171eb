"""From characters of a turn to times in its recording, and back."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate

from fgd.model import Span, Turn, Unit

_ADDRESS = re.compile(r"(.+)@(\d+)-(\d+)")


def moment(turn: Turn, start: int, end: int) -> Span:
    """When characters ``start``..``end`` of a turn's text were said (characters of the source
    where it has no times); the turn's whole time if it has no words.
    """
    raw = "".join(word.text for word in turn.words)
    place = -(len(raw) - len(raw.lstrip()))
    found: list[Span] = []
    for word in turn.words:
        after = place + len(word.text)
        if place < end and start < after and word.text.strip():
            found.append(word.span)
        place = after
    if not found:
        return turn.span
    return Span(min(each.start for each in found), max(each.end for each in found))


class Clock:
    """Finds the units said at some time."""

    def __init__(self, turns: Iterable[Turn], units: Sequence[Unit]) -> None:
        by_turn: dict[str, list[Unit]] = {}
        for unit in units:
            by_turn.setdefault(unit.turn, []).append(unit)
        self._turns: dict[str, list[Turn]] = {}
        for turn in sorted(turns, key=lambda each: each.span):
            self._turns.setdefault(turn.recording, []).append(turn)
        # How late any turn up to this one ends: where to stop looking back.
        self._ends = {
            recording: list(accumulate((turn.span.end for turn in mine), max))
            for recording, mine in self._turns.items()
        }
        self._units = by_turn

    def units(self, recording: str, span: Span) -> list[Unit]:
        """The units said for the most part within ``span``, or within which it mostly lies."""
        found = []
        for turn in self._around(recording, span):
            for unit in self._units.get(turn.id, ()):
                own = moment(turn, unit.start, unit.end)
                shared = (own & span).duration
                if 2 * shared > min(own.duration, span.duration) > 0:
                    found.append(unit)
        return found

    def _around(self, recording: str, span: Span) -> list[Turn]:
        """The turns that overlap ``span``, in order of time."""
        turns, ends = self._turns.get(recording, []), self._ends.get(recording, [])
        after = bisect_left(turns, span.end, key=lambda turn: turn.span.start)
        first = bisect_right(ends, span.start, hi=after)
        return [turn for turn in turns[first:after] if turn.span.overlaps(span)]

    def at(self, address: str) -> list[Unit]:
        """The units at ``recording@start-end``; none for anything else."""
        said = _ADDRESS.fullmatch(address)
        if not said or int(said[3]) < int(said[2]):
            return []
        return self.units(said[1], Span(int(said[2]), int(said[3])))
