"""Read JSON and TOML into typed values, with every mistake in a file of settings named by line.

msgspec looks into a class the first time it is asked for and marks it as known before it is done.
A second thread that decodes the same class in that moment reads a half-made description and takes
the whole process with it (seen with msgspec 0.22, reproduced in ``tests/test_typed.py``). Here one
thread at a time looks; decoding itself needs no lock.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import threading
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from fgd.core.errors import InputError
from fgd.model import Issue

T = TypeVar("T")

_LOCK = threading.Lock()
_KNOWN: dict[Any, msgspec.json.Decoder[Any]] = {}


def decode(data: bytes | str | msgspec.Raw, kind: type[T]) -> T:
    """The value of this kind that some JSON is. Raises ``msgspec.MsgspecError``, and whatever
    else ``msgspec.json.decode`` raises.
    """
    decoder = _KNOWN.get(kind)
    if decoder is None:
        with _LOCK:
            decoder = _KNOWN[kind] = msgspec.json.Decoder(kind)
    value: T = decoder.decode(data)
    return value


def convert(value: object, kind: type[T], *, from_attributes: bool = False) -> T:
    """The same from tables and lists, or from another class with attributes of the same names.

    Raises ``msgspec.ValidationError``.
    """
    with _LOCK:
        return msgspec.convert(value, kind, strict=True, from_attributes=from_attributes)


LARGEST = 1_000_000
"""Bytes of a file of settings."""

HUGEST = 10**15
"""The largest number, either way, that anything in a file of settings can mean."""


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
        raw = path.read_bytes()
        if len(raw) > LARGEST:
            raise InputError(
                f"the file has {len(raw):,} bytes; at most {LARGEST:,} are read.",
                where=name,
                remedy="Settings are a page of text: put long texts into files of their own.",
            )
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            raise InputError(
                "the file is not UTF-8 text.",
                where=name,
                place=f"byte {problem.start}",
                remedy="Save it again with the encoding UTF-8.",
            ) from problem
        try:
            made = cls(name, text, tomllib.loads(text.replace("\r\n", "\n")))
            made.check_numbers()
            return made
        except tomllib.TOMLDecodeError as problem:
            place = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(problem))
            what = re.sub(r"\s*\(at .*\)$", "", str(problem))
            raise InputError(
                f"this is not valid TOML ({what}).",
                where=name,
                place=place.group(1) if place else "",
                remedy="Text goes in quotes, lists in square brackets.",
            ) from problem
        except RecursionError:
            raise InputError(
                "lists or tables are nested too deeply.",
                where=name,
                remedy="No setting needs more than three levels of brackets.",
            ) from None
        except ValueError:  # Python reads numbers of up to 4,300 digits
            raise InputError(
                "a number has too many digits.",
                where=name,
                place=_longest_number(text),
                remedy=f"Numbers lie between -{HUGEST:,} and {HUGEST:,}.",
            ) from None

    def check_numbers(self) -> None:
        """Refuse numbers that no setting can mean: infinite ones, none at all, gigantic ones.

        Raises ``InputError`` with the key and its place.
        """
        left: list[tuple[tuple[str, ...], object]] = [((), self.data)]
        while left:
            keys, value = left.pop()
            if isinstance(value, Mapping):
                left += [((*keys, str(key)), inner) for key, inner in value.items()]
            elif isinstance(value, list):
                left += [(keys, inner) for inner in value]
            elif isinstance(value, int | float) and not abs(value) <= HUGEST:
                raise InputError(
                    f"{'.'.join(keys)}: this number cannot be used.",
                    where=self.name,
                    place=self.place(*keys),
                    remedy=f"Numbers lie between -{HUGEST:,} and {HUGEST:,}.",
                )

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
            remedy = _allowed(kind, inner) or "Write a value of that kind."
            return None, [Issue("error", self.name, message, remedy, self.place(*where))]

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
        """Return the issue for one unknown key."""
        near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
        remedy = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(known)}."
        table = f" in [{'.'.join(keys)}]" if keys else ""
        return Issue(
            "error", self.name, f"unknown key {key!r}{table}.", remedy, self.place(*keys, key)
        )


def _longest_number(text: str) -> str:
    """``line N`` of the number with most digits, as the place to look at first."""
    found = max(re.finditer(r"\d+", text), key=lambda digits: len(digits.group()), default=None)
    return f"line {text.count(chr(10), 0, found.start()) + 1}" if found else ""


def _allowed(kind: object, keys: list[str]) -> str:
    """Tell which values the field at these keys may have, and which it has by default."""
    default: object = None
    for key in keys:
        if not dataclasses.is_dataclass(kind):
            return ""
        field = next((each for each in dataclasses.fields(kind) if each.name == key), None)
        if field is None:
            return ""
        default = None if field.default is dataclasses.MISSING else field.default
        kind = typing.get_type_hints(kind, include_extras=True)[key]
    told = [part for part in (_range(each) for each in (kind, *typing.get_args(kind))) if part]
    told += [f'"{each}"' for each in _choices(kind)]
    usual = f" The default is {default!r}." if isinstance(default, int | float | str) else ""
    return f"Allowed: {' or '.join(told)}.{usual}" if told else usual.strip()


def _range(kind: object) -> str:
    """Return a number's range or a text's shape, as a person says it."""
    meta = next((m for m in getattr(kind, "__metadata__", ()) if isinstance(m, msgspec.Meta)), None)
    if meta is None:
        return ""
    if meta.pattern is not None:
        return 'a clock time such as "09:30"' if ":" in meta.pattern else meta.pattern
    least = meta.ge if meta.ge is not None else meta.gt
    most = meta.le if meta.le is not None else meta.lt
    if least is not None and most is not None:
        ends = ", the ends left out" if meta.gt is not None else ""
        return f"{least:,} to {most:,}{ends}"
    return "some text" if meta.min_length else ""


def _choices(kind: object) -> tuple[object, ...]:
    """Return the words that may be chosen from."""
    if typing.get_origin(kind) is typing.Literal:
        return typing.get_args(kind)
    return tuple(choice for inner in typing.get_args(kind) for choice in _choices(inner))
