"""The quotes that findings are shown with, the candidates beside them, and what was chosen."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from fgd.core.errors import InputError
from fgd.decisions.quotes import QUOTE, choice, choose_quote
from fgd.model import Brief, Decision, Extract, Finding, Quote
from fgd.workbench.reading import Reading
from fgd.workbench.room import Room


class Words(msgspec.Struct, frozen=True):
    """A quote, or a candidate for one. ``key`` names it in a decision; ``waits`` tells that it was
    chosen since the last pass, ``gone`` that another one was chosen for its place.
    """

    key: str
    text: str
    who: str
    turn: str
    start: int
    waits: bool = False
    gone: bool = False


class Worded(msgspec.Struct, frozen=True):
    """A finding of the last pass with what shows it now and what else could."""

    theme: str
    id: str
    title: str
    sentence: str
    quotes: tuple[Words, ...]
    candidates: tuple[Words, ...]


class Wordings(msgspec.Struct, frozen=True):
    """All findings in the order of the brief."""

    version: str
    findings: tuple[Worded, ...]


def brief_of(room: Room) -> Brief:
    """What the last pass wrote. Raises ``InputError`` where there was none."""
    record = room.shelf.load("brief", Brief)
    if record is None:
        raise InputError("there is no brief yet.", remedy="Press Rebuild.")
    return record.value


def wordings(room: Room) -> Wordings:
    """The findings of the last pass with later choices laid over them."""
    record = room.shelf.load("brief", Brief)
    brief = record.value if record else Brief("", "")
    reading = room.reading()
    extracts = {each.id: each for each in brief.extracts}
    made = tuple(_worded(reading, each, extracts) for each in brief.findings)
    return Wordings(room.log.version, made)


def finding_of(brief: Brief, theme: str) -> Finding:
    """The finding on a theme. Raises ``InputError`` if the brief has none."""
    for finding in brief.findings:
        if finding.codes[0] == theme:
            return finding
    raise InputError("there is no finding on this theme.", remedy="Load the page again.")


def chosen(brief: Brief, theme: str, words: str, instead: str, *, by: str, when: str) -> Decision:
    """The decision to show a finding with a candidate, both named by their keys.

    ``instead`` is the quote that gives way; empty: the one that is worth least. Raises
    ``InputError`` for what is not there.
    """
    finding = finding_of(brief, theme)
    wanted = next((each for each in finding.candidates if each.id == words), None)
    old = next((each for each in brief.extracts if each.id == instead), None)
    if wanted is None or (instead and old is None):
        raise InputError("there is no such quote any more.", remedy="Load the page again.")
    return choose_quote(finding, wanted, old, by=by, when=when)


def _worded(reading: Reading, finding: Finding, extracts: Mapping[str, Extract]) -> Worded:
    target = f"finding:{finding.codes[0]}"
    fresh = [d for d in reading.added if d.field == QUOTE and d.target == target and d.value]
    chosen = [choice(each) for each in fresh]
    wanted = {each.words for each in chosen} - {each.instead for each in chosen}
    given = {each.instead for each in chosen} - {each.words for each in chosen}
    shown = [extracts[name] for name in finding.extracts if name in extracts]
    sources = [(each.id, each.sources[0]) for each in shown if each.sources]
    return Worded(
        finding.codes[0],
        finding.id,
        finding.title,
        finding.sentence,
        tuple(_words(reading, key, quote, gone=quote.text in given) for key, quote in sources),
        tuple(
            _words(reading, quote.id, quote, waits=quote.text in wanted)
            for quote in finding.candidates
        ),
    )


def _words(
    reading: Reading, key: str, quote: Quote, *, waits: bool = False, gone: bool = False
) -> Words:
    said = reading.who.get(quote.turn)
    who = reading.label(said) if said else ""
    return Words(key, quote.text, who, quote.turn, quote.span.start, waits, gone)
