"""Backends: transcribers, diarizers and embedders, each chosen by a string.

``whisper:small`` names the backend ``whisper`` and gives it the argument ``small``. Backends are
entry points, the built-in ones included: a package of your own that declares one in the group
``fgd.transcribers`` (or ``fgd.diarizers``, ``fgd.embedders``) can be named in ``fgd.toml``. The
entry point is a function ``(argument: str, context: Context) -> backend`` that is quick: weights
are loaded when the backend is first used.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal

from fgd.core.errors import BackendUnavailable
from fgd.core.settings import Settings

Kind = Literal["transcriber", "diarizer", "embedder"]


@dataclass(frozen=True, slots=True)
class Context:
    """What a backend may know: the project's folder, where weights lie, settings, file hashes."""

    root: Path
    weights: Path
    settings: Settings
    digest: Callable[[Path], str]


def group(kind: Kind) -> str:
    """The entry point group of a kind of backend."""
    return f"fgd.{kind}s"


def names(kind: Kind) -> tuple[str, ...]:
    """The backends of a kind that are installed."""
    return tuple(sorted(point.name for point in entry_points(group=group(kind))))


def resolve(kind: Kind, spec: str, context: Context) -> Any:
    """The backend named by ``spec`` (``name`` or ``name:argument``).

    Raises ``BackendUnavailable`` if no such backend is installed, with the names that are, or
    if the backend itself says that it cannot work on this machine.
    """
    name, _, argument = spec.partition(":")
    for point in entry_points(group=group(kind), name=name):
        return point.load()(argument, context)
    installed = names(kind)
    near = difflib.get_close_matches(name, installed, n=1)
    remedy = f"Did you mean {near[0]!r}?" if near else f"Installed: {', '.join(installed)}."
    raise BackendUnavailable(f"there is no {kind} called {name!r}.", remedy=remedy)
