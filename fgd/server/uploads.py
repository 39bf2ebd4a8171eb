"""Take in files that people bring: limited in size, stored under names that we make.

What a browser sends arrives in a folder of the server's own, is looked into, and is moved into the
session only when it is whole and of a kind that the session can use. Nothing of the name it came
with is used but its ending, and that is looked up in a list.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath
from typing import Literal

from fgd.core.files import MEDIA, TRANSCRIPTS
from fgd.intake.contents import Contents, contents, unusable
from fgd.server.serving import Refusal, aside

Purpose = Literal["recording", "roster", "guide", "floor"]

GIB = 1 << 30
MOST = 4 * GIB
"""Bytes of a recording, unless the command says otherwise."""

MOST_TEXT = 20 << 20
"""Bytes of a roster, guide, floor log or transcript."""

SPARE = 200 << 20
"""Bytes that stay free on the disk, for the work itself."""

KEPT = 24 * 3600
"""Seconds after which half an upload is thrown away."""

KINDS: dict[Purpose, tuple[str, frozenset[str]]] = {
    "recording": ("recording-{:02}", MEDIA | TRANSCRIPTS),
    "roster": ("participants", frozenset((".csv", ".xlsx", ".xlsm", ".tsv"))),
    "guide": ("guide", frozenset((".md", ".docx", ".toml", ".txt"))),
    "floor": ("floor", frozenset((".csv",))),
}


class Inbox:
    """Where uploads arrive. ``most`` bounds a recording, in bytes."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self.folder = folder
        self.most = most

    def sweep(self) -> None:
        """Throw away what was begun long ago and never finished."""
        for path in self.folder.glob("*.part") if self.folder.is_dir() else ():
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > KEPT:
                    path.unlink()

    def check(self, purpose: Purpose, name: str, size: int) -> str:
        """The ending under which a file will be stored. Raises ``Refusal``."""
        ending = PurePosixPath(name).suffix.lower()
        allowed = KINDS[purpose][1]
        if ending not in allowed:
            kinds = ", ".join(sorted(allowed)) if len(allowed) < 8 else "audio, video, transcripts"
            raise Refusal(
                415, f"Files of the kind {ending or '(no ending)'} are not read as a {purpose}.",
                f"What is read: {kinds}.",
            )  # fmt: skip
        limit = self.limit(ending)
        if size > limit:
            raise _too_long(limit)
        return ending

    def limit(self, ending: str) -> int:
        """Most bytes of a file of this kind."""
        return self.most if ending in MEDIA else min(self.most, MOST_TEXT)

    async def receive(self, stream: AsyncIterator[bytes], ending: str, expected: int) -> Path:
        """Write what arrives. Raises ``Refusal``; then, or if the browser goes, nothing is left."""
        await aside(self.sweep)
        self.folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < expected + SPARE:
            raise Refusal(
                507, "There is not enough space on the disk.", "Free some space, then try again."
            )
        path, written, limit = self.folder / f"{secrets.token_hex(16)}.part", 0, self.limit(ending)
        try:
            with path.open("xb") as file:
                async for chunk in stream:
                    written += len(chunk)
                    if written > limit:
                        raise _too_long(limit)
                    await aside(file.write, chunk)
            if written != expected:
                raise Refusal(400, "The file arrived incomplete.", "Send it again.")
            await aside(_look, path, ending)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def place(self, arrived: Path, session: Path, purpose: Purpose, ending: str) -> Path:
        """Move a whole file into a session's folder. What it replaces is kept there as well, in
        ``replaced/``, and is in force until the new one is.
        """
        pattern = KINDS[purpose][0]
        old: list[Path] = []
        if purpose == "recording":
            number = 1
            while any(path.stem == pattern.format(number) for path in session.iterdir()):
                number += 1
            target = session / f"{pattern.format(number)}{ending}"
        else:
            target = session / f"{pattern}{ending}"
            stems = (pattern, "roster") if purpose == "roster" else (pattern,)
            old = [path for path in session.iterdir() if path.stem.casefold() in stems]
            old = [path for path in old if path.suffix.lower() in KINDS[purpose][1]]
        # Two moves, the second of which cannot be seen half done: recordings/ may be another disk.
        hidden = session / f".{arrived.name}"
        try:
            shutil.move(arrived, hidden)
            for path in old:
                _keep(path, session / "replaced")
            hidden.replace(target)
        except BaseException:
            hidden.unlink(missing_ok=True)
            raise
        for path in old:
            if path != target:
                path.unlink(missing_ok=True)
        return target


def _keep(old: Path, folder: Path) -> None:
    """Copy what people gave before something takes its place."""
    folder.mkdir(exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    shutil.copy2(old, folder / f"{stamp}-{secrets.token_hex(4)}-{old.name}")


def _look(path: Path, ending: str) -> None:
    """Raise ``Refusal`` for a file that is not what its ending says."""
    found = contents(path)
    if ending in MEDIA:
        if found not in ("binary", "text") or not _plays(path):
            raise Refusal(
                415, f"This is no sound that can be played, although its name ends in {ending}.",
                "Export the recording again, as .m4a, .mp3 or .wav.",
            )  # fmt: skip
        return
    kinds: dict[str, Contents] = {".docx": "docx", ".xlsx": "xlsx", ".xlsm": "xlsx"}
    issue = unusable(found, "", kinds.get(ending, "text"))
    if issue:
        message = issue.message[:1].upper() + issue.message[1:]
        raise Refusal(415, message, issue.remedy)


def _plays(path: Path) -> bool:
    """Whether a container opens and holds sound."""
    import av

    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            return bool(container.streams.audio)
    except (av.FFmpegError, OSError, ValueError):
        return False


def _too_long(limit: int) -> Refusal:
    size = f"{limit / GIB:.0f} GiB" if limit >= GIB else f"{limit >> 20} MiB"
    return Refusal(
        413, f"This file is larger than {size}.",
        "Copy a recording into the session's folder by hand, or allow more with --largest.",
    )  # fmt: skip
