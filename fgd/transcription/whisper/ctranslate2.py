"""OpenAI's Whisper weights read out of CTranslate2's ``model.bin``, in openai-whisper's own names.

The file is a table of named arrays (Whisper's values in float16); nothing of it is executed. What
CTranslate2 joins is taken apart again: the rows of a self-attention's first matrix are query, key
and value one under the other, those of a cross-attention's second one are key and value.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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


def checkpoint(raw: bytes) -> dict[str, Any]:
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
    """The SHA-256 of names, shapes and float16 values: the same however a file is packed."""
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
