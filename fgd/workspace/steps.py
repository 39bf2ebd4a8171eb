"""Running one step: not at all if its record is fresh, else once, timed, its result stored."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from fgd.model import Issue, Provenance
from fgd.workspace.store import Record, Store

T = TypeVar("T")

log = logging.getLogger("fgd")


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """A step's record, whether it was fresh already, and the seconds it took if not."""

    name: str
    record: Record[T]
    fresh: bool
    seconds: float = 0.0

    @property
    def value(self) -> T:
        """The step's result."""
        return self.record.value

    @property
    def sha256(self) -> str:
        """The hash of the result's content: what later steps take as input fingerprint."""
        return self.record.sha256


def run(
    store: Store,
    name: str,
    kind: type[T],
    made: Provenance,
    compute: Callable[[], tuple[T, Sequence[Issue]]],
    *,
    intact: Callable[[T], bool] = lambda _: True,
) -> Done[T]:
    """Return the stored result if it is fresh and ``intact``, else compute and store it.

    ``intact`` tells whether files that belong to the result and lie beside it are still there.
    """
    record = store.fresh(name, kind, made)
    if record is not None and intact(record.value):
        return Done(name, record, fresh=True)
    started = time.perf_counter()
    value, issues = compute()
    record = store.save(name, value, made, issues)
    seconds = time.perf_counter() - started
    log.info("%s: %s finished in %.1f s", store.folder.parent.name, name, seconds)
    return Done(name, record, fresh=False, seconds=seconds)
