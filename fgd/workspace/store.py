"""Keep values on disk, written whole or not at all, each with the fingerprint of what made it.

A step is a pure function of its inputs. Its fingerprint is a hash of its name and version, its
backend, its options and the *content* of its inputs; a record whose fingerprint still matches is
fresh, and ``run_step`` does a step only if it is not. Because inputs count by content, a step that
is redone with the same result leaves everything after it fresh. Nothing here depends on the clock,
so outputs can be deleted and rebuilt byte for byte. Hashes of files are remembered while size and
time of change stay the same.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from fgd.core.errors import StoreError, store_error
from fgd.core.serialization import decode
from fgd.model import Issue, Provenance

T = TypeVar("T")


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_value(value: object) -> str:
    """SHA-256 of a value's canonical JSON (keys sorted, dataclasses as objects)."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


WRITING = ".writing-"
"""What the name of a file begins with that is not yet written whole."""


def write_with(path: Path, write: Callable[[Path], None]) -> Path:
    """Let ``write`` fill a temporary file beside ``path``, then put it in place in one move."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not ``mkstemp``, which closes the file to everybody: the umask decides who may read it.
        temporary = path.with_name(f"{WRITING}{uuid.uuid4().hex[:12]}{path.suffix}")
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as problem:
        raise store_error(path, problem) from problem
    try:
        write(temporary)
        with temporary.open("rb+") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as problem:
        raise store_error(path, problem) from problem
    finally:
        temporary.unlink(missing_ok=True)
    return path


def write_bytes(path: Path, data: bytes) -> Path:
    """Write ``data`` atomically: a crash leaves the old file or the new one, never half of one."""
    return write_with(path, lambda temporary: _fill(temporary, data))


def _fill(path: Path, data: bytes) -> None:
    path.write_bytes(data)


@dataclass(frozen=True, slots=True)
class Record(Generic[T]):
    """A stored value, how it was made, the problems met on the way, and its content's hash."""

    value: T
    provenance: Provenance
    sha256: str
    issues: tuple[Issue, ...] = ()


class _Envelope(msgspec.Struct):
    provenance: Provenance
    sha256: str
    issues: tuple[Issue, ...]
    value: msgspec.Raw


class Store:
    """The folder of one session's steps, one JSON file per step.

    >>> import uuid
    >>> store = Store(Path(tempfile.mkdtemp()))
    >>> made = provenance("count", 1, inputs={"words": hash_value(["a"])})
    >>> store.save("count", 1, made).value
    1
    >>> store.fresh("count", int, made).value
    1
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, step: str) -> Path:
        """Where a step's record lies; ``step`` may hold one slash (recording/step)."""
        return self.folder / f"{step}.json"

    def load(self, step: str, kind: type[T]) -> Record[T] | None:
        """Return the record of a step, or nothing if it is absent, damaged or of another shape."""
        try:
            raw = self.path(step).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as problem:
            raise store_error(self.path(step), problem) from problem
        try:
            envelope = decode(raw, _Envelope)
            data = bytes(envelope.value)
            if hashlib.sha256(data).hexdigest() != envelope.sha256:
                return None
            value = decode(data, kind)
        except (msgspec.MsgspecError, ValueError):
            return None
        return Record(value, envelope.provenance, envelope.sha256, envelope.issues)

    def fresh(self, step: str, kind: type[T], wanted: Provenance) -> Record[T] | None:
        """Return the record of a step if it was made from exactly these inputs."""
        record = self.load(step, kind)
        if record is None or record.provenance.fingerprint != wanted.fingerprint:
            return None
        return record

    def save(
        self, step: str, value: T, made: Provenance, issues: Sequence[Issue] = ()
    ) -> Record[T]:
        """Write a step's record atomically."""
        data = msgspec.json.encode(value, order="deterministic")
        digest = hashlib.sha256(data).hexdigest()
        envelope = _Envelope(made, digest, tuple(issues), msgspec.Raw(data))
        write_bytes(self.path(step), msgspec.json.encode(envelope) + b"\n")
        return Record(value, made, digest, tuple(issues))


def provenance(
    step: str,
    version: int,
    *,
    backend: str = "",
    options: Mapping[str, object] | None = None,
    inputs: Mapping[str, str] | None = None,
) -> Provenance:
    """Return the provenance of a step about to run, its fingerprint computed.

    ``inputs`` maps the name of each input to the hash of its content; ``options`` are whatever
    settings change the result.
    """
    chosen = {
        name: msgspec.json.encode(value, order="sorted").decode()
        for name, value in sorted((options or {}).items())
    }
    draft = Provenance(step, version, backend, chosen, dict(sorted((inputs or {}).items())))
    return replace(draft, fingerprint=hash_value(draft))


@dataclass
class Digests:
    """SHA-256 of files, cached in one small file; losing the cache only costs time."""

    cache: Path
    _known: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    _loaded: bool = False

    def __call__(self, path: Path) -> str:
        """Return the SHA-256 of a file's bytes as hex digits."""
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


def run_step(
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
