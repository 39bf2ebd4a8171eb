"""All sessions of a project as the server knows them, and the passes asked for."""

from __future__ import annotations

import contextlib
import threading

from fgd.core.errors import FgdError, ProjectError, SessionGone
from fgd.model import Issue
from fgd.server.answers import Refusal
from fgd.server.jobs import Jobs
from fgd.server.uploads import Inbox
from fgd.workbench.room import Room
from fgd.workbench.sheets import Sheets
from fgd.workspace.project import Project

QUIET = 3.0
"""Seconds after a page was asked for before models are loaded: the page comes first."""


class House:
    """One per server. Sessions are found by comparing ids, never by joining one to a path."""

    def __init__(self, project: Project, *, most: int) -> None:
        self.project = project
        self.inbox = Inbox(project.state / "review" / "uploads", most)
        self.jobs = Jobs(project.root)
        self._rooms: dict[str, Room] = {}
        self._gone: dict[str, str] = {}
        self._sheets: dict[str, Sheets] = {}
        self._expected: set[str] = set()
        self._lock = threading.Lock()

    def rooms(self) -> tuple[tuple[Room, ...], tuple[Issue, ...]]:
        """Every session there is now, and what lies in ``recordings/`` but is none."""
        folders, issues = self.project.sessions()
        with self._lock:
            for folder in folders:
                known = self._rooms.get(folder.id)
                if known is None or known.folder != folder:
                    self._rooms[folder.id] = Room(self.project, folder)
            for name in set(self._rooms) - {folder.id for folder in folders}:
                self._gone[name] = self._rooms.pop(name).folder.name
            return tuple(self._rooms[folder.id] for folder in folders), issues

    def room(self, identity: str) -> Room:
        """A session by its id. Raises ``Refusal`` or ``SessionGone`` if it is not there."""
        known = self._rooms.get(identity)
        if known is not None and known.folder.source.exists():
            return known
        for room in self.rooms()[0]:
            if room.folder.id == identity:
                return room
        if identity in self._gone:
            raise SessionGone.called(self._gone[identity])
        raise Refusal(404, "There is no such session.", "Go to the list of sessions.", gone=True)

    def sheets(self, room: Room) -> Sheets:
        """The sheets of a session; a room made anew begins anew."""
        with self._lock:
            known = self._sheets.get(room.folder.id)
            if known is None or known.room is not room:
                known = self._sheets[room.folder.id] = Sheets(room)
            return known

    def expect(self, room: Room) -> None:
        """Somebody looks at this session and may soon want it built again: make ready for that."""
        with self._lock:
            if room.folder.id in self._expected:
                return
            self._expected.add(room.folder.id)
        self.jobs.warm(room.folder.id, after=QUIET)

    def prepare(self, identity: str) -> None:
        """Read a session and make its transcript ready while the browser is still starting."""

        def work() -> None:
            with contextlib.suppress(Refusal, FgdError, OSError):  # the page will say it better
                self.sheets(self.room(identity)).answer("")

        threading.Thread(target=work, name="prepare", daemon=True).start()

    def settle(self, room: Room) -> Room:
        """The session as a folder, so that decisions and a roster find a place in it."""
        if not room.folder.is_single_file:
            return room
        source = room.folder.source
        target = source.parent / source.stem
        if target.exists():
            raise ProjectError(
                f"{source.name} and the folder {target.name} have the same name.",
                remedy="Move the recording into the folder, then load the page again.",
            )
        target.mkdir()
        source.rename(target / source.name)
        return self.room(room.folder.id)

    def close(self) -> None:
        """End what runs."""
        self.jobs.close()
