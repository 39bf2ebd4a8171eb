"""Every way in which the bytes of a file can be read: text, markup, escapes, archives, images."""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import html
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from urllib.parse import unquote

from fgd.disclosure.words import INVISIBLE

_TAG = re.compile(r"<[^<>]*>")
_BLOCK = re.compile(r"</?(?:p|div|li|td|th|tr|h[1-6]|dt|dd|br|w:p|a:p|row|c|si|t)\b[^<>]*>", re.I)
_HEX = re.compile(
    r"\\u\{([0-9a-fA-F]{1,6})\}|\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\x([0-9a-fA-F]{2})"
    r"|\\([0-9a-fA-F]{2,6})\s?"
)
_ENCODED = re.compile(r"base64,([A-Za-z0-9+/=\s]{16,})")
_UNNAMED = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{16,}={0,2}(?![\w+/=])")
"""What may be base64 that nothing announces; ordinary words do not decode to text."""

_APART = re.compile("(?<=[a-z\u00df-\u00f6\u00f8-\u00ff])(?=[A-Z\u00c0-\u00d6\u00d8-\u00de])")
"""Where a capital follows a small letter: two words that lost the space between them."""

_BROKEN = re.compile(
    rf"(?<=[\w{INVISIBLE}\u0300-\u036f])[-\u00ad\u2010]\s*\n\s*(?=[\w{INVISIBLE}\u0300-\u036f])"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_RUN = re.compile(
    rb"(?:[\t\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}){8,}"
)
"""Eight letters or more in a row, each as UTF-8 writes it."""

_GEOMETRY = re.compile(r'(\sd=")(?:[MLHVCSQTA]\s*(?:-?\d[\d.]*[\s,]+)+|[Zz]\s*)+(?=")')
"""The lines of a drawing: commands of one letter with numbers between them, which say nothing."""

_SOFT = re.compile(r"=\r?\n")
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
        return
    if _is_binary(data):
        yield name, _strings(data)
        return
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
        for number, found in enumerate(_UNNAMED.finditer(text), 1):
            if said := _unpacked(found.group()):
                yield f"{name}, encoded {number}", said


def _unpacked(letters: str) -> str:
    """The text that base64 stands for; nothing where it stands for none."""
    coded = letters.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        said = base64.b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return "" if _CONTROL.search(said) else said


def _is_binary(data: bytes) -> bool:
    """Sound and the like: bytes that are text in no encoding."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:400].count(0) > len(data[:400]) // 4:
        return False  # two bytes a letter
    strange = data.decode("utf-8", "replace").count("\ufffd") + data.count(0)
    return strange > len(data) // 20


def _strings(data: bytes) -> str:
    """What can be read among bytes that are no text: runs of letters, and all of it as UTF-16.

    Shorter runs are left out: in sound, three capitals in a row come about by chance.
    """
    runs = [found.group().decode("utf-8", "ignore") for found in _RUN.finditer(data)]
    wide = [
        data[start:].decode(codec, "replace")
        for codec in ("utf-16-le", "utf-16-be")
        for start in (0, 1)
    ]
    return "\n".join([*runs, *wide])


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
    usual = unicodedata.normalize("NFKC", ways[2][1] if "<" in text else bare)
    ways.append(("words apart", _APART.sub(" ", usual)))
    if _BROKEN.search(plain):
        ways.append(("lines joined", _BROKEN.sub("", plain)))
    if "\\" in plain:
        ways.append(("escapes undone", plain.replace("\\", "")))
    if "%" in plain:
        ways.append(("escapes undone", unquote(plain)))
    if "=" in plain and _QUOTED.search(plain):
        raw = _QUOTED.sub(lambda found: chr(int(found.group(1), 16)), _SOFT.sub("", plain))
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
    """Everything a PNG image carries beside its pixels, and whatever follows its end."""
    place, kind = 8, b""
    while place + 8 <= len(data) and kind != b"IEND":
        size, kind = int.from_bytes(data[place : place + 4]), data[place + 4 : place + 8]
        body = data[place + 8 : place + 8 + size]
        place += 12 + size
        if kind in (b"IHDR", b"PLTE", b"IDAT", b"IEND"):
            continue
        if kind == b"zTXt" or (kind == b"iTXt" and b"\x00\x01\x00" in body[:90]):
            keyword, _, packed = body.partition(b"\x00")
            start = packed.find(b"\x78")
            with contextlib.suppress(zlib.error):
                body = keyword + b" " + zlib.decompress(packed[max(start, 0) :])
        yield f"{name}, text of the image", body.decode("utf-8", "replace")
        if b"\0" in body:
            yield f"{name}, text of the image", body.replace(b"\0", b"").decode("utf-8", "replace")
    if data[place:]:
        yield from _contents(f"{name}, after the image", data[place:], DEEPEST)
