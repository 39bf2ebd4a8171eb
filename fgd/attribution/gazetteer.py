"""Bodies of the region and the world that turn up in such rooms, with acronyms and aliases."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

from fgd.core.errors import InputError
from fgd.model import Institution

OWN = "gazetteer.toml"
"""The file at a project's root that adds bodies of its own."""


@cache
def shipped() -> tuple[Institution, ...]:
    """The bodies of ``gazetteer.toml``."""
    return _read(files("fgd.attribution").joinpath("gazetteer.toml").read_text(encoding="utf-8"))


def own(root: Path) -> tuple[Institution, ...]:
    """Read the bodies that a project keeps in its own ``gazetteer.toml``; none without the file.

    Raises ``InputError`` where it is no such list.
    """
    path = root / OWN
    if not path.is_file():
        return ()
    try:
        return _read(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as problem:
        raise InputError(
            f"this list of institutions cannot be read ({problem}).",
            where=OWN,
            remedy="Write each as [[body]] with id = and name =, as in docs/attribution.md.",
        ) from problem


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
