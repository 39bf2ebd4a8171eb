"""Show the editions of a brief with the quotes of its findings, and what was put to the room.

Propositions are shown with their responses and with what was decided since the last pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from fgd.core.errors import InputError
from fgd.decisions.findings import QUOTE, Desk, apply, choice, choose_quote
from fgd.decisions.kinds import applied_in
from fgd.export.told import Told
from fgd.model import (
    EDITIONS,
    Brief,
    Decision,
    Deliberated,
    Edition,
    Extract,
    Finding,
    Issue,
    Proposition,
    Quote,
    Reason,
    Response,
    Slice,
    Turn,
)
from fgd.pipeline.session_pass import Published
from fgd.workbench.open_session import OpenSession, Reading, Who


class Said(msgspec.Struct, frozen=True):
    """A slice of a turn for people: its words, whose they are, and where to listen.

    ``start`` and ``end`` count characters of the turn's text, ``at`` is in ms (-1 without times).
    """

    turn: str
    start: int
    end: int
    text: str
    who: str
    at: int


class ResponseView(msgspec.Struct, frozen=True):
    """A response. ``by`` is the person who settled it, empty where nobody did."""

    number: str
    said: Said
    side: str
    link: str
    by: str
    confidence: float
    reasons: tuple[str, ...]
    instead: str = ""


class PropositionView(msgspec.Struct, frozen=True):
    """A proposition with its responses in order of time. ``number`` is how people name it."""

    id: str
    number: str
    kind: str
    said: Said
    chair: bool
    section: str
    by: str
    confidence: float
    reasons: tuple[str, ...]
    again: tuple[Said, ...]
    responses: tuple[ResponseView, ...]
    unanswered: bool = False
    silence: bool = False


class TurnText(msgspec.Struct, frozen=True):
    """A turn to select words in."""

    id: str
    who: str
    at: int
    text: str


class PropositionsView(msgspec.Struct, frozen=True):
    """All propositions of a session. ``waits`` tells that only the next pass can show some
    decision, ``built`` that a pass has looked for propositions at all.
    """

    version: str
    pending: int
    waits: bool
    built: bool
    propositions: tuple[PropositionView, ...]
    turns: tuple[TurnText, ...]
    unread: tuple[str, ...] = ()


def current(opened: OpenSession, reading: Reading) -> tuple[Deliberated, dict[str, Turn]]:
    """What the last pass read, with later decisions laid over it, and the turns it counts in."""
    record = opened.records.load("deliberation", Deliberated)
    turns = {turn.id: turn for talk in opened.stored() for turn in talk.turns}
    found = record.value if record else Deliberated()
    added = applied_in("deliberation", reading.added)
    if added:
        found = apply(found, added, tuple(turns.values()), _keys(reading, turns))
    return found, turns


def proposition_desk(opened: OpenSession, reading: Reading, by: str, when: str) -> Desk:
    """Where decisions about the propositions of a session are made."""
    found, turns = current(opened, reading)
    return Desk(found, turns.values(), by=by, when=when)


def propositions(opened: OpenSession) -> PropositionsView:
    """Return the view of propositions: every one in order of time with what answers it."""
    reading = opened.reading()
    found, turns = current(opened, reading)
    titles = {each.id: each.title for each in reading.session.guide.sections}
    timed = {talk.recording for talk in reading.talks if talk.timed}
    numbers = {each.id: f"P{place}" for place, each in enumerate(found.propositions, 1)}
    answers: dict[str, list[Response]] = {}
    for response in found.responses:
        answers.setdefault(response.proposition, []).append(response)

    def said(place: Slice) -> Said:
        turn = turns[place.turn]
        at = turn.span.start if place.recording in timed else -1
        text = turn.text[place.start : place.end]
        return Said(place.turn, place.start, place.end, text, _label(reading, turn), at)

    def response_view(response: Response, number: str) -> ResponseView:
        return ResponseView(
            number,
            said(response.place),
            response.side,
            response.link,
            _person(reading, response),
            round(response.confidence, 2),
            _why(response.reasons),
            numbers.get(response.instead, ""),
        )

    def view(proposition: Proposition) -> PropositionView:
        number = numbers[proposition.id]
        mine = [each for each in answers.get(proposition.id, ()) if each.place.turn in turns]
        return PropositionView(
            proposition.id,
            number,
            proposition.kind,
            said(proposition.place),
            proposition.chair,
            titles.get(proposition.section, proposition.section),
            _person(reading, proposition),
            round(proposition.confidence, 2),
            _why(proposition.reasons),
            tuple(said(place) for place in proposition.again if place.turn in turns),
            tuple(response_view(each, f"{number}.{n}") for n, each in enumerate(mine, 1)),
            proposition.id in found.unanswered,
            proposition.id in found.silence,
        )

    return PropositionsView(
        opened.log.version,
        reading.pending,
        bool(applied_in("deliberation", reading.removed)),
        opened.records.stamp("deliberation")[0] >= 0,
        tuple(view(each) for each in found.propositions if each.place.turn in turns),
        tuple(
            TurnText(
                turn.id,
                _label(reading, turn),
                turn.span.start if turn.recording in timed else -1,
                turn.text,
            )
            for turn in turns.values()
        ),
        found.unread,
    )


def proposition_of(view: PropositionsView, wanted: str) -> PropositionView:
    """Return a proposition by its number (P3) or id. Raises ``InputError`` if there is none."""
    for each in view.propositions:
        if wanted.strip().casefold() in (each.id.casefold(), each.number.casefold()):
            return each
    raise InputError(
        f"there is no proposition {wanted!r}.", remedy="fgd propositions SESSION lists them."
    )


def response_of(view: PropositionsView, wanted: str) -> tuple[PropositionView, ResponseView]:
    """Return a response by its number (P3.2), with its proposition. Raises ``InputError``."""
    for proposition in view.propositions:
        for response in proposition.responses:
            if wanted.strip().casefold() == response.number.casefold():
                return proposition, response
    raise InputError(
        f"there is no response {wanted!r}.", remedy="fgd propositions SESSION lists them."
    )


def _keys(reading: Reading, turns: Mapping[str, Turn]) -> dict[str, str]:
    """Tell who spoke each turn, as propositions and responses name people."""
    made = {}
    for name, turn in turns.items():
        who = reading.who.get(name)
        made[name] = who.participant if who and who.participant else ""
        made[name] = made[name] or f"{turn.recording}/{turn.label or turn.voice}"
    return made


def _label(reading: Reading, turn: Turn) -> str:
    who = reading.who.get(turn.id)
    return (reading.label(who) if who else "") or f"Voice {turn.voice}"


def _person(reading: Reading, settled: Proposition | Response) -> str:
    """Tell who settled it; nobody where the machine read it."""
    if not settled.reasons or settled.reasons[0].kind != "person":
        return ""
    sort, _, key = settled.by.partition(":")
    if sort == "participant" and key in reading.people:
        return reading.people[key].name
    return reading.label(Who("", (key,))) or key if sort == "institution" else settled.by


def _why(reasons: tuple[Reason, ...]) -> tuple[str, ...]:
    """Return the reasons in words, the strongest first as they were stored."""
    return tuple(
        f"{each.kind}: {each.text}" if each.text else each.kind
        for each in reasons
        if each.kind != "person"
    )


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
    """Tell what can be shown now."""
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
    """Return a published file by its exact name, which is looked up and never joined to a path."""
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
    """Tell what the last pass wrote. Raises ``InputError`` where there was none."""
    record = opened.records.load("brief", Brief)
    if record is None:
        raise InputError("there is no brief yet.", remedy="Press Rebuild.")
    return record.value


def findings(opened: OpenSession) -> FindingsView:
    """Return the findings of the last pass with later choices laid over them."""
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
    """Return the finding on a proposition. Raises ``InputError`` if the brief has none."""
    for finding in brief.findings:
        if finding.proposition == proposition:
            return finding
    raise InputError("there is no finding on this proposition.", remedy="Load the page again.")


def chosen(
    brief: Brief, proposition: str, words: str, instead: str, *, by: str, when: str
) -> Decision:
    """Return the decision to show a finding with a candidate, both named by their keys.

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
