"""Hashes of files, remembered while size and time of change stay the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from fgd.core.errors import StoreError
from fgd.workspace.store import hash_file, write_bytes


@dataclass
class Digests:
    """SHA-256 of files, cached in one small file; losing the cache only costs time."""

    cache: Path
    _known: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    _loaded: bool = False

    def __call__(self, path: Path) -> str:
        """The SHA-256 of a file's bytes as hex digits."""
        self._load()
        key = str(path.resolve())
        stat = path.stat()
        size, changed, digest = self._known.get(key, (-1, -1, ""))
        if (size, changed) == (stat.st_size, stat.st_mtime_ns):
            return digest
        digest = hash_file(path)
        self._known[key] = (stat.st_size, stat.st_mtime_ns, digest)
        if stat.st_size > 1 << 20:
            self._save()
        return digest

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        try:
            self._known = msgspec.json.decode(
                self.cache.read_bytes(), type=dict[str, tuple[int, int, str]]
            )
        except (OSError, msgspec.MsgspecError):
            self._known = {}

    def _save(self) -> None:
        large = {key: known for key, known in self._known.items() if known[0] > 1 << 20}
        try:
            write_bytes(self.cache, msgspec.json.encode(large))
        except StoreError:
            return  # read-only project: the hash is computed again next time
