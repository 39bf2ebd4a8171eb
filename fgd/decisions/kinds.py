"""List every kind of human decision: what it is about, which step applies it, how it reads.

A kind is added in one file of this package: its field, the function that makes such a decision,
the function that applies it, and its ``Kind`` in the module's ``DECISIONS``. Everything that treats
decisions alike (the log, the history, conflicts between two people) finds it here.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from fgd.model import Decision, Span

LONGEST = 120
"""Characters of quoted words."""

Step = Literal["conversation", "attribution", "themes", "deliberation", "brief"]
"""The step of the pass that applies a kind of decision."""


class Names(Protocol):
    """How people, institutions, themes and voices are called where a decision is told."""

    def person(self, participant: str) -> str:
        """The name of a participant by id; empty for nobody."""

    def body(self, institution: str) -> str:
        """The name of an institution by id."""

    def theme(self, theme: str) -> str:
        """The name of a theme by id, also of one that was merged away."""

    def voice(self, recording: str, span: Span) -> str:
        """The voice heard for most of a span; empty where there is none."""


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
    """Every kind by its field, from the ``DECISIONS`` of the modules beside this one."""
    import fgd.decisions

    found: dict[str, Kind] = {}
    for module in pkgutil.iter_modules(fgd.decisions.__path__, "fgd.decisions."):
        for kind in getattr(importlib.import_module(module.name), "DECISIONS", ()):
            found[kind.field] = kind
    return found


def applied_in(step: Step, decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """The decisions that a step of the pass applies, in their order."""
    known = kinds()
    return tuple(
        each for each in decisions if each.field in known and known[each.field].step == step
    )


def told(decision: Decision, names: Names, earlier: Mapping[str, Decision]) -> str:
    """A decision in one sentence; of one that takes another back, what it takes back.

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
    """Whether two decisions are about the same thing, so that one could overwrite the other.

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
    """The target of a decision for people: ``voice V3``, ``turn r1-0012``."""
    return decision.target.replace(":", " ", 1)


def quoted(text: str) -> str:
    """A text in quotation marks, cut off where it is long."""
    cut = text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
    return f"\N{LEFT DOUBLE QUOTATION MARK}{cut}\N{RIGHT DOUBLE QUOTATION MARK}"
