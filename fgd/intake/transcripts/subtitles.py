"""Cues of subtitle files as platforms and people really leave them.

The libraries were tried first, on the files the tests write. webvtt-py 0.6 drops without a word
every cue with a missing end, decimal commas or text after a blank line, reads "a < b and <3" as
"a", and refuses a file without its header; srt 3.5 takes ``00:01,000`` for one minute and
raises at, or skips, a cut-off end. Neither gives the line. These formats (and YouTube's SBV) are
blocks with a line of times, so one reader here serves them and says where each problem is.
SubStation Alpha goes through pysubs2; TTML, of which pysubs2 drops the speakers, through lxml.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from fgd.core.text import clean
from fgd.intake.spreadsheets import enumeration
from fgd.intake.timecodes import TIME, moment
from fgd.model import Issue

_STAMP = rf"(?:{TIME}|\d{{1,7}}[.,]\d{{1,3}}(?![\d:]))"
_TIMING = re.compile(
    rf"^\s*\[?(?P<start>{_STAMP})\s*-{{1,2}}>\s*(?P<end>{_STAMP}(?![\d:]))?\]?(?P<rest>.*)$"
)
_SBV = re.compile(rf"^\s*(?P<start>{TIME}),\s?(?P<end>{TIME})\s*(?P<rest>)$")
_COMMENT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")

Numbered = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption. ``number`` is the line of its times; ``end`` is -1 where it is missing; ``id``
    is the line above its times, ``label`` the speaker where the format has a place for one.
    """

    start: int
    end: int
    number: int
    lines: tuple[str, ...]
    id: str = ""
    label: str = ""


@dataclass(slots=True)
class _Troubles:
    """The lines of every kind of problem."""

    found: dict[str, list[int]] = field(default_factory=dict)

    def add(self, kind: str, line: int) -> None:
        self.found.setdefault(kind, []).append(line)

    def cut(self, line: int) -> None:
        """The last cue is incomplete, which is all there is to say of it."""
        self.found = {kind: [n for n in lines if n != line] for kind, lines in self.found.items()}
        self.found = {kind: lines for kind, lines in self.found.items() if lines}
        self.add("cut", line)


_CORRECT = "Correct its times, or export the file again, if words stand in the wrong place."
_REMEDIES = {
    "cut": "Check that the file was copied whole.",
    "above": "Put them below the times, or a blank line between them if they belong before.",
    "early": "Put the times of its cue above it if it was said.",
}
_SENTENCES = {
    "time": ("the times of a cue cannot be read; its text follows the cue before it.", "warning"),
    "end": ("a cue has no readable end; it lasts until the next one begins.", "warning"),
    "order": ("a cue ends before it begins; it lasts until the next one begins.", "warning"),
    "back": ("times go backwards; the cues were put in order of time.", "warning"),
    "stray": ("text outside of a cue was added to the cue before it.", "note"),
    "above": ("words above the times of a cue were read as its first ones.", "warning"),
    "early": ("text before the first cue has no time and was left out.", "warning"),
    "cut": ("the last cue has no text; the file seems to be cut off.", "warning"),
}


def has_cues(text: str) -> bool:
    """Whether there is any line with the times of a cue."""
    lines = text.split("\n")
    # Whisper prints "[00:00.000 --> 00:04.000]  text" on one line: a layout, not a cue.
    if any(
        (found := _TIMING.match(line)) and not _says_something(found["rest"])
        for line in lines
        if ">" in line
    ):
        return True
    timed = sum(bool(_SBV.match(line)) for line in lines[:4000] if line[:1].isdigit())
    return timed > 0 and bool(_SBV.match(next(filter(str.strip, lines))))


def _says_something(rest: str) -> bool:
    """Whether text, not settings of a cue, stands behind its times."""
    words = rest.replace("]", " ").split()
    return bool(words) and not all(re.fullmatch(r"\w+:\S+", word) for word in words)


def read_cues(text: str, name: str) -> tuple[list[Cue], list[Issue]]:
    """Every cue in order of time, and one issue for each kind of problem with all its lines."""
    lines = text.split("\n")
    is_vtt = text.lstrip().startswith("WEBVTT")
    troubles = _Troubles()
    cues: list[Cue] = []
    for n, block in enumerate(_blocks(lines)):
        if is_vtt and ((n == 0 and not _is_timed(block)) or _COMMENT.match(block[0][1])):
            continue
        _read_block(block, is_vtt, cues, troubles)
    if cues and not any(cues[-1].lines) and not text.endswith("\n\n"):
        troubles.cut(cues.pop().number)
    return _in_order(cues, troubles), _issues(troubles, name)


