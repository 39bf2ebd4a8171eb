"""Sort what lies in a session's folder into what it is for.

Only names, kinds and first bytes are looked at here. A file that cannot be used is one issue and
never stands in the way of the others.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from fgd.core.files import (
    DOCUMENTS,
    MEDIA,
    PARTIAL,
    TRANSCRIPTS,
    contents,
    leads_outside,
    printable,
    unusable,
)
from fgd.intake.discussion_guide import GUIDES
from fgd.intake.meeting_chat import is_chat
from fgd.intake.transcripts.json_transcripts import is_transcript_json
from fgd.model import Issue

ROSTERS = (".csv", ".xlsx", ".xlsm", ".tsv")
_ENCLOSED = frozenset(("voices", "facilitation", "replaced"))
_ELSEWHERE = re.compile(
    r"readme|fgd\.toml$|codebook\.|notes\.jsonl$|deleted\.json$|~\$|thumbs\.db$|desktop\.ini$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Listing:
    """The files of a session by purpose; ``candidates`` are recordings and transcripts, in order.

    A purpose nobody served is ``None``: unlike a noun, a missing file is not an empty file.
    """

    settings: Path | None = None
    roster: Path | None = None
    guide: Path | None = None
    floor: Path | None = None
    decisions: Path | None = None
    candidates: list[Path] = field(default_factory=list)
    chats: list[Path] = field(default_factory=list)
    maybe_rosters: list[Path] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def natural(name: str) -> tuple[tuple[bool, int, str], ...]:
    """Return a key that sorts 2-b before 10-a, as people count.

    >>> sorted(["10-end.wav", "2-middle.wav", "01-begin.wav"], key=natural)
    ['01-begin.wav', '2-middle.wav', '10-end.wav']
    """
    parts = (part for part in re.split(r"([0-9]+)", name.casefold()) if part)
    return tuple((False, int(p), p) if p[0] in "0123456789" else (True, 0, p) for p in parts)


def entries(source: Path, root: Path) -> list[Path]:
    """List every regular file that a session may read, in natural order: not hidden, not half
    downloaded, not linked from outside the project. Raises ``OSError`` if the folder is closed.
    """
    paths = [source] if source.is_file() else list(source.iterdir())
    paths += [inner for path in paths if _is_table(path, root) for inner in path.iterdir()]
    kept = [p for p in paths if not _is_hidden(p) and not leads_outside(p, root) and p.is_file()]
    return sorted(kept, key=lambda path: (natural(path.name), path.name))


def listing(source: Path, root: Path) -> Listing:
    """Sort a session's folder (or the single file that is a session)."""
    found = Listing()
    if source.is_file():
        _sort_file(source, found)
        return found
    paths = sorted(source.iterdir(), key=lambda path: (natural(path.name), path.name))
    for path in paths:
        name = printable(path.name)
        if _is_hidden(path):
            continue
        if leads_outside(path, root):
            message = "this link leads out of the project and was not followed."
            found.issues.append(Issue("error", name, message, "Copy the file here instead."))
        elif _is_table(path, root):
            inside = sorted(path.iterdir(), key=lambda each: (natural(each.name), each.name))
            for each in inside:
                if each.is_file() and not _is_hidden(each) and not leads_outside(each, root):
                    _sort_candidate(each, each.suffix.lower(), found)
        elif path.is_dir():
            found.issues += _folder_issue(path)
        elif not path.is_file():
            broken = "this link leads nowhere." if path.is_symlink() else "this is not a file."
            found.issues.append(Issue("warning", name, broken, "Delete it, or copy the file here."))
        else:
            _sort_file(path, found)
    return found


def _is_hidden(path: Path) -> bool:
    name = path.name
    return name.startswith((".", "~$")) or path.suffix.lower() in PARTIAL


def _is_table(path: Path, root: Path) -> bool:
    """Tell whether a folder is called after a table of the session, so that it is looked into."""
    kept = not (_is_hidden(path) or leads_outside(path, root)) and path.is_dir()
    return kept and bool(table_name(path.name))


CALLED = re.compile(
    r"(?<![^\W\d_])(?P<kind>(?<!focus )(?<!discussion )group|table|"
    r"breakout(?: (?:room|group|session))?|tisch|arbeitsgruppe|gruppe|groupe|mesa|grupo|tavolo|"
    r"gruppo|tafel|groep|meja|kelompok|nhóm) ?(?:no|nr)? ?(?P<label>\d{1,2}|[a-h])(?![^\W_])"
)
"""What people call the tables of a session in names of files: a kind, and a number or letter."""


def table_name(name: str) -> str:
    """Return what a file or folder calls its table: ``Table 1``; empty where it calls none.

    >>> table_name("Table-01 part 2.m4a"), table_name("Breakout Room 2/rec.m4a")
    ('Table 1', 'Breakout Room 2')
    """
    path = Path(unicodedata.normalize("NFC", name))
    for part in (*reversed(path.parts[:-1]), path.name):
        found = CALLED.search(re.sub(r"[\W_]+", " ", part).casefold())
        if found:
            label = found["label"].lstrip("0") or "0"
            return f"{found['kind'].title()} {label.upper()}"
    return ""


def _folder_issue(path: Path) -> list[Issue]:
    name = printable(path.name)
    if path.name.casefold() in _ENCLOSED:
        return []
    if path.suffix.lower() in MEDIA | TRANSCRIPTS:
        message = "this is a folder, not a recording."
        return [Issue("error", name, message, "Put the recording itself beside session.toml.")]
    message = "folders inside a session's folder are not read."
    return [Issue("warning", name, message, "Move recordings up beside session.toml.")]


