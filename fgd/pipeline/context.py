"""What one pass over one session knows: its folder, its settings, and every step done so far.

The steps of the pass are plain functions that take a ``SessionContext`` first. Each asks for the
steps before it, so any of them can be called alone (a Prefect task does), and none is done twice:
the context remembers what was asked of it, once for all threads that share it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from fgd import floorlog
from fgd.core import embeddings
from fgd.core.backends import Context, Progress, resolve, silent
from fgd.core.cache import Kept
from fgd.core.errors import BackendUnavailable, BusyError, ProjectError, StoreError
from fgd.core.settings import Settings, override
from fgd.core.text import carried
from fgd.decisions.corrections import corrected, overlapped
from fgd.decisions.kinds import in_session
from fgd.decisions.log import effective
from fgd.decisions.voices import rearrange
from fgd.decisions.withdrawal import marked
from fgd.intake import Intake, read_session
from fgd.model import Conversation, Decision, Issue, Provenance, Recording, Transcript
from fgd.workspace.project import Project, SessionFolder
from fgd.workspace.store import Digests, Done, Record, Store, hash_value, run_step

T = TypeVar("T")

PASSING = (OSError, StoreError, BusyError, BackendUnavailable)
"""Failures that may be over when somebody asks again."""


class NotAdmitted(BaseException):
    """An orchestrator does not let a step begin.

    No ``Exception``: whoever collects the failures of recordings and sessions lets it pass.
    """


def at_once(step: str) -> AbstractContextManager[None]:
    """Let a step begin without waiting for anything."""
    del step
    return nullcontext()


@dataclass
class Memory:
    """What was made once in a pass, by key; whoever asks for a thing that is being made waits."""

    log: list[Done[Any]] = field(default_factory=list)
    _made: dict[object, Any] = field(default_factory=dict)
    _failed: dict[object, Exception] = field(default_factory=dict)
    _locks: dict[object, threading.RLock] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Tell what ``make`` returned when it was first asked for under this key.

        What failed for a reason that lasts is not tried twice either: the same error is raised.
        """
        # One lock for each thing: reading a large roster holds up nobody who wants another thing.
        with self._guard:
            lock = self._locks.setdefault(key, threading.RLock())
        with lock:
            if key in self._failed:
                raise self._failed[key]
            if key not in self._made:
                try:
                    self._made[key] = make()
                except Exception as problem:
                    if not isinstance(problem, PASSING):
                        self._failed[key] = problem
                    raise
            return cast("T", self._made[key])


@dataclass(frozen=True)
class SessionContext:
    """One session on its way from recordings to briefs.

    Attributes:
        project, folder: where everything lies.
        progress: called with the step, how much of it is done, and how much there is.
        admit: called around every step that is not fresh; an orchestrator may let it wait.
    """

    project: Project
    folder: SessionFolder
    progress: Progress = silent
    admit: Callable[[str], AbstractContextManager[None]] = at_once
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    @property
    def store(self) -> Store:
        """The session's records."""
        return self.folder.store

    @property
    def log(self) -> list[Done[Any]]:
        """Every step done so far, in order."""
        return self.memory.log

    @property
    def intake(self) -> Intake:
        """What the session's folder says.

        Read anew in every pass: it is quick, and it is where the hashes of all inputs come from.
        """

        def read() -> Intake:
            found = read_session(
                self.folder.source, self.folder.id, root=self.project.root, digest=self._digests
            )
            session, problems = floorlog.joined(found.session, self.folder.source)
            return carried(replace(found, session=session, issues=(*found.issues, *problems)))

        return self.memory.once("intake", read)

    @property
    def settings(self) -> Settings:
        """The project's settings with the session's own laid over them."""
        return self.memory.once(
            "settings", lambda: override(self.project.settings, self.intake.overrides)
        )

    @property
    def backends(self) -> Context:
        """What backends may know."""
        return Context(self.project.root, self.project.weights, self.settings, self._digests)

    @property
    def embedder(self) -> embeddings.Embedder:
        """The sentence embedder; what it embedded once it does not embed again."""

        def chosen() -> embeddings.Embedder:
            found: embeddings.Embedder = resolve("embedder", "minilm", self.backends)
            path = self.project.state / "vectors" / "vectors.sqlite3"
            return embeddings.Cached(found, Kept(path, most=embeddings.VECTORS))

        return self.memory.once("embedder", chosen)

    @property
    def kept(self) -> Kept:
        """Charts and descriptions that were made before of the same things."""
        path = self.project.state / "kept" / "kept.sqlite3"
        return self.memory.once("kept", lambda: Kept(path))

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What people decided of this session and did not take back."""
        return self.memory.once("decisions", lambda: in_session(effective(self.intake.decisions)))

    def recording(self, identity: str) -> Recording:
        """Return the recording with this id. Raises ``ProjectError`` if there is none."""
        for recording in self.intake.session.recordings:
            if recording.id == identity:
                return recording
        known = ", ".join(each.id for each in self.intake.session.recordings) or "none"
        raise ProjectError(
            f"there is no recording {identity!r}.",
            where=self.folder.name,
            remedy=f"Recordings here: {known}.",
        )

    def source(self, recording: Recording, name: str = "") -> Path:
        """Return the file of a recording, or the one called ``name`` beside it."""
        if self.folder.is_single_file:
            return self.folder.source
        return self.folder.source / (name or recording.name)

    def wav(self, recording: Recording) -> Path:
        """Return where the decoded sound of a recording lies."""
        return self.store.folder / recording.id / "sound.wav"

    def words(self, heard: Record[Transcript]) -> tuple[Transcript, str, tuple[Issue, ...]]:
        """Apply people's words to a transcript.

        Returns:
            The transcript, its hash, and the corrections that found no place.
        """

        def correct() -> tuple[Transcript, str, tuple[Issue, ...]]:
            words, lost = corrected(heard.value, self.decisions)
            written = heard.sha256 if words is heard.value else hash_value(words)
            return words, written, lost

        return self.memory.once(("words", heard.sha256), correct)

    def turns(self, told: Record[Conversation]) -> tuple[Conversation, str]:
        """Arrange a conversation's voices and overlaps as people heard them; with its hash."""

        def arrange() -> tuple[Conversation, str]:
            talk = overlapped(told.value, self.decisions)
            talk = marked(rearrange(talk, self.decisions)[0], self.decisions)
            return talk, told.sha256 if talk is told.value else hash_value(talk)

        return self.memory.once(("turns", told.sha256), arrange)

    def step(
        self,
        name: str,
        kind: Any,
        made: Provenance,
        compute: Callable[[], tuple[Any, Sequence[Issue]]],
        *,
        intact: Callable[[Any], bool] = lambda _: True,
    ) -> Done[Any]:
        """Do a step, once a pass, unless its record is fresh.

        Args:
            name: the step, after a recording's id and a slash where it belongs to one.
            kind: the type of its value.
            made: what the result depends on.
            compute: makes the value, with the problems met on the way.
            intact: whether the files that belong to a stored value are still there.
        """

        def admitted() -> tuple[Any, Sequence[Issue]]:
            with self.admit(name):
                return compute()

        def do() -> Done[Any]:
            done = run_step(self.store, name, kind, made, admitted, intact=intact)
            self.log.append(done)
            return done

        return self.memory.once((name, made.fingerprint), do)

    @property
    def _digests(self) -> Digests:
        return self.memory.once("digests", lambda: Digests(self.project.state / "digests.json"))