def _blocks(lines: Sequence[str]) -> Iterator[list[Numbered]]:
    block: list[Numbered] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _is_timed(block: list[Numbered]) -> bool:
    return any("->" in line or _SBV.match(line) for _, line in block)


def _read_block(block: list[Numbered], is_vtt: bool, cues: list[Cue], troubles: _Troubles) -> None:
    """Take a block apart at its times: usually one, more where blank lines are missing."""
    at = [n for n, (_, line) in enumerate(block) if _starts_cue(line)]
    ends = [*at[1:], len(block)][: len(at)]
    before = block[: at[0]] if at else block
    identity = ""
    if at and before and (is_vtt or before[-1][1].strip().isdigit() or not cues):
        identity = before[-1][1].strip()
        before = before[:-1]
    if _is_sentence(identity):
        troubles.add("above", block[at[0]][0])
        block = [*block[: at[0] + 1], (block[at[0] - 1][0], identity), *block[at[0] + 1 :]]
        at = [at[0], *(n + 1 for n in at[1:])]
        ends = [*at[1:], len(block)]
        identity = ""
    _stray(before, cues, troubles)
    for begin, end in zip(at, ends, strict=True):
        body = block[begin + 1 : end]
        after = ""
        if end < len(block) and body and body[-1][1].strip().isdigit():
            after = body[-1][1].strip()
            body = body[:-1]
        number, line = block[begin]
        cue = _cue(number, line, [text for _, text in body], cues, troubles)
        cues.append(replace(cue, id=identity))
        identity = after


def _is_sentence(identity: str) -> bool:
    """Whether what stands where a cue has its name are words that somebody said."""
    return len(identity.split()) > 3 and identity.endswith((".", "?", "!"))


def _starts_cue(line: str) -> bool:
    if "," in line and _SBV.match(line):
        return True
    return bool(_TIMING.match(line)) or ("-->" in line and bool(re.search(r"\d:\d", line)))


def _stray(lines: list[Numbered], cues: list[Cue], troubles: _Troubles) -> None:
    """Text that no times announce: most often a blank line inside a cue."""
    texts = [(n, line) for n, line in lines if not line.strip().isdigit()]
    if texts and not cues:
        troubles.add("early", texts[0][0])
    elif texts:
        troubles.add("stray", texts[0][0])
        more = tuple(line.strip() for _, line in texts)
        cues[-1] = replace(cues[-1], lines=(*cues[-1].lines, *more))


def _cue(number: int, line: str, body: list[str], cues: list[Cue], troubles: _Troubles) -> Cue:
    lines = tuple(text.strip() for text in body)
    found = _TIMING.match(line) or _SBV.match(line)
    start = moment(found["start"]) if found else None
    if found is None or start is None:
        troubles.add("time", number)
        after = max(cues[-1].start, cues[-1].end) if cues else 0
        return Cue(after, -1, number, lines)
    end = moment(found["end"] or "")
    if end is None or end < start:
        troubles.add("end" if end is None else "order", number)
        end = -1
    return Cue(start, end, number, lines)


def _in_order(cues: list[Cue], troubles: _Troubles) -> list[Cue]:
    for before, after in pairwise(cues):
        if after.start < before.start:
            troubles.add("back", after.number)
    return sorted(cues, key=lambda cue: cue.start)


def _issues(troubles: _Troubles, name: str) -> list[Issue]:
    issues: list[Issue] = []
    for kind, lines in troubles.found.items():
        message, level = _SENTENCES[kind]
        place = f"line {lines[0]}" if len(lines) == 1 else f"lines {enumeration(lines)}"
        remedy = _REMEDIES.get(kind, _CORRECT)
        remedy = "" if level == "note" else remedy
        issues.append(Issue("note" if level == "note" else "warning", name, message, remedy, place))
    return issues


# -- SAMI, MicroDVD, MPL2, SubViewer, lyrics ------------------------------------------------------

