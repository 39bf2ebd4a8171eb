"""Reading the TOML files people write, with every mistake named by line and a suggestion."""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from fgd.core.errors import InputError
from fgd.core.serialization import convert
from fgd.model import Issue

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class TomlFile:
    """A parsed file together with its text, so that problems can be given a line."""

    name: str
    text: str
    data: Mapping[str, object]

    @classmethod
    def read(cls, path: Path, name: str = "") -> TomlFile:
        """Parse a file; ``name`` is how messages call it.

        Raises ``InputError`` for a file that is not UTF-8 or not TOML, with the place.
        """
        name = name or path.name
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            raise InputError(
                "the file is not UTF-8 text.",
                where=name,
                place=f"byte {problem.start}",
                remedy="Save it again with the encoding UTF-8.",
            ) from problem
        try:
            return cls(name, text, tomllib.loads(text.replace("\r\n", "\n")))
        except tomllib.TOMLDecodeError as problem:
            place = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(problem))
            what = re.sub(r"\s*\(at .*\)$", "", str(problem))
            raise InputError(
                f"this is not valid TOML ({what}).",
                where=name,
                place=place.group(1) if place else "",
                remedy="Text goes in quotes, lists in square brackets.",
            ) from problem

    def place(self, *keys: str) -> str:
        """``line N`` of a key, as well as a search of the text can tell."""
        line = 0
        lines = self.text.splitlines()
        for key in keys:
            pattern = re.compile(
                rf"^\s*(?:\[+\s*)?[\"']?(?:\S+\.)?{re.escape(key)}[\"']?\s*(?:=|\.|\])"
            )
            line = next((n for n in range(line, len(lines)) if pattern.search(lines[n])), line)
        return f"line {line + 1}"

    def convert(self, data: object, kind: type[T], *keys: str) -> tuple[T | None, list[Issue]]:
        """Turn a table into a dataclass; unknown keys and wrong types become issues.

        ``keys`` is where the table sits in the file. With any issue the value is ``None``.
        """
        issues = self.unknown_keys(data, kind, *keys)
        if issues:
            return None, issues
        try:
            return convert(data, kind), []
        except msgspec.ValidationError as problem:
            what, _, path = str(problem).partition(" - at `$")
            inner = [part for part in re.split(r"[.\[\]`]", path) if part and not part.isdigit()]
            where = [*keys, *inner]
            named = f"{'.'.join(where)}: " if where else ""
            message = f"{named}{what[:1].lower()}{what[1:]}."
            return None, [Issue("error", self.name, message, "", self.place(*where))]

    def unknown_keys(self, data: object, kind: object, *keys: str) -> list[Issue]:
        """One issue for every key that ``kind`` does not have, with the nearest one it has."""
        if isinstance(data, list):
            inner = next(iter(typing.get_args(kind)), None)
            return [issue for item in data for issue in self.unknown_keys(item, inner, *keys)]
        if not isinstance(data, Mapping) or not dataclasses.is_dataclass(kind):
            return []
        hints = typing.get_type_hints(kind)
        issues: list[Issue] = []
        for key, value in data.items():
            if key in hints:
                issues += self.unknown_keys(value, hints[key], *keys, key)
            else:
                issues.append(self.unknown(key, tuple(hints), *keys))
        return issues

    def unknown(self, key: str, known: tuple[str, ...], *keys: str) -> Issue:
        """The issue for one unknown key."""
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
        remedy = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(known)}."
        table = f" in [{'.'.join(keys)}]" if keys else ""
        return Issue(
            "error", self.name, f"unknown key {key!r}{table}.", remedy, self.place(*keys, key)
        )
