"""Keep the note-taker's log: every tap in a journal on the disk, and ``floor.csv`` made from it.

``notes.jsonl`` is only ever appended to, one line per entry, flushed to the disk before the tap is
acknowledged. A line that power loss cut short is left where it is and skipped; it was never
acknowledged, so the page sends it again. ``floor.csv``, who had the floor when, is a view of the
journal and can be made from it at any time.

Two people may tap at once, a tap may arrive late or twice, and a finger may slip. What is decided
here is decided from the taps alone; what the recording says of them is decided later.
"""

from __future__ import annotations

import csv
import io
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from fgd.core.clock import clock
from fgd.core.errors import InputError, StoreError, store_error
from fgd.core.serialization import decode
from fgd.core.text import no_formula
from fgd.model import FloorMark, Institution, Issue, Participant, Role, Session
from fgd.workspace.store import write_bytes

EntryKind = Literal[
    "floor",
    "pause",
    "section",
    "probe",
    "note",
    "decision",
    "inject",
    "person",
    "recording",
    "undo",
]


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap as the page sends it. ``id`` is made by the page, so that what is sent twice counts
    once. ``wall`` is the tablet's clock in ms since 1970, ``drift`` what the server's clock was
    ahead of it when they last spoke before the tap.
    """

    id: str
    kind: EntryKind
    wall: int
    drift: int = 0
    person: str = ""
    label: str = ""
    section: str = ""
    number: int = -1
    text: str = ""
    target: str = ""
    role: str = ""
    institution: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of ``notes.jsonl``. ``ms`` is the time of the tap in ms since 1970 by the server's
    even clock, ``clock`` the same for people, ``by`` the note-taker. What the other fields mean:

    * floor: ``label`` (and ``person``, the participant's id) takes the floor; pause: nobody has it
    * section: the guide section ``section`` begins; probe: its probe ``number`` was put
    * note, decision: ``text``; inject: ``section`` or ``text`` was delivered
    * person: ``label`` of ``institution`` was added on the spot under the id ``person``
    * recording: the recorder was switched on; undo: the entry ``target`` was a slip
    """

    id: str
    ms: int
    clock: str
    kind: EntryKind
    by: str = ""
    person: str = ""
    label: str = ""
    section: str = ""
    number: int = -1
    text: str = ""
    target: str = ""
    role: str = ""
    institution: str = ""
    doubt: str = ""


COLUMNS = ("start", "participant", "end", "section", "note", "clock", "by", "id")
BREAK = 6 * 3_600_000
"""Milliseconds without a tap after which a sitting is over."""

SLIP = 1_200
"""A tap that the same note-taker corrects within this many ms was a slip."""

DISPUTE = 2_500
"""Two note-takers who tap different people within this many ms disagree."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the log; ``start`` and ``end`` (0: open) in ms since 1970."""

    start: int
    label: str
    section: str
    note: str
    by: str
    clock: str
    id: str
    end: int = 0


