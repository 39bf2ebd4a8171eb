"""Which files are the recordings of a session, in which order, and what stands in for what."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fgd.core.files import MEDIA, TRANSCRIPTS, printable
from fgd.model import Issue, Recording

# Zoom writes meeting.transcript.vtt and meeting.cc.vtt, others meeting.en.vtt.
_EXTRA = re.compile(r"\.(?:transcript|captions?|cc|subtitles?|[a-z]{2}(?:-[a-z]{2})?)$")
# Where several transcripts stand beside one recording: the one that keeps most of times and names.
_RANK = (".vtt", ".srt", ".json", ".docx", ".txt")
_ID_LENGTH = 12


@dataclass(slots=True)
class Chosen:
    """The recordings in order; ``stand_ins`` maps a recording to the transcript used for it."""

    paths: list[Path]
    stand_ins: dict[Path, Path] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)


def choose(candidates: Sequence[Path], listed: Sequence[str], settings: str) -> Chosen:
    """The files ``session.toml`` lists, else all of them; transcripts joined to their sound."""
    chosen = _listed(candidates, listed, settings) if listed else Chosen(list(candidates))
    sounds: dict[str, list[Path]] = {}
    for path in chosen.paths:
        if path.suffix.lower() in MEDIA:
            sounds.setdefault(_stem(path), []).append(path)
    for stem, paths in sounds.items():
        if len(paths) > 1:
            names = " and ".join(printable(path.name) for path in paths)
            message = f"{names} have the same name and are both read."
            remedy = f"If they are one recording, list one of them in {settings} (recordings)."
            chosen.issues.append(Issue("warning", printable(paths[0].name), message, remedy))
        texts = [path for path in chosen.paths if _is_text(path) and _stem(path) == stem]
        _stand_in(paths[0], texts, chosen)
    return chosen


def identify(
    paths: Sequence[Path], stand_ins: Mapping[Path, Path], digest: Callable[[Path], str]
) -> tuple[tuple[Recording, ...], list[Issue]]:
    """Recordings by the hash of their bytes; of files with the same bytes, one is kept."""
    found: dict[str, Recording] = {}
    issues: list[Issue] = []
    for path in paths:
        path, sha256 = _readable(path, stand_ins, digest, issues)
        name = printable(path.name)
        if not sha256:
            continue
        if sha256 in found:
            message = f"this is the same file as {printable(found[sha256].name)}; one is used."
            issues.append(Issue("warning", name, message, "Delete one of the two."))
            continue
        transcript = stand_ins[path].name if path in stand_ins else ""
        found[sha256] = Recording(
            id=sha256[:_ID_LENGTH],
            name=path.name,
            sha256=sha256,
            kind="transcript" if _is_text(path) else "audio",
            transcript=transcript,
        )
    return tuple(found.values()), issues


def _readable(
    path: Path,
    stand_ins: Mapping[Path, Path],
    digest: Callable[[Path], str],
    issues: list[Issue],
) -> tuple[Path, str]:
    """A file and its hash; its transcript where the sound cannot be read; no hash for neither."""
    for each in (path, *([stand_ins[path]] if path in stand_ins else [])):
        try:
            return each, digest(each)
        except OSError as problem:
            message = f"the file cannot be read ({problem.strerror or problem})."
            remedy = "Give yourself permission to read it, or copy it again."
            issues.append(Issue("error", printable(each.name), message, remedy))
    return path, ""


def _listed(candidates: Sequence[Path], listed: Sequence[str], settings: str) -> Chosen:
    by_name = {_same(path.name): path for path in candidates}
    chosen = Chosen([])
    for name in listed:
        path = by_name.get(_same(name))
        if path is None:
            near = difflib.get_close_matches(_same(name), by_name, n=1, cutoff=0.6)
            message = f"recordings lists {printable(name)!r}, and there is no such recording here."
            remedy = f"Did you mean {printable(near[0])!r}?" if near else "Correct the name."
            chosen.issues.append(Issue("error", settings, message, remedy))
        elif path in chosen.paths:
            message = f"recordings lists {printable(name)!r} twice; it is used once."
            chosen.issues.append(Issue("warning", settings, message))
        else:
            chosen.paths.append(path)
    for path in candidates:
        if path not in chosen.paths:
            message = f"left aside because {settings} lists the recordings."
            remedy = "Add its name to recordings if it belongs to the session."
            chosen.issues.append(Issue("warning", printable(path.name), message, remedy))
    return chosen


def _stand_in(sound: Path, texts: Sequence[Path], chosen: Chosen) -> None:
    """Let the best transcript of a recording take the place of hearing it."""
    if not texts:
        return
    best, *others = sorted(texts, key=lambda path: _RANK.index(path.suffix.lower()))
    chosen.stand_ins[sound] = best
    message = f"this transcript is used instead of hearing {printable(sound.name)}."
    remedy = "The sound still serves for clips and voices."
    chosen.issues.append(Issue("note", printable(best.name), message, remedy))
    for other in others:
        message = f"{printable(best.name)} is used already; this transcript was left aside."
        remedy = "Keep the better of the two."
        chosen.issues.append(Issue("warning", printable(other.name), message, remedy))
    chosen.paths = [path for path in chosen.paths if path not in texts]


def _is_text(path: Path) -> bool:
    return path.suffix.lower() in TRANSCRIPTS


def _same(name: str) -> str:
    """File names are compared as people see them: macOS decomposes letters with accents."""
    return unicodedata.normalize("NFC", name)


def _stem(path: Path) -> str:
    stem = _same(path.stem).casefold()
    return _EXTRA.sub("", stem) if _is_text(path) else stem
