"""Open a session for people: its folder, its decisions, and what the last pass stored."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from fgd import pipeline
from fgd.coding import gather
from fgd.coding.codebook import in_force
from fgd.core.errors import ProjectError, SessionGone, store_error
from fgd.decisions import themes as decide
from fgd.decisions.log import Ledger, Log, effective
from fgd.intake import files_read
from fgd.model import (
    Code,
    Codebook,
    Conversation,
    Decision,
    Recording,
    Session,
    Themed,
)
from fgd.workbench.session_reading import Reading, StoredAttributions, read
from fgd.workspace.lock import session_lock
from fgd.workspace.project import Project, SessionFolder
from fgd.workspace.store import Record, Store, hash_value

T = TypeVar("T")


class Records:
    """The records of one session, read once and kept while their files stay the same."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._kept: dict[tuple[str, Any], tuple[tuple[int, int], Record[Any] | None]] = {}
        self._lock = threading.Lock()

    def stamp(self, step: str) -> tuple[int, int]:
        """What changes whenever a record is written anew."""
        try:
            stat = self.store.path(step).stat()
        except OSError:
            return (-1, -1)
        return (stat.st_size, stat.st_mtime_ns)

    def load(self, step: str, kind: type[T]) -> Record[T] | None:
        """A record, or nothing if it is absent or damaged."""
        stamp, key = self.stamp(step), (step, kind)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept[0] != stamp:
            kept = (stamp, self.store.load(step, kind) if stamp[0] >= 0 else None)
            with self._lock:
                self._kept[key] = kept
        return kept[1]


SEARCHED = 300
"""How many decisions back the state of the last pass is looked for."""

DECISIONS = "decisions.jsonl"

Stamp = tuple[object, ...]


class OpenSession:
    """One session; everything is read again when its file changed, and kept otherwise."""

    def __init__(self, project: Project, folder: SessionFolder) -> None:
        self.project = project
        self.folder = folder
        self.records = Records(folder.store)
        self._ledger_lock = project.state / "review" / f"{folder.id}.lock"
        self.ledger = Ledger(folder.source / DECISIONS, self._ledger_lock)
        self._lock = threading.RLock()
        self._source: tuple[Stamp, pipeline.SessionContext] | None = None
        self._reading: tuple[Stamp, Reading] | None = None

    @property
    def source(self) -> pipeline.SessionContext:
        """The session's folder as the intake reads it. Raises ``SessionGone`` if it was deleted."""
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

    def record(self, decisions: Sequence[Decision], seen: str) -> Log:
        """Write decisions down that somebody made who has seen version ``seen`` of the log.

        A session that is a single file becomes a folder now, and stays one file if anything fails.
        Raises ``Conflict``, ``StoreError`` or ``BusyError``, with nothing changed.
        """
        with self.as_folder() as folder:
            ledger = self.ledger
            if folder != self.folder.source:
                ledger = Ledger(folder / DECISIONS, self._ledger_lock)
            return ledger.add(decisions, seen)

    @contextmanager
    def as_folder(self) -> Iterator[Path]:
        """The session's folder, to put something into it.

        A recording that was dropped into ``recordings/`` by itself moves into a folder of its own
        while no pass reads it, and back if what is done with the folder fails. Raises
        ``BusyError`` while a pass is at work, ``ProjectError`` if there is such a folder already,
        ``StoreError`` if none can be made.
        """
        source = self.folder.source
        if not self.folder.is_single_file:
            yield source
            return
        folder = source.parent / source.stem
        if folder.exists():
            raise ProjectError(
                f"{source.name} and the folder {folder.name} have the same name.",
                remedy="Move the recording into the folder, then load the page again.",
            )
        with session_lock(self.folder):
            try:
                folder.mkdir()
                source.rename(folder / source.name)
            except OSError as problem:
                with contextlib.suppress(OSError):
                    folder.rmdir()
                raise store_error(folder, problem) from problem
            try:
                yield folder
            except BaseException:
                (folder / source.name).rename(source)
                with contextlib.suppress(OSError):  # not empty: what was given stays
                    folder.rmdir()
                raise

    def reading(self) -> Reading:
        """What the session says now."""
        source, log = self.source, self.log
        recordings = source.intake.session.recordings
        steps = ["attribution", "themes", *(f"{each.id}/conversation" for each in recordings)]
        stamp = (id(source), log.decisions, *(self.records.stamp(step) for step in steps))
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
            self.records.load(f"{each.id}/conversation", Conversation)
            for each in session.recordings
        ]
        stored = [record.value for record in records if record]
        told = self.records.load("attribution", StoredAttributions)
        known = self._known(log, told.provenance.inputs.get("decisions", "") if told else "")
        reading = read(
            session, stored, told.value if told else StoredAttributions(), known, log.effective
        )
        themed = self.records.load("themes", Themed)
        codes = themed.value.codebook.codes if themed else ()
        folders = (self.project.root, self.folder.source)
        books, _ = gather(source.settings.themes.codebooks, folders)
        return replace(reading, themes=theme_names(session, books, log.decisions, codes))

    def stored(self) -> tuple[Conversation, ...]:
        """The conversations as the last pass left them, which is what themes count in."""
        found = [
            self.records.load(f"{each.id}/conversation", Conversation) for each in self.recordings()
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


def theme_names(
    session: Session,
    books: Sequence[Codebook],
    decisions: Iterable[Decision],
    found: Sequence[Code],
) -> Mapping[str, str]:
    """The name of every theme by its id: as it was given, as people called it since, and as the
    last pass left it, the later before the earlier. A theme that was merged into another or taken
    away keeps the last name it had.
    """
    known = {code.id: code.name for code in in_force(session, books)[0].codes}
    for decision in decisions:
        theme = decision.target.removeprefix("theme:")
        if decision.field == decide.NAME:
            known[theme] = decision.value
        elif decision.field in (decide.ACCEPT, decide.SPLIT):
            told = decide.record(decision)
            if told.name:
                known[told.id or theme] = told.name
    return known | {code.id: code.name for code in found}
