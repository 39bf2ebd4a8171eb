"""List every kind of human decision: what it is about, which step applies it, how it reads.

A kind is added in one file of this package: its field, the function that makes such a decision,
the function that applies it, and its ``Kind`` in the module's ``DECISIONS``. Everything that treats
decisions alike (the log, the history, conflicts between two people) finds it here. Decisions about
words name a time of the recording: ``moment`` and ``Clock`` lead from characters of a turn to times
and back.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, Protocol

from fgd.model import Decision, Span, Turn, Unit

LONGEST = 120
"""Characters of quoted words."""

Step = Literal[
    "conversation", "attribution", "themes", "deliberation", "brief", "programme", "none"
]
"""The step of the pass that applies a kind of decision; with "none" nothing is built from it."""


class Names(Protocol):
    """How people, institutions, themes and voices are called where a decision is told."""

    def person(self, participant: str) -> str:
        """Return the name of a participant by id; empty for nobody."""

    def body(self, institution: str) -> str:
        """Return the name of an institution by id."""

    def theme(self, theme: str) -> str:
        """Return the name of a theme by id, also of one that was merged away."""

    def voice(self, recording: str, span: Span) -> str:
        """Return the voice heard for most of a span; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of decision.

    ``targets`` are the words before the colon of its target, ``says`` tells a decision in one
    sentence, ``contradicts`` whether two decisions of one ``topic`` speak of the same thing, so
    that the later would overwrite the earlier.
    """

    field: str
    targets: tuple[str, ...]
    topic: str
    step: Step
    says: Callable[[Decision, Names], str]
    contradicts: Callable[[Decision, Decision], bool]


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """Return every kind by its field, from the ``DECISIONS`` of the modules beside this one."""
    import fgd.decisions

    found: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(fgd.decisions.__path__, "fgd.decisions."):
        for kind in getattr(importlib.import_module(module.name), "DECISIONS", ()):
            found[kind.field] = kind
    return found


def applied_in(step: Step, decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that a step of the pass applies, in their order."""
    known = kinds()
    return tuple(
        each for each in decisions if each.field in known and known[each.field].step == step
    )


def in_session(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that change something in their own session, in their order.

    What people settle of a programme lies in the log of a session and changes nothing in it; nor
    do quotes on a shelf.
    """
    made = tuple(decisions)
    apart = (*applied_in("programme", made), *applied_in("none", made))
    return tuple(each for each in made if each not in apart)


def told(decision: Decision, names: Names, earlier: Mapping[str, Decision]) -> str:
    """Return a decision in one sentence; of one that takes another back, what it takes back.

    ``earlier`` are the decisions of the log by their ids.
    """
    before = earlier.get(decision.undoes)
    if before is not None:
        return f"took back: {told(before, names, {})}"
    kind = kinds().get(decision.field)
    if kind is None:
        return f"{decision.field} of {decision.target}: {decision.value or 'nothing'}"
    return kind.says(decision, names)


def contradict(one: Decision, other: Decision) -> bool:
    """Tell whether two decisions are about the same thing, so that one could overwrite the other.

    Taking a decision back is about what that decision was about.
    """
    if one.undoes == other.id or other.undoes == one.id:
        return True
    mine, theirs = kinds().get(one.field), kinds().get(other.field)
    if mine is None or theirs is None:
        return one.field == other.field and same_place(one, other)
    return mine.topic == theirs.topic and mine.contradicts(one, other)


def same_place(one: Decision, other: Decision) -> bool:
    """Whether two decisions name one target of a recording, or targets of one sort that overlap."""
    if one.recording != other.recording:
        return False
    if one.target == other.target:
        return True
    if not one.recording:
        return False
    same_sort = one.target.partition(":")[0] == other.target.partition(":")[0]
    return same_sort and one.anchor.overlaps(other.anchor)


def subject(decision: Decision) -> str:
    """Return the target of a decision for people: ``voice V3``, ``turn r1-0012``."""
    return decision.target.replace(":", " ", 1)


def quoted(text: str) -> str:
    """Return a text in quotation marks, cut off where it is long."""
    cut = text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
    return f"\N{LEFT DOUBLE QUOTATION MARK}{cut}\N{RIGHT DOUBLE QUOTATION MARK}"


_ADDRESS = re.compile(r"(.+)@(\d+)-(\d+)")


def moment(turn: Turn, start: int, end: int) -> Span:
    """When characters ``start``..``end`` of a turn's text were said (characters of the source
    where it has no times); the turn's whole time if it has no words.
    """
    return moments(turn)(start, end)


def moments(turn: Turn) -> Callable[[int, int], Span]:
    """Make ``moment`` of one turn, for many places in it: its words are gone through once."""
    raw = "".join(word.text for word in turn.words)
    place = -(len(raw) - len(raw.lstrip()))
    begins: list[int] = []
    ends: list[int] = []
    spans: list[Span] = []
    for word in turn.words:
        after = place + len(word.text)
        if word.text.strip():
            begins.append(place)
            ends.append(after)
            spans.append(word.span)
        place = after

    def said(start: int, end: int) -> Span:
        found = spans[bisect_right(ends, start) : bisect_left(begins, end)]
        if not found:
            return turn.span
        return Span(min(each.start for each in found), max(each.end for each in found))

    return said


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
            said = moments(turn)
            for unit in self._units.get(turn.id, ()):
                own = said(unit.start, unit.end)
                shared = (own & span).duration
                if 2 * shared > min(own.duration, span.duration) > 0:
                    found.append(unit)
        return found

    def _around(self, recording: str, span: Span) -> list[Turn]:
        """Return the turns that overlap ``span``, in order of time."""
        turns, ends = self._turns.get(recording, []), self._ends.get(recording, [])
        after = bisect_left(turns, span.end, key=lambda turn: turn.span.start)
        first = bisect_right(ends, span.start, hi=after)
        return [turn for turn in turns[first:after] if turn.span.overlaps(span)]

    def at(self, address: str) -> list[Unit]:
        """Return the units at ``recording@start-end``; none for anything else."""
        said = _ADDRESS.fullmatch(address)
        if not said or int(said[3]) < int(said[2]):
            return []
        return self.units(said[1], Span(int(said[2]), int(said[3])))
