"""From a brief to the files of its editions: what may leave the house, and what must not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fgd import disclosure, export
from fgd.core.cache import Kept
from fgd.core.errors import GateError, LeakError, SettingsError
from fgd.core.settings import BriefSettings, Settings
from fgd.disclosure import Secret
from fgd.model import EDITIONS, Brief, Issue, Session
from fgd.workspace.project import Project


def release(
    brief: Brief,
    session: Session,
    secrets: Sequence[Secret],
    settings: BriefSettings,
    *,
    sounds: Mapping[str, bytes] | None = None,
    letterhead: bytes = b"",
    kept: Kept | None = None,
) -> tuple[dict[str, bytes], tuple[Issue, ...]]:
    """The files of every edition by path, and why an edition is not among them.

    ``session`` holds the rule and the consent in force. The circulation edition is built only
    with recorded consent, and returned only if the leak scan finds nothing in its bytes.
    ``kept`` holds charts that were drawn before.
    """
    files: dict[str, bytes] = {}
    issues: list[Issue] = []
    kept = kept or Kept()
    for kind in EDITIONS:
        try:
            edited = disclosure.edition(brief, kind, session, secrets, settings)
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
