"""Keep the note-taker's journal, every tap on the disk before it is acknowledged, and its names.

``notes.jsonl`` is only ever appended to, one line per entry, flushed to the disk. A line that
power loss cut short is left where it is and skipped; it was never acknowledged, so the page sends
it again. ``floor.csv`` is a view of the journal and can be made from it at any time.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from fgd.core.errors import InputError, store_error
from fgd.core.serialization import decode
from fgd.floorlog.floorlog import Entry, Line, Tap, floor_csv, lines, sittings, standing
from fgd.model import FloorMark, Institution, Issue, Participant, Role, Session

JUMP = 2_000
"""Milliseconds by which the computer's clock must differ to count as having been set."""


def _steady() -> float:
    """Seconds that pass evenly, also while the machine sleeps where the system can tell."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.clock_gettime(boot) if boot is not None else time.monotonic()


class EvenClock:
    """Milliseconds since 1970 as the computer's clock had it at the start, running evenly since."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = _steady,
    ) -> None:
        self._wall, self._steady = wall, steady
        self._began = wall() - steady()
        self._told = 0

    def now(self) -> int:
        """Milliseconds since 1970."""
        return round(1000 * (self._began + self._steady()))

    def jumped(self) -> int:
        """By how many ms the computer's clock was set since the last question; mostly 0."""
        off = round(1000 * self._wall()) - self.now()
        jump = off - self._told
        if abs(jump) < JUMP:
            return 0
        self._told = off
        return jump


