"""Show the shelves of a project, and write one as a file, in the edition its readers may have."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fgd.core.clock import clock
from fgd.core.errors import InputError
from fgd.core.text import clean
from fgd.decisions.shelves import SHELF, Anchored, State, anchored
from fgd.export.shelf import Quoted
from fgd.model import Edition
from fgd.pipeline import shelving
from fgd.workbench.find_view import page_of
from fgd.workbench.open_session import OpenSession, Reading
from fgd.workspace.project import Project

KINDS = ("docx", "csv", "qdpx")


class ShelfQuote(msgspec.Struct, frozen=True):
    """A quote on a shelf, as the transcript says it now; ``was`` where it said something else."""

    decision: str
    shelf: str
    session: str
    title: str
    date: str
    source: int
    turn: str
    start: int
    end: int
    begins: int
    ends: int
    speaker: str
    text: str
    was: str
    state: State
    by: str
    when: str
    url: str


class Shelf(msgspec.Struct, frozen=True):
    """A shelf of quotes from any sessions, in the order in which people put them there."""

    name: str
    quotes: tuple[ShelfQuote, ...]


def shelves(sessions: Iterable[OpenSession]) -> tuple[Shelf, ...]:
    """Return all shelves by name; only sessions that have a quote on one are read."""
    found: dict[str, list[ShelfQuote]] = {}
    for opened in sessions:
        if any(each.field == SHELF and each.value for each in opened.log.effective):
            reading = opened.reading()
            for each in anchored(opened.log.effective, reading.talks):
                found.setdefault(each.shelf, []).append(_quote(opened, reading, each))
    return tuple(
        Shelf(name, tuple(sorted(quotes, key=lambda each: each.when)))
        for name, quotes in sorted(found.items(), key=lambda each: each[0].casefold())
    )


def _quote(opened: OpenSession, reading: Reading, found: Anchored) -> ShelfQuote:
    from fgd.decisions.kinds import moment

    turn, session = found.turn, reading.session
    talk = reading.talk(turn.recording) if turn else None
    begins = ends = -1
    speaker, source = "", 0
    if turn:
        said = moment(turn, found.start, found.end)
        who = reading.who.get(turn.id)
        speaker = (reading.label(who) if who else "") or turn.label or f"voice {turn.voice}"
        source = [each.id for each in session.recordings].index(turn.recording)
        if talk and talk.timed:
            begins, ends = said.start, said.end
    return ShelfQuote(
        found.decision.id,
        found.shelf,
        opened.folder.id,
        session.title or opened.folder.name,
        session.date,
        source,
        turn.id if turn else "",
        found.start,
        found.end,
        begins,
        ends,
        speaker,
        found.text,
        found.was if found.state == "changed" or not turn else "",
        found.state,
        found.decision.by,
        found.decision.when,
        page_of(opened.folder.id, turn.recording, turn.id, begins) if turn else "",
    )


def export(project: Project, name: str, kind: str, edition: str) -> bytes:
    """Write a shelf as a file: ``docx``, ``csv`` or ``qdpx``; internal, or for circulation.

    Raises ``InputError`` for what there is not, and ``GateError`` or ``LeakError`` where a
    session's rule of attribution forbids an edition for outside.
    """
    if kind not in KINDS:
        raise InputError(f"a shelf is no {clean(kind)!r}.", remedy=f"Write {', '.join(KINDS)}.")
    if edition not in ("internal", "circulation"):
        raise InputError(
            f"there is no edition {clean(edition)!r}.", remedy="Write internal or circulation."
        )
    opened = {each.id: OpenSession(project, each) for each in project.sessions()[0]}
    every = shelves(opened.values())
    wanted = clean(name)
    shelf = next((each for each in every if each.name == wanted), None)
    if shelf is None:
        known = ", ".join(each.name for each in every) or "none yet"
        raise InputError(f"there is no shelf {wanted!r}.", remedy=f"Shelves here: {known}.")
    contexts = {each: opened[each].source for each in {q.session for q in shelf.quotes}}
    chosen: Edition = "circulation" if edition == "circulation" else "internal"
    return shelving.written(shelf.name, [_quoted(q) for q in shelf.quotes], contexts, kind, chosen)


def _quoted(each: ShelfQuote) -> Quoted:
    notes = {
        "same": "",
        "moved": "found in another place than where it was taken",
        "changed": f"the transcript was corrected since; it said: {each.was}",
        "lost": f"no longer in the transcript; it said: {each.was}",
    }
    return Quoted(
        each.session,
        each.title,
        each.date,
        each.turn,
        each.text,
        each.speaker,
        clock(each.begins) if each.begins >= 0 else "",
        notes[each.state],
        lost=each.state == "lost",
        start=each.start,
        end=each.end,
    )
