"""Records of the last pass, read once and kept while their files stay the same."""

from __future__ import annotations

import threading
from typing import Any, TypeVar

import msgspec

from fgd.model import Issue, Participant
from fgd.model.invited import Institution
from fgd.workspace.store import Record, Store

T = TypeVar("T")


class Known(msgspec.Struct, frozen=True):
    """An attribution whose evidence is left as it is stored until somebody asks for it."""

    voice: str
    turn: str = ""
    participant: str = ""
    institutions: tuple[str, ...] = ()
    confidence: float = 0.0
    runner_up: str = ""
    runner_up_confidence: float = 0.0
    source: str = ""
    evidence: msgspec.Raw = msgspec.Raw(b"[]")


class Told(msgspec.Struct, frozen=True):
    """What attribution stored, as far as pages need it."""

    attributions: tuple[Known, ...] = ()
    issues: tuple[Issue, ...] = ()
    participants: tuple[Participant, ...] = ()
    institutions: tuple[Institution, ...] = ()


class Shelf:
    """The records of one session."""

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
