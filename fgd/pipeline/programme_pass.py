"""Briefs over several sessions: a topic wherever it came up, or a whole programme.

They are written below ``outputs/topics/`` and ``outputs/programmes/``, in the same two editions
as a session's own, from sessions that have been run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from fgd import disclosure, export, synthesis
from fgd.audio.decode import Audio
from fgd.core.errors import InputError, ProjectError
from fgd.decisions import programme as decided
from fgd.decisions.kinds import applied_in
from fgd.decisions.log import effective
from fgd.model import Brief, Decision, Issue, Quote, Session, Slice, Turn
from fgd.pipeline.context import SessionContext
from fgd.pipeline.conversation import arranged, audio_of
from fgd.pipeline.session_pass import (
    attribute,
    kept_out,
    letterhead,
    nobody_known,
    part,
    release,
    replace_editions,
    said_in_public,
)
from fgd.synthesis.programme import merged
from fgd.workspace.lock import session_lock
from fgd.workspace.project import Project, SessionFolder, session_id

Settling = Literal["same", "apart", "standing", "kept"]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was written: the sessions it is about, the files, and what a reader should know.

    ``brief`` is what the internal edition says.
    """

    name: str
    sessions: tuple[str, ...]
    files: tuple[Path, ...]
    issues: tuple[Issue, ...]
    brief: Brief


def write_topic(project: Project, topic: str, *, wait: float = 0.0) -> Gathered:
    """Write the brief on a theme over every session that has been run.

    Waits up to ``wait`` seconds for each session that another run is at work on, then raises
    ``BusyError``. Raises ``ProjectError`` if no session has been run and ``InputError`` for an
    unknown theme.
    """
    passes = processed(project)
    with _locked(passes, wait) as held:
        return _write(project, topic, "topics", held, _lacking(project, held), synthesis.topic)


def write_programme(project: Project, name: str, *, wait: float = 0.0) -> Gathered:
    """Write the brief over the sessions that name this programme in ``session.toml``.

    Waits up to ``wait`` seconds for each session that another run is at work on, then raises
    ``BusyError``. Raises ``ProjectError`` if there is none that has been run.
    """
    passes = processed(project, name)
    with _locked(passes, wait) as held:
        lacking = _lacking(project, held, name)
        settled = tuple(
            each
            for one in held
            for each in applied_in("programme", effective(one.intake.decisions))
        )
        write = partial(synthesis.programme, decisions=settled)
        return _write(project, name, "programmes", held, lacking, write)


def settle(
    project: Project,
    brief: Brief,
    what: Settling,
    first: str,
    second: str,
    *,
    by: str,
    when: str,
) -> tuple[SessionFolder, Decision]:
    """Return what a person settles of a programme, and the session whose log it belongs to.

    Findings, conclusions and promises are named as the registry of ``brief``, the programme's
    internal one, names them (F3, S2, P1). ``second`` is another name for "same" and "apart", and a
    word for "standing" and "kept". Raises ``InputError`` for what is not there.
    """
    passes = {
        recording.id: one
        for one in processed(project, brief.id)
        for recording in one.intake.session.recordings
    }

    def place(key: str) -> tuple[SessionContext, Turn, Slice]:
        source = _source(brief, key)
        if source.recording not in passes:
            raise InputError(f"{key} was said in a session that is not there.", remedy=_AGAIN)
        one = passes[source.recording]
        turns = (turn for talk in arranged(one) for turn in talk.turns)
        found = next((turn for turn in turns if turn.id == source.turn), None)
        if found is None:
            raise InputError(f"{key} is no longer in the transcript.", remedy=_AGAIN)
        return one, found, Slice(source.recording, source.turn, source.start, source.end)

    one, turn, words = place(first)
    if what in ("same", "apart"):
        ends = sorted(
            ((one, turn, words), place(second)),
            key=lambda each: (each[0].intake.session.date or "9", each[0].folder.id),
        )
        (early, other, to), (one, turn, words) = ends
        if early is one:
            raise InputError(
                f"{first} and {second} were put in one session.",
                remedy="Settle there what answers what: fgd decide SESSION.",
            )
        made = decided.tie(turn, words, other, to, same=what == "same", by=by, when=when)
    elif what == "standing":
        made = decided.stand(turn, words, second, by=by, when=when)
    else:
        made = decided.keep(turn, words, second, by=by, when=when)
    return one.folder, made


_AGAIN = "Write the registry anew: fgd programme NAME."


def _source(brief: Brief, key: str) -> Quote:
    """Return the words of a finding, a conclusion or a promise of a programme."""
    named = {each.id: each.extract for each in brief.findings}
    named |= {each.id: each.extract for each in brief.summaries}
    named |= {each.id: each.extract for each in brief.registry.promises}
    quotes = {each.id: each for each in brief.extracts}
    if key not in named:
        raise InputError(
            f"there is no {key!r} in this registry.",
            remedy="Findings (F3), conclusions (S2) and promises (P1) are named as it prints them.",
        )
    return quotes[named[key]].sources[0]


def last_programme(project: Project, name: str) -> Brief | None:
    """Return the internal edition that was written last; none where there is none to read."""
    path = project.outputs / "programmes" / session_id(name) / "internal" / "brief.json"
    with suppress(OSError, msgspec.MsgspecError, UnicodeError):
        return export.read_brief(path.read_bytes())
    return None


