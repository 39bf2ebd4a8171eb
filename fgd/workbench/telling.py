"""Decisions told in sentences, with what became of each."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from fgd.decisions import themes
from fgd.decisions.ledger import Log
from fgd.decisions.quotes import QUOTE, choice
from fgd.decisions.voices import INSTITUTION, PARTICIPANT, SAME, SPLIT, voice_at
from fgd.decisions.words import OVERLAP, WORDS
from fgd.model import Decision, Span
from fgd.workbench.reading import Reading, Who

LONGEST = 120
"""Characters of quoted words."""


class Entry(msgspec.Struct, frozen=True):
    """One line of the history. ``undone`` by a later line; ``undoes`` an earlier one."""

    id: str
    by: str
    when: str
    said: str
    undone: bool = False
    undoes: str = ""
    pending: bool = False
    recording: str = ""
    start: int = -1


def history(reading: Reading, log: Log) -> tuple[Entry, ...]:
    """Every decision, the newest first."""
    holds = {decision.id for decision in log.effective}
    added = {decision.id for decision in reading.added}
    known = {decision.id: decision for decision in log.decisions}
    made = []
    for decision in reversed(log.decisions):
        text = said(reading, known, decision)
        mere = bool(decision.undoes and not decision.value)
        made.append(
            Entry(
                decision.id,
                decision.by,
                decision.when,
                text,
                not mere and decision.id not in holds,
                decision.undoes,
                decision.id in added,
                decision.recording,
                decision.anchor.start if decision.recording else -1,
            )
        )
    return tuple(made)


def said(reading: Reading, known: Mapping[str, Decision], decision: Decision) -> str:
    """What a decision says; of one that takes another back, what it takes back."""
    before = known.get(decision.undoes)
    return f"took back: {sentence(reading, before)}" if before else sentence(reading, decision)


def sentence(reading: Reading, decision: Decision) -> str:
    """What a decision says, names and quotes included."""
    kind, _, about = decision.target.partition(":")
    subject = f"{kind} {about}" if kind == "voice" else "this turn"
    match decision.field:
        case field if field == PARTICIPANT:
            person = reading.people.get(decision.value)
            who = reading.label(Who(decision.value, person.institutions if person else ()))
            return f"{subject} is {who or 'nobody on the list'}"
        case field if field == INSTITUTION:
            return f"{subject} speaks for {reading.label(Who('', (decision.value,)))}"
        case field if field == SAME:
            return f"{subject} and {_other(reading, decision)} are one person"
        case field if field == SPLIT:
            return f"from here on {subject} is somebody else"
        case field if field == WORDS:
            return _words(about, decision.value)
        case field if field == OVERLAP:
            others = decision.value == "yes"
            return f"{'others spoke' if others else 'nobody else spoke'} during {subject}"
        case field if field in themes.FIELDS:
            return _theme(reading, decision)
        case field if field == QUOTE:
            return _quote(reading, decision)
        case _:
            return f"{decision.field} of {decision.target}: {decision.value or 'nothing'}"


def _theme(reading: Reading, decision: Decision) -> str:
    def name(theme: str) -> str:
        return f"theme {_short(reading.themes.get(theme, theme))}"

    mine, above = name(decision.target.removeprefix("theme:")), name(decision.value)
    told = {
        themes.NAME: f"{mine} is called {_short(decision.value)}",
        themes.DESCRIPTION: f"{mine} means: {_short(decision.value)}",
        themes.MERGE: f"{mine} is merged into {above}",
        themes.SPLIT: f"a theme of its own is split off {mine}",
        themes.MOVE: f"{mine} stands {f'under {above}' if decision.value else 'alone'}",
        themes.LOCK: f"{mine} is complete",
        themes.ACCEPT: f"{mine} and what is coded with it are right",
        themes.REJECT: f"{mine} is no theme",
        themes.CODE: f"this passage is about {above}",
        themes.UNCODE: f"this passage is not about {above}",
    }
    return told[decision.field]


def _quote(reading: Reading, decision: Decision) -> str:
    said, theme = choice(decision), decision.target.removeprefix("finding:")
    title = _short(reading.themes.get(theme, theme))
    instead = f" instead of {_short(said.instead)}" if said.instead else ""
    return f"finding {title} is shown with {_short(said.words)}{instead}"


def _words(before: str, after: str) -> str:
    if before == after:
        return f"confirmed: {_short(after)}"
    if not after:
        return f"took out: {_short(before)}"
    return f"{_short(before)} reads {_short(after)}" if before else f"added: {_short(after)}"


def _other(reading: Reading, decision: Decision) -> str:
    """The voice that was merged, called as it is now."""
    start, _, end = decision.value.partition("-")
    talk = reading.talk(decision.recording)
    if talk is None or not (start.isdigit() and end.isdigit() and int(start) <= int(end)):
        return "another voice"
    voice = voice_at(talk.turns, Span(int(start), int(end)))
    return f"voice {voice}" if f"voice:{voice}" != decision.target else "the voice merged into it"


def _short(text: str) -> str:
    cut = text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
    return f"\N{LEFT DOUBLE QUOTATION MARK}{cut}\N{RIGHT DOUBLE QUOTATION MARK}"
