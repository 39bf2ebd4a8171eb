"""Who says what in caption cues: voice tags, names before colons, dashes."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fgd.intake.transcripts.captions import Cue
from fgd.intake.transcripts.labels import candidate, changes_speaker, form, speakers, undashed
from fgd.intake.transcripts.passages import Passage, spans, spoken

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?(?:\s+(?P<name>[^>]*))?>|(?P<close></v\s*>)", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:v|c|i|b|u|s|p|em|font|lang|rt|ruby|span|strong)(?:[.\s][^>]*)?/?>|<\d[\d:.]*>|\{\\[^}]*\}",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.IGNORECASE)
_SELDOM = 0.5

Said = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """The passages of a caption file; ``carried`` tells that names were carried from cue to cue."""

    passages: tuple[Passage, ...]
    carried: bool = False


def read_voices(cues: Sequence[Cue]) -> Reading:
    """Cut every cue where its speaker changes; a cue's time is shared out by length of text."""
    if any(_VOICE.search(line) for cue in cues for line in cue.lines):
        said = [_tagged("\n".join(cue.lines)) for cue in cues]
        return Reading(_passages(cues, said))
    plain = [[text for line in cue.lines for text in _plain(line).split("\n")] for cue in cues]
    known = speakers([label for lines in plain for label in _firsts(lines)])
    if not known and _begins_with_names(plain):
        said = [[(lines[0], " ".join(lines[1:]))] for lines in plain if lines]
        return Reading(_passages([cue for cue in cues if cue.lines], said))
    said = [_labelled(lines, known) for lines in plain]
    filled = [pieces for pieces in said if any(text for _, text in pieces)]
    named = sum(bool(pieces[0][0]) for pieces in filled)
    carried = bool(known) and named < _SELDOM * len(filled)
    if carried:
        said = _carry(said, plain)
    return Reading(_passages(cues, said), carried)


def _begins_with_names(plain: Sequence[Sequence[str]]) -> bool:
    """Whether cues have a name for their first line, as older exports of Teams do."""
    filled = [lines for lines in plain if lines]
    firsts = [lines[0] for lines in filled if len(lines) > 1 and form(lines[0]) == "name"]
    few = len(filled) < 4 or len(set(firsts)) <= 0.7 * len(firsts)
    return len(filled) > 1 and len(firsts) == len(filled) and few


def _tagged(text: str) -> list[Said]:
    """The voice spans of a cue; text outside of any span has no label."""
    said: list[Said] = []
    label, start = "", 0
    for mark in [*_VOICE.finditer(text), None]:
        piece = " ".join(_plain(text[start : mark.start() if mark else None]).split())
        if piece:
            said.append((label, piece))
        if mark:
            label = "" if mark["close"] else " ".join(_plain(mark["name"] or "").split())
            start = mark.end()
    return said


def _plain(text: str) -> str:
    """Text without tags and with its entities read; "a < b" and "<3" are text."""
    bare = _TAG.sub("", re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE))
    return _ENTITY.sub(lambda found: html.unescape(found[0]), bare)


def _firsts(lines: Sequence[str]) -> list[str]:
    """The candidate label of a cue; of each of its lines where all have one that is a name."""
    found = [candidate(line) for line in lines]
    labels = [each.label if each else "" for each in found]
    if len(labels) > 1 and all(label and form(label) == "name" for label in labels):
        return labels
    return labels[:1]


def _labelled(lines: Sequence[str], known: frozenset[str]) -> list[Said]:
    """Cut a cue at known labels, and at dashes where every line has one."""
    dashes = len(lines) > 1 and all(changes_speaker(line) for line in lines)
    said: list[Said] = []
    for line in lines:
        found = candidate(line)
        if found and found.label in known:
            said.append((found.label, found.text))
        elif dashes:
            said.append(("", undashed(line)))
        elif said:
            said[-1] = (said[-1][0], f"{said[-1][1]} {line}".strip())
        else:
            said.append(("", line))
    return said


def _carry(said: list[list[Said]], plain: list[list[str]]) -> list[list[Said]]:
    """Names given only where the speaker changes hold until a dash or another name."""
    label = ""
    carried: list[list[Said]] = []
    for pieces, lines in zip(said, plain, strict=True):
        if pieces and not pieces[0][0]:
            label = "" if changes_speaker(lines[0]) else label
            pieces = [(label, pieces[0][1]), *pieces[1:]]
        label = pieces[-1][0] if pieces else label
        carried.append(pieces)
    return carried


def _passages(cues: Sequence[Cue], said: Sequence[list[Said]]) -> tuple[Passage, ...]:
    wholes = [Passage("", ((" ".join(cue.lines), 0),), cue.start, cue.end) for cue in cues]
    made: list[Passage] = []
    for cue, span, pieces in zip(cues, spans(wholes, [c.start for c in cues]), said, strict=True):
        parts = spoken(Passage(label, ((text, 0),), number=cue.number) for label, text in pieces)
        total, done = sum(part.size for part in parts), 0
        for part in parts:
            start = span.start + span.duration * done // total
            done += part.size
            end = span.start + span.duration * done // total
            made.append(replace(part, start=start, end=end))
    return tuple(made)
