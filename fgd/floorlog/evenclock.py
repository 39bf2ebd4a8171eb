"""A clock that runs evenly: setting the computer's clock during a session moves no tap."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

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
