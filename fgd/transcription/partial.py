"""What was heard so far, on disk after every batch: a killed run loses one batch at most."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from fgd.core.errors import store_error
from fgd.transcription.backend import Heard


class Partial:
    """An append-only file: a line with the fingerprint of the work, then a line per batch.

    A line cut off by a crash is dropped with everything after it; a file that belongs to other
    work (another checkpoint, other settings, another sound) starts again.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self._key = key
        self._done: dict[str, list[Heard]] = {}
        good = self._read()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as stream:
                stream.truncate(good)
            if not good:
                self._append(msgspec.json.encode(key))
        except OSError as problem:
            raise store_error(path, problem) from problem

    def get(self, batch: str) -> list[Heard] | None:
        """What was heard in a batch, if it was finished."""
        return self._done.get(batch)

    def put(self, batch: str, heard: list[Heard]) -> None:
        """Keep a finished batch; it is on disk when this returns."""
        self._done[batch] = heard
        try:
            self._append(msgspec.json.encode((batch, heard)))
        except OSError as problem:
            raise store_error(self.path, problem) from problem

    def _read(self) -> int:
        """Read what is whole; returns how many bytes of the file that is."""
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return 0
        good = 0
        for number, line in enumerate(raw.splitlines(keepends=True)):
            try:
                if not line.endswith(b"\n"):
                    break
                if number == 0:
                    if msgspec.json.decode(line, type=str) != self._key:
                        return 0
                else:
                    batch, heard = msgspec.json.decode(line, type=tuple[str, list[Heard]])
                    self._done[batch] = heard
            except msgspec.MsgspecError:
                break
            good += len(line)
        return good

    def _append(self, line: bytes) -> None:
        with self.path.open("ab") as stream:
            stream.write(line + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