_SYNC = re.compile(r"<sync\s+start\s*=\s*\"?(\d{1,9})[^>]*>(.*?)(?=<sync\b|</body|\Z)", re.I | re.S)
_TICKS = re.compile(r"^\{(\d{1,8})\}\{(\d{0,8})\}(.*)$|^\[(\d{1,8})\]\[(\d{0,8})\](.*)$")
_TAG = re.compile(r"^\[(?:ti|ar|al|by|au|re|ve|la|length|offset|#)\s*:.*\]\s*$", re.IGNORECASE)
_RATE = 25.0


def read_older(text: str, name: str) -> tuple[list[Cue], list[Issue]]:
    """The cues of SAMI, MicroDVD (frames) and MPL2 (tenths of a second); none in other texts."""
    if re.match(r"\s*<sami\b", text, re.IGNORECASE):
        return _sami(text), []
    lines = [line for line in text.split("\n") if line.strip()]
    found = [_TICKS.match(line) for line in lines]
    marks = [each for each in found if each]
    if len(marks) < 2 or len(marks) < 0.9 * len(lines):
        return [], []
    issues: list[Issue] = []
    unit = 100.0
    if marks[0][1]:
        rate = re.fullmatch(r"\s*(\d{1,3}(?:[.,]\d{1,4})?)\s*", marks[0][3])
        unit = 1000 / (float(rate[1].replace(",", ".")) if rate else _RATE)
        if rate:
            marks = marks[1:]
        else:
            message = f"times are frames of a film; they were counted as {_RATE:.0f} a second."
            remedy = "If that is wrong, export it as SRT."
            issues.append(Issue("warning", name, message, remedy))
    cues = []
    for number, mark in enumerate(marks, 1):
        start, end, said = mark.group(1, 2, 3) if mark[1] else mark.group(4, 5, 6)
        shown = tuple(re.sub(r"\{[^}]*\}|^/", "", each).strip() for each in said.split("|"))
        cues.append(Cue(round(int(start) * unit), round(int(end or -1) * unit), number, shown))
    cues = [replace(cue, end=-1) if cue.end < cue.start else cue for cue in cues]
    return sorted(cues, key=lambda cue: cue.start), issues


def _sami(text: str) -> list[Cue]:
    """What stands between two synchronisations, in the first language of the file."""
    cues: list[Cue] = []
    syncs = [*_SYNC.finditer(text)]
    kinds = [re.search(r"<p\b[^>]*class\s*=\s*\"?(\w+)", each[2], re.I) for each in syncs]
    first = next((kind[1] for kind in kinds if kind), "")
    for number, (sync, kind) in enumerate(zip(syncs, kinds, strict=True), 1):
        start = int(sync[1])
        said = re.sub(r"<br\s*/?>", "\n", sync[2], flags=re.I)
        said = html.unescape(re.sub(r"<[^>]*>", " ", said))
        shown = tuple(
            " ".join(line.split()) for line in said.split("\n") if line.strip("\xa0 \t\r")
        )
        if not shown and cues and cues[-1].end < 0 and start > cues[-1].start:
            cues[-1] = replace(cues[-1], end=start)
        elif shown and (not kind or kind[1] == first):
            cues.append(Cue(start, -1, number, shown))
    return cues


_NOTED = re.compile(
    r"^NOTE\s+(?:speaker|voice)\s*[:=]\s*(?P<who>[^\n<>]{1,100})\n+(?P<time>[^\n]*-->[^\n]*)\n",
    re.IGNORECASE | re.MULTILINE,
)


def with_noted_voices(text: str) -> str:
    """A WebVTT in which comments above the cues name whoever speaks, with tags for them."""
    return _NOTED.sub(r"\g<time>\n<v \g<who>>", text)


def without_header(text: str) -> str:
    """A text without the tags of lyrics and the header of SubViewer, whose line ends are plain."""
    start = text.lstrip()[:20].upper()
    if start.startswith(("[INFORMATION]", "[SUBTITLE]", "[TITLE]")):
        lines = text.split("\n")
        first = next((n for n, line in enumerate(lines) if _SBV.match(line)), 0)
        return "\n".join(lines[first:]).replace("[br]", "\n")
    if _TAG.match(text.lstrip().split("\n", 1)[0]):
        return "\n".join("" if _TAG.match(line) else line for line in text.split("\n"))
    return text


# -- SubStation Alpha and TTML -------------------------------------------------------------------


