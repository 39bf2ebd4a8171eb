"""Briefs over several sessions: a topic wherever it came up, or a whole programme.

They are written below ``outputs/topics/`` and ``outputs/programmes/``, in the same two editions
as a session's own, from sessions that have been run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fgd import disclosure, export, synthesis
from fgd.audio.wav import Audio
from fgd.core.errors import FgdError, ProjectError
from fgd.model import EDITIONS, Brief, Issue
from fgd.pipeline.context import SessionContext
from fgd.pipeline.editions import letterhead, release
from fgd.pipeline.listening import audio_of
from fgd.pipeline.session import attribute, find_themes, full_session
from fgd.pipeline.turns import arranged
from fgd.synthesis import Part
from fgd.synthesis.merged import merged
from fgd.workspace.project import Project, session_id
from fgd.workspace.store import write_bytes


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was written: the sessions it is about, the files, and what a reader should know."""

    name: str
    sessions: tuple[str, ...]
    files: tuple[Path, ...]
    issues: tuple[Issue, ...]


def write_topic(project: Project, topic: str) -> Gathered:
    """Write the brief on a theme over every session that has been run.

    Raises ``ProjectError`` if no session has been run and ``InputError`` for an unknown theme.
    """
    passes = processed(project)
    return _write(project, topic, "topics", passes, synthesis.topic)


def write_programme(project: Project, name: str) -> Gathered:
    """Write the brief over the sessions that name this programme in ``session.toml``.

    Raises ``ProjectError`` if there is none that has been run.
    """
    passes = processed(project, name)
    return _write(project, name, "programmes", passes, synthesis.programme)


def processed(project: Project, programme: str = "") -> list[SessionContext]:
    """The sessions with a brief, of one programme or all."""
    found: list[SessionContext] = []
    known: set[str] = set()
    for folder in project.sessions()[0]:
        one = SessionContext(project, folder)
        try:
            session = one.intake.session
        except (FgdError, OSError):
            continue  # its own run says why
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


def _write(
    project: Project,
    name: str,
    folder: str,
    passes: Sequence[SessionContext],
    synthesise: Callable[..., tuple[Brief, tuple[Issue, ...]]],
) -> Gathered:
    parts = [
        Part(full_session(one), arranged(one), attribute(one).value, find_themes(one).value)
        for one in passes
    ]
    brief, issues = synthesise(parts, name, settings=project.settings, embedder=passes[0].embedder)
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
    )
    target = project.outputs / folder / session_id(name)
    _forget(target, files)
    written = tuple(write_bytes(target / path, data) for path, data in sorted(files.items()))
    missing = whole.session.consent.note
    told = tuple(
        replace(each, message=f"{each.message} It is missing for: {missing}.")
        if missing and each.level == "warning" and each.where == whole.session.id
        else each
        for each in problems
    )
    sessions = tuple(one.folder.id for one in passes)
    return Gathered(name, sessions, written, tuple(dict.fromkeys((*issues, *told))))


def _forget(target: Path, files: dict[str, bytes]) -> None:
    """Remove what an earlier run wrote here and this one does not."""
    for kind in EDITIONS:
        for path in sorted((target / kind).rglob("*")):
            if path.is_file() and path.relative_to(target).as_posix() not in files:
                path.unlink()


__all__ = ["Gathered", "processed", "write_programme", "write_topic"]