def read_or_none(context: SessionContext) -> Session | None:
    """Return the session as its folder tells it; nothing where its own run has to say why."""
    with suppress(Exception):
        return context.intake.session
    return None


@contextmanager
def _locked(passes: Sequence[SessionContext], wait: float) -> Iterator[tuple[SessionContext, ...]]:
    """Hold the lock of every session while its records are read and, where stale, made again."""
    with ExitStack() as held:
        # In the order of their ids, so that two programmes never wait for each other.
        for one in sorted(passes, key=lambda one: one.folder.id):
            held.enter_context(session_lock(one.folder, wait=wait))
        yield tuple(SessionContext(one.project, one.folder) for one in passes)


def processed(project: Project, programme: str = "") -> list[SessionContext]:
    """Return the sessions with a brief, of one programme or all."""
    found: list[SessionContext] = []
    known: set[str] = set()
    for folder in project.sessions()[0]:
        one = SessionContext(project, folder)
        session = read_or_none(one)
        if session is None:
            continue
        known |= {session.programme} - {""}
        wanted = not programme or session.programme == programme
        if wanted and folder.store.path("brief").is_file():
            found.append(one)
    if not found:
        which = f"of the programme {programme!r} " if programme else ""
        here = f"Programmes here: {', '.join(sorted(known))}. " if programme and known else ""
        raise ProjectError(
            f"no session {which}has been run yet.",
            where=str(project.recordings),
            remedy=f"{here}Run: fgd run",
        )
    return found


def _lacking(
    project: Project, passes: Sequence[SessionContext], programme: str = ""
) -> dict[str, tuple[str, ...]]:
    """Sessions that belong here and have no brief (they failed, or nobody ran them), with the names
    of their recordings, read or not.
    """
    there = {one.folder.id for one in passes}
    others = [folder for folder in project.sessions()[0] if folder.id not in there]
    found = {}
    for one in (SessionContext(project, folder) for folder in others):
        session = read_or_none(one)
        if session and programme in ("", session.programme):
            names = (*(each.name for each in session.recordings), *one.intake.unread)
            found[session.id] = names or (session.id,)
    return found


def _write(
    project: Project,
    name: str,
    folder: str,
    passes: Sequence[SessionContext],
    lacking: Mapping[str, Sequence[str]],
    synthesise: Callable[..., tuple[Brief, tuple[Issue, ...]]],
) -> Gathered:
    parts = [part(one) for one in passes]
    elsewhere = [name for names in lacking.values() for name in names]
    parts[-1] = replace(parts[-1], unread=(*parts[-1].unread, *elsewhere))
    brief, issues = synthesise(parts, name, settings=project.settings, embedder=passes[0].embedder)
    brief = synthesis.amended(brief, [each for one in passes for each in one.decisions])
    whole = merged(parts, brief.id, brief.title)
    dates = sorted({each.session.date for each in parts} - {""})
    # Both editions say when the sessions were, so a year in the programme's name tells nothing.
    whole = replace(whole, session=replace(whole.session, date=" ".join(dates)))
    chosen = project.settings.brief
    talks = [attribute(one).value for one in passes]
    secrets = disclosure.secrets(
        replace(
            whole.session,
            participants=(
                *whole.session.participants,
                *(each for found in talks for each in found.heard_participants),
            ),
            institutions=(
                *whole.session.institutions,
                *(each for found in talks for each in found.heard_institutions),
            ),
        ),
        whole.conversations,
        attributions=whole.attributed.attributions,
        may_be_named=chosen.may_be_named,
    )

    def sound(recording: str) -> Audio | None:
        return next((heard for one in passes if (heard := audio_of(one, recording))), None)

    files, problems = release(
        brief,
        whole.session,
        secrets,
        chosen,
        sounds=export.clips(brief, sound),
        letterhead=letterhead(project, project.settings),
        decided=_decided(passes),
        unknown=next(filter(None, map(nobody_known, passes)), ""),
        public={name: said for one in passes for name, said in said_in_public(one).items()},
    )
    target = project.outputs / folder / session_id(name)
    left = replace_editions(target, files)
    written = tuple(target / path for path in sorted(files))
    missing = whole.session.consent.note
    told = tuple(
        replace(each, message=f"{each.message} It is missing for: {missing}.")
        if missing and each.level == "warning" and each.where == whole.session.id
        else each
        for each in problems
    )
    sessions = tuple(one.folder.id for one in passes)
    without = [
        Issue("warning", each, "this session has no brief and is not in this one.", _RUN_IT)
        for each in lacking
    ]
    return Gathered(
        name, sessions, written, tuple(dict.fromkeys((*without, *issues, *told, *left))), brief
    )


_RUN_IT = "Run it with fgd run, mend what that tells, and write this brief again."


def _decided(passes: Sequence[SessionContext]) -> disclosure.Decided:
    """What people took out of any of the sessions, and what could be assigned in one; what they let
    go in one is not let go in all.
    """
    made = [kept_out(one, assigned=True) for one in passes]
    return disclosure.Decided(
        withheld=tuple(dict.fromkeys(words for each in made for words in each.withheld)),
        reworded=tuple(dict.fromkeys(pair for each in made for pair in each.reworded)),
        no_quotes=tuple(dict.fromkeys(key for each in made for key in each.no_quotes)),
        left_out=tuple(dict.fromkeys(span for each in made for span in each.left_out)),
    )


__all__ = [
    "Gathered",
    "Settling",
    "last_programme",
    "processed",
    "settle",
    "write_programme",
    "write_topic",
]
