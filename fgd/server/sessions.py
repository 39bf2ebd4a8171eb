"""Keep the sessions of a project as the server knows them, make new ones, take in files for them.

What a browser sends arrives in a folder of the server's own, is looked into, and is moved into the
session only when it is whole and of a kind that the session can use. Nothing of the name it came
with is used but its ending, and that is looked up in a list.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import secrets
import shutil
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import msgspec

from fgd.core.errors import FgdError, InputError, SessionGone
from fgd.core.files import MEDIA, TRANSCRIPTS, Contents, contents, unusable
from fgd.core.text import ascii_slug, clean, language
from fgd.model import Issue, Rule
from fgd.server.finding import Finding
from fgd.server.jobs import Jobs
from fgd.server.serving import Refusal, aside
from fgd.workbench.open_session import OpenSession
from fgd.workbench.transcript_view import TranscriptFeed
from fgd.workspace.project import Project
from fgd.workspace.store import write_bytes

Purpose = Literal["recording", "roster", "guide", "floor"]

GIB = 1 << 30
MOST = 4 * GIB
"""Bytes of a recording, unless the command says otherwise."""

MOST_TEXT = 20 << 20
"""Bytes of a roster, guide, floor log or transcript."""

SPARE = 200 << 20
"""Bytes that stay free on the disk, for the work itself."""

KEPT = 24 * 3600
"""Seconds after which half an upload is thrown away."""

KINDS: dict[Purpose, tuple[str, frozenset[str]]] = {
    "recording": ("recording-{:02}", MEDIA | TRANSCRIPTS),
    "roster": ("participants", frozenset((".csv", ".xlsx", ".xlsm", ".tsv"))),
    "guide": ("guide", frozenset((".md", ".docx", ".toml", ".txt"))),
    "floor": ("floor", frozenset((".csv",))),
}


class Inbox:
    """Where uploads arrive. ``most`` bounds a recording, in bytes."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self.folder = folder
        self.most = most

    def sweep(self) -> None:
        """Throw away what was begun long ago and never finished."""
        for path in self.folder.glob("*.part") if self.folder.is_dir() else ():
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > KEPT:
                    path.unlink()

    def check(self, purpose: Purpose, name: str, size: int) -> str:
        """Return the ending under which a file will be stored. Raises ``Refusal``."""
        ending = PurePosixPath(name).suffix.lower()
        allowed = KINDS[purpose][1]
        if ending not in allowed:
            kinds = ", ".join(sorted(allowed)) if len(allowed) < 8 else "audio, video, transcripts"
            raise Refusal(
                415, f"Files of the kind {ending or '(no ending)'} are not read as a {purpose}.",
                f"What is read: {kinds}.",
            )  # fmt: skip
        limit = self.limit(ending)
        if size > limit:
            raise _too_long(limit)
        return ending

    def limit(self, ending: str) -> int:
        """Return the most bytes of a file of this kind."""
        return self.most if ending in MEDIA else min(self.most, MOST_TEXT)

    async def receive(self, stream: AsyncIterator[bytes], ending: str, expected: int) -> Path:
        """Write what arrives. Raises ``Refusal``; then, or if the browser goes, nothing is left."""
        await aside(self.sweep)
        self.folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < expected + SPARE:
            raise Refusal(
                507, "There is not enough space on the disk.", "Free some space, then try again."
            )
        path, written, limit = self.folder / f"{secrets.token_hex(16)}.part", 0, self.limit(ending)
        try:
            with path.open("xb") as file:
                async for chunk in stream:
                    written += len(chunk)
                    if written > limit:
                        raise _too_long(limit)
                    await aside(file.write, chunk)
            if written != expected:
                raise Refusal(400, "The file arrived incomplete.", "Send it again.")
            await aside(_look, path, ending)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def place(self, arrived: Path, session: Path, purpose: Purpose, ending: str) -> Path:
        """Move a whole file into a session's folder. What it replaces is kept there as well, in
        ``replaced/``, and is in force until the new one is.
        """
        pattern = KINDS[purpose][0]
        old: list[Path] = []
        if purpose == "recording":
            number = 1
            while any(path.stem == pattern.format(number) for path in session.iterdir()):
                number += 1
            target = session / f"{pattern.format(number)}{ending}"
        else:
            target = session / f"{pattern}{ending}"
            stems = (pattern, "roster") if purpose == "roster" else (pattern,)
            old = [path for path in session.iterdir() if path.stem.casefold() in stems]
            old = [path for path in old if path.suffix.lower() in KINDS[purpose][1]]
        # Two moves, the second of which cannot be seen half done: recordings/ may be another disk.
        hidden = session / f".{arrived.name}"
        try:
            shutil.move(arrived, hidden)
            for path in old:
                _keep(path, session / "replaced")
            hidden.replace(target)
        except BaseException:
            hidden.unlink(missing_ok=True)
            raise
        for path in old:
            if path != target:
                path.unlink(missing_ok=True)
        return target