def read_substation(text: str, name: str) -> tuple[list[Cue], list[Issue]]:
    """The dialogue of an ASS or SSA file; the field Name is the speaker."""
    import pysubs2

    try:
        older = "[V4 Styles]" in text
        events = pysubs2.SSAFile.from_string(text, format_="ssa" if older else "ass").events
    except Exception as failure:  # pysubs2 lets its parsers' errors through
        return [], [_damaged(name, failure)]
    cues = [
        Cue(
            max(0, each.start),
            max(0, each.end),
            number,
            tuple(each.plaintext.split("\n")),
            "",
            each.name.strip(),
        )
        for number, each in enumerate(events, 1)
        if each.type == "Dialogue"
    ]
    return sorted(cues, key=lambda cue: cue.start), []


def read_ttml(data: bytes, name: str) -> tuple[list[Cue], list[Issue]]:
    """The paragraphs of a TTML or DFXP file; agents (``ttm:agent``) are the speakers."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as failure:
        return [], [_damaged(name, failure)]
    if root is None:
        return [], [_damaged(name, ValueError("it holds no XML"))]
    rates = {_local(key): value for key, value in root.attrib.items()}
    agents: dict[str, str] = {}
    for element in root.iter():
        if _local(element.tag) == "agent":
            key = next((v for k, v in element.attrib.items() if _local(k) == "id"), "")
            agents[key] = " ".join("".join(element.itertext()).split()) or key
    cues: list[Cue] = []
    unread = 0
    for number, element in enumerate((e for e in root.iter() if _local(e.tag) == "p"), 1):
        values = {_local(key): value for key, value in element.attrib.items()}
        parent = element.getparent()
        above = {} if parent is None else {_local(k): v for k, v in parent.attrib.items()}
        spans = [e for e in element if _local(e.tag) == "span" and e.get("begin")]
        begin = (
            values.get("begin") or above.get("begin") or (spans[0].get("begin") if spans else "")
        )
        start = ttml_time(begin or "", rates)
        if start is None:
            unread += bool("".join(element.itertext()).strip())
            continue
        end = ttml_time(values.get("end") or above.get("end") or "", rates)
        if end is None and values.get("dur"):
            length = ttml_time(values["dur"], rates)
            end = None if length is None else start + length
        agent = values.get("agent") or above.get("agent") or ""
        label = " & ".join(agents.get(each, each) for each in agent.split())
        text = "".join(_ttml_text(element))
        lines = tuple(line for part in text.split("\n") if (line := " ".join(part.split())))
        cues.append(Cue(start, -1 if end is None or end < start else end, number, lines, "", label))
    issues = []
    if unread:
        message = f"{unread} paragraph(s) without readable times were left out."
        issues.append(Issue("warning", name, message, "Export it again, as WebVTT if you can."))
    return sorted(cues, key=lambda cue: cue.start), issues


def ttml_time(text: str, rates: dict[str, str]) -> int | None:
    """``00:00:04.010``, ``00:00:04:12`` (frames), ``4.2s``, ``4200ms`` or ticks as milliseconds."""
    text = text.strip()
    rate = float(rates.get("frameRate", "30") or 30) or 30
    frames = re.fullmatch(r"(\d+):(\d\d):(\d\d):(\d+)", text)
    if frames:
        hours, minutes, seconds, frame = map(int, frames.groups())
        return round(((hours * 60 + minutes) * 60 + seconds + frame / rate) * 1000)
    units = re.fullmatch(r"(\d+(?:\.\d+)?)(h|ms|m|s|f|t)", text)
    if units:
        ticks = float(rates.get("tickRate", "1") or 1) or 1
        scale = {
            "h": 3_600_000,
            "m": 60_000,
            "s": 1000,
            "ms": 1,
            "f": 1000 / rate,
            "t": 1000 / ticks,
        }
        return round(float(units[1]) * scale[units[2]])
    return moment(text)


def _ttml_text(element: Any) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if _local(child.tag) == "br":
            yield "\n"
        elif _local(child.tag) not in ("metadata", "agent", "desc"):
            yield from _ttml_text(child)
        yield child.tail or ""


def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _damaged(name: str, failure: Exception) -> Issue:
    message = f"the file is damaged and cannot be read ({clean(str(failure))[:120]})."
    return Issue("error", name, message, "Export it again, as WebVTT or SRT if you can.")
