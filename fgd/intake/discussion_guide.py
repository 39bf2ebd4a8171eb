"""Read the discussion guide out of Markdown, Word or TOML, and find the sections of an outline.

The conventions, whatever program the guide was written in:

* the first heading, where it ranks above all others, is the guide's title;
* every other heading of the highest rank is a section, "N. Title (kind, M min)" with each part
  optional, and an optional ``{#id}``; a heading below it is a section of its own when it has a
  number, kind, minutes or id, and else the name of what follows ("Probes", "Listen for");
* paragraphs are the question, list items are probes, and ``Listen for: a; b`` the themes.

Without any headings, bold paragraphs serve as headings; without those, numbered items do; without
those, paragraphs that end in a question mark.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from fgd.core.errors import InputError
from fgd.core.files import read_text
from fgd.core.serialization import TomlFile
from fgd.core.text import clean, normal, slug, unique
from fgd.intake.office_texts import Paragraph, Table, read_docx, unread
from fgd.model import Guide, Issue, Section, SectionKind

if TYPE_CHECKING:
    from markdown_it.token import Token


GUIDES = (".md", ".markdown", ".docx", ".toml", ".txt")


MOST_SECTIONS = 300
"""No discussion has more; what comes after them would be compared with every turn."""

LONGEST_GUIDE = 300_000
"""Characters of a guide as text: a hundred pages."""


def read_guide(path: Path, name: str) -> tuple[Guide, list[Issue]]:
    """Read a guide by the ending of its name, its first 300 sections. Raises ``OSError`` only."""
    guide, issues = _read_guide(path, name)
    many = len(guide.sections)
    if many > MOST_SECTIONS:
        message = f"there are {many:,} sections; the first {MOST_SECTIONS} were read."
        remedy = "Give this session a guide of its own, with the sections that were discussed."
        issues.append(Issue("error", name, message, remedy))
        guide = replace(guide, sections=guide.sections[:MOST_SECTIONS])
    return guide, issues


def _read_guide(path: Path, name: str) -> tuple[Guide, list[Issue]]:
    suffix = path.suffix.lower()
    if suffix == ".toml":
        return _from_toml(path, name)
    if suffix == ".docx":
        blocks, issues = read_docx(path, name)
        if issues:
            return Guide(), issues
        guide, problems = build_guide(_word_blocks(blocks), name)
        tables = [block for block in blocks if isinstance(block, Table)]
        cells = (each for table in tables for row in table.rows for cell in row for each in cell)
        told = [each for each in cells if each.text.strip()]
        if told:
            message = "words in tables are not read as parts of the guide."
            remedy = "Write sections as headings, and the questions below them."
            problems.append(Issue("warning", name, message, remedy, told[0].place))
        return guide, [*problems, *unread(path, name)]
    text, issues = read_text(path, name)
    if len(text) > LONGEST_GUIDE:
        message = f"this has {len(text):,} characters; the first {LONGEST_GUIDE:,} were read."
        remedy = "Give this session a guide of its own, with the sections that were discussed."
        issues = [*issues, Issue("error", name, message, remedy)]
        text = text[:LONGEST_GUIDE]
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
    """Strip a paragraph of its marks, and tell whether all of its words are bold."""
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
    """List the line of every ``[[section]]``; empty where sections are written in another way."""
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


_LISTEN = re.compile(r"^\s*listen(?:ing)?\s+(?:out\s+)?for\s*(?:[:\u2013-]\s*(.*))?$", re.I | re.S)
_ASIDE = re.compile(r"(probes?|follow[- ]?ups?|prompts?)( questions?)?:?", re.I)
_BULLET = re.compile(r"^\s*(?:[-*\u2022\u2013\u2014\u25cf\u25e6\u25aa\uf0b7]|\(?[a-z]\))\s+(?=\S)")
_NUMBERED = re.compile(r"^\s*\(?\d{1,2}[.)]\s+(?=\D)")
_TITLE_LENGTH = 90


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document. ``rank`` is a heading's level (1 the highest) or an item's depth
    (0 the outermost); ``bold`` means all of it is.
    """

    kind: Literal["heading", "paragraph", "item"]
    text: str
    place: str
    rank: int = 0
    numbered: bool = False
    bold: bool = False


