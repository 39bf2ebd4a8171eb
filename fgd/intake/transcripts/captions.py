"""Cues of WebVTT and SRT files as platforms and people really leave them.

The libraries were tried first, on the files the tests write. webvtt-py 0.6 drops without a word
every cue with a missing end, decimal commas or text after a blank line, reads "a < b and <3" as
"a", and refuses a file without its header; srt 3.5 takes ``00:01,000`` for one minute and
raises at, or skips, a cut-off end. Neither gives the line. Both formats are blocks with an arrow,
so one reader here serves both and says where each problem is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from fgd.intake.clock import TIME, milliseconds
from fgd.intake.grid import enumeration
from fgd.model import Issue

_TIMING = re.compile(rf"^\s*(?P<start>{TIME})\s*-{{1,2}}>\s*(?P<end>{TIME}(?![\d:]))?(?P<rest>.*)$")
_COMMENT = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")

Numbered = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Cue:
    """One caption. ``number`` is the line of its times; ``end`` is -1 where it is missing."""

    start: int
    end: int
    number: int
    lines: tuple[str, ...]


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


_SENTENCES = {
    "time": ("the times of a cue cannot be read; its text follows the cue before it.", "warning"),
    "end": ("a cue has no readable end; it lasts until the next one begins.", "warning"),
    "order": ("a cue ends before it begins; it lasts until the next one begins.", "warning"),
    "back": ("times go backwards; the cues were put in order of time.", "warning"),
    "stray": ("text outside of a cue was added to the cue before it.", "note"),
    "cut": ("the last cue has no text; the file seems to be cut off.", "warning"),
}


def has_cues(text: str) -> bool:
    """Whether there is any line with the times of a cue."""
    return any(_TIMING.match(line) for line in text.split("\n") if ">" in line)


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
    return any("->" in line for _, line in block)


def _read_block(block: list[Numbered], is_vtt: bool, cues: list[Cue], troubles: _Troubles) -> None:
    """Take a block apart at its times: usually one, more where blank lines are missing."""
    at = [n for n, (_, line) in enumerate(block) if _starts_cue(line)]
    ends = [*at[1:], len(block)][: len(at)]
    before = block[: at[0]] if at else block
    if at and before and (is_vtt or before[-1][1].strip().isdigit()):
        before = before[:-1]
    _stray(before, cues, troubles)
    for begin, end in zip(at, ends, strict=True):
        body = block[begin + 1 : end]
        if end < len(block) and body and body[-1][1].strip().isdigit():
            body = body[:-1]
        number, line = block[begin]
        cues.append(_cue(number, line, [text for _, text in body], cues, troubles))


def _starts_cue(line: str) -> bool:
    return bool(_TIMING.match(line)) or ("-->" in line and bool(re.search(r"\d:\d", line)))


def _stray(lines: list[Numbered], cues: list[Cue], troubles: _Troubles) -> None:
    """Text that no times announce: most often a blank line inside a cue."""
    texts = [(n, line) for n, line in lines if not line.strip().isdigit()]
    if texts and cues:
        troubles.add("stray", texts[0][0])
        more = tuple(line.strip() for _, line in texts)
        cues[-1] = replace(cues[-1], lines=(*cues[-1].lines, *more))


def _cue(number: int, line: str, body: list[str], cues: list[Cue], troubles: _Troubles) -> Cue:
    lines = tuple(text.strip() for text in body)
    found = _TIMING.match(line)
    start = milliseconds(found["start"]) if found else None
    if found is None or start is None:
        troubles.add("time", number)
        after = max(cues[-1].start, cues[-1].end) if cues else 0
        return Cue(after, -1, number, lines)
    end = milliseconds(found["end"] or "")
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
        remedy = "Check that the file was copied whole." if kind == "cut" else ""
        issues.append(Issue("note" if level == "note" else "warning", name, message, remedy, place))
    return issues
