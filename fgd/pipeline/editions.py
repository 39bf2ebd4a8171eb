"""From a brief to the files of its editions: what may leave the house, and what must not."""

from __future__ import annotations

import contextlib
import fnmatch
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fgd import disclosure, export
from fgd.core.cache import Kept
from fgd.core.errors import GateError, LeakError, SettingsError, store_error
from fgd.core.settings import BriefSettings, Settings
from fgd.disclosure import Secret
from fgd.model import EDITIONS, Brief, Issue, Session
from fgd.workspace.project import Project
from fgd.workspace.store import write_bytes

MADE = (
    "brief.*", "matrix.*", "quotes.*", "themes.*", "transcript.*", "tables.*", "clips/*", "charts/*"
)  # fmt: skip
"""What an edition's folder may hold of ours; everything else there is somebody else's."""

_ROSTER = (
    "Mend participants.csv or add it; where there is none to be had, write without_roster = true "
    "under [brief] in session.toml."
)
_BUILDING, _BEFORE = ".building", ".before-"


def release(
    brief: Brief,
    session: Session,
    secrets: Sequence[Secret],
    settings: BriefSettings,
    *,
    sounds: Mapping[str, bytes] | None = None,
    letterhead: bytes = b"",
    kept: Kept | None = None,
    decided: disclosure.Decided = disclosure.NOTHING,
    unknown: str = "",
) -> tuple[dict[str, bytes], tuple[Issue, ...]]:
    """The files of every edition by path, and why an edition is not among them.

    ``session`` holds the rule and the consent in force. The circulation edition is built only
    with recorded consent, and returned only if the leak scan finds nothing in its bytes.
    ``kept`` holds charts that were drawn before. ``decided`` is what people let go or took out;
    ``unknown`` says why nobody knows who was there, and then there is no circulation edition.
    """
    files: dict[str, bytes] = {}
    issues: list[Issue] = []
    kept = kept or Kept()
    for kind in EDITIONS:
        try:
            if unknown and kind == "circulation" and session.consent.recorded:
                raise GateError(unknown, where=session.id, remedy=_ROSTER)
            edited = disclosure.edition(brief, kind, session, secrets, settings, decided)
            chosen = export.chosen_clips(edited, sounds or {})

            def build(told: Brief, chosen: Mapping[str, bytes] = chosen) -> dict[str, bytes]:
                return export.brief_files(told, chosen, letterhead, kept)

            internal = kind == "internal"
            made = build(edited) if internal else disclosure.guard(edited, build, secrets)
        except LeakError as problem:
            issues.append(problem.as_issue())
        except GateError as problem:  # no consent: as it should be, and said
            issues.append(replace(problem.as_issue(), level="warning"))
        else:
            files |= {f"{kind}/{name}": data for name, data in made.items()}
    return files, tuple(issues)


def withdraw(target: Path) -> tuple[Issue, ...]:
    """Remove the circulation edition from the outputs, by the names of its files."""
    try:
        return tuple(_withdraw(target, "circulation"))
    except OSError as problem:
        raise store_error(target, problem) from problem


def letterhead(project: Project, settings: Settings) -> bytes:
    """The bytes of the Word file named in the settings, relative to the project; none if unset.

    Raises ``SettingsError`` if it is not there.
    """
    if not settings.brief.letterhead:
        return b""
    path = project.root / settings.brief.letterhead
    try:
        return path.read_bytes()
    except OSError as problem:
        raise SettingsError(
            f"the letterhead {settings.brief.letterhead} could not be read ({problem.strerror}).",
            where="[brief] letterhead",
            remedy="Name a .docx or .dotx file, relative to the project's folder.",
        ) from problem


def replace_editions(target: Path, files: Mapping[str, bytes]) -> tuple[Issue, ...]:
    """Put the files of a build in place: of each edition all of them, or none.

    An edition is written into a folder beside and then takes the place of the old one, so that a
    full disk never leaves a new file beside an old one. An edition that is not among the files is
    withdrawn first, whatever any record says of what was written before.

    Args:
        target: the folder of the outputs.
        files: bytes by path below it; the first part of a path may be an edition.

    Returns:
        What was left in the folder of a withdrawn edition because we do not make such files.

    Raises:
        StoreError: nothing of what could not be written whole has replaced anything.
    """
    kept = {name.partition("/")[0] for name in files}
    building = target / _BUILDING
    try:
        _recover(target)
        issues = [
            issue for kind in EDITIONS if kind not in kept for issue in _withdraw(target, kind)
        ]
        for name, data in files.items():
            write_bytes(building / name, data)
        for kind in EDITIONS:
            if kind in kept:
                _swap(building / kind, target / kind, target / f"{_BEFORE}{kind}")
        for name in files:
            if "/" not in name:
                (building / name).replace(target / name)
        for path in target.glob("transcript*.*"):  # a session that had more recordings before
            if path.name not in files and path.is_file():
                path.unlink()
    except OSError as problem:
        raise store_error(target, problem) from problem
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return tuple(issues)


def _recover(target: Path) -> None:
    """Take up a swap that was interrupted, and clear away what it left."""
    shutil.rmtree(target / _BUILDING, ignore_errors=True)
    for kind in EDITIONS:
        before = target / f"{_BEFORE}{kind}"
        if before.is_dir() and not (target / kind).exists():
            before.replace(target / kind)
        shutil.rmtree(before, ignore_errors=True)


def _swap(new: Path, old: Path, aside: Path) -> None:
    """Let a folder take the place of another; files there that are not ours go along."""
    for path in _others(old):
        there = new / path.relative_to(old)
        there.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            try:
                os.link(path, there)
            except OSError:  # a file system without links
                shutil.copy2(path, there)
    if old.exists():
        old.replace(aside)
    new.replace(old)
    shutil.rmtree(aside, ignore_errors=True)


def _withdraw(target: Path, kind: str) -> list[Issue]:
    """Remove an edition by the names of its files."""
    folder = target / kind
    others = set(_others(folder))
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):  # something of somebody else's is in it
                path.rmdir()
        elif path not in others:
            path.unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()
    message = "this edition was withdrawn, and this file in its folder was left where it is."
    remedy = "Remove it unless it may be passed on."
    return [
        Issue("warning", path.relative_to(target).as_posix(), message, remedy)
        for path in sorted(others)
    ]


def _others(folder: Path) -> Iterator[Path]:
    """Files in the folder of an edition that no build of ours writes."""
    for path in folder.rglob("*") if folder.is_dir() else ():
        name = path.relative_to(folder).as_posix()
        if not path.is_dir() and not any(fnmatch.fnmatchcase(name, made) for made in MADE):
            yield path
