"""Bodies of the region and the world that turn up in such rooms, with acronyms and aliases."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

from fgd.model import Institution


@cache
def shipped() -> tuple[Institution, ...]:
    """The bodies of ``gazetteer.toml``."""
    return _read(files("fgd.attribution").joinpath("gazetteer.toml").read_text(encoding="utf-8"))


def load(path: Path) -> tuple[Institution, ...]:
    """The bodies of another file of the same shape; a project may keep its own."""
    return _read(path.read_text(encoding="utf-8"))


def _read(source: str) -> tuple[Institution, ...]:
    return tuple(
        Institution(
            id=entry["id"],
            name=entry["name"],
            acronym=entry.get("acronym", ""),
            aliases=tuple(entry.get("aliases", ())),
            category=entry.get("category", ""),
            country=entry.get("country", ""),
        )
        for entry in tomllib.loads(source)["body"]
    )
