"""The decisions of one session on disk: read often, only ever added to, never overwritten."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fgd.core.errors import FgdError
from fgd.decisions.log import effective, read_decisions
from fgd.decisions.quotes import QUOTE
from fgd.decisions.themes import CODE, FIELDS, UNCODE
from fgd.decisions.voices import INSTITUTION, PARTICIPANT, SAME, SPLIT, append
from fgd.decisions.words import OVERLAP, WORDS
from fgd.model import Decision, Issue

TOPICS = {
    PARTICIPANT: "who",
    INSTITUTION: "who",
    SAME: "voices",
    SPLIT: "voices",
    WORDS: "words",
    OVERLAP: "overlap",
    **dict.fromkeys(FIELDS, "theme"),
    QUOTE: "quote",
    CODE: "coding",
    UNCODE: "coding",
}
"""Fields that speak of the same thing and can therefore contradict each other."""


class Conflict(FgdError):
    """Somebody else decided about the same thing meanwhile; ``others`` are their decisions."""

    def __init__(self, others: Sequence[Decision]) -> None:
        super().__init__("somebody else decided about this while you were looking.")
        self.others = tuple(others)


@dataclass(frozen=True, slots=True)
class Log:
    """Every decision in its order; ``version`` names the last one."""

    decisions: tuple[Decision, ...] = ()
    issues: tuple[Issue, ...] = ()

    @property
    def version(self) -> str:
        """What a page has seen when it has seen this log."""
        return self.decisions[-1].id if self.decisions else ""

    @property
    def effective(self) -> tuple[Decision, ...]:
        """The decisions that hold."""
        return effective(self.decisions)

    def since(self, version: str) -> tuple[Decision, ...]:
        """What came after a version; everything if the version is none of ours."""
        ids = ["", *(decision.id for decision in self.decisions)]
        return self.decisions[ids.index(version) :] if version in ids else self.decisions


class Ledger:
    """``decisions.jsonl`` of one session; ``lock`` is a file that other servers see as well."""

    def __init__(self, path: Path, lock: Path) -> None:
        self.path = path
        self._lock = lock
        self._mine = threading.Lock()
        self._seen: tuple[tuple[int, int], Log] = ((-1, -1), Log())

    def read(self) -> Log:
        """What is decided so far. Raises ``OSError`` if the file cannot be opened."""
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return Log()
        stamp, log = (stat.st_size, stat.st_mtime_ns), self._seen
        if log[0] != stamp:
            decisions, issues = read_decisions(self.path, self.path.name)
            log = self._seen = (stamp, Log(decisions, tuple(issues)))
        return log[1]

    def add(self, decisions: Sequence[Decision], seen: str) -> Log:
        """Append decisions made by somebody who has seen version ``seen``.

        Raises ``Conflict``, with nothing written, if a later decision is about the same thing.
        """
        with self._mine, self._alone():
            log = self.read()
            newer = log.since(seen)
            gone = {other.undoes for other in newer} & {other.id for other in newer}
            others = [
                other
                for other in newer
                if not {other.id, other.undoes} & gone
                and any(touch(other, decision) for decision in decisions)
            ]
            if others:
                raise Conflict(others)
            for decision in decisions:
                append(self.path, decision)
            return self.read()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes out, where the system can."""
        try:
            import fcntl
        except ImportError:  # Windows: one server a project, as its port is taken
            yield
            return
        self._lock.parent.mkdir(parents=True, exist_ok=True)
        with self._lock.open("ab") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            try:
                yield
            finally:
                with contextlib.suppress(OSError):
                    fcntl.flock(stream, fcntl.LOCK_UN)


def touch(one: Decision, other: Decision) -> bool:
    """Whether two decisions are about the same thing, so that one could overwrite the other.

    Taking a decision back is about what that decision was about.
    """
    topic = TOPICS.get(one.field, one.field)
    if topic != TOPICS.get(other.field, other.field):
        return False
    if topic == "quote":
        return one.target == other.target
    if one.recording != other.recording:
        return False
    if topic == "coding":
        return one.value == other.value and one.anchor.overlaps(other.anchor)
    if topic == "theme":
        about = {each.target.removeprefix("theme:") for each in (one, other)}
        return len(about) == 1 or bool(about & {one.value, other.value})
    if one.target == other.target:
        return topic != "words" or one.anchor == other.anchor
    if not one.recording:
        return False
    same_kind = one.target.partition(":")[0] == other.target.partition(":")[0]
    return same_kind and one.anchor.overlaps(other.anchor)