@dataclass(slots=True)
class _Draft:
    heading: Heading
    place: str
    rank: int
    text: list[str] = field(default_factory=list)
    probes: list[str] = field(default_factory=list)
    listen_for: list[str] = field(default_factory=list)
    topic: str = ""

    def groups(self, following: _Draft) -> bool:
        """Tell whether this is but a heading over the next one."""
        filled = self.text or self.probes or self.listen_for or self.heading.is_explicit
        return not filled and following.rank > self.rank


def build_guide(blocks: Iterable[Block], name: str) -> tuple[Guide, list[Issue]]:
    """Build the guide a document describes, and list what is unclear in it."""
    found = _with_headings([piece for block in blocks for piece in _pieces(block)])
    title, found = _title(found)
    drafts, issues = _drafts(found, name)
    if not drafts:
        message = "no sections were found in the guide."
        remedy = "Write each one as a heading: ## 1. Title (question, 15 min)."
        issues.append(Issue("warning", name, message, remedy))
    sections, more = finish([(draft.place, _section_of(draft)) for draft in drafts], name)
    return Guide(title, sections), issues + more


def finish(drafts: list[tuple[str, Section]], name: str) -> tuple[tuple[Section, ...], list[Issue]]:
    """Give every section an id of its own, from its title where it has none."""
    taken: set[str] = set()
    sections: list[Section] = []
    issues: list[Issue] = []
    for place, section in drafts:
        identity = unique(section.id or slug(section.title, "section"), taken)
        if section.id and identity != section.id:
            message = f"the id {section.id!r} is taken; this section is called {identity!r}."
            issues.append(Issue("warning", name, message, "Give each section its own id.", place))
        sections.append(replace(section, id=identity))
    return tuple(sections), issues


def _pieces(block: Block) -> list[Block]:
    """Cut paragraphs at lines that begin a bullet, a number or the themes to listen for."""
    if block.kind != "paragraph":
        return [block] if clean(block.text) else []
    pieces: list[Block] = []
    for line in filter(str.strip, block.text.split("\n")):
        if _BULLET.match(line):
            pieces.append(replace(block, kind="item", text=_BULLET.sub("", line)))
        elif _NUMBERED.match(line):
            pieces.append(replace(block, kind="item", text=line, numbered=True))
        elif not pieces or _LISTEN.match(line) or _LISTEN.match(pieces[-1].text):
            pieces.append(replace(block, text=line))
        else:
            pieces[-1] = replace(pieces[-1], text=f"{pieces[-1].text} {line}")
    return pieces


def _with_headings(blocks: list[Block]) -> list[Block]:
    """Make headings of whatever serves as such where there are none (a title alone is none)."""
    if sum(block.kind == "heading" for block in blocks) > 1:
        return blocks
    tests: tuple[Callable[[Block], bool], ...] = (
        lambda b: b.kind == "heading" and b.rank > 1,
        lambda b: b.bold and b.kind != "heading",
        lambda b: b.kind == "item" and b.numbered and b.rank == 0,
        lambda b: b.kind == "paragraph" and b.text.rstrip().endswith("?"),
    )
    for test in tests:
        if any(test(block) for block in blocks):
            return [replace(b, kind="heading", rank=2) if test(b) else b for b in blocks]
    return blocks


def _title(blocks: list[Block]) -> tuple[str, list[Block]]:
    headings = [block for block in blocks if block.kind == "heading"]
    if not headings or blocks[0] is not headings[0]:
        return "", blocks
    first, others = headings[0], headings[1:]
    above_all = first.rank == 1 and all(other.rank > 1 for other in others)
    over_all = others and all(other.rank > first.rank for other in others)
    # A bold title above bold headings: nothing but its place and its emptiness tells it.
    alone = first.bold and len(others) > 1 and blocks[1] is others[0] and not _says_more(first)
    if above_all or over_all or alone:
        return clean(first.text), blocks[1:]
    return "", blocks


def _says_more(block: Block) -> bool:
    heading, _ = read_heading(block.text)
    return heading.is_explicit or kind_of_title(heading.title) is not None


