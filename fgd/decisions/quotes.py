"""Record which words a finding is shown with.

A choice is a ``Decision`` with the field ``quote``: its target is ``finding:PROPOSITION``, its
value a ``Choice`` in JSON, its anchor the time of the words, so that it outlives another
transcription.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from fgd.core.errors import InputError
from fgd.core.serialization import decode
from fgd.decisions.kinds import Kind, Names, applied_in, quoted
from fgd.model import Decision, Extract, Finding, Quote

QUOTE = "quote"
"""The field of such a decision."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the decision says: show these words, and no longer those (empty: whichever is last)."""

    words: str
    instead: str = ""


def choose_quote(
    finding: Finding, wanted: Quote, instead: Extract | None, *, by: str, when: str
) -> Decision:
    """Show a finding with one of its candidates, in the place of a quote that it shows now.

    Raises ``InputError`` if the one is no candidate of the finding, or the other not shown.
    """
    if wanted not in finding.candidates:
        raise InputError("this is no candidate of the finding.", remedy="Load the list again.")
    if instead is not None and instead.id not in finding.extracts:
        raise InputError("the finding does not show this quote.", remedy="Load the list again.")
    old = next((each.text for each in instead.sources), "") if instead else ""
    value = msgspec.json.encode(Choice(wanted.text, old)).decode()
    target = f"finding:{finding.proposition}"
    return Decision.made(target, QUOTE, value, wanted.recording, wanted.span, by=by, when=when)


def choice(decision: Decision) -> Choice:
    """What a decision says; nothing that could be shown if its value is damaged."""
    try:
        return decode(decision.value, Choice)
    except msgspec.MsgspecError:
        return Choice("")


def chosen(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """The choices of quotes among decisions."""
    return tuple(e for e in applied_in("brief", decisions) if e.field == QUOTE and e.value)


def _says(decision: Decision, _: Names) -> str:
    said = choice(decision)
    instead = f" instead of {quoted(said.instead)}" if said.instead else ""
    return f"a finding is shown with {quoted(said.words)}{instead}"


DECISIONS = (
    Kind(
        QUOTE, ("finding",), "quote", "brief", _says, lambda one, other: one.target == other.target
    ),
)
