"""Keep the sessions of a project as the server knows them, and make new ones from a form."""

from __future__ import annotations

import contextlib
import datetime
import json
import re
import threading
import unicodedata
from pathlib import Path
from typing import Annotated

import msgspec

from fgd.core.errors import FgdError, InputError, SessionGone
from fgd.core.text import clean
from fgd.intake.languages import language
from fgd.model import Issue, Rule
from fgd.server.jobs import Jobs
from fgd.server.serving import Refusal
from fgd.server.uploads import Inbox
from fgd.workbench.open_session import OpenSession
from fgd.workbench.transcript_view import TranscriptFeed
from fgd.workspace.project import Project
from fgd.workspace.store import write_bytes

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
    folder = _folder(recordings, _plain(title) or f"session-{day or _today()}")
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


def _plain(title: str) -> str:
    """A name of small Latin letters, digits and hyphens, at most 40 long; empty if none is left."""
    letters = unicodedata.normalize("NFKD", title.casefold())
    return re.sub("[^a-z0-9]+", "-", re.sub("[^ -~]", "", letters))[:40].strip("-")


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
    """A TOML string; what JSON writes is one, but for the character DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


QUIET = 3.0
"""Seconds after a page was asked for before models are loaded: the page comes first."""


class Sessions:
    """The sessions of one server, found by comparing ids, never by joining one to a path."""

    def __init__(self, project: Project, *, most: int) -> None:
        self.project = project
        self.inbox = Inbox(project.state / "review" / "uploads", most)
        self.jobs = Jobs(project.root)
        self._open: dict[str, OpenSession] = {}
        self._gone: dict[str, str] = {}
        self._transcripts: dict[str, TranscriptFeed] = {}
        self._expected = False
        self._lock = threading.Lock()

    def all(self) -> tuple[tuple[OpenSession, ...], tuple[Issue, ...]]:
        """Every session there is now, and what lies in ``recordings/`` but is none."""
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
        """A session by its id. Raises ``Refusal`` or ``SessionGone`` if it is not there."""
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
        """The transcript of a session as pages follow it."""
        with self._lock:
            known = self._transcripts.get(opened.folder.id)
            if known is None or known.opened is not opened:
                known = self._transcripts[opened.folder.id] = TranscriptFeed(opened)
            return known

    def expect(self) -> None:
        """Somebody looks at a session and may soon want it built again: load what that needs."""
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
