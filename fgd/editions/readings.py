"""Every way in which the bytes of a file can be read: text, markup, escapes, archives, images."""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from urllib.parse import unquote

_TAG = re.compile(r"<[^<>]*>")
_BLOCK = re.compile(r"</?(?:p|div|li|td|th|tr|h[1-6]|dt|dd|br|w:p|a:p|row|c|si|t)\b[^<>]*>", re.I)
_HEX = re.compile(r"\\u\{?([0-9a-fA-F]{4,6})\}?|\\x([0-9a-fA-F]{2})|\\([0-9a-fA-F]{2,6})\s?")
_ENCODED = re.compile(r"base64,([A-Za-z0-9+/=\s]{16,})")
_GEOMETRY = re.compile(r'(\sd=")(?:[MLHVCSQTA]\s*(?:-?\d[\d.]*[\s,]+)+|[Zz]\s*)+(?=")')
"""The lines of a drawing: commands of one letter with numbers between them, which say nothing."""

_QUOTED = re.compile(r"=([0-9A-F]{2})")
DEEPEST = 3
"""How many archives or encodings inside each other are opened."""


def readings(name: str, data: bytes, depth: int = 0) -> Iterator[tuple[str, str]]:
    """``(place, text)`` for everything a file says, its own name first."""
    yield f"{name} (name)", unquote(name)
    yield from _contents(name, data, depth)


def _contents(name: str, data: bytes, depth: int) -> Iterator[tuple[str, str]]:
    if depth < DEEPEST and zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield f"{name} (comment)", archive.comment.decode("utf-8", "replace")
            for entry in archive.infolist():
                yield (
                    f"{name}: {entry.filename} (comment)",
                    entry.comment.decode("utf-8", "replace"),
                )
                yield from readings(f"{name}: {entry.filename}", archive.read(entry), depth + 1)
        return
    if data[:2] == b"\x1f\x8b" and depth < DEEPEST:
        with contextlib.suppress(OSError, EOFError, zlib.error):
            yield from _contents(f"{name} (unpacked)", gzip.decompress(data), depth + 1)
        return
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        yield from _png(name, data)
    text = _GEOMETRY.sub(r"\1", decoded(data))
    yield name, text
    yield from _plainer(name, text)
    if depth < DEEPEST:
        for number, found in enumerate(_ENCODED.finditer(text), 1):
            try:
                inner = base64.b64decode(found.group(1))
            except (binascii.Error, ValueError):
                continue
            yield from _contents(f"{name}, embedded {number}", inner, depth + 1)


def decoded(data: bytes) -> str:
    """Bytes as text: UTF-16 where it looks like it, else UTF-8 with what does not fit marked."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if data[:400].count(0) > len(data[:400]) // 4:
        even = data[:400:2].count(0) > data[1:400:2].count(0)
        return data.decode("utf-16-be" if even else "utf-16-le", "replace")
    return data.decode("utf-8-sig", "replace")


def _plainer(name: str, text: str) -> Iterator[tuple[str, str]]:
    """The text once its escapes are undone and its markup is gone, as far as that changes it."""
    seen = {text}
    plain = html.unescape(html.unescape(text)) if "&" in text else text
    bare = _HEX.sub(_character, plain) if "\\" in plain else plain
    ways = [("escapes undone", plain), ("escapes undone", bare)]
    if "<" in text:
        ways.append(("as read", html.unescape(_TAG.sub("", _BLOCK.sub("\n", text)))))
        ways.append(("as read", html.unescape(_TAG.sub(" ", text))))
    if "\\" in plain:
        ways.append(("escapes undone", plain.replace("\\", "")))
    if "%" in plain:
        ways.append(("escapes undone", unquote(plain)))
    if "=" in plain and _QUOTED.search(plain):
        raw = _QUOTED.sub(lambda found: chr(int(found.group(1), 16)), plain)
        ways.append(("escapes undone", raw.encode("latin-1", "ignore").decode("utf-8", "replace")))
    if re.search(r"[*_`~]", plain):
        ways.append(("as read", re.sub(r"[*_`~]+", "", plain)))
    for how, each in ways:
        if each not in seen:
            seen.add(each)
            yield f"{name} ({how})", each


def _character(found: re.Match[str]) -> str:
    code = int(next(group for group in found.groups() if group), 16)
    return chr(code) if 31 < code < 0x110000 else " "


def _png(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """The texts that a PNG image carries beside its pixels."""
    place = 8
    while place + 8 <= len(data):
        size, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        body = data[place + 8 : place + 8 + size]
        place += 12 + size
        if kind in (b"tEXt", b"iTXt", b"eXIf", b"zTXt"):
            if kind == b"zTXt" or (kind == b"iTXt" and b"\x00\x01\x00" in body[:90]):
                keyword, _, packed = body.partition(b"\x00")
                start = packed.find(b"\x78")
                with contextlib.suppress(zlib.error):
                    body = keyword + b" " + zlib.decompress(packed[max(start, 0) :])
            yield f"{name}, text of the image", body.decode("utf-8", "replace")
