"""Backends are found by name, built-in or not, and their absence is one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from fgd.core import backends
from fgd.core.errors import BackendUnavailable
from fgd.core.settings import Settings

CONTEXT = backends.Context(Path(), Path("weights"), Settings(), lambda _: "0" * 64)


def shout(argument: str, context: backends.Context) -> str:
    """A backend somebody else has written."""
    return argument.upper()


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("shout", f"{__name__}:shout", "fgd.transcribers")

    def entry_points(*, group: str, name: str = "") -> list[EntryPoint]:
        return [point] if group == point.group and name in ("", point.name) else []

    monkeypatch.setattr(backends, "entry_points", entry_points)


def test_the_built_in_backends_are_entry_points_like_any_other() -> None:
    """They have no privileges."""
    assert "whisper" in backends.names("transcriber")


@pytest.mark.usefixtures("foreign")
def test_another_package_can_bring_a_backend() -> None:
    """What follows the colon is the backend's own argument."""
    assert backends.resolve("transcriber", "shout:a:b", CONTEXT) == "A:B"


@pytest.mark.usefixtures("foreign")
def test_an_unknown_backend_names_the_nearest_one() -> None:
    """A typing mistake in fgd.toml is answered with what was probably meant."""
    with pytest.raises(BackendUnavailable, match="Did you mean 'shout'"):
        backends.resolve("transcriber", "shuot", CONTEXT)


def test_threads_of_a_busy_machine_sleep_instead_of_turning_in_circles() -> None:
    """Said before PyTorch is loaded, and whoever set it otherwise keeps it."""
    code = "import os, fgd.model, sys; print(os.environ['OMP_WAIT_POLICY'], 'torch' in sys.modules)"
    for given, expected in (({}, "PASSIVE False"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE False")):
        kept = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=kept | given,
            check=True,
            capture_output=True,
            text=True,
        )
        assert done.stdout.strip() == expected
