"""Codebooks: read from TOML and written, checked, and put together into the one in force."""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path

from fgd.coding.talk import Read
from fgd.core.errors import InputError
from fgd.core.serialization import TomlFile
from fgd.model import Code, Codebook, Issue, Section, Session

SHIPPED = ("peace-process", "transnational-security")
"""Starting points that come with the package."""

IN_FORCE = "in-force"
"""The id of a codebook that was put together for a session."""

ANCHOR_WORDS = 3
"""A theme to listen for of at most so many words is its own anchor."""

_ID = re.compile(r"[a-z0-9][a-z0-9_.-]*")


@functools.cache
def shipped(name: str) -> Codebook:
    """Return a codebook that comes with the package. Raises ``InputError`` for an unknown name."""
    if name not in SHIPPED:
        raise InputError(
            f'there is no codebook called "{name}".',
            where="[themes] codebooks",
            remedy=f"Shipped are {' and '.join(SHIPPED)}; your own goes into codebook.toml.",
        )
    with as_file(files("fgd.codebooks") / f"{name}.toml") as path:
        book, issues = read_codebook(path)
    if issues:
        raise InputError(
            "; ".join(str(issue) for issue in issues),
            where=path.name,
            remedy="It came with fgd: install it again.",
        )
    return book


def read_codebook(path: Path, name: str = "") -> tuple[Codebook, tuple[Issue, ...]]:
    """Return a codebook from TOML with everything that is wrong in it; what is right can be used.

    Unknown keys and wrong types make the whole file unusable (an empty codebook); a duplicate
    id, an unknown or circular parent or an empty code costs that code or its parent only.
    """
    try:
        source = TomlFile.read(path, name)
    except InputError as problem:
        return Codebook(path.stem), (problem.as_issue(),)
    book, issues = source.convert(source.data, Codebook)
    if book is None:
        return Codebook(path.stem), tuple(issues)
    codes, more = _checked(book, source)
    return replace(book, codes=codes), (*issues, *more)


def gather(
    names: Sequence[str], folders: Sequence[Path] = ()
) -> tuple[tuple[Codebook, ...], tuple[Issue, ...]]:
    """Shipped codebooks by name, then the ``codebook.toml`` of each folder that has one.

    A later one extends the earlier.
    """
    books: list[Codebook] = []
    issues: list[Issue] = []
    for name in names:
        try:
            books.append(shipped(name))
        except InputError as problem:
            issues.append(problem.as_issue())
    for path in (folder / "codebook.toml" for folder in folders):
        if path.is_file():
            book, problems = read_codebook(path)
            books.append(book)
            issues += problems
    return tuple(books), tuple(issues)


def written(book: Codebook) -> str:
    """Write a codebook as the TOML that ``read_codebook`` reads; what is empty is left out."""

    def text(value: str) -> str:
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

    def rows(code: Code) -> Iterator[str]:
        for name in _WRITTEN:
            value = getattr(code, name)
            if isinstance(value, tuple) and value:
                yield f"{name} = [\n" + "".join(f"  {text(each)},\n" for each in value) + "]"
            elif isinstance(value, str) and value and (name, value) != ("dimension", "theme"):
                yield f"{name} = {text(value)}"

    head = "".join(
        f"{name} = {text(getattr(book, name))}\n" for name in ("id", "title", "version", "language")
    )
    return "\n".join([head, *("[[codes]]\n" + "\n".join(rows(code)) + "\n" for code in book.codes)])


_WRITTEN = (
    "id", "name", "parent", "dimension", "description", "anchors", "excludes", "examples",
    "sources", "approved", "taken_from",
)  # fmt: skip


def extended(text: str, old: Codebook, new: Codebook) -> tuple[str, tuple[str, ...]]:
    """Add to the text of a codebook the codes that it lacks; and tell what is other in those it
    has, a line each. What people wrote there stays as it is.
    """
    there = {code.id: code for code in old.codes}
    told: list[str] = []
    for code in new.codes:
        if code.id not in there:
            told.append(f'+ "{code.id}" ({code.name}) is new')
            continue
        other = [name for name in _WRITTEN if getattr(code, name) != getattr(there[code.id], name)]
        if other:
            told.append(f'  "{code.id}" stays as the file has it (other: {", ".join(other)})')
    more = replace(new, codes=tuple(code for code in new.codes if code.id not in there))
    tables = "[[codes]]" + written(more).partition("[[codes]]")[2] if more.codes else ""
    return "\n".join(part for part in (text.rstrip("\n") + "\n", tables) if part), tuple(told)


