"""Record what of the circulation edition a person let go, took out, and released.

==============  =================  ==============================================================
field           target             value
==============  =================  ==============================================================
``circulate``   ``words:...``      ``release``: these words reveal nobody, wherever they are said;
                                   ``withhold``: they are never printed
``circulate``   ``quote:...``      the same of a whole quote (the hash of its words), which could be
                                   assigned to somebody although no word of it tells who it was;
                                   with a recording and time, whatever was said then is left out
``reworded``    ``words:...``      what the rapporteur says instead, printed in square brackets
``released``    ``edition:...``    the hash of the edition that somebody looked at and let go
==============  =================  ==============================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal

from fgd.core.errors import InputError
from fgd.core.text import clean
from fgd.decisions.kinds import Kind, Names, quoted
from fgd.model import Decision, Span

CIRCULATE, REWORDED, RELEASED = "circulate", "reworded", "released"
"""The fields of such decisions."""

Way = Literal["release", "withhold"]


def circulate(words: str, way: Way, *, by: str, when: str) -> Decision:
    """Let words go in every circulation edition of the session, or keep them out of it."""
    return Decision.made(f"words:{words}", CIRCULATE, way, "", Span(0, 0), by=by, when=when)


def circulate_quote(text: str, way: Way, *, by: str, when: str) -> Decision:
    """Let a quote go that could be assigned to somebody, or keep it out of the edition."""
    return Decision.made(
        f"quote:{quote_key(text)}", CIRCULATE, way, "", Span(0, 0), by=by, when=when
    )


def leave_out(text: str, recording: str, span: Span, *, by: str, when: str) -> Decision:
    """Keep a quote out of the edition because its speaker asked for it, and whatever overlaps it.

    The time outlives another transcription, in which the words may be other ones.
    """
    return Decision.made(
        f"quote:{quote_key(text)}", CIRCULATE, "withhold", recording, span, by=by, when=when
    )


def reword(words: str, instead: str, *, by: str, when: str) -> Decision:
    """Print the rapporteur's words, in square brackets, where these were said.

    Raises ``InputError`` if nothing is left to print.
    """
    told = clean(instead.replace("[", " ").replace("]", " "))
    if not any(letter.isalnum() for letter in told):
        raise InputError("there are no words to print instead.", remedy="Write some, or withhold.")
    return Decision.made(f"words:{words}", REWORDED, told, "", Span(0, 0), by=by, when=when)


def quote_key(text: str) -> str:
    """Tell how a decision names a quote: by the hash of its words."""
    return hashlib.sha256(clean(text).encode()).hexdigest()[:16]


def let_go(edition: str, *, by: str, when: str) -> Decision:
    """Release the circulation edition with this hash: somebody has looked at it."""
    return Decision.made("edition:circulation", RELEASED, edition, "", Span(0, 0), by=by, when=when)


def words_decided(decisions: Iterable[Decision], way: Way) -> tuple[str, ...]:
    """The words that people let go, or took out; of two decisions on the same words the later."""
    return tuple(
        words
        for words, last in _last(decisions, "words:").items()
        if last.field == CIRCULATE and last.value == way
    )


def quotes_decided(decisions: Iterable[Decision], way: Way) -> tuple[str, ...]:
    """Return the quotes, by ``quote_key``, that people let go or took out."""
    return tuple(key for key, last in _last(decisions, "quote:").items() if last.value == way)


def left_out(decisions: Iterable[Decision]) -> tuple[tuple[str, Span], ...]:
    """Return the recordings and times of which speakers asked that nothing is passed on."""
    last = _last(decisions, "quote:").values()
    return tuple(
        (each.recording, each.anchor)
        for each in last
        if each.value == "withhold" and each.recording
    )


def reworded(decisions: Iterable[Decision]) -> tuple[tuple[str, str], ...]:
    """Return the words for which others are printed, and those."""
    return tuple(
        (words, last.value)
        for words, last in _last(decisions, "words:").items()
        if last.field == REWORDED
    )


def _last(decisions: Iterable[Decision], target: str) -> dict[str, Decision]:
    """Return the last decision on each words or quote."""
    last = {
        each.target.removeprefix(target): each
        for each in decisions
        if each.field in (CIRCULATE, REWORDED) and each.target.startswith(target)
    }
    return {key: each for key, each in last.items() if key.strip()}


def releases(decisions: Iterable[Decision]) -> int:
    """Tell how many editions were released so far: the number of the last one."""
    return len(dict.fromkeys(each.value for each in decisions if each.field == RELEASED))


def released(decisions: Iterable[Decision]) -> Decision | None:
    """The last release of the circulation edition; whether it still holds is for its hash."""
    return next((e for e in reversed(tuple(decisions)) if e.field == RELEASED), None)


def says(decision: Decision) -> str:
    """Return a decision about words or a quote in one sentence."""
    if decision.target.startswith("quote:") and decision.recording:
        return "a quote is left out, as its speaker asked"
    if decision.target.startswith("quote:"):
        words = "a quote that could be assigned to somebody"
    else:
        words = quoted(decision.target.removeprefix("words:"))
    if decision.field == REWORDED:
        return f"for {words} the edition says [{decision.value}]"
    return f"{words} may be printed" if decision.value == "release" else f"{words} is withheld"


def _says_words(decision: Decision, _: Names) -> str:
    return says(decision)


DECISIONS = (
    Kind(
        CIRCULATE, ("words", "quote"), "circulation", "brief", _says_words,
        lambda one, other: one.target == other.target,
    ),
    Kind(
        REWORDED, ("words",), "circulation", "brief", _says_words,
        lambda one, other: one.target == other.target,
    ),
    Kind(
        RELEASED, ("edition",), "release", "brief",
        lambda _, __: "the circulation edition was looked at and released",
        lambda _, __: True,
    ),
)  # fmt: skip
