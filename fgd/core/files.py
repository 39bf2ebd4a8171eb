"""What the names of files tell: which kinds are recordings, and what may be followed or printed."""

from __future__ import annotations

import unicodedata
from pathlib import Path

MEDIA = frozenset(
    ".3gp .aac .ac3 .aif .aiff .amr .avi .caf .flac .flv .m2ts .m4a .m4b .m4v .mka .mkv .mov .mp2 "
    ".mp3 .mp4 .mpeg .mpg .mts .oga .ogg .ogv .opus .ts .wav .weba .webm .wma .wmv".split()
)
TRANSCRIPTS = frozenset(
    ".vtt .srt .json .docx .txt .sbv .ttml .dfxp .ass .ssa .eaf .textgrid .cha .otr .rtf "
    ".odt".split()
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
    """A file name that cannot break a line or a terminal."""
    return "".join(
        c if unicodedata.category(c)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for c in name
    )
