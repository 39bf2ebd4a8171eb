"""From taps to ``floor.csv``: who had the floor when, double taps and slips settled.

Two people may tap at once, a tap may arrive late or twice, and a finger may slip. What is decided
here is decided from the taps alone; what the recording says of them is decided later.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from fgd.core.text import clock, no_formula

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
    """The entries nobody took back, in order of time."""
    undone = {entry.target for entry in entries if entry.kind == "undo"}
    kept = [e for e in entries if e.kind != "undo" and e.id not in undone]
    return sorted(kept, key=lambda e: (e.ms, e.id))


def sittings(entries: Sequence[Entry], date: str = "") -> tuple[list[Entry], list[list[Entry]]]:
    """The sitting that is this session's, and the others (a try-out the day before, say).

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
    """Who had the floor, one row per change of speaker or section."""
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
    """The cells of every row by the id of its tap, times counted from the log's zero.

    What ended before the recorder was switched on is left out.
    """
    start = zero(entries)
    made = rows(entries)
    return {row.id: _line(row, start) for n, row in enumerate(made) if _after(made, n) > start}


def floor_csv(
    own: Mapping[str, Line], before: str = "", written: Mapping[str, Line] | None = None
) -> str:
    """The log as CSV.

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