def telling(read: Read, units: Mapping[str, Sequence[int]], most: int) -> dict[str, list[int]]:
    """Choose, for each code, those of its units (by number) that tell it best from all other talk.

    They are nearest to the mean of its own and farthest from that of the rest: a greeting or an
    aside that was coded with everything around it is no example.
    """
    import numpy as np

    content = np.array([unit.kind == "content" for unit in read.units], dtype=bool)
    found: dict[str, list[int]] = {}
    for code, rows in units.items():
        mine = np.zeros(len(content), dtype=bool)
        mine[list(rows)] = True
        mine &= content
        if not mine.any():
            continue
        others = read.vectors[content & ~mine]
        away = others.mean(axis=0) if len(others) else 0.0
        lead = read.vectors @ (read.vectors[mine].mean(axis=0) - away)
        ranked = sorted(np.flatnonzero(mine).tolist(), key=lambda n: (-float(lead[n]), n))
        found[code] = ranked[:most]
    return found


def _checked(book: Codebook, source: TomlFile) -> tuple[tuple[Code, ...], list[Issue]]:
    issues: list[Issue] = []

    def wrong(code: Code, message: str, remedy: str) -> None:
        lines = source.text.splitlines()
        pattern = re.compile(rf"^\s*id\s*=\s*[\"']{re.escape(code.id)}[\"']")
        hits = [n + 1 for n, line in enumerate(lines) if pattern.search(line)]
        place = f"line {hits[-1]}" if hits else ""
        issues.append(Issue("error", source.name, message, remedy, place))

    counts = Counter(code.id for code in book.codes)
    kept: dict[str, Code] = {}
    for code in book.codes:
        if not _ID.fullmatch(code.id):
            message = f'the id "{code.id}" has other signs than a-z, 0-9, "-", "_" and ".".'
            wrong(code, message, "Write it with these; its name may have any.")
        elif counts[code.id] > 1 and code.id in kept:
            wrong(code, f'the id "{code.id}" is used twice.', "Ids must tell codes apart.")
        elif not (code.name.strip() and (code.description or code.examples or code.anchors)):
            wrong(code, f'"{code.id}" has no name, or nothing to find it by.', _FINDABLE)
        else:
            kept[code.id] = code
    for code in list(kept.values()):
        if code.parent and code.parent not in kept:
            message = f'"{code.id}" names an unknown parent "{code.parent}".'
            wrong(code, message, "Write the id of another code there, or delete the line.")
            kept[code.id] = replace(code, parent="")
    for code in list(kept.values()):
        if circle := _circle(code.id, kept):
            message = f"the parents go round in a circle: {' -> '.join(circle)}."
            wrong(code, message, "Delete the parent of one of them.")
            kept[code.id] = replace(kept[code.id], parent="")
    return tuple(kept.values()), issues


_FINDABLE = "Give it a name, and a description, examples or anchors."


def _circle(start: str, codes: dict[str, Code]) -> list[str]:
    path = [start]
    while parent := codes[path[-1]].parent:
        path.append(parent)
        if parent == start:
            return path
        if parent in path[:-1]:
            return []
    return []


def guide_codes(sections: Iterable[Section]) -> tuple[Code, ...]:
    """Return one code for each theme the guide tells to listen for, under its section.

    ``guide.<section>`` stands for the section itself and is found where its question is
    discussed; ``guide.<section>.<n>`` for its n-th theme to listen for.
    """
    made: list[Code] = []
    for section in sections:
        top = f"guide.{section.id}"
        made.append(
            Code(top, section.title or section.id, section.text, section.probes, origin="guide")
        )
        made += [
            Code(
                f"{top}.{n}",
                theme[:1].upper() + theme[1:],
                theme,
                anchors=(theme,) if len(theme.split()) <= ANCHOR_WORDS else (),
                parent=top,
                origin="guide",
            )
            for n, theme in enumerate(section.listen_for, start=1)
        ]
    return tuple(made)


def in_force(session: Session, books: Sequence[Codebook]) -> tuple[Codebook, tuple[Issue, ...]]:
    """Return the guide's codes and those of all codebooks together; a later book replaces an id."""
    codes: dict[str, Code] = {code.id: code for code in guide_codes(session.guide.sections)}
    issues: list[Issue] = []
    for book in books:
        for code in book.codes:
            if code.id.startswith(("guide.", "emergent.")):
                message = f'the id "{code.id}" is kept for themes of the guide or of the software.'
                issues.append(Issue("error", book.id, message, "Choose another id."))
                continue
            codes[code.id] = code
    if session.languages and books and session.languages[0] != books[0].language:
        issues.append(
            Issue(
                "note",
                books[0].id,
                f'this codebook is written in "{books[0].language}", the session is in '
                f'"{session.languages[0]}"; its anchors will find little.',
                "Translate descriptions and anchors in a codebook.toml of the session.",
            )
        )
    version = " ".join(f"{book.id}-{book.version}" for book in books)
    title = "; ".join(book.title for book in books if book.title)
    language = books[0].language if books else (session.languages or ("en",))[0]
    return Codebook(IN_FORCE, title, version, tuple(codes.values()), language), tuple(issues)
