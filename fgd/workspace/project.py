"""Where things live: the project's folders, and the sessions found in them.

``recordings/`` holds everything people gave; ``outputs/`` can be deleted and rebuilt, identical.
``.fgd/`` holds what is neither: caches and locks.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from fgd.core.errors import ProjectError
from fgd.core.files import MEDIA, PARTIAL, TRANSCRIPTS, leads_outside, printable
from fgd.core.settings import Settings, load_settings
from fgd.model import Issue
from fgd.workspace.store import Store

SETTINGS_FILE = "fgd.toml"


@dataclass(frozen=True, slots=True)
class SessionFolder:
    """One session on disk: a folder under ``recordings/``, or a single file dropped there.

    ``id`` is safe as a file name everywhere; ``name`` is how people called it.
    """

    id: str
    name: str
    source: Path
    outputs: Path

    @property
    def is_single_file(self) -> bool:
        """Whether somebody dropped a bare recording instead of a folder."""
        return self.source.is_file()

    @property
    def store(self) -> Store:
        """The session's steps."""
        return Store(self.outputs / "work")


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with ``recordings/`` and ``outputs/`` and, perhaps, ``fgd.toml``."""

    root: Path
    settings: Settings = field(default_factory=Settings)

    @classmethod
    def open(cls, root: Path | None = None) -> Project:
        """Open the given folder, or the nearest one above the current folder that is a project.

        Raises ``ProjectError`` if there is none and ``SettingsError`` if ``fgd.toml`` is wrong.
        """
        if root is None:
            here = Path.cwd()
            root = next((p for p in (here, *here.parents) if _is_project(p)), here)
        root = root.resolve()
        if not root.is_dir():
            raise ProjectError(
                "there is no such folder.",
                where=str(root),
                remedy="Name a folder that holds recordings/ with --project.",
            )
        return cls(root, load_settings(root / SETTINGS_FILE))

    @property
    def recordings(self) -> Path:
        """What people gave."""
        return self.root / self.settings.folders.recordings

    @property
    def outputs(self) -> Path:
        """What the machine made."""
        return self.root / self.settings.folders.outputs

    @property
    def weights(self) -> Path:
        """Where checkpoints may lie, beside Whisper's own cache."""
        return self.root / self.settings.folders.weights

    @property
    def state(self) -> Path:
        """Caches and locks; safe to delete."""
        return self.root / ".fgd"

    def sessions(self) -> tuple[tuple[SessionFolder, ...], tuple[Issue, ...]]:
        """Return every session in name order, and what lies in ``recordings/`` but is none."""
        found: list[SessionFolder] = []
        issues: list[Issue] = []
        if not self.recordings.is_dir():
            return (), (
                Issue(
                    "error",
                    str(self.recordings),
                    "there is no such folder.",
                    "Create it and put a recording into it.",
                ),
            )
        taken: set[str] = set()
        for path in sorted(self.recordings.iterdir(), key=lambda p: p.name):
            problem = self._not_a_session(path)
            if problem is not None:
                issues += [problem] if problem.message else []
                continue
            name = path.name if path.is_dir() else path.stem
            identity = session_id(name)
            if identity in taken:
                identity = session_id(path.name)
            taken.add(identity)
            found.append(SessionFolder(identity, name, path, self.outputs / identity))
        return tuple(found), tuple(issues)

    def session(self, name: str) -> SessionFolder:
        """Return the session with this id or name. Raises ``ProjectError`` if there is none."""
        wanted = name.removeprefix(f"{self.settings.folders.recordings}/").rstrip("/")
        sessions, _ = self.sessions()
        for session in sessions:
            if wanted in (session.id, session.name, session.source.name):
                return session
        known = ", ".join(session.id for session in sessions[:8]) or "none yet"
        raise ProjectError(
            f"there is no session {name!r}.",
            where=str(self.recordings),
            remedy=f"Sessions here: {known}.",
        )

    def _not_a_session(self, path: Path) -> Issue | None:
        """Why an entry of ``recordings/`` is no session; an empty message means: of no interest."""
        silent = Issue("note", path.name, "")
        if path.name.startswith(".") or path.suffix.lower() in PARTIAL or path.name == "README.md":
            return silent
        if path.is_symlink() and not path.exists():
            return Issue(
                "error",
                printable(path.name),
                "this link leads nowhere: what it points to is gone, or it points to itself.",
                "Remove it, or copy the file into recordings/ instead.",
            )
        if leads_outside(path, self.root):
            return Issue(
                "error",
                printable(path.name),
                "this link leads out of the project and was not followed.",
                "Copy the file into recordings/ instead.",
            )
        if path.is_dir():
            try:
                empty = all(entry.name.startswith(".") for entry in path.iterdir())
            except OSError as problem:
                message = f"the folder cannot be opened ({problem.strerror})."
                remedy = "Give yourself permission to read it."
                return Issue("error", printable(path.name), message, remedy)
            if not empty:
                return None
            return Issue(
                "note", printable(path.name), "the folder is empty.", "Put a recording into it."
            )
        if not path.is_file():
            return Issue(
                "warning",
                printable(path.name),
                "this is neither a file nor a folder.",
                "Remove it.",
            )
        if path.suffix.lower() not in MEDIA | TRANSCRIPTS:
            return Issue(
                "warning",
                printable(path.name),
                f"files of the kind {path.suffix or '(no suffix)'} are not recordings.",
                "A roster or guide belongs into a session's folder, next to its recording.",
            )
        return None


def _is_project(folder: Path) -> bool:
    return (folder / SETTINGS_FILE).is_file() or (folder / "recordings").is_dir()


def _is_safe(character: str) -> bool:
    # Marks count as letters: Thai, Khmer and Lao cannot be written without them.
    return character in "_.()+- " or unicodedata.category(character)[0] in "LMN"


def session_id(name: str) -> str:
    """A session's id: the name itself where that is safe in any file system, else a safe form of
    it with a short hash, so that two names never share an id.
    """
    kept = (c if _is_safe(c) else "-" for c in unicodedata.normalize("NFC", name))
    safe = re.sub("-{2,}", "-", "".join(kept)).strip("-. ")
    if safe == name and len(name.encode()) <= 100:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:6]
    while len(safe.encode()) > 90:
        safe = safe[:-1]
    return f"{safe}-{digest}" if safe else f"session-{digest}"
