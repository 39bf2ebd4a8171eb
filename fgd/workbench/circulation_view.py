"""Show what the circulation edition withholds because nobody knows that it is harmless."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from fgd import disclosure
from fgd.core.errors import BusyError, GateError, ProjectError
from fgd.decisions.circulation import CIRCULATE, REWORDED, released, releases, says
from fgd.export.told import Told
from fgd.model import Brief, Decision
from fgd.pipeline import session_pass as pipeline
from fgd.pipeline.session_pass import released_version, why_withdrawn, withdraw
from fgd.workbench.open_session import OpenSession
from fgd.workspace.lock import session_lock

AROUND = 60
"""Characters of a quote shown before and after words in doubt."""

MANY = 3
"""Quotes that are named of one place; the others are counted."""


class Place(msgspec.Struct, frozen=True):
    """Words in doubt: where (quotes, or what somebody typed), why, and what stands around them.

    The same words in doubt for the same reason are one place: one key decides about all of them; so
    are clauses of one speaker, who is given away by all of them together; ``also`` are those behind
    the first. ``parts`` are the words of each quote, with what stands around them, those in doubt
    marked.
    ``whole`` is of a quote that could be assigned to whoever said it although no word of it tells,
    ``aside`` of words that nobody needs to look at: they are withheld whatever is decided, or in
    quotes that the text of the edition does not print and for which no finding waits.
    """

    number: int
    quote: str
    words: str
    why: str
    parts: tuple[tuple[tuple[str, bool], ...], ...]
    also: tuple[str, ...] = ()
    whole: bool = False
    aside: bool = False


class CirculationView(msgspec.Struct, frozen=True):
    """Everything to look at before the edition may be passed on.

    ``why_not`` and ``remedy`` say why there is no such edition; then nothing else is told.
    ``edition`` is its hash, ``released`` who let exactly this edition go and when (empty: nobody),
    ``stale`` whether an earlier release no longer holds, ``why`` the reason. ``words`` counts those
    of the edition's quotes, as they were said.
    """

    places: tuple[Place, ...]
    words: int
    withheld: int
    waiting: int
    edition: str
    released: str = ""
    stale: bool = False
    version: str = ""
    why: str = ""
    why_not: str = ""
    remedy: str = ""


def page(opened: OpenSession) -> CirculationView:
    """Return the same for a page, which shows the reason where there is nothing to look at."""
    version = opened.log.version
    try:
        found = circulation(opened)
    except (GateError, ProjectError) as problem:
        told = problem.as_issue()
        return CirculationView(
            (), 0, 0, 0, "", version=version, why_not=told.message, remedy=told.remedy
        )
    return msgspec.structs.replace(found, version=version)


def circulation(opened: OpenSession) -> CirculationView:
    """Read what is in doubt, quote by quote, in the order of the brief.

    Raises ``ProjectError`` before the first run, ``GateError`` where there is no such edition.
    """
    context = opened.source
    if context.store.load("brief", Brief) is None:
        raise ProjectError(
            "this session has not been run yet.",
            where=opened.folder.name,
            remedy=f"Run: fgd run {opened.folder.id}",
        )
    brief = pipeline.write_brief(context).value
    decided = pipeline.decided_words(context, opened.log.effective)
    edited, linked = pipeline.circulated(context, decided)
    redact = disclosure.redactor(
        pipeline.full_session(context),
        pipeline.secrets(context),
        context.settings.brief,
        decided,
    )
    known = redact.harmless
    found: list[tuple[str, str, disclosure.Doubt, bool]] = []
    total = withheld = 0
    wanted = _wanted(brief, edited, linked.names)
    for extract in brief.extracts if known else ():
        for text in (piece.text for piece in extract.pieces if piece.said):
            doubts = known.doubts(text) if known else ()
            if extract.id in linked.names:
                total += len(text.split())
                withheld += sum(len(text[each.start : each.end].split()) for each in doubts)
            name, aside = _named(extract.id, linked.names), extract.id not in wanted
            found += [
                (name, text, each, aside or redact.is_secret(text, each.start, each.end))
                for each in doubts
            ]
        found += [
            (_named(extract.id, linked.names), extract.corrected, each, extract.id not in wanted)
            for each in (known.doubts(extract.corrected) if known else ())
        ]
    for where, text in disclosure.typed(brief):
        found += [
            (where, text, each, redact.is_secret(text, each.start, each.end))
            for each in redact.typed_doubts(text)
        ]
    places = together(found, {_named(e.id, linked.names): e.who for e in brief.extracts})
    for extract in brief.extracts:
        decided_on = disclosure.key_of(extract) in (*decided.quotes, *decided.no_quotes)
        if extract.id in linked.chances and not decided_on:
            words = "".join(piece.text for piece in extract.pieces if piece.said)
            chance = f"{linked.chances[extract.id]:.0%}"
            why = (
                f"an outsider who knows the {linked.people} people could tell who said it "
                f"({chance}, by chance {1 / linked.people:.0%})"
            )
            name = _named(extract.id, linked.names)
            places.append(Place(len(places) + 1, name, words, why, (((words, True),),), whole=True))
    last = released(opened.log.effective)
    same = last is not None and last.value == disclosure.fingerprint(edited)
    why = _taken_back(opened, last) if last and not same else ""
    return CirculationView(
        tuple(places),
        total,
        withheld,
        len(brief.findings) - len(edited.findings),
        disclosure.fingerprint(edited),
        f"{last.by}, {last.when[:10]}" if last and same else "",
        last is not None and not same,
        why=why,
    )


def _wanted(brief: Brief, edited: Brief, names: Mapping[str, str]) -> frozenset[str]:
    """Quotes that somebody should look at: those that the text of the edition prints, those for
    which a finding waits, and objections and conditions that are told without their words.
    """
    new = {name: names.get(name, "") for name in (each.id for each in brief.extracts)}
    shown = Told(edited).shown
    told = {each.extract for each in edited.findings}
    waiting = {each.extract for each in brief.findings if new[each.extract] not in told}
    worded = {answer.extract for each in edited.findings for answer in each.answers}
    silent = {
        answer.extract
        for each in brief.findings
        if each.extract not in waiting
        for answer in each.side("condition", "against", "doubt", "alternative")
        if answer.shown and new[answer.extract] not in worded
    }
    return frozenset(name for name in new if new[name] in shown) | waiting | silent


_Found: TypeAlias = tuple[str, str, disclosure.Doubt, bool]


def together(found: Sequence[_Found], speakers: Mapping[str, str] | None = None) -> list[Place]:
    """Places in doubt, the same words for the same reason once, and what one of the ``speakers`` of
    quotes says of people together; those set aside come last.
    """
    said_by = speakers or {}
    groups: dict[tuple[str, ...], list[_Found]] = {}
    for each in found:
        _, text, doubt, _ = each
        said = " ".join(text[doubt.start : doubt.end].casefold().split())
        groups.setdefault((doubt.why, said), []).append(each)
    folded: dict[tuple[str, ...], list[_Found]] = {}
    for key, group in groups.items():
        where, _, doubt, aside = group[0]
        alone = len({each[0] for each in group}) == 1 and disclosure.is_clause(doubt)
        who = said_by.get(where) or where
        folded.setdefault(("clauses", who, str(aside)) if alone else key, []).extend(group)
    ordered = sorted(folded.values(), key=lambda group: all(aside for *_, aside in group))
    return [_place(number, group) for number, group in enumerate(ordered, 1)]


def _place(number: int, group: Sequence[_Found]) -> Place:
    """Make a place of doubts that one key decides; the same words are shown in one quote only."""
    seen: dict[tuple[str, str], None] = {}
    spans: dict[str, list[tuple[int, int]]] = {}
    for _, text, doubt, _ in group:
        key = (doubt.why, text[doubt.start : doubt.end].casefold())
        if key not in seen:
            seen[key] = None
            spans.setdefault(text, []).append((doubt.start, doubt.end))
    words = [text[a:b] for text, here in spans.items() for a, b in sorted(here)]
    quotes = list(dict.fromkeys(where for where, *_ in group))
    more = f" and {len(quotes) - MANY} more" if len(quotes) > MANY else ""
    return Place(
        number,
        ", ".join(quotes[:MANY]) + more,
        words[0],
        "; ".join(dict.fromkeys(each.why for _, _, each, _ in group)),
        tuple(_parts(text, sorted(here)) for text, here in spans.items()),
        tuple(words[1:]),
        aside=all(aside for *_, aside in group),
    )


def _parts(text: str, here: Sequence[tuple[int, int]]) -> tuple[tuple[str, bool], ...]:
    """Cut a text at places in doubt, with a little of what stands before and after them."""
    first, last = here[0][0], here[-1][1]
    before, after = text[max(0, first - AROUND) : first], text[last : last + AROUND]
    if len(before) < first:  # whole words only
        before = "\u2026 " + before.partition(" ")[2]
    if last + len(after) < len(text):
        after = after.rpartition(" ")[0] + " \u2026"
    made, at = [(before, False)], first
    for start, end in here:
        made += [(text[at:start], False), (text[start:end], True)]
        at = end
    made.append((after, False))
    return tuple(each for each in made if each[0])


def _named(quote: str, names: Mapping[str, str]) -> str:
    """Tell how a quote is called in the internal edition, and in the other one if it is there."""
    return f"{quote} ({names[quote]} in the edition)" if quote in names else quote


def _taken_back(opened: OpenSession, last: Decision) -> str:
    """Tell why a release no longer holds; its files are put away before anything else is shown."""
    outputs, number = opened.folder.outputs, releases(opened.log.effective)
    if released_version(outputs):
        decisions = opened.log.effective
        later = decisions[decisions.index(last) + 1 :]
        since = [says(each) for each in later if each.field in (CIRCULATE, REWORDED)]
        changed = "; ".join(since) if since else "what it says has changed"
        with contextlib.suppress(BusyError), session_lock(opened.folder):
            withdraw(outputs, f"after it was released {changed}")
    return why_withdrawn(outputs, number)


def may_say(opened: OpenSession, text: str) -> bool:
    """Tell whether words of a person may stand in the edition as they are."""
    context = opened.source
    redact = disclosure.redactor(
        pipeline.full_session(context),
        pipeline.secrets(context),
        context.settings.brief,
        pipeline.decided_words(context, opened.log.effective),
    )
    return redact.may_say(text)
