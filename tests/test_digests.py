"""Hashes of files are remembered only while the files stay as they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fgd.workspace import store
from fgd.workspace.store import Digests


def test_a_large_file_is_read_once_even_across_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours of sound are not hashed again because somebody asks for the status."""
    path = tmp_path / "a.wav"
    path.write_bytes(bytes(2 << 20))
    first = Digests(tmp_path / "cache.json")(path)

    def refuse(_: Path) -> str:
        raise AssertionError("read again")

    monkeypatch.setattr(store, "hash_file", refuse)
    assert Digests(tmp_path / "cache.json")(path) == first


def test_a_changed_file_has_another_hash(tmp_path: Path) -> None:
    """The same name and size with other bytes is another file."""
    path = tmp_path / "a.wav"
    path.write_bytes(bytes(2 << 20))
    one = Digests(tmp_path / "cache.json")
    first = one(path)
    path.write_bytes(b"x" * (2 << 20))
    os.utime(path, ns=(1, 1))
    assert one(path) != first


def test_a_damaged_cache_only_costs_time(tmp_path: Path) -> None:
    """Caches are never needed."""
    path = tmp_path / "a.wav"
    path.write_bytes(b"sound")
    (tmp_path / "cache.json").write_bytes(b"{")
    assert len(Digests(tmp_path / "cache.json")(path)) == 64
