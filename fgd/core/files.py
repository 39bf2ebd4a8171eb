"""Tell kinds of files by name and first bytes, read text of any encoding, settle Office files."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fgd.model import Issue

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch, CharsetMatches


MEDIA = frozenset(
    ".3gp .aac .ac3 .aif .aiff .amr .avi .caf .flac .flv .m2ts .m4a .m4b .m4v .mka .mkv .mov .mp2 "
    ".mp3 .mp4 .mpeg .mpg .mts .oga .ogg .ogv .opus .ts .wav .weba .webm .wma .wmv".split()
)
TRANSCRIPTS = frozenset(
    ".vtt .srt .json .docx .txt .sbv .ttml .dfxp .ass .ssa .eaf .textgrid .cha .otr .rtf "
    ".odt .lrc .smi .sami .sub .stm .trs .exb".split()
)
DOCUMENTS = frozenset(".pdf .md .markdown .html .htm .csv .tsv .xlsx .xml .jsonl".split())
"""What may hold a transcript, and as often an agenda: read where nothing else can be meant."""
PARTIAL = frozenset(".part .partial .crdownload .tmp .download .filepart".split())


def leads_outside(path: Path, root: Path) -> bool:
    """Tell whether a symbolic link ends outside ``root``, or nowhere because it is a circle."""
    if not path.is_symlink():
        return False
    try:
        return not path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # the link leads back to itself
        return True


def printable(name: str) -> str:
    """Return a file name that cannot break a line or a terminal."""
    return "".join(
        c if unicodedata.category(c)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for c in name
    )


_SAVE = "If that looks wrong, save the file again with the encoding UTF-8."
_SYMBOL_IN_WORD = re.compile(r"(?<=[^\W\d_])[¡-¿\u00d7\u00f7](?=[^\W\d_]|\b)")
_MARKS = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


def read_text(path: Path, name: str) -> tuple[str, list[Issue]]:
    """Return a file's text with plain newlines, and what had to be assumed about its encoding.

    Raises ``OSError`` if the file cannot be read; never fails on its bytes.
    """
    return decode(path.read_bytes(), name)


def decode(data: bytes, name: str) -> tuple[str, list[Issue]]:
    """Bytes as text with plain newlines; ``name`` is how messages call the file."""
    text, issues = _decode(data, name)
    text = text.removeprefix("\ufeff").replace("\0", "")
    return re.sub(r"\r+\n|\r", "\n", text), issues


def _decode(data: bytes, name: str) -> tuple[str, list[Issue]]:
    for encoding, mark in _MARKS.items():
        if data.startswith(mark):
            # A copy that broke off may end in half a character; that is no reason to guess.
            return data[len(mark) :].decode(encoding.removesuffix("-sig"), "replace"), []
    wide = _wide(data)
    if wide:
        text = data.decode(wide, "replace")
        return text, [_assumed(name, wide, text)]
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as problem:
        return _mended(data, name, problem) or _guessed(data, name)


def _wide(data: bytes) -> str:
    """UTF-16 without its mark: every other byte of mostly Western text is zero."""
    sample = data[:4000]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd, 1) * 4 < len(sample) // 2 or not even + odd:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _mended(data: bytes, name: str, problem: UnicodeDecodeError) -> tuple[str, list[Issue]] | None:
    """UTF-8 with a few damaged places, if that is what it is."""
    text = data.decode("utf-8", "replace")
    damaged = text.count("\N{REPLACEMENT CHARACTER}")
    intact = sum(character > "\x7f" for character in text) - damaged
    cut = problem.start >= len(data) - 3
    if not cut and intact < 3 * damaged:
        return None
    line = data[: problem.start].count(b"\n") + 1
    message = f"{damaged} damaged character(s) are shown as \N{REPLACEMENT CHARACTER}."
    return text, [Issue("warning", name, message, "Copy the file again.", f"line {line}")]


def _guessed(data: bytes, name: str) -> tuple[str, list[Issue]]:
    from charset_normalizer import from_bytes

    matches = from_bytes(data)
    best = matches.best()
    encoding = _western(data, matches, best) if best is not None else "cp1252"
    text = data.decode(encoding, "replace")
    return text, [_assumed(name, encoding, text)]


def _western(data: bytes, matches: CharsetMatches, best: CharsetMatch) -> str:
    """Of the encodings that fit equally well: cp1252 unless it puts symbols into words, then the
    first one that does not.
    """
    equal = [match for match in matches if match.chaos <= best.chaos]
    western = ["cp1252" for m in equal if "cp1252" in (m.encoding, *m.could_be_from_charset)]
    for encoding in (*western[:1], *(match.encoding for match in equal)):
        text = data.decode(encoding, "replace")
        if not _SYMBOL_IN_WORD.search(text) and "\N{REPLACEMENT CHARACTER}" not in text:
            return encoding
    return best.encoding


_FOREIGN = re.compile(r"[^\x00-\x7f]")


def _assumed(name: str, encoding: str, text: str) -> Issue:
    """What was guessed, with a piece of the text by which a reader sees whether it is right."""
    message = f"the file is not UTF-8; it was read as {encoding}."
    found = _FOREIGN.search(text)
    if found is None:
        return Issue("note", name, message, _SAVE)
    begin = text.rfind("\n", 0, found.start()) + 1
    end = text.find("\n", found.start())
    begin = max(begin, found.start() - 30)
    piece = text[begin : min(len(text) if end < 0 else end, found.start() + 30)]
    sample = printable(" ".join(piece.split()))
    line = text.count("\n", 0, found.start()) + 1
    message = f"{message} This piece of it then reads: \u201c{sample}\u201d."
    return Issue("warning", name, message, _SAVE, f"line {line}")


# The earliest moment a zip archive can name; the real one would make every rebuild differ.
EPOCH = (1980, 1, 1, 0, 0, 0)


_SCRIPT_FONTS = re.compile(rb"<a:font script=\"[^\"]*\" typeface=\"[^\"]*\"\s*/>\s*")

_SAVED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_STAMP = rb"\g<1>2000-01-01T00:00:00Z"


def settled(data: bytes) -> bytes:
    """Return the same zip archive without clock times, entries in their own order.

    The moment of saving, which openpyxl always writes, is not kept. Themes lose their list of fonts
    for each script of the world, which nobody uses and which names peoples ("Mongolian Baiti") that
    an edition may not name.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            plain = zipfile.ZipInfo(entry.filename, EPOCH)
            plain.compress_type = zipfile.ZIP_DEFLATED
            plain.external_attr = 0o600 << 16
            inner = source.read(entry)
            if entry.filename == "docProps/core.xml":
                inner = _SAVED.sub(_STAMP, inner)
            if "/theme/" in entry.filename:
                inner = _SCRIPT_FONTS.sub(b"", inner)
            target.writestr(plain, inner)
    return out.getvalue()


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
        return "archive"  # broken or encrypted: refused as an archive, whatever it was to be
    return next((kind for part, kind in _PARTS.items() if part in names), "archive")


def _is_noise(head: bytes) -> bool:
    """Control bytes that no text has; UTF-16 is full of zeros, but only of zeros."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return False
    odd = sum(byte < 32 and byte not in b"\0\t\n\v\f\r\x1b\x1a" for byte in head)
    return odd > len(head) / 20


def unusable(found: Contents, name: str, wanted: Contents) -> Issue | None:
    """Tell why a file with these contents cannot be read as ``wanted``; nothing where it can."""
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
