"""Sentence vectors: the same as the reference library's, and never computed twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from fgd.core import embeddings as embedding
from fgd.core.cache import Kept
from fgd.core.embeddings import Cached, MiniLM, embedder
from fgd.core.errors import BackendUnavailable

STORED = Path(__file__).parent / "coding" / "data" / "minilm.jsonl"


class Lengths:
    """A stand-in model: the vector of a text is its length and its number of words."""

    id = "lengths"
    version = "1"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.seen += texts
        rows = [[len(text), len(text.split()), 1] for text in texts]
        made = np.array(rows, np.float32).reshape(len(texts), 3)
        return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def test_our_forward_pass_is_the_reference_librarys() -> None:
    """Long, empty and foreign texts included, vectors agree with sentence-transformers to 1e-5."""
    stored = [json.loads(line) for line in STORED.read_text(encoding="utf-8").splitlines()[1:]]
    ours = embedder("minilm").embed([row["text"] for row in stored])
    assert ours.dtype == np.float32
    assert np.abs(ours - np.array([row["vector"] for row in stored])).max() < 1e-5


def test_a_text_has_one_vector_whatever_else_is_embedded() -> None:
    """Company changes not one bit: alone, in other batches, in another order, one vector."""
    said = [
        json.loads(line)["text"] for line in STORED.read_text(encoding="utf-8").splitlines()[1:]
    ]
    said += ["Ownership must stay with the parties.", "yes", "a longer remark " * 30]
    together = MiniLM().embed(said)
    assert np.array_equal(MiniLM(batch=3).embed(said[::-1])[::-1], together)
    few = MiniLM()
    for text, vector in zip(said, together, strict=True):
        assert np.array_equal(few.embed([text])[0], vector), text


def test_plain_weights_give_the_same_vectors_as_packed_ones() -> None:
    """Where oneDNN is missing, PyTorch's own product serves as well."""
    texts = ["Ownership must stay with the parties.", "yes", "a longer remark " * 30]
    usual, plain = MiniLM(), MiniLM()
    expected = usual.embed(texts)
    plain.embed(texts[:1])
    plain._packed = dict.fromkeys(plain._packed)
    assert np.abs(plain.embed(texts) - expected).max() < 1e-6


def test_no_texts_no_rows() -> None:
    """Nothing to embed is no error."""
    assert MiniLM().embed([]).shape == (0, 384)


def test_no_text_is_embedded_twice(tmp_path: Path) -> None:
    """Vectors come back from the disk, in the order asked for, across runs and repeats."""
    first, second = Lengths(), Lengths()
    made = Cached(first, Kept(tmp_path / "v.sqlite3")).embed(["one", "two words", "one"])
    assert sorted(first.seen) == ["one", "two words"]
    again = Cached(second, Kept(tmp_path / "v.sqlite3")).embed(["two words", "new", "one"])
    assert second.seen == ["new"]
    assert np.array_equal(again[[0, 2]], made[[1, 0]])


def test_another_version_has_other_vectors(tmp_path: Path) -> None:
    """What was cached for one version of a model is never given for another."""
    Cached(Lengths(), Kept(tmp_path / "v.sqlite3")).embed(["one"])
    newer = Lengths()
    newer.version = "2"
    Cached(newer, Kept(tmp_path / "v.sqlite3")).embed(["one"])
    assert newer.seen == ["one"]


def test_a_damaged_cache_is_begun_anew(tmp_path: Path) -> None:
    """The cache is only a cache: rubbish in its file costs time, never the run."""
    (tmp_path / "v.sqlite3").write_bytes(b"this is not a database at all" * 100)
    assert Cached(Lengths(), Kept(tmp_path / "v.sqlite3")).embed(["one"]).shape == (1, 3)


def test_a_cache_that_cannot_be_written_never_fails_a_run(tmp_path: Path) -> None:
    """A file stands where its folder should be: everything is embedded, nothing is kept."""
    (tmp_path / "state").write_text("a file")
    cached = Cached(Lengths(), Kept(tmp_path / "state" / "v.sqlite3"))
    assert cached.embed(["one", "two"]).shape == (2, 3)


def test_the_oldest_give_way(tmp_path: Path) -> None:
    """A cache does not grow for ever."""
    kept = Kept(tmp_path / "k.sqlite3", most=3)
    for name in "abcde":
        kept.keep({kept.key(name): name.encode()})
    assert sorted(kept.found(kept.key(name) for name in "abcde").values()) == [b"c", b"d", b"e"]


def test_an_unknown_model_is_one_sentence_with_a_remedy() -> None:
    """A name nobody offers names the way out."""
    with pytest.raises(BackendUnavailable, match=r'"no-such-model".*minilm'):
        embedder("no-such-model")


def test_damaged_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that are not the published ones are never used silently."""
    monkeypatch.setattr(embedding, "MINILM_SHA256", "0" * 64)
    with pytest.raises(BackendUnavailable, match="not the published ones"):
        MiniLM().embed(["one"])