def _sort_file(path: Path, found: Listing) -> None:
    lower, stem, suffix = path.name.casefold(), path.stem.casefold(), path.suffix.lower()
    if lower == "session.toml":
        found.settings = path
    elif lower == "floor.csv":
        found.floor = path
    elif lower == "decisions.jsonl":
        found.decisions = path
    elif stem in ("participants", "roster"):
        found.roster = _chosen(found.roster, path, ROSTERS, "a roster", found)
    elif stem == "guide":
        found.guide = _chosen(found.guide, path, GUIDES, "a guide", found)
    elif not _ELSEWHERE.match(lower):
        _sort_candidate(path, suffix, found)


def _chosen(
    before: Path | None, path: Path, kinds: tuple[str, ...], what: str, found: Listing
) -> Path | None:
    """Choose the file for a purpose that one file serves: the first by name that can be read."""
    name = printable(path.name)
    if path.suffix.lower() not in kinds:
        message = f"{what} cannot be read from files of the kind {path.suffix or '(no ending)'}."
        remedy = f"Save it as {' or '.join(kinds[:3])}."
        found.issues.append(Issue("error", name, message, remedy))
        return before
    if before is not None:
        message = f"{printable(before.name)} is used already; this file was left aside."
        found.issues.append(Issue("warning", name, message, "Keep one of the two."))
        return before
    return path


def _sort_candidate(path: Path, suffix: str, found: Listing) -> None:
    if suffix in ROSTERS and _ROSTER_NAME.search(path.stem):
        found.maybe_rosters.append(path)
        return
    problem = _problem(path, suffix)
    if problem is not None:
        found.issues.append(problem)
    elif suffix not in MEDIA and is_chat(path):
        found.chats.append(path)
    else:
        found.candidates.append(path)


def _problem(path: Path, suffix: str) -> Issue | None:
    """Report why a file is neither a recording nor a transcript."""
    name = printable(path.name)
    if suffix not in MEDIA | TRANSCRIPTS | DOCUMENTS:
        message = f"files of the kind {path.suffix or '(no ending)'} are not read."
        if suffix in _SAVE_AS:
            return Issue("warning", name, f"this may be a transcript; {message}", _SAVE_AS[suffix])
        remedy = "Recordings, transcripts, a roster and a guide are."
        return Issue("note", name, message, remedy)
    if any("\ud800" <= character <= "\udfff" for character in path.name):
        message = "the name of this file is not valid text, so it cannot be referred to."
        return Issue("error", name, message, "Rename the file.")
    try:
        found = contents(path)
    except OSError as problem:
        message = f"the file cannot be opened ({problem.strerror})."
        return Issue("error", name, message, "Give yourself permission to read it.")
    if found == "empty":
        return unusable(found, name, "text")
    if suffix in MEDIA:
        return None
    if found in ("encrypted", "old office", "archive", "too large", "binary", "ods"):
        return unusable(found, name, "docx" if suffix == ".docx" else "text")
    if found == "xlsx" and suffix not in DOCUMENTS:
        return unusable(found, name, "docx" if suffix == ".docx" else "text")
    if suffix == ".json" and not is_transcript_json(path):
        message = "this JSON holds no transcript that is known and was left aside."
        remedy = "Export it as WebVTT or SRT, or with segments that have start, end and text."
        return Issue("warning", name, message, remedy)
    return None


_WORD = "Open it in Word and save it as .docx."
_ITS_PROGRAM = "Export it as .docx, .vtt or .srt from the program that made it."
_AS_TEXT = "Save it as .txt."
_SAVE_AS = {
    ".doc": _WORD, ".dot": _WORD, ".wps": _WORD, ".wpd": _WORD, ".docm": _WORD,
    ".pages": "Export it from Pages as Word (.docx).",
    ".gdoc": "Download it from Google Docs as .docx; this file is only a link.",
    ".ods": "Save it as .xlsx or .csv.", ".xls": "Save it as .xlsx or .csv.",
    ".numbers": "Export it from Numbers as .xlsx or .csv.",
    ".org": _AS_TEXT, ".text": _AS_TEXT, ".log": _AS_TEXT, ".rst": _AS_TEXT, ".adoc": _AS_TEXT,

    ".epub": _ITS_PROGRAM, ".ctm": _ITS_PROGRAM, ".yaml": _ITS_PROGRAM, ".yml": _ITS_PROGRAM,
    ".stl": _ITS_PROGRAM, ".scc": _ITS_PROGRAM, ".tex": _ITS_PROGRAM,
    ".inqscr": _ITS_PROGRAM, ".mex": _ITS_PROGRAM, ".mx20": _ITS_PROGRAM,
    ".mx22": _ITS_PROGRAM, ".mx24": _ITS_PROGRAM, ".nvp": _ITS_PROGRAM, ".nvpx": _ITS_PROGRAM,
    ".eml": "Save the text of the mail as .txt.", ".msg": "Save the text of the mail as .txt.",
    ".mht": "Save the page as .html.", ".mhtml": "Save the page as .html.",
    ".zip": "Unpack it here.", ".7z": "Unpack it here.", ".rar": "Unpack it here.",
    ".gz": "Unpack it here.", ".qdpx": "Import its codings with fgd import.",
    ".qdc": "Turn it into a codebook with fgd import.",
}  # fmt: skip
"""Endings of files that may hold what was said, and what to do with each."""

_ROSTER_NAME = re.compile(
    r"participant|attend(?:ee|ance)|roster|registr|delegate|teilnehm|anwesen|asisten|invit|peserta",
    re.IGNORECASE,
)
