"""Briefs over several sessions: a topic wherever it came up, or a whole programme.

They are written below ``outputs/topics/`` and ``outputs/programmes/``, in the same two editions
as a session's own, from sessions that have been run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from fgd import disclosure, export, synthesis
from fgd.audio.decode import Audio
from fgd.core.errors import ProjectError
from fgd.model import Brief, Issue, Session
from fgd.pipeline.context import SessionContext
from fgd.pipeline.conversation import audio_of
from fgd.pipeline.session_pass import (
    attribute,
    decided_words,
    letterhead,
    nobody_known,
    part,
    release,
    replace_editions,
)
from fgd.synthesis.programme import merged
from fgd.workspace.lock import session_lock
from fgd.workspace.project import Project, session_id


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was written: the sessions it is about, the files, and what a reader should know."""

    name: str
    sessions: tuple[str, ...]
    files: tuple[Path, ...]
    issues: tuple[Issue, ...]


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
        return _write(project, name, "programmes", held, lacking, synthesis.programme)


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
        name, sessions, written, tuple(dict.fromkeys((*without, *issues, *told, *left)))
    )


_RUN_IT = "Run it with fgd run, mend what that tells, and write this brief again."


def _decided(passes: Sequence[SessionContext]) -> disclosure.Decided:
    """What people took out of any of the sessions; what they let go in one is not let go in all."""
    made = [decided_words(one) for one in passes]
    return disclosure.Decided(
        withheld=tuple(dict.fromkeys(words for each in made for words in each.withheld)),
        reworded=tuple(dict.fromkeys(pair for each in made for pair in each.reworded)),
        no_quotes=tuple(dict.fromkeys(key for each in made for key in each.no_quotes)),
        left_out=tuple(dict.fromkeys(span for each in made for span in each.left_out)),
    )


__all__ = ["Gathered", "processed", "write_programme", "write_topic"]
