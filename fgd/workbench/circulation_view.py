"""Show what the circulation edition withholds because nobody knows that it is harmless."""

from __future__ import annotations

import msgspec

from fgd import disclosure
from fgd.core.errors import GateError, ProjectError
from fgd.decisions.circulation import released
from fgd.model import Brief
from fgd.pipeline import session_pass as pipeline
from fgd.workbench.open_session import OpenSession

AROUND = 60
"""Characters of a quote shown before and after words in doubt."""


class Place(msgspec.Struct, frozen=True):
    """Words of a quote that are in doubt: where, why, and what stands around them."""

    number: int
    quote: str
    words: str
    why: str
    before: str
    after: str


class CirculationView(msgspec.Struct, frozen=True):
    """Everything to look at before the edition may be passed on.

    ``why_not`` and ``remedy`` say why there is no such edition; then nothing else is told.
    ``edition`` is its hash, ``released`` who let exactly this edition go and when (empty: nobody),
    ``stale`` whether an earlier release no longer holds. ``words`` counts those of all quotes.
    """

    places: tuple[Place, ...]
    words: int
    withheld: int
    waiting: int
    edition: str
    released: str = ""
    stale: bool = False
    version: str = ""
    why_not: str = ""
    remedy: str = ""


def page(opened: OpenSession) -> CirculationView:
    """The same for a page, which shows the reason where there is nothing to look at."""
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
    edited = pipeline.circulated(context, decided)
    known = disclosure.harmless(
        pipeline.full_session(context),
        pipeline.secrets(context),
        context.settings.brief,
        decided,
    )
    places: list[Place] = []
    total = withheld = 0
    for extract in brief.extracts if known else ():
        for text in (piece.text for piece in extract.pieces if piece.said):
            total += len(text.split())
            for doubt in known.doubts(text) if known else ():
                words = text[doubt.start : doubt.end]
                withheld += len(words.split())
                before = text[max(0, doubt.start - AROUND) : doubt.start]
                after = text[doubt.end : doubt.end + AROUND]
                places.append(Place(len(places) + 1, extract.id, words, doubt.why, before, after))
    last = released(opened.log.effective)
    same = last is not None and last.value == disclosure.fingerprint(edited)
    return CirculationView(
        tuple(places),
        total,
        withheld,
        len(brief.findings) - len(edited.findings),
        disclosure.fingerprint(edited),
        f"{last.by}, {last.when[:10]}" if last and same else "",
        last is not None and not same,
    )
