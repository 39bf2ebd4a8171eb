"""From a brief to the files of its editions: what may leave the house, and what must not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fgd import editions, publish
from fgd.editions import Secret
from fgd.errors import GateError, LeakError, SettingsError
from fgd.kept import Kept
from fgd.model import Brief, Edition, Issue, Session
from fgd.project import Project
from fgd.settings import BriefSettings, Settings

EDITIONS: tuple[Edition, ...] = ("internal", "circulation")


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
            edited = editions.edition(brief, kind, session, secrets, settings)
            chosen = publish.chosen_clips(edited, sounds or {})

            def build(told: Brief, chosen: Mapping[str, bytes] = chosen) -> dict[str, bytes]:
                return publish.brief_files(told, chosen, letterhead, kept)

            internal = kind == "internal"
            made = build(edited) if internal else editions.guard(edited, build, secrets)
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
