"""One session as the server knows it: its folder, its decisions, and what the last pass stored."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from fgd import pipeline
from fgd.coding import gather
from fgd.core.errors import SessionGone
from fgd.decisions.ledger import Ledger, Log
from fgd.decisions.log import effective
from fgd.intake import files_read
from fgd.model import Conversation, Decision, Recording, Themed
from fgd.workbench.names import names
from fgd.workbench.reading import Reading, read
from fgd.workbench.shelf import Shelf, Told
from fgd.workspace.project import Project, SessionFolder
from fgd.workspace.store import hash_value

SEARCHED = 300
"""How many decisions back the state of the last pass is looked for."""

DECISIONS = "decisions.jsonl"

Stamp = tuple[object, ...]


class Room:
    """Everything here is read again when its file changed, and kept otherwise."""

    def __init__(self, project: Project, folder: SessionFolder) -> None:
        self.project = project
        self.folder = folder
        self.shelf = Shelf(folder.store)
        lock = project.state / "review" / f"{folder.id}.lock"
        self.ledger = Ledger(folder.source / DECISIONS, lock)
        self._lock = threading.RLock()
        self._source: tuple[Stamp, pipeline.SessionContext] | None = None
        self._reading: tuple[Stamp, Reading] | None = None

    @property
    def source(self) -> pipeline.SessionContext:
        """The session's folder as read by the intake. Raises ``Refusal`` if it is gone."""
        stamp = self._stamp()
        with self._lock:
            if self._source is None or self._source[0] != stamp:
                context = pipeline.SessionContext(self.project, self.folder)
                _ = context.intake  # read now, while nobody waits for the lock
                self._source = (stamp, context)
            return self._source[1]

    @property
    def log(self) -> Log:
        """The decisions; none in a session that is a single file."""
        return Log() if self.folder.is_single_file else self.ledger.read()

    def reading(self) -> Reading:
        """What the session says now."""
        source, log = self.source, self.log
        recordings = source.intake.session.recordings
        steps = ["attribution", "themes", *(f"{each.id}/conversation" for each in recordings)]
        stamp = (id(source), log.decisions, *(self.shelf.stamp(step) for step in steps))
        with self._lock:
            if self._reading is None or self._reading[0] != stamp:
                self._reading = (stamp, self._read(source, log))
            return self._reading[1]

    def sound(self, recording: str) -> Path | None:
        """The decoded sound of a recording, if there is any."""
        for each in self.source.intake.session.recordings:
            path = self.source.wav(each)
            if each.id == recording and path.is_file():
                return path
        return None

    def recordings(self) -> tuple[Recording, ...]:
        """The recordings in order."""
        return self.source.intake.session.recordings

    def _read(self, source: pipeline.SessionContext, log: Log) -> Reading:
        session = source.intake.session
        records = [
            self.shelf.load(f"{each.id}/conversation", Conversation) for each in session.recordings
        ]
        stored = [record.value for record in records if record]
        told = self.shelf.load("attribution", Told)
        known = self._known(log, told.provenance.inputs.get("decisions", "") if told else "")
        reading = read(session, stored, told.value if told else Told(), known, log.effective)
        themed = self.shelf.load("themes", Themed)
        codes = themed.value.codebook.codes if themed else ()
        folders = (self.project.root, self.folder.source)
        books, _ = gather(source.settings.themes.codebooks, folders)
        return replace(reading, themes=names(session, books, log.decisions, codes))

    def stored(self) -> tuple[Conversation, ...]:
        """The conversations as the last pass left them, which is what themes count in."""
        found = [
            self.shelf.load(f"{each.id}/conversation", Conversation) for each in self.recordings()
        ]
        return tuple(record.value for record in found if record)

    def _known(self, log: Log, fingerprint: str) -> tuple[Decision, ...]:
        """The decisions that the last pass followed, told by their fingerprint."""
        if not fingerprint:
            return ()
        least = max(0, len(log.decisions) - SEARCHED)
        for length in range(len(log.decisions), least - 1, -1):
            found = effective(log.decisions[:length])
            if hash_value(found) == fingerprint:
                return found
        return ()

    def _stamp(self) -> Stamp:
        """What changes whenever a file of the session does, decisions apart."""
        if not self.folder.source.exists():
            raise SessionGone.called(self.folder.name)
        found: list[object] = []
        for path in files_read(self.folder.source, root=self.project.root):
            if path.name != DECISIONS:
                stat = path.stat()
                found += [path.name, stat.st_size, stat.st_mtime_ns]
        return tuple(found)


def moved(folder: SessionFolder) -> SessionFolder:
    """A session that was a single file, as the folder it becomes."""
    return replace(folder, source=folder.source.parent / folder.source.stem)
