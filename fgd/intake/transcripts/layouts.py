"""Layouts of written transcripts: from lines to passages, whatever program or person laid them out.

Told apart by what the whole file does, not line by line:

* headers: ``Name  0:12`` on a line of its own (Otter, Teams), ``Name (00:00:12): text``, or a
  name, a time and the text on three lines (Teams), or a time, a name and the text (older Teams);
* names before colons or in brackets, by the rule in ``labels``, with or without a time in front;
* names in bold at the start of a paragraph, where there are no other names;
* nothing of the kind: paragraphs without labels.

A paragraph without a name goes on with the speaker before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fgd.intake.transcripts.labels import candidate, form, speakers
from fgd.intake.transcripts.lines import Line, Stamped, stamped
from fgd.intake.transcripts.passages import Passage
from fgd.model import Issue

_FRONT_LINES, _FRONT_LENGTH = 15, 120


@dataclass(frozen=True, slots=True)
class _Part:
    """A line read to the end: the label it introduces, its times, and its text."""

    source: Stamped
    text: str
    offset: int
    label: str = ""
    start: int = -1
    end: int = -1

    @property
    def introduces(self) -> bool:
        """Whether somebody begins to speak here."""
        return bool(self.label)


@dataclass(frozen=True, slots=True)
class Layout:
    """The passages of a document in its own order, and what was left out of it."""

    passages: tuple[Passage, ...]
    labelled: bool
    issues: tuple[Issue, ...] = ()


def read_layout(lines: Sequence[Line], name: str, unit: str = "line") -> Layout:
    """Find out how a transcript is laid out, and cut it into passages.

    ``unit`` is what the numbers of lines count.
    """
    found = stamped([line for line in lines if line.text.strip()])
    found = _with_headers(found)
    parts = _parts(found)
    labelled = any(part.introduces for part in parts)
    issues: list[Issue] = []
    if labelled:
        parts, issues = _without_front(parts, name, unit)
    return Layout(tuple(_passages(parts, labelled)), labelled, tuple(issues))


def _with_headers(found: list[Stamped]) -> list[Stamped]:
    """Join a name on a line of its own with the time on the next line, or on the line before."""
    joined: list[Stamped] = []
    before = _names_before(found)
    after = set() if before else _names_after(found)
    n = 0
    while n < len(found):
        here = found[n]
        if n in before:
            stamp = found[n + 1]
            joined.append(_headed(here, stamp))
            n += 2
        elif n + 1 in after:
            joined.append(_headed(found[n + 1], here))
            n += 2
        else:
            joined.append(here)
            n += 1
    return joined


def _headed(name: Stamped, stamp: Stamped) -> Stamped:
    return replace(name, text="", start=stamp.start, end=stamp.end, header=_bare(name.text))


def _bare(text: str) -> str:
    return text.strip().rstrip(":").strip()


def _names_before(found: list[Stamped]) -> set[int]:
    """Lines that hold a name and stand right above a line that holds a time."""
    lines = [n for n in range(len(found) - 1) if found[n + 1].is_stamp and _may_be_name(found[n])]
    stamps = sum(each.is_stamp for each in found)
    return _habitual({n: _bare(found[n].text) for n in lines}, stamps, len(found))


def _names_after(found: list[Stamped]) -> set[int]:
    """Lines that hold a name, right below a time and right above the text."""
    lines = [
        n + 1
        for n in range(len(found) - 2)
        if found[n].is_stamp and _may_be_name(found[n + 1]) and found[n + 2].start < 0
    ]
    stamps = sum(each.is_stamp for each in found)
    return _habitual({n: _bare(found[n].text) for n in lines}, stamps, len(found))


def _may_be_name(line: Stamped) -> bool:
    return line.start < 0 and not line.header and form(_bare(line.text)) in ("name", "neutral")


def _habitual(names: dict[int, str], stamps: int, lines: int) -> set[int]:
    """The lines, if most times come with a name and the names are names of few people."""
    if len(names) < max(0.8 * stamps, 2 if lines > 3 else 1):
        return set()
    few = len(names) < 4 or len(set(names.values())) <= 0.7 * len(names)
    return set(names) if few else set()


def _parts(found: list[Stamped]) -> list[_Part]:
    """Decide which labels are speakers, and read every line accordingly.

    Headers or names before colons: whatever the file has more of is its convention, and of the
    other only the same names count ("Lunch 12:30" is no speaker among names before colons).
    """
    headers = Counter(each.header for each in found if each.header)
    trusted = {h for h, count in headers.items() if count > 1 or form(h) in ("name", "neutral")}
    opening, wrapped = _openings(found)
    labels = [_label(found[n]) for n in opening]
    known = speakers(labels)
    given = any(each.line.label for each in found)
    if given:
        trusted, known = set(), frozenset()
    elif sum(headers[h] for h in trusted) >= sum(label in known for label in labels):
        known &= trusted
    else:
        trusted &= known
    bold = frozenset() if given or trusted or known else _bold_names(found)
    inner = frozenset[str]() if wrapped else known
    return [_part(each, trusted, known if each.line.opens else inner, bold) for each in found]


def _label(line: Stamped) -> str:
    found = None if line.header else candidate(line.text)
    return found.label if found else ""


def _openings(found: list[Stamped]) -> tuple[list[int], bool]:
    """The lines at which somebody may begin to speak: the first ones of paragraphs in a text that
    is wrapped by hand (half of its paragraphs begin with a candidate), else all of them.
    """
    opening = [n for n, each in enumerate(found) if each.line.opens or each.start >= 0]
    named = sum(bool(_label(found[n])) for n in opening)
    if 1 < len(opening) < len(found) and named >= 0.5 * len(opening):
        return opening, True
    return list(range(len(found))), False


def _bold_names(found: list[Stamped]) -> frozenset[str]:
    """Bold beginnings that are names, if most of them occur again and again."""
    leads = Counter(lead for each in found if (lead := _bold_lead(each)[0]))
    again = sum(count for count in leads.values() if count > 1)
    if len([n for n in leads.values() if n > 1]) < 2 or again < 0.6 * sum(leads.values()):
        return frozenset()
    return frozenset(leads)


def _bold_lead(each: Stamped) -> tuple[str, int]:
    """The bold beginning of a line if it may be a name, and where the text after it begins."""
    if each.line.bold <= each.skipped:
        return "", 0
    cut = each.line.bold
    lead = each.line.text[each.skipped : cut].strip()
    label = lead.rstrip(":.-\u2013\u2014 ").strip()
    return (label, cut) if form(label) in ("name", "neutral") else ("", 0)


def _part(each: Stamped, trusted: set[str], known: frozenset[str], bold: frozenset[str]) -> _Part:
    line = each.line
    offset = line.offset + each.skipped
    if line.label:
        return _Part(each, each.text, offset, line.label, line.start, line.end)
    if each.header:
        if each.header in trusted:
            return _Part(each, each.text, offset, each.header, each.start, each.end)
        return _Part(each, line.text.strip(), line.offset)
    found = candidate(each.text)
    if found and found.label in known:
        return _Part(each, found.text, offset + found.offset, found.label, each.start, each.end)
    label, cut = _bold_lead(each) if bold else ("", 0)
    if label in bold:
        rest = line.text[cut:]
        text = rest.lstrip(" \t:.-\u2013\u2014")
        begin = line.offset + cut + len(rest) - len(text)
        return _Part(each, text.strip(), begin, label, each.start, each.end)
    return _Part(each, each.text, offset, "", each.start, each.end)


def _without_front(parts: list[_Part], name: str, unit: str) -> tuple[list[_Part], list[Issue]]:
    """Leave out the title lines above the first speaker; longer text up there is kept."""
    first = next(n for n, part in enumerate(parts) if part.introduces)
    front = [part for part in parts[:first] if part.text]
    is_title = len(front) <= _FRONT_LINES and all(
        len(part.text) <= _FRONT_LENGTH and not part.text.endswith((".", "?", "!", "\u2026"))
        for part in front
    )
    if not front or not is_title or any(part.start >= 0 for part in front):
        return parts, []
    message = f"{len(front)} title line(s) above the first speaker were left out."
    place = f"{unit} {front[0].source.line.number}"
    return parts[first:], [Issue("note", name, message, "", place)]


def _passages(parts: Sequence[_Part], labelled: bool) -> list[Passage]:
    """One passage for each beginning: a label, a time, or a new paragraph. A time on a line of its
    own belongs to the next text.
    """
    made: list[Passage] = []
    label = ""
    fresh = True
    start = end = -1
    for part in parts:
        line = part.source.line
        if part.introduces or part.start >= 0:
            label = part.label or label
            if part.start >= 0:
                start, end = part.start, part.end
            fresh = True
        elif line.opens and not (labelled and not made):
            fresh = True
        if not part.text:
            continue
        if fresh or not made:
            piece = ((part.text, part.offset),)
            made.append(Passage(label, piece, start, end, line.number))
            fresh = False
        else:
            made[-1] = made[-1].more(part.text, part.offset)
        start = end = -1
    return made
