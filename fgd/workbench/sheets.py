"""The transcript sent to pages whole once, and after that only what changed."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections import OrderedDict

import msgspec

from fgd.workbench.reading import Reading
from fgd.workbench.room import Room
from fgd.workbench.sheet import Sheet, TurnRow, sheet

KEPT = 8
"""Sheets remembered per session: a page that is further behind gets a whole one."""


class Sheets:
    """The latest sheets of one session."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self._begun = secrets.token_hex(4)
        self._count = itertools.count()
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[TurnRow, ...]] = OrderedDict()
        self._latest: tuple[Reading, Sheet, bytes] | None = None

    def answer(self, base: str) -> bytes:
        """The JSON of what a page that has sheet ``base`` (or none) needs to be up to date."""
        with self._lock:
            whole, encoded = self._whole()
            before = self._kept.get(base)
            if before is None:
                return encoded
            return msgspec.json.encode(_difference(whole, base, before))

    def _whole(self) -> tuple[Sheet, bytes]:
        reading = self.room.reading()
        if self._latest is not None and self._latest[0] is reading:
            return self._latest[1], self._latest[2]
        recordings = self.room.recordings()
        playable = [each.id for each in recordings if self.room.sound(each.id)]
        made = sheet(reading, recordings, self.room.log.version, playable)
        made = msgspec.structs.replace(made, mark=f"{self._begun}-{next(self._count)}")
        encoded = msgspec.json.encode(made)
        self._latest = (reading, made, encoded)
        self._kept[made.mark] = made.rows
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return made, encoded


def _difference(whole: Sheet, base: str, before: tuple[TurnRow, ...]) -> Sheet:
    old = {row.id: row for row in before}
    changed = tuple(row for row in whole.rows if old.get(row.id) != row)
    ids = tuple(row.id for row in whole.rows)
    moved = ids != tuple(row.id for row in before)
    return msgspec.structs.replace(whole, base=base, rows=changed, ids=ids if moved else ())
