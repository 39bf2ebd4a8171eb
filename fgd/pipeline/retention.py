"""Delete on time what ``keep_days`` says: sound, transcripts, internals, each on its own day.

Days count from the session's date. What is deleted is told in ``retention.log`` without names, and
remembered beside the session (``workspace/deleted.py``): its briefs stay open, decisions stay.
"""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fgd.core.errors import FgdError, issue_of, store_error
from fgd.core.files import DOCUMENTS, MEDIA, TRANSCRIPTS
from fgd.core.settings import KeepDays
from fgd.model import Issue
from fgd.pipeline import indexing
from fgd.pipeline.context import SessionContext
from fgd.pipeline.voice_samples import FOLDER, RECORDS
from fgd.workspace.deleted import (
    CLASSES,
    RECORD,
    Deleted,
    What,
    log_deletion,
    read_deleted,
    write_deleted,
)
from fgd.workspace.lock import session_lock
from fgd.workspace.project import Project, SessionFolder

_KEPT = ("session.toml", RECORD)
_OURS = ("participants", "roster", "guide", "floor", "decisions", "codebook", "readme")
"""What files are called that are no transcript, whatever their kind."""
_TALK = ("transcript*.*", "work/*", "*/tables/*", "*/analysis/*", "*/themes.xlsx", "checks/*")
"""Where the outputs hold what was said at length."""
_HEARD = ("sound.wav", "sound.channel*.wav", "sound.voices", ".sound.*")
_LOUDNESS = "review/loudness"


@dataclass(frozen=True, slots=True)
class Due:
    """What of a session is to be deleted, and from which day on."""

    session: str
    what: What
    on: datetime.date
    files: tuple[Path, ...]
    size: int

    def __str__(self) -> str:
        many = f"{len(self.files)} file" + ("" if len(self.files) == 1 else "s")
        return f"{self.session}: {self.what}, {many}, {max(self.size >> 10, 1):,} KB"


def planned(project: Project) -> tuple[tuple[Due, ...], tuple[Issue, ...]]:
    """List everything that ``keep_days`` sets a day for and that is still there, the next first.

    Returns:
        What is due and will be, and the sessions of which nobody knows the day.
    """
    found: list[Due] = []
    folders, met = project.sessions()
    issues = [each for each in met if each.level == "error"]
    for folder in folders:
        try:
            plan, problem = _plan(SessionContext(project, folder))
        except (FgdError, OSError) as trouble:
            issues.append(issue_of(trouble, folder.name))
            continue
        found += plan
        issues += problem
    return tuple(sorted(found, key=lambda due: (due.on, due.session, due.what))), tuple(issues)


def delete_due(project: Project, today: datetime.date) -> tuple[tuple[Due, ...], tuple[Issue, ...]]:
    """Delete what is due on a day; a session that a run holds waits for the next time.

    Returns:
        What was deleted, and what could not be.
    """
    plan, issues = planned(project)
    done: list[Due] = []
    met = list(issues)
    for due in plan:
        if due.on > today:
            continue
        folder = project.session(due.session)
        try:
            with session_lock(folder):
                again, _ = _plan(SessionContext(project, folder))  # as it is under the lock
                now = next((each for each in again if each.what == due.what), None)
                if now is not None and now.on <= today:
                    _delete(project, folder, now, today)
                    done.append(now)
        except (FgdError, OSError) as trouble:
            met.append(issue_of(trouble, folder.name))
    return tuple(done), tuple(met)


def _plan(context: SessionContext) -> tuple[list[Due], list[Issue]]:
    keep = context.settings.keep_days
    wanted = [what for what in CLASSES if getattr(keep, what) != "always"]
    if not wanted:
        return [], []
    intake, folder = context.intake, context.folder
    wrong = [
        each for each in intake.issues
        if each.level == "error" and each.place and each.where.endswith("session.toml")
    ]  # fmt: skip
    try:
        first = datetime.date.fromisoformat(intake.session.date[:10])
    except ValueError:
        message = "this session has no date that can be read, so nothing of it is deleted."
        remedy = "Write the day into session.toml, as in date = 2026-03-04."
        where = folder.name if folder.is_single_file else f"{folder.name}/session.toml"
        return [], [Issue("error", where, message, remedy)]
    if wrong:  # a wrong value left the project's setting standing, which may be too short
        message = "session.toml has an error, so nothing of this session is deleted."
        return [], [Issue("error", folder.name, message, "Correct it first; fgd intake tells it.")]
    found = []
    for what in wanted:
        files = tuple(sorted(set(_files(context, what))))
        days = _days(keep, what)
        try:
            on = first + datetime.timedelta(days=days)
        except OverflowError:
            continue
        if files:
            size = sum(path.stat().st_size for path in files)
            found.append(Due(folder.id, what, on, files, size))
    return found, []


