"""Show the editions of a brief, and the quotes that its findings are shown with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from fgd.core.errors import InputError
from fgd.decisions.quotes import QUOTE, choice, choose_quote
from fgd.export.told import Told
from fgd.model import EDITIONS, Brief, Decision, Edition, Extract, Finding, Issue, Quote
from fgd.pipeline.session import Published
from fgd.workbench.open_session import OpenSession
from fgd.workbench.session_reading import Reading

KINDS = {
    ".html": "text/html; charset=utf-8",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".md": "text/markdown; charset=utf-8",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; media-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
)
"""A brief has its styles inside and no script; none would run."""


class EditionView(msgspec.Struct, frozen=True):
    """An edition. ``files`` are the forms in which it can be fetched."""

    edition: str
    there: bool
    files: tuple[str, ...] = ()
    why_not: str = ""
    remedy: str = ""


class EditionsView(msgspec.Struct, frozen=True):
    """Both editions, and whether the checks let them pass."""

    editions: tuple[EditionView, ...]
    quotes: int
    findings: int
    gate: str
    leaks: str
    issues: tuple[Issue, ...]
    stamp: str


def editions(opened: OpenSession) -> EditionsView:
    """What can be shown now."""
    published = opened.records.load("briefs", Published)
    brief = opened.records.load("brief", Brief)
    issues = published.issues if published else ()
    editions = tuple(_edition(opened, kind, issues) for kind in EDITIONS)
    circulation = editions[1].there
    leak = next((each for each in issues if each.level == "error"), None)
    return EditionsView(
        editions,
        len(brief.value.extracts) if brief else 0,
        len(brief.value.findings) if brief else 0,
        "passed" if brief else "not built",
        "passed" if circulation else "stopped" if leak else "not run",
        issues,
        published.sha256[:12] if published else "",
    )


def edition_file(opened: OpenSession, edition: str, name: str) -> Path | None:
    """A published file by its exact name, which is looked up and never joined to a path."""
    published = opened.records.load("briefs", Published)
    for known in published.value.files if published else ():
        path = opened.folder.outputs / known
        if known == f"{edition}/{name}" and path.suffix in KINDS and path.is_file():
            return path
    return None


def _edition(opened: OpenSession, kind: Edition, issues: tuple[Issue, ...]) -> EditionView:
    published = opened.records.load("briefs", Published)
    names = tuple(published.value.files) if published else ()
    own = tuple(name.removeprefix(f"{kind}/") for name in names if name.startswith(f"{kind}/"))
    if "brief.html" in own:
        return EditionView(
            kind, True, tuple(n for n in own if n.startswith("brief.") and Path(n).suffix in KINDS)
        )
    if not published:
        return EditionView(kind, False, (), "Nothing has been built yet.", "Press Rebuild.")
    reason = issues[0] if issues and kind == "circulation" else None
    if reason is None:
        return EditionView(
            kind, False, (), "This edition was not written.", "See the problems listed."
        )
    return EditionView(kind, False, (), reason.message, reason.remedy)


class QuoteView(msgspec.Struct, frozen=True):
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


class FindingView(msgspec.Struct, frozen=True):
    """A finding of the last pass with what shows it now and what else could.

    ``proposition`` names it in decisions, ``title`` is the section of the guide it belongs to.
    """

    proposition: str
    id: str
    title: str
    sentence: str
    quotes: tuple[QuoteView, ...]
    candidates: tuple[QuoteView, ...]


class FindingsView(msgspec.Struct, frozen=True):
    """All findings in the order of the brief."""

    version: str
    findings: tuple[FindingView, ...]


def brief_of(opened: OpenSession) -> Brief:
    """What the last pass wrote. Raises ``InputError`` where there was none."""
    record = opened.records.load("brief", Brief)
    if record is None:
        raise InputError("there is no brief yet.", remedy="Press Rebuild.")
    return record.value


def findings(opened: OpenSession) -> FindingsView:
    """The findings of the last pass with later choices laid over them."""
    record = opened.records.load("brief", Brief)
    brief = record.value if record else Brief("", "")
    reading = opened.reading()
    extracts = {each.id: each for each in brief.extracts}
    told = Told(brief)
    made = tuple(
        _finding(reading, each, extracts, told) for each in brief.findings if each.candidates
    )
    return FindingsView(opened.log.version, made)


def finding_of(brief: Brief, proposition: str) -> Finding:
    """The finding on a proposition. Raises ``InputError`` if the brief has none."""
    for finding in brief.findings:
        if finding.proposition == proposition:
            return finding
    raise InputError("there is no finding on this proposition.", remedy="Load the page again.")


def chosen(
    brief: Brief, proposition: str, words: str, instead: str, *, by: str, when: str
) -> Decision:
    """The decision to show a finding with a candidate, both named by their keys.

    ``instead`` is the quote that gives way; empty: the one that is worth least. Raises
    ``InputError`` for what is not there.
    """
    finding = finding_of(brief, proposition)
    wanted = next((each for each in finding.candidates if each.id == words), None)
    old = next((each for each in brief.extracts if each.id == instead), None)
    if wanted is None or (instead and old is None):
        raise InputError("there is no such quote any more.", remedy="Load the page again.")
    return choose_quote(finding, wanted, old, by=by, when=when)


def _finding(
    reading: Reading, finding: Finding, extracts: Mapping[str, Extract], told: Told
) -> FindingView:
    target = f"finding:{finding.proposition}"
    fresh = [d for d in reading.added if d.field == QUOTE and d.target == target and d.value]
    chosen = [choice(each) for each in fresh]
    wanted = {each.words for each in chosen} - {each.instead for each in chosen}
    given = {each.instead for each in chosen} - {each.words for each in chosen}
    shown = [extracts[name] for name in finding.extracts[1:] if name in extracts]
    sources = [(each.id, each.sources[0]) for each in shown if each.sources]
    return FindingView(
        finding.proposition,
        finding.id,
        told.heading(finding.section),
        told.text(finding),
        tuple(_quote(reading, key, quote, gone=quote.text in given) for key, quote in sources),
        tuple(
            _quote(reading, quote.id, quote, waits=quote.text in wanted)
            for quote in finding.candidates
        ),
    )


def _quote(
    reading: Reading, key: str, quote: Quote, *, waits: bool = False, gone: bool = False
) -> QuoteView:
    said = reading.who.get(quote.turn)
    who = reading.label(said) if said else ""
    return QuoteView(key, quote.text, who, quote.turn, quote.span.start, waits, gone)