def for_people(ms: int) -> str:
    """A moment as ISO 8601 in local time with its distance from UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone().isoformat(timespec="milliseconds")


NAME, FLOOR = "notes.jsonl", "floor.csv"
LONGEST = 4_000
"""Characters of a text or a name; more is cut."""

AHEAD = 1_500
"""A tap may seem to lie this many ms in the future before its clock is doubted."""

OLDEST = 12 * 3_600_000
"""A tap that waited longer than this, in ms, is of another day; it is kept and marked."""


class Journal:
    """One session's journal. Safe for several threads, and for a second server on the folder."""

    def __init__(self, folder: Path, *, date: str = "", clock: EvenClock | None = None) -> None:
        self.folder = folder
        self.path = folder / NAME
        self.date = date
        self.clock = clock or EvenClock()
        self.issues: list[Issue] = []
        self.entries: list[Entry] = []
        self._ids: set[str] = set()
        self._read = 0
        self._written: dict[str, Line] | None = None
        self._lock = threading.Lock()
        with self._lock:
            self._catch_up()
            if self.entries:
                self._write_floor()

    def add(self, taps: Sequence[Tap], by: str) -> tuple[str, ...]:
        """Write taps to the disk; the ids that are there now, known ones included.

        Raises ``StoreError`` if the disk refuses; then nothing counts as acknowledged.
        """
        with self._lock:
            self._catch_up()
            self._note_jump(by)
            new = []
            for tap in taps:
                if not tap.id or len(tap.id) > 100:
                    raise InputError(
                        "a tap needs an id of at most 100 characters.",
                        remedy="Load the page again.",
                    )
                if tap.id not in self._ids:
                    self._ids.add(tap.id)
                    new.append(self._entry(tap, by))
            try:
                self._append(new)
            except OSError as problem:
                self._ids -= {entry.id for entry in new}
                raise store_error(self.path, problem) from problem
            self.entries += new
            if new:
                self._write_floor()
            return tuple(tap.id for tap in taps)

    def after(self, count: int) -> tuple[int, list[Entry]]:
        """The number of entries, and those beyond the first ``count``."""
        with self._lock:
            self._catch_up()
            return len(self.entries), self.entries[count:]

    def _entry(self, tap: Tap, by: str) -> Entry:
        now = self.clock.now()
        moment, doubt = tap.wall + tap.drift, ""
        if moment > now + AHEAD:
            moment, doubt = now, "the tablet's clock was ahead; the time of arrival was taken"
        elif moment < now - OLDEST:
            doubt = "tapped long before it was sent"
        cut = {name: getattr(tap, name)[:LONGEST] for name in ("label", "text", "institution")}
        return Entry(
            tap.id, moment, for_people(moment), tap.kind, by[:100], tap.person, cut["label"],
            tap.section, tap.number, cut["text"], tap.target, tap.role, cut["institution"], doubt,
        )  # fmt: skip

    def _note_jump(self, by: str) -> None:
        jump = self.clock.jumped()
        if jump:
            now = self.clock.now()
            text = f"The computer's clock was set by {jump / 1000:+.0f} s; times go on evenly."
            entry = Entry(f"clock-{now}", now, for_people(now), "note", by, text=text)
            self._append([entry])
            self.entries.append(entry)
            self._ids.add(entry.id)

    # -- the disk ------------------------------------------------------------------------------

    def _append(self, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        data = b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
        fresh = not self.path.exists()
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":
                data = b"\n" + data  # the line before was cut short
            while data:
                data = data[os.write(handle, data) :]
            os.fsync(handle)
            self._read = os.fstat(handle).st_size
        finally:
            os.close(handle)
        if fresh:
            _settle(self.folder)

    def _catch_up(self) -> None:
        """Read what is new in the file: all of it at the start, later what others wrote."""
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            return
        if size == self._read:
            return
        try:
            with self.path.open("rb") as stream:
                stream.seek(self._read if size > self._read else 0)
                data = stream.read()
        except OSError as problem:
            raise store_error(self.path, problem) from problem
        found, broken = read_lines(data)
        for entry in found:
            if entry.id not in self._ids:
                self._ids.add(entry.id)
                self.entries.append(entry)
        if broken:
            message = f"{broken} lines cannot be read and were skipped."
            self.issues.append(Issue("warning", NAME, message, "A power cut may leave one such."))
        # A last line without its end may still be being written by another server.
        self._read = size if data.endswith(b"\n") else size - len(data) + data.rfind(b"\n") + 1

    def _write_floor(self) -> None:
        """Bring ``floor.csv`` up to date: appended to where that is enough, else written anew."""
        path = self.folder / FLOOR
        try:
            before = path.read_bytes().decode("utf-8-sig", "replace") if path.exists() else ""
            own = lines(sittings(self.entries, self.date)[0])
            text = floor_csv(own, before, self._written)
            if text == before:
                pass
            elif before and text.startswith(before):
                with path.open("a", encoding="utf-8", newline="") as stream:
                    stream.write(text[len(before) :])
                    stream.flush()
                    os.fsync(stream.fileno())
            else:
                _replace(path, text)
            # What somebody changed by hand still differs from this, and so is known as theirs.
            self._written = own
            self.issues = [i for i in self.issues if i.where != FLOOR]
        except OSError as problem:
            # The journal has it all; the view is made again at the next tap.
            message = f"it could not be written ({problem.strerror or problem})."
            remedy = "Close it in other programs; nothing is lost, notes.jsonl has every tap."
            self.issues = [i for i in self.issues if i.where != FLOOR]
            self.issues.append(Issue("warning", FLOOR, message, remedy))


def read_lines(data: bytes) -> tuple[list[Entry], int]:
    """The entries of a journal's bytes, and how many lines could not be read."""
    found, broken = [], 0
    for line in data.split(b"\n"):
        if not line.strip():
            continue
        try:
            found.append(decode(line, Entry))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            broken += 1
    return found, broken


def read_journal(folder: Path, date: str = "") -> tuple[tuple[Entry, ...], tuple[Issue, ...]]:
    """The entries of a session that has ended, those of other days left aside and told."""
    try:
        data = (folder / NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return (), ()
    except OSError as problem:
        why = f"it cannot be read ({problem.strerror})."
        remedy = "Give yourself permission to read it."
        return (), (Issue("warning", NAME, why, remedy),)
    found, broken = read_lines(data)
    issues = []
    if broken:
        message = f"{broken} lines cannot be read and were skipped."
        remedy = "Delete them; a line is cut off where the device lost power."
        issues.append(Issue("warning", NAME, message, remedy))
    chosen, others = sittings(list({e.id: e for e in found}.values()), date)
    for other in others:
        message = f"{len(other)} entries of {other[0].clock[:10]} belong to another day."
        remedy = "They are kept in the file and left out of this session's log."
        issues.append(Issue("note", NAME, message, remedy))
    return tuple(chosen), tuple(issues)


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=".writing-", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
        _settle(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Make a new name in a folder survive a power cut, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # Windows opens no folders; it writes names through
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)


_LETTERS = {"facilitator": "F", "participant": "P", "expert": "E", "observer": "O"}


def codes(people: Sequence[Participant]) -> dict[str, str]:
    """A short code by participant id: F1, P1, P2, E1, O1, in the order of the roster.

    Codes stand on name-plates and in handwritten notes, so that a lost sheet names nobody.
    """
    counts: dict[str, int] = {}
    found: dict[str, str] = {}
    for person in people:
        letter = _LETTERS[person.role]
        counts[letter] = counts.get(letter, 0) + 1
        found[person.id] = f"{letter}{counts[letter]}"
    return found


def named(marks: Sequence[FloorMark], participants: Sequence[Participant]) -> tuple[FloorMark, ...]:
    """Marks in which codes of name-plates (``P3``) and aliases are written out as names.

    Somebody who is called in two ways is one voice, not two.
    """
    people: dict[str, set[str]] = defaultdict(set)
    for person in participants:
        for spelled in (person.name, *person.aliases):
            people[_key(spelled)].add(person.name)
    by_id = {person.id: person.name for person in participants}
    for identity, code in codes(participants).items():
        people[_key(code)] = {by_id[identity]}
    found = []
    for mark in marks:
        names = people.get(_key(mark.label), set())
        found.append(replace(mark, label=next(iter(names))) if len(names) == 1 else mark)
    return tuple(found)


def _key(label: str) -> str:
    return " ".join(label.split()).casefold()


_ROLES: dict[str, Role] = {
    "facilitator": "facilitator",
    "participant": "participant",
    "expert": "expert",
    "observer": "observer",
}


def joined(session: Session, folder: Path) -> tuple[Session, tuple[Issue, ...]]:
    """The session with those added in its journal, and what is wrong with the journal."""
    entries, issues = read_journal(folder, session.date)
    return with_people(session, entries), issues


def with_people(session: Session, entries: Sequence[Entry]) -> Session:
    """The session with those added; a name that is on the roster already is left as it is."""
    people, bodies = list(session.participants), list(session.institutions)
    for entry in standing(entries):
        if entry.kind != "person" or not entry.label.strip():
            continue
        name = " ".join(entry.label.split())
        if any(name.casefold() == person.name.casefold() for person in people):
            continue
        hats: tuple[str, ...] = ()
        body = " ".join(entry.institution.split())
        if body:
            known = next((b for b in bodies if body.casefold() in _names(b)), None)
            if known is None:
                known = Institution(_free(f"added-{len(bodies) + 1}", [b.id for b in bodies]), body)
                bodies.append(known)
            hats = (known.id,)
        identity = _free(entry.person or f"added-{len(people) + 1}", [p.id for p in people])
        role = _ROLES.get(entry.role, "participant")
        people.append(Participant(identity, name, role, hats))
    return replace(session, participants=tuple(people), institutions=tuple(bodies))


def _names(body: Institution) -> set[str]:
    return {name.casefold() for name in (body.name, body.acronym, *body.aliases) if name}


def _free(wanted: str, taken: Sequence[str]) -> str:
    while wanted in taken:
        wanted += "-2"
    return wanted