def _drafts(blocks: list[Block], name: str) -> tuple[list[_Draft], list[Issue]]:
    top = min((block.rank for block in blocks if block.kind == "heading"), default=0)
    drafts: list[_Draft] = []
    issues: list[Issue] = []
    for block in blocks:
        if block.kind == "heading":
            heading, problems = read_heading(block.text)
            if block.rank == top or heading.is_explicit or not drafts:
                issues += [replace(issue, where=name, place=block.place) for issue in problems]
                drafts.append(_Draft(heading, block.place, block.rank))
                continue
            drafts[-1].topic = heading.title
            if not _ASIDE.fullmatch(heading.title) and not _LISTEN.match(heading.title):
                drafts[-1].text.append(heading.title)
        elif drafts:
            _fill(drafts[-1], block)
    kept = [draft for draft, after in pairwise(drafts) if not draft.groups(after)]
    return kept + drafts[-1:], issues


def _fill(draft: _Draft, block: Block) -> None:
    text = clean(block.text)
    listen = _LISTEN.match(text)
    if listen:
        draft.topic = "" if listen[1] else "listen for"
        draft.listen_for += _split(listen[1])
    elif _LISTEN.match(draft.topic):
        draft.listen_for += _split(text)
    elif block.kind == "item":
        draft.probes.append(text)
    elif not _ASIDE.fullmatch(text):
        draft.text.append(text)


def _split(text: str) -> list[str]:
    return [part.strip(" .") for part in text.split(";") if part.strip(" .")]


def _section_of(draft: _Draft) -> Section:
    heading = draft.heading
    title, text = heading.title, "\n\n".join(draft.text)
    if title.endswith("?") and not text:
        text = title
    return Section(
        id=heading.id,
        title=title if len(title) <= _TITLE_LENGTH else f"{title[:_TITLE_LENGTH].rstrip()}…",
        kind=heading.kind or kind_of_title(title) or "question",
        text=text,
        probes=tuple(draft.probes),
        minutes=heading.minutes,
        listen_for=tuple(draft.listen_for),
    )


_KINDS: dict[SectionKind, str] = {
    "opening": "opening;introduction;introductions;intro;welcome;warm up;icebreaker;ice breaker;"
    "ground rules;opening round;tour de table",
    "question": "question;discussion;key question;main question;plenary;open discussion;"
    "group discussion;discussion question;exploration question",
    "national assessment": "national assessment;national assessments;country assessment;"
    "national presentation;country presentation;national report;country report;"
    "national perspective;country perspective",
    "expert intervention": "expert intervention;expert interventions;expert input;expert;"
    "presentation;keynote;lecture;expert presentation;expert remarks;intervention",
    "exercise inject": "exercise inject;inject;injects;scenario;exercise;tabletop;"
    "tabletop exercise;simulation;scenario exercise",
    "wrap-up": "wrap up;wrapup;closing;conclusion;conclusions;close;summary;next steps;"
    "exit question;closing round;way forward",
}  # fmt: skip
_KIND_NAMES = {text: kind for kind, texts in _KINDS.items() for text in texts.split(";")}
_PADDING = {"and", "the", "of", "remarks", "round", "session", "to", "participants", "part"}