def _keep(old: Path, folder: Path) -> None:
    """Copy what people gave before something takes its place."""
    folder.mkdir(exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    shutil.copy2(old, folder / f"{stamp}-{secrets.token_hex(4)}-{old.name}")


def _look(path: Path, ending: str) -> None:
    """Raise ``Refusal`` for a file that is not what its ending says."""
    found = contents(path)
    if ending in MEDIA:
        if found not in ("binary", "text") or not _plays(path):
            raise Refusal(
                415, f"This is no sound that can be played, although its name ends in {ending}.",
                "Export the recording again, as .m4a, .mp3 or .wav.",
            )  # fmt: skip
        return
    kinds: dict[str, Contents] = {".docx": "docx", ".xlsx": "xlsx", ".xlsm": "xlsx"}
    issue = unusable(found, "", kinds.get(ending, "text"))
    if issue:
        message = issue.message[:1].upper() + issue.message[1:]
        raise Refusal(415, message, issue.remedy)


def _plays(path: Path) -> bool:
    """Tell whether a container opens and holds sound."""
    import av

    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            return bool(container.streams.audio)
    except (av.FFmpegError, OSError, ValueError):
        return False


def _too_long(limit: int) -> Refusal:
    size = f"{limit / GIB:.0f} GiB" if limit >= GIB else f"{limit >> 20} MiB"
    return Refusal(
        413, f"This file is larger than {size}.",
        "Copy a recording into the session's folder by hand, or allow more with --largest.",
    )  # fmt: skip


Line = Annotated[str, msgspec.Meta(max_length=300)]


class NewSession(msgspec.Struct, forbid_unknown_fields=True):
    """What the form asks. Without a title the session is called by its day."""

    title: Line = ""
    date: Line = ""
    languages: Annotated[tuple[Line, ...], msgspec.Meta(max_length=10)] = ()
    rule: Rule = "chatham-house"
    consent: bool = False
    note: Annotated[str, msgspec.Meta(max_length=2_000)] = ""


def make_session(recordings: Path, new: NewSession) -> Path:
    """Make the folder. Raises ``InputError`` for a date or language that is none."""
    day = _day(new.date)
    for each in new.languages:
        if not language(each):
            raise InputError(f"{clean(each)!r} is no language.", remedy="Write: English, or: en.")
    title = clean(new.title)
    folder = _folder(recordings, ascii_slug(title, 40) or f"session-{day or _today()}")
    lines = [f"title = {_text(title)}"] if title else []
    lines += [f"date = {day}"] if day else []
    if new.languages:
        lines.append(f"languages = [{', '.join(_text(clean(each)) for each in new.languages)}]")
    lines += [f"rule = {_text(new.rule)}", "", "[consent]"]
    lines += [f"recorded = {str(new.consent).lower()}"]
    lines += [f"note = {_text(clean(new.note))}"] if clean(new.note) else []
    write_bytes(folder / "session.toml", ("\n".join(lines) + "\n").encode())
    return folder


def _folder(recordings: Path, name: str) -> Path:
    recordings.mkdir(exist_ok=True)
    for number in range(1, 1000):
        folder = recordings / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise InputError("there are too many sessions of this name.", remedy="Choose another title.")


def _day(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return datetime.date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise InputError("this is no date.", remedy="Write it as 2026-03-19.") from None


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _text(text: str) -> str:
    """Write a TOML string; what JSON writes is one, but for the character DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


QUIET = 3.0
"""Seconds after a page was asked for before models are loaded: the page comes first."""


class Sessions:
    """The sessions of one server, found by comparing ids, never by joining one to a path."""

    def __init__(self, project: Project, *, most: int) -> None:
        self.project = project
        self.inbox = Inbox(project.state / "review" / "uploads", most)
        self.jobs = Jobs(project.root)
        self.finding = Finding(project.root)
        self._open: dict[str, OpenSession] = {}
        self._gone: dict[str, str] = {}
        self._transcripts: dict[str, TranscriptFeed] = {}
        self._expected = False
        self._lock = threading.Lock()

    def all(self) -> tuple[tuple[OpenSession, ...], tuple[Issue, ...]]:
        """List every session there is now, and what lies in ``recordings/`` but is none."""
        folders, issues = self.project.sessions()
        with self._lock:
            for folder in folders:
                known = self._open.get(folder.id)
                if known is None or known.folder != folder:
                    self._open[folder.id] = OpenSession(self.project, folder)
            for name in set(self._open) - {folder.id for folder in folders}:
                self._gone[name] = self._open.pop(name).folder.name
            return tuple(self._open[folder.id] for folder in folders), issues

    def get(self, identity: str) -> OpenSession:
        """Find a session by its id. Raises ``Refusal`` or ``SessionGone`` if it is not there."""
        known = self._open.get(identity)
        if known is not None and known.folder.source.exists():
            return known
        for opened in self.all()[0]:
            if opened.folder.id == identity:
                return opened
        if identity in self._gone:
            raise SessionGone.called(self._gone[identity])
        raise Refusal(404, "There is no such session.", "Go to the list of sessions.", gone=True)

    def transcript(self, opened: OpenSession) -> TranscriptFeed:
        """Return the transcript of a session as pages follow it."""
        with self._lock:
            known = self._transcripts.get(opened.folder.id)
            if known is None or known.opened is not opened:
                known = self._transcripts[opened.folder.id] = TranscriptFeed(opened)
            return known

    def expect(self) -> None:
        """Load what a pass needs: somebody looks at a session and may soon want it built again."""
        with self._lock:
            if self._expected:
                return
            self._expected = True
        self.jobs.warm(after=QUIET)

    def prepare(self, identity: str) -> None:
        """Read a session and make its transcript ready while the browser is still starting."""

        def work() -> None:
            with contextlib.suppress(Refusal, FgdError, OSError):  # the page will say it better
                self.transcript(self.get(identity)).answer("")

        threading.Thread(target=work, name="prepare", daemon=True).start()

    def close(self) -> None:
        """End what runs."""
        self.jobs.close()
        self.finding.close()
