"""Record what of the circulation edition a person let go, took out, and released.

==============  =================  ==============================================================
field           target             value
==============  =================  ==============================================================
``circulate``   ``words:...``      ``release``: these words reveal nobody, wherever they are said;
                                   ``withhold``: they are never printed
``released``    ``edition:...``    the hash of the edition that somebody looked at and let go
==============  =================  ==============================================================
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from fgd.decisions.kinds import Kind, Names, quoted
from fgd.model import Decision, Span

CIRCULATE, RELEASED = "circulate", "released"
"""The fields of such decisions."""

Way = Literal["release", "withhold"]


def circulate(words: str, way: Way, *, by: str, when: str) -> Decision:
    """Let words go in every circulation edition of the session, or keep them out of it."""
    return Decision.made(f"words:{words}", CIRCULATE, way, "", Span(0, 0), by=by, when=when)


def let_go(edition: str, *, by: str, when: str) -> Decision:
    """Release the circulation edition with this hash: somebody has looked at it."""
    return Decision.made("edition:circulation", RELEASED, edition, "", Span(0, 0), by=by, when=when)


def words_decided(decisions: Iterable[Decision], way: Way) -> tuple[str, ...]:
    """The words that people let go, or took out; of two decisions on the same words the later."""
    last = {
        each.target.removeprefix("words:"): each.value
        for each in decisions
        if each.field == CIRCULATE
    }
    return tuple(words for words, value in last.items() if value == way and words.strip())


def released(decisions: Iterable[Decision]) -> Decision | None:
    """The last release of the circulation edition; whether it still holds is for its hash."""
    return next((e for e in reversed(tuple(decisions)) if e.field == RELEASED), None)


def _says_words(decision: Decision, _: Names) -> str:
    words = quoted(decision.target.removeprefix("words:"))
    return f"{words} may be printed" if decision.value == "release" else f"{words} is withheld"


DECISIONS = (
    Kind(
        CIRCULATE, ("words",), "circulation", "brief", _says_words,
        lambda one, other: one.target == other.target,
    ),
    Kind(
        RELEASED, ("edition",), "release", "brief",
        lambda _, __: "the circulation edition was looked at and released",
        lambda _, __: True,
    ),
)  # fmt: skip
