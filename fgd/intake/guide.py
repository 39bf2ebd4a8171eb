"""The discussion guide out of Markdown, Word or TOML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from fgd.core.errors import InputError
from fgd.core.text import clean, slug
from fgd.core.textfile import read_text
from fgd.core.toml import TomlFile
from fgd.intake.outline import Block, build_guide, finish
from fgd.intake.section_heading import near_kind, read_minutes, section_kind
from fgd.intake.word_documents import Paragraph, Table, read_docx
from fgd.model import Guide, Issue, Section

if TYPE_CHECKING:
    from markdown_it.token import Token

GUIDES = (".md", ".markdown", ".docx", ".toml", ".txt")


def read_guide(path: Path, name: str) -> tuple[Guide, list[Issue]]:
    """Read a guide by the ending of its name. Raises ``OSError`` only."""
    suffix = path.suffix.lower()
    if suffix == ".toml":
        return _from_toml(path, name)
    if suffix == ".docx":
        blocks, issues = read_docx(path, name)
        if issues:
            return Guide(), issues
        guide, problems = build_guide(_word_blocks(blocks), name)
        if any(isinstance(block, Table) for block in blocks):
            message = "tables are not read as parts of the guide."
            problems.append(Issue("note", name, message, "Write sections as headings."))
        return guide, problems
    text, issues = read_text(path, name)
    guide, problems = build_guide(_markdown_blocks(text), name)
    return guide, issues + problems


def _word_blocks(blocks: tuple[Paragraph | Table, ...]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Table) or not block.text.strip():
            continue
        bold = block.bold >= len(block.text.rstrip()) > 0
        if block.heading:
            yield Block("heading", block.text, block.place, block.heading)
        elif block.depth >= 0:
            yield Block("item", block.text, block.place, block.depth, block.numbered, bold)
        else:
            yield Block("paragraph", block.text, block.place, bold=bold)


def _markdown_blocks(text: str) -> Iterator[Block]:
    from markdown_it import MarkdownIt

    # Front matter is cut out, but its lines stay, so that places are right.
    matter = re.match(r"---\n.*?\n---\n", text, re.DOTALL)
    if matter:
        text = "\n" * matter[0].count("\n") + text[matter.end() :]
    lists: list[bool] = []
    rank = 0
    for token in MarkdownIt("commonmark").parse(text):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(token.type == "ordered_list_open")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "heading_open":
            rank = int(token.tag[1])
        elif token.type == "heading_close":
            rank = 0
        elif token.type == "inline":
            place = f"line {token.map[0] + 1}" if token.map else ""
            words, bold = _plain(token)
            if rank:
                yield Block("heading", words, place, rank)
            elif lists:
                yield Block("item", words, place, len(lists) - 1, lists[-1], bold)
            else:
                yield Block("paragraph", words, place, bold=bold)


def _plain(token: Token) -> tuple[str, bool]:
    """The words of a paragraph without its marks, and whether all of them are bold."""
    text, bold, depth = "", True, 0
    for child in token.children or ():
        depth += {"strong_open": 1, "strong_close": -1}.get(child.type, 0)
        if child.type in ("softbreak", "hardbreak"):
            text += "\n"
        elif child.type in ("text", "code_inline"):
            text += child.content
            bold = bold and (depth > 0 or not child.content.strip())
    return text, bold and bool(text.strip())


@dataclass(frozen=True, slots=True)
class _Entry:
    """A ``[[section]]`` as people write it."""

    id: str = ""
    title: str = ""
    kind: str = ""
    text: str = ""
    probes: tuple[str, ...] = ()
    minutes: float | str = 0.0
    listen_for: tuple[str, ...] = ()


_KEYS = tuple(field.name for field in fields(_Entry))


def _from_toml(path: Path, name: str) -> tuple[Guide, list[Issue]]:
    try:
        file = TomlFile.read(path, name)
    except InputError as problem:
        return Guide(), [problem.as_issue()]
    known = ("title", "section")
    issues = [file.unknown(key, known) for key in file.data if key not in known]
    title = file.data.get("title", "")
    tables = file.data.get("section", [])
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
        message = "sections are written as a list of tables."
        issues.append(Issue("error", name, message, "Begin each with [[section]].", "line 1"))
        tables = []
    drafts: list[tuple[str, Section]] = []
    for place, table in zip(_section_places(file, len(tables)), tables, strict=True):
        problems = file.unknown_keys(table, _Entry, "section")
        known_part = {key: table[key] for key in table if key in _KEYS}
        entry, wrong = file.convert(known_part, _Entry, "section")
        problems += wrong
        issues += [replace(problem, place=problem.place or place) for problem in problems]
        if entry is not None:
            section, found = _section(entry)
            issues += [replace(problem, where=name, place=place) for problem in found]
            drafts.append((place, section))
    sections, more = finish(drafts, name)
    if not sections:
        remedy = "Write each one as [[section]] with a title, a kind and a text."
        issues.append(Issue("warning", name, "no sections were found in the guide.", remedy))
    return Guide(clean(str(title)), sections), issues + more


def _section_places(file: TomlFile, count: int) -> list[str]:
    """The line of every ``[[section]]``; empty where sections are written in another way."""
    lines = enumerate(file.text.splitlines(), 1)
    found = [f"line {n}" for n, line in lines if re.match(r"\s*\[\[\s*section\s*\]\]", line)]
    return found if len(found) == count else [""] * count


def _section(entry: _Entry) -> tuple[Section, list[Issue]]:
    issues: list[Issue] = []
    kind = section_kind(entry.kind)
    if entry.kind and kind is None:
        message = f"unknown kind of section {entry.kind!r}."
        issues.append(Issue("warning", "", message, near_kind(entry.kind)))
    minutes = read_minutes(str(entry.minutes))
    if minutes is None:
        message = f"the length {entry.minutes!r} is not a number of minutes."
        issues.append(Issue("warning", "", message, "Write it as minutes = 15."))
    section = Section(
        id=slug(entry.id, "section") if entry.id else "",
        title=clean(entry.title),
        kind=kind or "question",
        text=entry.text.strip(),
        probes=tuple(clean(probe) for probe in entry.probes),
        minutes=minutes or 0.0,
        listen_for=tuple(clean(theme) for theme in entry.listen_for),
    )
    return section, issues
