"""Keep the search index in step with what the sessions' records say.

A session is indexed from its stored records alone, at the end of its pass and, where that did not
happen, before somebody searches. Its record of themes stands for all of them: it is written anew
whenever words, speakers, sections or the session's own file say something else.
"""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fgd.attribution import Attributed
from fgd.coding.terms import plain
from fgd.core.backends import Progress, silent
from fgd.core.errors import FgdError
from fgd.decisions.kinds import moments
from fgd.decisions.withdrawal import spoken
from fgd.model import Conversation, Issue, Themed
from fgd.pipeline.context import SessionContext
from fgd.search import Entry, Index, Passage, Speaker
from fgd.synthesis.material import People, Person
from fgd.workspace.project import Project, SessionFolder
from fgd.workspace.store import Record

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fgd.core.embeddings import Embedder

log = logging.getLogger("fgd")

SILENT = ("back-channel", "thanks")
"""Kinds of units that mean nothing by themselves: they are found by their words alone."""


def index_of(project: Project, embedder: Embedder) -> Index:
    """Return the index of a project, whose vectors an embedder makes."""
    return Index(project.state / "search.sqlite", f"{embedder.id}/{embedder.version}")


def update(context: SessionContext) -> None:
    """Index a session after its pass; whatever goes wrong is made good by the next search."""
    try:
        _index(index_of(context.project, context.embedder), context)
    except Exception as problem:
        log.warning("a session could not be indexed for search: %s", type(problem).__name__)


def refresh(project: Project, index: Index, progress: Progress = silent) -> tuple[Issue, ...]:
    """Index what changed and drop what is gone; tell which sessions cannot be searched, and why."""
    folders, _ = project.sessions()
    known = index.stamps()
    stamps = {each.id: _stamp(each) for each in folders}
    unheard = [name for name, stamp in stamps.items() if not stamp]
    gone = known.keys() - {name for name, stamp in stamps.items() if stamp}
    if gone or not known:  # what cannot be told may be anything
        index.forget(sorted(gone))
    stale = [each for each in folders if stamps[each.id] not in ("", known.get(each.id))]
    issues: list[Issue] = []
    for number, folder in enumerate(stale):
        progress("search", number, len(stale))
        try:
            _index(index, SessionContext(project, folder))
        except FgdError as problem:
            issues.append(replace(problem.as_issue(), level="warning", where=folder.id))
    if unheard:
        some = ", ".join(unheard[:5]) + (" ..." if len(unheard) > 5 else "")
        many = "session has" if len(unheard) == 1 else "sessions have"
        message = f"{len(unheard)} {many} not been run and cannot be searched: {some}."
        issues.append(Issue("note", "", message, "Run: fgd run"))
    return tuple(issues)


def forget(project: Project, sessions: Sequence[str]) -> None:
    """Take sessions out of the index so that no byte of it tells of them; their records, as they
    are then, are indexed again by the next pass or search.
    """
    from fgd.core.embeddings import embedder

    index_of(project, embedder()).forget(sessions)


def _stamp(folder: SessionFolder) -> str:
    """Tell what changes whenever the records do; empty for a session that has none."""
    with contextlib.suppress(OSError):
        stat = folder.store.path("themes").stat()
        return f"{stat.st_size}-{stat.st_mtime_ns}"
    return ""


def _index(index: Index, context: SessionContext) -> None:
    stamp = _stamp(context.folder)
    themed = context.store.load("themes", Themed)
    if themed is None:
        index.forget([context.folder.id])
        return
    content = themed.provenance.fingerprint
    if index.touch(context.folder.id, stamp, content):
        return
    entry = replace(entry_of(context, themed), stamp=stamp, content=content)
    index.put(entry, vectors_of(entry, context.embedder))


def entry_of(context: SessionContext, themed: Record[Themed]) -> Entry:
    """Read a session's records as the index takes them; nothing is computed."""
    stored = context.store.load("attribution", Attributed)
    told = stored.value if stored else Attributed()
    invited = context.intake.session
    session = replace(
        invited,
        participants=(*invited.participants, *told.participants),
        institutions=(*invited.institutions, *told.institutions),
    )
    records = (
        context.store.load(f"{recording.id}/conversation", Conversation)
        for recording in session.recordings
    )
    talks = [spoken(context.turns(record)[0]) for record in records if record]
    people = People(session, talks, told.attributions)
    speakers: dict[str, int] = {}
    made: list[Speaker] = []
    aliases = {each.id: (each.name, *each.aliases) for each in session.participants}

    def number(person: Person) -> int:
        if person.key not in speakers:
            speakers[person.key] = len(made)
            bodies = [people.institution(key) for key in person.institutions]
            forms = [form for b in bodies for form in (b.acronym, b.name, *b.aliases) if form]
            names = aliases.get(person.key, (person.name or person.voice,))
            made.append(Speaker(people.printed(person), person.name, names, tuple(forms)))
        return speakers[person.key]

    titles = tuple(each.title for each in session.guide.sections)
    places = {each.id: n for n, each in enumerate(session.guide.sections)}
    section = {each.turn: places.get(each.section, -1) for each in themed.value.placements}
    turns = {turn.id: (turn, talk.timed) for talk in talks for turn in talk.turns}
    texts = {name: turn.text for name, (turn, _) in turns.items()}
    when = functools.cache(lambda name: moments(turns[name][0]))
    sources = {each.id: n for n, each in enumerate(session.recordings)}
    passages = []
    for unit in themed.value.units:
        if unit.turn not in turns or unit.end > len(texts[unit.turn]):
            continue  # decisions made since the pass: the next one puts this right
        turn, timed = turns[unit.turn]
        text = texts[unit.turn][unit.start : unit.end]
        said = when(unit.turn)(unit.start, unit.end)
        passages.append(
            Passage(
                turn.recording,
                sources[turn.recording],
                turn.id,
                unit.start,
                unit.end,
                said.start if timed else -1,
                said.end if timed else -1,
                number(people[turn.id]),
                section.get(turn.id, -1),
                text,
                "" if unit.kind in SILENT else plain(text),
            )
        )
    return Entry(
        context.folder.id,
        "",
        "",
        session.title or context.folder.name,
        session.programme,
        session.date,
        tuple(made),
        titles,
        tuple(passages),
    )


def vectors_of(entry: Entry, embedder: Embedder) -> npt.NDArray[np.float32]:
    """Return the vectors of a session's passages, which the pass has made and kept already."""
    import numpy as np

    meant = [n for n, each in enumerate(entry.passages) if each.meant]
    rows = embedder.embed([entry.passages[n].meant for n in meant])
    vectors = np.zeros((len(entry.passages), rows.shape[1]), np.float32)
    if meant:
        vectors[meant] = rows
    return vectors
