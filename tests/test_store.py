"""The store: whole or not at all, fresh only when made from the same inputs."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from fgd.core.errors import StoreError
from fgd.model import Issue, Segment, Span, Transcript, Word
from fgd.workspace.store import Store, hash_value, provenance, write_bytes

TRANSCRIPT = Transcript(
    "r", (Segment(Span(0, 900), (Word(Span(0, 900), " ជំរាបសួរ", 0.5),), label="Dr Ratna"),)
)
ISSUE = Issue("warning", "a.wav", "it hisses.", "Use another microphone.")


def made(**inputs: str) -> object:
    return provenance("transcript", 1, backend="b", options={"x": 1}, inputs=inputs)


def test_what_is_saved_comes_back_with_its_issues(tmp_path: Path) -> None:
    """A record holds value, provenance, problems and the hash of its content."""
    store = Store(tmp_path)
    saved = store.save("r/transcript", TRANSCRIPT, provenance("t", 1), [ISSUE])
    loaded = store.load("r/transcript", Transcript)
    assert loaded == saved
    assert loaded is not None
    assert loaded.value == TRANSCRIPT
    assert loaded.issues == (ISSUE,)


@pytest.mark.parametrize(
    "other",
    [
        provenance("t", 2, backend="b", options={"x": 1}, inputs={"a": "1"}),
        provenance("t", 1, backend="c", options={"x": 1}, inputs={"a": "1"}),
        provenance("t", 1, backend="b", options={"x": 2}, inputs={"a": "1"}),
        provenance("t", 1, backend="b", options={"x": 1}, inputs={"a": "2"}),
        provenance("t", 1, backend="b", options={"x": 1}, inputs={"a": "1", "b": "1"}),
    ],
)
def test_any_change_of_what_made_it_makes_it_stale(tmp_path: Path, other: object) -> None:
    """Version, backend, options and inputs all count."""
    same = provenance("t", 1, backend="b", options={"x": 1}, inputs={"a": "1"})
    store = Store(tmp_path)
    store.save("t", 1, same)
    assert store.fresh("t", int, same) is not None
    assert store.fresh("t", int, other) is None  # type: ignore[arg-type]


def test_the_order_of_inputs_does_not_count() -> None:
    """A fingerprint is of the facts, not of the order they were given in."""
    assert (
        provenance("t", 1, inputs={"a": "1", "b": "2"}).fingerprint
        == provenance("t", 1, inputs={"b": "2", "a": "1"}).fingerprint
    )


@pytest.mark.parametrize("damage", [b"", b"{", b"null", b'{"provenance": 3}'])
def test_a_damaged_record_counts_as_missing(tmp_path: Path, damage: bytes) -> None:
    """A step whose file cannot be read is done again; nobody has to clean up."""
    store = Store(tmp_path)
    store.save("t", 1, provenance("t", 1))
    store.path("t").write_bytes(damage)
    assert store.load("t", int) is None


def test_a_record_edited_by_hand_counts_as_missing(tmp_path: Path) -> None:
    """The content must match its hash: outputs are made, not edited."""
    store = Store(tmp_path)
    store.save("t", "right", provenance("t", 1))
    store.path("t").write_bytes(store.path("t").read_bytes().replace(b'"right"', b'"wrong"'))
    assert store.load("t", str) is None


def test_the_same_value_gives_the_same_bytes(tmp_path: Path) -> None:
    """Outputs can be deleted and rebuilt, identical."""
    first, second = Store(tmp_path / "a"), Store(tmp_path / "b")
    first.save("t", TRANSCRIPT, provenance("t", 1))
    second.save("t", TRANSCRIPT, provenance("t", 1))
    assert first.path("t").read_bytes() == second.path("t").read_bytes()
    assert hash_value({"b": 1, "a": 2}) == hash_value({"a": 2, "b": 1})


def test_a_crash_while_writing_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either the old bytes or the new ones, and no litter."""
    path = write_bytes(tmp_path / "a.json", b"old")

    def crash(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "no space left"), (errno.EROFS, "read-only"), (errno.EACCES, "permission")],
)
def test_a_disk_that_refuses_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """Disk full, read-only or forbidden: said with the place and what to do."""

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StoreError, match=words) as problem:
        write_bytes(tmp_path / "a.json", b"new")
    assert str(tmp_path) in str(problem.value)
    assert problem.value.remedy