_ID = re.compile(r"\s*\{#([^}\s]+)\}\s*$")
_NUMBER = re.compile(
    r"^\s*(?:(?:section|question|part|q)\s*\d+(?:\.\d+)*\s*[.):\u2013\u2014-]?\s+(?=\S)"
    r"|\d+(?:\.\d+)+\.?\s+|(?:\d{1,2}|[ivx]+)\s*(?:[.)]|[:\u2013\u2014-](?=\s))\s*(?=\D))",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*$")
_DASH = re.compile(r"\s+[|:\u2013\u2014-]\s*(\d[\d.,:]*\s*(?:h|min|m|')[a-z. \d']*)$", re.I)
_COMMAS = re.compile(r"[,;/|]|\s[\u2013\u2014-]\s")
_MINUTES = re.compile(
    r"(?:(?P<hours>\d+(?:[.,]\d+)?)\s*(?:h|hr|hrs|hours?)\.?)?\s*"
    r"(?:(?P<minutes>\d+(?:[.,]\d+)?)\s*(?:(?:m|min|mins|minutes?)\.?|')?)?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading says; ``numbered`` tells that it began with a number."""

    title: str
    kind: SectionKind | None = None
    minutes: float = 0.0
    id: str = ""
    numbered: bool = False

    @property
    def is_explicit(self) -> bool:
        """Tell whether it can only be a section's heading."""
        return bool(self.kind or self.minutes or self.id or self.numbered)


def read_heading(text: str) -> tuple[Heading, list[Issue]]:
    """Take a heading apart; issues come without their place."""
    text = clean(text)
    identity = _ID.search(text)
    text = _ID.sub("", text)
    bare = _NUMBER.sub("", text, count=1)
    title, kind, minutes, issues = _details(bare)
    named = clean(title.strip(" :\u2013\u2014-"))
    numbered = bare != text
    return Heading(named, kind, minutes, identity[1] if identity else "", numbered), issues


def _details(text: str) -> tuple[str, SectionKind | None, float, list[Issue]]:
    dash = _DASH.search(text)
    if dash and read_minutes(dash[1]) is not None:
        return text[: dash.start()], None, read_minutes(dash[1]) or 0.0, []
    brackets = _BRACKETS.search(text)
    if not brackets:
        return text, None, 0.0, []
    kind: SectionKind | None = None
    minutes = 0.0
    strange: list[str] = []
    parts = [
        part.strip()
        for part in re.split(r"[,;/|]|\s[\u2013\u2014-]\s", brackets[1])
        if part.strip()
    ]
    for part in parts:
        length = read_minutes(part)
        if section_kind(part):
            kind = section_kind(part)
        elif length is not None:
            minutes = length
        else:
            strange.append(part)
    issues = [issue for part in strange if (issue := _strange(part, len(strange) < len(parts)))]
    if strange and not issues and len(strange) == len(parts):
        return text, None, 0.0, []
    return text[: brackets.start()], kind, minutes, issues


def _strange(part: str, among_known: bool) -> Issue | None:
    """Report an unreadable detail; nothing if it is just a part of the title."""
    if re.search(r"\bmin|\bhour|\d\s*h\b", part, re.I):
        message = f"the length {part!r} is not a number of minutes."
        return Issue("warning", "", message, "Write it as 15 min or 1 h 30 min.")
    near = difflib.get_close_matches(normal(part), _KIND_NAMES, n=1, cutoff=0.8)
    if near:
        message = f"unknown kind of section {part!r}."
        return Issue("warning", "", message, f"Did you mean {near[0]!r}?")
    if among_known:
        message = f"unknown kind of section {part!r}."
        return Issue("warning", "", message, f"Kinds are {', '.join(_KINDS)}.")
    return None


def section_kind(text: str) -> SectionKind | None:
    """Return the kind a word stands for, whatever its case and spelling."""
    return _KIND_NAMES.get(normal(text))


def near_kind(text: str) -> str:
    """Suggest the remedy for an unknown kind."""
    near = difflib.get_close_matches(normal(text), _KIND_NAMES, n=1, cutoff=0.7)
    return f"Did you mean {near[0]!r}?" if near else f"Kinds are {', '.join(_KINDS)}."


def kind_of_title(title: str) -> SectionKind | None:
    """Find the kind a title names by itself: "Welcome and introductions", "Inject 2: a fire"."""
    for text in (normal(title), normal(title.split(":")[0])):
        words = [word for word in text.split() if word not in _PADDING and not word.isdigit()]
        kinds = {_KIND_NAMES.get(" ".join(words))} | {_KIND_NAMES.get(word) for word in words}
        whole = _KIND_NAMES.get(" ".join(words))
        if whole:
            return whole
        if len(kinds - {None}) == 1 and all(word in _KIND_NAMES for word in words):
            return next(iter(kinds - {None}))
    return None


def read_minutes(text: str) -> float | None:
    """Read minutes out of ``15``, ``15 min``, ``90'``, ``1 h 30``; nothing if it is no length."""
    found = _MINUTES.fullmatch(text.strip())
    if not found or not (found["hours"] or found["minutes"]):
        return None
    hours = float((found["hours"] or "0").replace(",", "."))
    return hours * 60 + float((found["minutes"] or "0").replace(",", "."))
