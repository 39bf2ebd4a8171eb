"""Read and add to ``decisions.jsonl``: one decision a line, only ever added to, never rewritten."""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

import msgspec
from filelock import FileLock

from fgd.core.errors import FgdError, store_error
from fgd.core.files import read_text
from fgd.core.serialization import decode
from fgd.core.text import clean
from fgd.decisions.kinds import contradict, kinds
from fgd.model import Decision, Issue

_SOMEWHERE = {"voice", "turn", "words"}
"""Targets that are in one recording, unless words are let go wherever they stand."""
_FIELDS = frozenset(field.name for field in fields(Decision))


def read_decisions(path: Path, name: str) -> tuple[tuple[Decision, ...], list[Issue]]:
    """Return every decision of ``decisions.jsonl`` in its order, undone ones included.

    Raises ``OSError`` only.
    """
    text, issues = read_text(path, name)
    decisions: list[Decision] = []
    seen: set[str] = set()
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            decision = decode(line.encode("utf-8", "replace"), Decision)
        except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
            what = clean(str(problem))
            cut = " It may have been cut off while it was written." if number == len(lines) else ""
            message = f"this decision cannot be read ({what}) and was left out.{cut}"
            issues.append(Issue("warning", name, message, "Correct or delete the line.", place))
            continue
        if decision.id in seen:
            message = f"the decision {decision.id!r} is there twice; the second was left out."
            issues.append(Issue("warning", name, message, "Delete one of them.", place))
            continue
        if decision.undoes and decision.undoes not in seen:
            message = f"there is no earlier decision {decision.undoes!r} to undo."
            remedy = "Delete the line, or put the earlier decision back."
            issues.append(Issue("warning", name, message, remedy, place))
        issues += [Issue("warning", name, *said, place) for said in _unapplied(decision, line)]
        seen.add(decision.id)
        decisions.append(decision)
    return tuple(decisions), issues


def _unapplied(decision: Decision, line: str) -> Iterator[tuple[str, str]]:
    """Tell what of a decision that could be read nothing will apply, each with the remedy."""
    kind = kinds().get(decision.field)
    remedy = "Correct or delete the line."
    if kind is None:
        known = ", ".join(sorted(kinds()))
        yield (
            f"nothing decides {clean(decision.field)!r}, so this changes nothing ({known}).",
            remedy,
        )
    sort = decision.target.partition(":")[0]
    if kind and not decision.undoes and ":" in decision.target and sort not in kind.targets:
        yield (
            f"{decision.field} is decided of a {' or '.join(kind.targets)} and not of "
            f"{clean(sort)!r}, so this may change nothing.",
            remedy,
        )
    elif kind and kind.step != "brief" and not decision.recording and _SOMEWHERE & {*kind.targets}:
        yield "this names no recording, so it changes nothing.", remedy
    others = sorted(set(msgspec.json.decode(line.encode("utf-8", "replace"))) - _FIELDS)
    if others:
        listed = ", ".join(repr(clean(other)) for other in others[:5])
        yield f"a decision has no {listed}: that was not read.", remedy


def effective(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Return the decisions that hold, in order: without the undone ones and without mere undoing.

    An undoing may itself be undone, which brings the first decision back. One that also sets a
    value (a correction of a correction) stays as a decision of its own.
    """
    kept: list[Decision] = []
    undone: set[str] = set()
    for decision in reversed(tuple(decisions)):
        if decision.id in undone:
            continue
        if decision.undoes:
            undone.add(decision.undoes)
        if not decision.undoes or decision.value:
            kept.append(decision)
    return tuple(reversed(kept))


def append(path: Path, decisions: Sequence[Decision]) -> None:
    """Add decisions to ``decisions.jsonl``: all of them or none, on the disk before this returns.

    All lines go in one write. If it fails halfway, or does not reach the disk, the file is cut
    back to what it was. A file that was cut off in the middle of a line gets a new line first.
    Raises ``StoreError``.
    """
    lines = b"".join(msgspec.json.encode(decision) + b"\n" for decision in decisions)
    if not lines:
        return
    try:
        with path.open("ab+", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                if file.read(1) != b"\n":
                    lines = b"\n" + lines
            try:
                if file.write(lines) != len(lines):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    file.truncate(size)
                raise
    except OSError as problem:
        raise store_error(path, problem) from problem


def undo(decision: Decision, *, by: str, when: str) -> Decision:
    """Take an earlier decision back; the line stays, so that the log tells what happened."""
    return Decision.made(
        decision.target,
        decision.field,
        "",
        decision.recording,
        decision.anchor,
        by=by,
        when=when,
        undoes=decision.id,
    )


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
        """Tell what came after a version; everything if the version is none of ours."""
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
        """Tell what is decided so far. Raises ``OSError`` if the file cannot be opened."""
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

        Raises ``Conflict`` if a later decision is about the same thing, ``StoreError`` if the file
        cannot be written; then nothing is.
        """
        with self._mine, self._alone():
            log = self.read()
            newer = log.since(seen)
            gone = {other.undoes for other in newer} & {other.id for other in newer}
            others = [
                other
                for other in newer
                if not {other.id, other.undoes} & gone
                and any(contradict(other, decision) for decision in decisions)
            ]
            if others:
                raise Conflict(others)
            append(self.path, decisions)
            return self.read()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes out."""
        try:
            self._lock.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._lock, thread_local=False)
            lock.acquire()
        except OSError as problem:
            raise store_error(self._lock, problem) from problem
        try:
            yield
        finally:
            lock.release()