def standing(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries nobody took back, in order of time."""
    undone = {entry.target for entry in entries if entry.kind == "undo"}
    kept = [e for e in entries if e.kind != "undo" and e.id not in undone]
    return sorted(kept, key=lambda e: (e.ms, e.id))


def sittings(entries: Sequence[Entry], date: str = "") -> tuple[list[Entry], list[list[Entry]]]:
    """Return the sitting that is this session's, and the others (a try-out the day before, say).

    The session's is the one on its date where there is one, else the one with the most taps of
    the floor, the later of equals. Undone entries go with what they undo.
    """
    ordered = sorted(entries, key=lambda e: (e.ms, e.id))
    groups: list[list[Entry]] = []
    for entry in ordered:
        if not groups or entry.ms - groups[-1][-1].ms > BREAK:
            groups.append([])
        groups[-1].append(entry)
    if not groups:
        return [], []
    day = date[:10]

    def worth(place: int) -> tuple[bool, int, int]:
        group = groups[place]
        return (
            bool(day) and any(e.clock[:10] == day for e in group),
            sum(e.kind == "floor" for e in group),
            place,
        )

    best = max(range(len(groups)), key=worth)
    return groups[best], [group for n, group in enumerate(groups) if n != best]


def zero(entries: Sequence[Entry]) -> int:
    """Where the log's time begins: the recorder being switched on, else the first tap."""
    kept = standing(entries)
    on = next((e.ms for e in kept if e.kind == "recording"), None)
    return on if on is not None else (kept[0].ms if kept else 0)


def rows(entries: Sequence[Entry]) -> list[Row]:
    """Tell who had the floor, one row per change of speaker or section."""
    made: list[Row] = []
    holder: Entry | None = None
    section = ""
    for entry in _settled(standing(entries)):
        if entry.kind == "section":
            if entry.section == section:
                continue
            section = entry.section
            if holder is None:
                continue
            made.append(Row(entry.ms, holder.label, section, "", entry.by, entry.clock, entry.id))
        elif entry.kind == "pause":
            if holder is not None and made:
                made[-1] = replace(made[-1], end=entry.ms)
            holder = None
        elif entry.kind == "floor":
            if holder is not None and holder.label == entry.label:
                continue  # tapped twice, or by both note-takers
            disputed = (
                holder is not None and holder.by != entry.by and entry.ms - holder.ms <= DISPUTE
            )
            note = f"two note-takers disagree: {holder.label}" if disputed and holder else ""
            made.append(Row(entry.ms, entry.label, section, note, entry.by, entry.clock, entry.id))
            holder = entry
    return made


def _settled(entries: Sequence[Entry]) -> list[Entry]:
    """Without taps that the same hand put right at once."""
    kept: list[Entry] = []
    for entry in entries:
        if entry.kind == "floor":
            last = next((e for e in reversed(kept) if e.kind in ("floor", "pause")), None)
            slipped = (
                last is not None
                and last.kind == "floor"
                and last.by == entry.by
                and last.label != entry.label
                and entry.ms - last.ms <= SLIP
            )
            if slipped and last is not None:
                kept.remove(last)
                entry = replace(entry, ms=last.ms, clock=last.clock)
        kept.append(entry)
    return kept


Line = tuple[str, ...]


def lines(entries: Sequence[Entry]) -> dict[str, Line]:
    """Return the cells of every row by the id of its tap, times counted from the log's zero.

    What ended before the recorder was switched on is left out.
    """
    start = zero(entries)
    made = rows(entries)
    return {row.id: _line(row, start) for n, row in enumerate(made) if _after(made, n) > start}


def floor_csv(
    own: Mapping[str, Line], before: str = "", written: Mapping[str, Line] | None = None
) -> str:
    """Return the log as CSV.

    Args:
        own: what the taps say, as ``lines`` gives it.
        before: the file as it is, which somebody may have edited: lines without an id are theirs
            and stay; so do names and sections that they changed.
        written: the lines as we last wrote them, to tell their changes from ours.
    """
    theirs = _by_hand(before, own, own if written is None else written)
    placed = [
        (_milliseconds(line[0]), order, theirs.pop(identity, line))
        for order, (identity, line) in enumerate(own.items())
    ]
    placed += [(_milliseconds(x[0]), len(own) + n, x) for n, x in enumerate(theirs.values())]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(line for *_, line in sorted(placed))
    return out.getvalue()


def _after(made: Sequence[Row], place: int) -> int:
    """When the floor of a row passes on; an open one holds it still."""
    row = made[place]
    if row.end:
        return row.end
    return made[place + 1].start if place + 1 < len(made) else row.start + BREAK


def _line(row: Row, start: int) -> Line:
    ended = clock(max(0, row.end - start), ".") if row.end else ""
    began = clock(max(0, row.start - start), ".")
    return (began, _plain(row.label), ended, _plain(row.section), _plain(row.note), row.clock,
            _plain(row.by), row.id)  # fmt: skip


def _plain(text: str) -> str:
    """Write a cell on one line that no spreadsheet takes for a formula."""
    return no_formula(" ".join(text.split()))


def _by_hand(before: str, own: Mapping[str, Line], written: Mapping[str, Line]) -> dict[str, Line]:
    """Lines of the file that people wrote or changed, by id (or by place where they have none)."""
    found: dict[str, Line] = {}
    table = list(csv.reader(io.StringIO(before)))
    if not table:
        return {}
    head = [cell.strip().casefold() for cell in table[0]]
    for number, cells in enumerate(table[1:]):
        if not any(cells):
            continue
        named = dict(zip(head, cells, strict=False))
        line = tuple(named.get(column, "") for column in COLUMNS)
        identity = named.get("id", "")
        if not identity:
            found[f"\0{number}"] = line
        elif identity in own and identity in written:
            ours, now = written[identity], own[identity]
            if (line[1], line[3]) != (ours[1], ours[3]):
                label = line[1] if line[1] != ours[1] else now[1]
                section = line[3] if line[3] != ours[3] else now[3]
                found[identity] = (now[0], label, now[2], section, *now[4:])
    return found


def _milliseconds(text: str) -> int:
    """A time somebody wrote by hand, for its place among the lines; the end if unreadable."""
    try:
        parts = [float(part) for part in text.strip().replace(",", ".").split(":")]
    except ValueError:
        return 1 << 60
    total = 0.0
    for part in parts:
        total = 60 * total + part
    return round(1000 * total)


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
    """Return a moment as ISO 8601 in local time with its distance from UTC."""
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
        """Return the number of entries, and those beyond the first ``count``."""
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
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
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
                write_bytes(path, text.encode())
                _settle(self.folder)
            # What somebody changed by hand still differs from this, and so is known as theirs.
            self._written = own
            self.issues = [i for i in self.issues if i.where != FLOOR]
        except (OSError, StoreError) as problem:
            # The journal has it all; the view is made again at the next tap.
            reason = problem.__cause__ if isinstance(problem, StoreError) else problem
            message = f"it could not be written ({getattr(reason, 'strerror', '') or reason})."
            remedy = "Close it in other programs; nothing is lost, notes.jsonl has every tap."
            self.issues = [i for i in self.issues if i.where != FLOOR]
            self.issues.append(Issue("warning", FLOOR, message, remedy))


def read_lines(data: bytes) -> tuple[list[Entry], int]:
    """Return the entries of a journal's bytes, and how many lines could not be read."""
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
    """Return the entries of a session that has ended, those of other days left aside and told."""
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
    """Return a short code by participant id: F1, P1, P2, E1, O1, in the order of the roster.

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
    """Return the session with those added in its journal, and what is wrong with the journal."""
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
