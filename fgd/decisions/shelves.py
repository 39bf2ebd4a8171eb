"""Record which quotes people put on a shelf, and find their words again.

=========  ==============  ===================================================================
field      target          value
=========  ==============  ===================================================================
``shelf``  ``words:...``   the name of the shelf on which these words of a recording stand
=========  ==============  ===================================================================

Nothing of a pass depends on a shelf: no step applies such a decision. ``recording`` and ``anchor``
say where the words are; what is shown is always a slice of the transcript as it is now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from fgd.core.errors import InputError
from fgd.core.text import clean
from fgd.decisions.kinds import Kind, Names, moment, quoted
from fgd.model import Conversation, Decision, Turn

SHELF = "shelf"

State = Literal["same", "moved", "changed", "lost"]
"""What became of a quote: it stands where it stood, in another recording or place, in other words,
or nowhere."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """A quote of a shelf in the transcript as it is: characters ``start``..``end`` of a turn.

    ``was`` are the words that somebody put there. Lost ones have no turn.
    """

    decision: Decision
    state: State
    was: str
    turn: Turn | None = None
    start: int = 0
    end: int = 0

    @property
    def shelf(self) -> str:
        """The shelf's name."""
        return self.decision.value

    @property
    def text(self) -> str:
        """The words as they stand now; empty where they were lost."""
        return self.turn.text[self.start : self.end] if self.turn else ""


def shelve(turn: Turn, start: int, end: int, shelf: str, *, by: str, when: str) -> Decision:
    """Put characters ``start``..``end`` of a turn on a shelf. Raises ``InputError``."""
    text, name = turn.text, clean(shelf)
    if not name:
        raise InputError("the shelf has no name.", remedy="Give it one.")
    if not 0 <= start < end <= len(text) or not text[start:end].strip():
        raise InputError(
            "there are no such words in this turn any more.",
            remedy="Build the session, then search again.",
        )
    said = moment(turn, start, end)
    target = f"words:{text[start:end]}"
    return Decision.made(target, SHELF, name, turn.recording, said, by=by, when=when)


def anchored(decisions: Iterable[Decision], talks: Sequence[Conversation]) -> list[Anchored]:
    """Find every shelved quote in the transcripts as they are; the same one once a shelf."""
    found: dict[tuple[object, ...], Anchored] = {}
    for decision in decisions:
        if decision.field == SHELF and decision.value:
            made = _anchored(decision, talks)
            place = (made.turn.id, made.start, made.end) if made.turn else (decision.target,)
            found.setdefault((decision.value, *place), made)
    return list(found.values())


def _anchored(decision: Decision, talks: Sequence[Conversation]) -> Anchored:
    was = decision.target.removeprefix("words:")
    here = [turn for talk in talks if talk.recording == decision.recording for turn in talk.turns]
    near = sorted(
        (turn for turn in here if turn.span.overlaps(decision.anchor)),
        key=lambda turn: -(turn.span & decision.anchor).duration,
    )
    for turn in near:
        places = list(_places(turn.text, was))
        if places:
            start = max(
                places,
                key=lambda at: (moment(turn, at, at + len(was)) & decision.anchor).duration,
            )
            return Anchored(decision, "same", was, turn, start, start + len(was))
    if near:
        start, end = _said_in(near[0], decision)
        if end > start:
            return Anchored(decision, "changed", was, near[0], start, end)
    every = [(turn, at) for talk in talks for turn in talk.turns for at in _places(turn.text, was)]
    if len(every) == 1 and len(was.split()) > LEAST:
        (turn, at) = every[0]
        return Anchored(decision, "moved", was, turn, at, at + len(was))
    return Anchored(decision, "lost", was)


LEAST = 3
"""Fewer words than this may stand anywhere."""


def _places(text: str, words: str) -> Iterable[int]:
    at = text.find(words)
    while words and at >= 0:
        yield at
        at = text.find(words, at + 1)


def _said_in(turn: Turn, decision: Decision) -> tuple[int, int]:
    """Return the characters of a turn most of whose words were said at the time of a quote."""
    raw = "".join(word.text for word in turn.words)
    place = -(len(raw) - len(raw.lstrip()))
    start = end = -1
    for word in turn.words:
        after = place + len(word.text)
        middle = (word.span.start + word.span.end) // 2
        if word.text.strip() and decision.anchor.start <= middle < decision.anchor.end:
            begin = place + len(word.text) - len(word.text.lstrip())
            start = begin if start < 0 else start
            end = place + len(word.text.rstrip())
        place = after
    return (start, end) if start >= 0 else (0, 0)


def _says(decision: Decision, _: Names) -> str:
    words = quoted(decision.target.removeprefix("words:"))
    return f"{words} is on the shelf {quoted(decision.value)}"


def _same(one: Decision, other: Decision) -> bool:
    return (one.recording, one.target, one.value) == (other.recording, other.target, other.value)


DECISIONS = (Kind(SHELF, ("words",), "shelf", "none", _says, _same),)
