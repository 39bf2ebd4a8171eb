"""What a file really is, told by its first bytes rather than by its name."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Literal

from fgd.model import Issue

Contents = Literal[
    "empty", "text", "docx", "xlsx", "odt", "ods", "rtf", "pdf", "encrypted", "old office",
    "archive", "too large", "binary",
]  # fmt: skip

_MOST_ENTRIES, _MOST_BYTES, _MOST_IN_ONE = 10_000, 600_000_000, 300_000_000
"""What an Office file may hold once unpacked; beyond it nothing is read."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# The name of the stream that holds an encrypted Office file, as the OLE directory spells it.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BINARY = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"OggS", b"fLaC", b"ID3")
_PARTS: dict[str, Contents] = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx"}

_SENTENCES: dict[Contents, tuple[str, str]] = {
    "empty": ("the file is empty (0 bytes).", "Copy it again."),
    "encrypted": (
        "the file is protected with a password and cannot be read.",
        "Open it in Office, remove the password and save it again.",
    ),
    "old office": (
        "the file has the old Office format of before 2007.",
        "Open it in Office and save it again as .docx, .xlsx or .csv.",
    ),
    "too large": (
        f"unpacked, the file holds more than {_MOST_BYTES // 1_000_000} MB or "
        f"{_MOST_ENTRIES:,} parts, which is the limit.",
        "Save it again without pictures, or save the text alone.",
    ),
    "archive": (
        "the file is a ZIP archive that holds no readable Office document; it may be damaged.",
        "Copy it again, or unpack it.",
    ),
}


def contents(path: Path) -> Contents:
    """Look into a file. Raises ``OSError`` if it cannot be opened."""
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head:
        return "empty"
    if head.startswith(_OLE):
        return "encrypted" if _ENCRYPTED in path.read_bytes() else "old office"
    if head.startswith(b"PK"):
        return _inside_zip(path)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(rb"{\rtf"):
        return "rtf"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(_BINARY) or head[4:8] == b"ftyp":
        return "binary"
    return "binary" if _is_noise(head) else "text"


def _inside_zip(path: Path) -> Contents:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            sizes = [part.file_size for part in parts]
            if (
                len(parts) > _MOST_ENTRIES
                or sum(sizes) > _MOST_BYTES
                or max(sizes, default=0) > _MOST_IN_ONE
            ):
                return "too large"
            kind = archive.read("mimetype")[:200] if "mimetype" in names else b""
            if kind.startswith(b"application/vnd.oasis.opendocument.text"):
                return "odt"
            if kind.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
                return "ods"
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, RuntimeError, zlib.error):
        return "archive"
    return next((kind for part, kind in _PARTS.items() if part in names), "archive")


def _is_noise(head: bytes) -> bool:
    """Control bytes that no text has; UTF-16 is full of zeros, but only of zeros."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return False
    odd = sum(byte < 32 and byte not in b"\0\t\n\v\f\r\x1b\x1a" for byte in head)
    return odd > len(head) / 20


def unusable(found: Contents, name: str, wanted: Contents) -> Issue | None:
    """Why a file with these contents cannot be read as ``wanted``; nothing where it can."""
    if found == wanted:
        return None
    if found in _SENTENCES:
        return Issue("error", name, *_SENTENCES[found])
    kinds = {
        "docx": "a Word document", "xlsx": "an Excel workbook", "text": "text", "pdf": "a PDF",
        "odt": "an OpenDocument text", "ods": "an OpenDocument sheet", "rtf": "a text in RTF",
    }  # fmt: skip
    is_what = kinds.get(found, "something else")
    remedy = "Save it again in the program that made it, with the right ending."
    return Issue("error", name, f"this is not {kinds[wanted]} but {is_what}.", remedy)
