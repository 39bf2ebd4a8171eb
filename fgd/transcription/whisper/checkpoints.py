"""Whisper checkpoints on this machine: finding, checking and fetching them.

A checkpoint is looked for in the project's ``weights`` folder, then in openai-whisper's own cache
(``~/.cache/whisper``). Nothing is downloaded unless somebody asks for it (``fgd models pull``).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fgd.core.errors import BackendUnavailable, InputError

# Best first, per kind of machine. The large ones need about ten times the length of a recording
# on a laptop's processor, so there they come last; ``auto`` still takes them if nothing else is
# there. Multilingual before English-only of the same size.
BEST_ON_GPU = (
    "large-v3", "large", "turbo", "large-v3-turbo", "large-v2", "large-v1", "medium", "medium.en",
    "small", "small.en", "base", "base.en", "tiny", "tiny.en",
)  # fmt: skip
BEST_ON_CPU = (
    "small", "small.en", "medium", "medium.en", "turbo", "large-v3-turbo", "base", "base.en",
    "large-v3", "large", "large-v2", "large-v1", "tiny", "tiny.en",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint file. ``name`` is an official name, or the file's name for any other."""

    name: str
    path: Path
    official: bool


def cache_folder() -> Path:
    """Where openai-whisper keeps its own downloads."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "whisper"


def folders(weights: Path) -> tuple[Path, ...]:
    """The folders searched, in order."""
    return (weights, cache_folder())


def available(weights: Path) -> tuple[Checkpoint, ...]:
    """Official checkpoints on this machine, in the order of ``BEST_ON_GPU``."""
    found = []
    for name in BEST_ON_GPU:
        for folder in folders(weights):
            path = folder / f"{name}.pt"
            if path.is_file():
                found.append(Checkpoint(name, path, official=True))
                break
    return tuple(found)


def find(argument: str, weights: Path, root: Path, *, gpu: bool = False) -> Checkpoint:
    """The checkpoint that ``auto``, an official name or a path means.

    Raises ``BackendUnavailable`` with what to copy where if it is not on this machine.
    """
    here = {checkpoint.name: checkpoint for checkpoint in available(weights)}
    if argument in ("", "auto"):
        for name in BEST_ON_GPU if gpu else BEST_ON_CPU:
            if name in here:
                return here[name]
        raise BackendUnavailable(
            "there is no Whisper checkpoint on this machine.",
            remedy="Run: fgd models pull small. Without network, copy small.pt from another"
            f" machine to {weights}.",
        )
    if argument in here:
        return here[argument]
    if argument in BEST_ON_GPU:
        raise BackendUnavailable(
            f"the Whisper checkpoint {argument!r} is not on this machine.",
            remedy=f"Run: fgd models pull {argument}. Without network, copy {argument}.pt from"
            f" another machine to {weights}.",
        )
    path = Path(argument).expanduser()
    path = path if path.is_absolute() else root / path
    if path.is_file():
        return Checkpoint(path.stem, path, official=False)
    raise BackendUnavailable(
        f"there is no Whisper checkpoint {argument!r}.",
        remedy=f"Use auto, one of {', '.join(BEST_ON_GPU[::-1])}, or the path of a .pt file.",
    )


def verify(checkpoint: Checkpoint, digest: Callable[[Path], str]) -> bytes | None:
    """Check an official checkpoint against its published hash; returns its alignment heads.

    Raises ``InputError`` when the bytes are not those that were published.
    """
    if not checkpoint.official:
        return None
    import whisper

    published = official_hash(checkpoint.name)
    if digest(checkpoint.path) != published:
        raise InputError(
            f"the file is not the checkpoint {checkpoint.name!r} that was published"
            " (it is damaged, or something else).",
            where=str(checkpoint.path),
            remedy=f"Delete it and run: fgd models pull {checkpoint.name}.",
        )
    heads: bytes = whisper._ALIGNMENT_HEADS[checkpoint.name]
    return heads


def official_hash(name: str) -> str:
    """The SHA-256 that openai-whisper publishes for a checkpoint (it is part of its address)."""
    import whisper

    address: str = whisper._MODELS[name]
    return address.split("/")[-2]


def pull(name: str, weights: Path) -> Path:
    """Download a checkpoint into ``weights`` with openai-whisper's own code, checked by hash.

    Raises ``BackendUnavailable`` when the name is unknown or there is no way to the network.
    """
    import whisper

    if name not in whisper._MODELS:
        raise BackendUnavailable(
            f"there is no official checkpoint {name!r}.",
            remedy=f"Official ones: {', '.join(BEST_ON_GPU[::-1])}.",
        )
    weights.mkdir(parents=True, exist_ok=True)
    try:
        path = whisper._download(whisper._MODELS[name], str(weights), in_memory=False)
    except (OSError, RuntimeError) as problem:
        raise BackendUnavailable(
            f"{name} could not be downloaded ({problem}).",
            remedy=f"On a machine with network fetch {whisper._MODELS[name]} and copy it to"
            f" {weights / (name + '.pt')}.",
        ) from problem
    final = weights / f"{name}.pt"
    Path(path).replace(final)
    return final