def _days(keep: KeepDays, what: What) -> int:
    days = getattr(keep, what)
    return days if isinstance(days, int) else 0


def _files(context: SessionContext, what: What) -> Iterator[Path]:
    """List the files of one kind that are there."""
    folder, state = context.folder, context.project.state
    given = [] if folder.is_single_file else [p for p in folder.source.iterdir() if p.is_file()]
    if what == "sound":
        yield from (path for path in given if path.suffix.lower() in MEDIA)
        yield from _below(folder.source / FOLDER)
        yield from _below(folder.store.folder / RECORDS)
        for place in folder.store.folder.glob("*"):
            yield from (path for made in _HEARD for path in place.glob(made) if path.is_file())
        for place in folder.outputs.glob("**/clips"):
            yield from _below(place)
        for recording in context.intake.session.recordings:
            yield from (state / _LOUDNESS).glob(f"{folder.id}-{recording.id}.*")
    elif what == "transcripts":
        for path in given:
            if _is_talk(path):
                yield path
        yield from _below(folder.source / "replaced")
        for made in _TALK:
            for place in folder.outputs.glob(made):
                yield from _below(place)
        if next(_below(folder.store.folder), None):
            # Caches of all sessions: they cost time and nothing else.
            yield from (*_below(state / "vectors"), *_below(state / "kept"))
            yield from state.glob("search.sqlite*")
    else:
        for path in given:
            lower = path.name.casefold()
            sound = path.suffix.lower() in MEDIA
            plan = lower.startswith(("guide.", "codebook."))
            if not (sound or plan or _is_talk(path) or lower in _KEPT):
                yield path
        yield from _below(folder.source / "facilitation")
        for place in folder.outputs.glob("*"):
            if place.name != "circulation" and not place.name.startswith("transcript"):
                yield from _below(place)
        yield from _below(state / "failures" / f"{folder.id}.txt")


def _is_talk(path: Path) -> bool:
    stem = path.stem.casefold()
    return path.suffix.lower() in TRANSCRIPTS | DOCUMENTS and not (
        path.name in _KEPT or path.name.startswith(".") or stem.startswith(_OURS)
    )


def _below(place: Path) -> Iterator[Path]:
    """List a file, or the files of a folder at any depth; no link is followed."""
    if place.is_file() and not place.is_symlink():
        yield place
    elif place.is_dir() and not place.is_symlink():
        yield from (p for p in place.rglob("*") if p.is_file() and not p.is_symlink())


def _delete(project: Project, folder: SessionFolder, due: Due, today: datetime.date) -> None:
    """Remember, then delete, then tell: a kill in between leaves what the next time finishes."""
    context = SessionContext(project, folder)
    before = read_deleted(folder.source)
    known = {each.id for each in context.intake.session.recordings}
    kept = tuple(each for each in before.recordings if each.id not in known)
    days = {**before.on, due.what: before.on.get(due.what) or today.isoformat()}
    recordings = (*context.intake.session.recordings, *kept)
    write_deleted(folder.source, Deleted(days, recordings))
    for path in due.files:
        try:
            path.unlink(missing_ok=True)
        except OSError as problem:
            raise store_error(path, problem) from problem
    for place in (folder.outputs, folder.source):
        for empty in sorted((p for p in place.rglob("*") if p.is_dir()), reverse=True):
            if not any(empty.iterdir()):
                shutil.rmtree(empty, ignore_errors=True)
    if due.what == "transcripts":
        indexing.forget(project, [folder.id])
    if due.what != "sound":  # what the last run said may quote what is gone
        (project.state / "last" / f"{folder.id}.json").unlink(missing_ok=True)
    log_deletion(project, f"{today.isoformat()} {due}")
