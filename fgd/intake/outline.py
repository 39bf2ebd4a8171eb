"""Discussion guides as outlines: blocks of a document in, sections out.

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

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

from fgd.core.text import clean, slug, unique
from fgd.intake.section_heading import Heading, kind_of_title, read_heading
from fgd.model import Guide, Issue, Section

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
        """Whether this is but a heading over the next one."""
        filled = self.text or self.probes or self.listen_for or self.heading.is_explicit
        return not filled and following.rank > self.rank


def build_guide(blocks: Iterable[Block], name: str) -> tuple[Guide, list[Issue]]:
    """The guide a document describes, and what is unclear in it."""
    found = _with_headings([piece for block in blocks for piece in _pieces(block)])
    title, found = _title(found)
    drafts, issues = _drafts(found, name)
    if not drafts:
        message = "no sections were found in the guide."
        remedy = "Write each one as a heading: ## 1. Title (question, 15 min)."
        issues.append(Issue("warning", name, message, remedy))
    sections, more = finish([(draft.place, _section(draft)) for draft in drafts], name)
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
    """Paragraphs cut at lines that begin a bullet, a number or the themes to listen for."""
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
            if block.rank == top or heading.is_explicit:
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


def _section(draft: _Draft) -> Section:
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
