"""Who says what in the cues of subtitles: voice tags, names before colons, in brackets, in the
cue's identifier, dashes; and what captions repeat.

Rolling captions show a line again while the next one is typed: such repetitions are taken away. The
same words in many whole cues are something else, the loop of a machine that heard nothing: they
stay, and are told.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fgd.core.text import person_key
from fgd.intake.timecodes import TIME
from fgd.intake.transcripts.passages import Passage, spans, with_text
from fgd.intake.transcripts.speaker_labels import (
    Convention,
    candidate,
    changes_speaker,
    find_convention,
    form,
    speakers,
    undashed,
)
from fgd.intake.transcripts.subtitles import Cue

_VOICE = re.compile(r"<v(?:\.[^\s>]*)?(?:\s+(?P<name>[^<>]*))?>|(?P<close></v\s*>)", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:v|c|i|b|u|s|p|em|font|lang|rt|ruby|span|strong)(?:[.\s][^<>]*)?/?>|<\d[\d:.]*>|\{\\[^}]*\}",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});", re.IGNORECASE)
_SELDOM = 0.5

_OWN_TIME = re.compile(rf"^\s*[\[(]{TIME}[\])]\s*[-:]?\s*")
_ALONE = re.compile(r"\s*[(\uff08\[][^()\[\]\n]{1,80}[)\uff09\]]\s*:?\s*")

Said = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """The passages of a caption file; ``carried`` tells that names were carried from cue to cue."""

    passages: tuple[Passage, ...]
    carried: bool = False
    notes: tuple[str, ...] = ()


def read_voices(cues: Sequence[Cue]) -> Reading:
    """Cut every cue where its speaker changes; a cue's time is shared out by length of text."""
    if any(cue.label for cue in cues):
        given = [[(cue.label, " ".join(map(_plain, cue.lines)))] for cue in cues]
        return Reading(_passages(cues, given))
    if any("<v" in line and _VOICE.search(line) for cue in cues for line in cue.lines):
        said = [_tagged("\n".join(cue.lines)) for cue in cues]
        return Reading(_passages(cues, said))
    plain = [[text for line in cue.lines for text in _plain(line).split("\n")] for cue in cues]
    cues, plain, rolled = _once_each(cues, plain)
    note: tuple[str, ...] = ()
    if rolled:
        note = (f"rolling captions repeat their lines; {rolled} repeated line(s) were left out.",)
    plain = [[_without_time(line) for line in lines] for lines in plain]
    known = speakers([label for lines in plain for label in _firsts(lines)])
    if not known and (ids := _names_in_ids(cues)):
        named = [
            [(ids.get(cue.id, ""), " ".join(lines))] for cue, lines in zip(cues, plain, strict=True)
        ]
        return Reading(_passages(cues, named), notes=note)
    if not known and _begins_with_names(plain):
        said = [[(lines[0], " ".join(lines[1:]))] for lines in plain if lines]
        return Reading(
            _passages([c for c, lines in zip(cues, plain, strict=True) if lines], said), notes=note
        )
    convention: Convention = "colon"
    if not known:
        plain = [_joined(lines) for lines in plain]
        convention, known = find_convention([lines[0] for lines in plain if lines])
        if convention in ("dash", "slash", "equals"):
            known = frozenset()
    said = [_labelled(lines, known, convention) for lines in plain]
    filled = [pieces for pieces in said if any(text for _, text in pieces)]
    named_cues = sum(bool(pieces[0][0]) for pieces in filled)
    carried = bool(known) and named_cues < _SELDOM * len(filled)
    if carried:
        said = _carry(said, plain)
    return Reading(_passages(cues, said), carried, note)


def _joined(lines: list[str]) -> list[str]:
    """A cue whose first line is a name in brackets goes on with its words behind it."""
    made: list[str] = []
    for line in lines:
        if made and _ALONE.fullmatch(made[-1]):
            made[-1] = f"{made[-1]} {line}"
        elif re.fullmatch(r"[-\u2010-\u2015\s]*", line):
            continue
        else:
            made.append(line)
    return made


def _without_time(line: str) -> str:
    """A line without the stamp of the cue's own time in front of it."""
    found = _OWN_TIME.match(line)
    return line[found.end() :] if found and line[found.end() :].strip() else line


def _names_in_ids(cues: Sequence[Cue]) -> dict[str, str]:
    """Identifiers of cues that are names and come back."""
    named = {cue.id: _bare_id(cue.id) for cue in cues if cue.id}
    good = {id_: name for id_, name in named.items() if form(name) in ("name", "neutral")}
    counts = Counter(good[cue.id] for cue in cues if cue.id in good)
    held = sum(counts.values())
    again = sum(count for count in counts.values() if count > 1)
    return good if again >= 0.5 * max(1, held) and held >= 0.5 * len(cues) and again else {}


def _bare_id(text: str) -> str:
    """An identifier without the cue's number, quotation marks, and the number of a participant."""
    bare = re.sub(r"^\d+\s*[-:.]?\s+(?=\D)", "", text)
    return re.sub(r"^[\"\u201c](.+?)[\"\u201d]\s*(?:\(\d+\))?$", r"\1", bare.strip())


def _once_each(
    cues: Sequence[Cue], plain: list[list[str]]
) -> tuple[Sequence[Cue], list[list[str]], int]:
    """Leave out lines with which a cue repeats the end of the cue before, if that is a habit of
    the file, and texts that grow word by word.
    """
    lines = [[text for line in each if (text := " ".join(line.split()))] for each in plain]
    overlaps = [0] * len(lines)
    grown = [0] * len(lines)
    shown: list[str] = []
    for n, mine in enumerate(lines):
        near = n > 0 and cues[n].start - max(cues[n - 1].end, cues[n - 1].start) < 1_500
        if near and mine and shown:
            most = min(len(mine), len(shown), 4)
            overlaps[n] = next((k for k in range(most, 0, -1) if shown[-k:] == mine[:k]), 0)
            if not overlaps[n] and len(mine) == 1 and mine[0].startswith(shown[-1] + " "):
                grown[n] = len(shown[-1])
        shown = mine or (shown if near else [])
    partial = sum(0 < k < len(mine) for k, mine in zip(overlaps, lines, strict=True))
    short = sum(
        k == len(mine) > 0 and 0 < cue.end - cue.start <= 200
        for k, mine, cue in zip(overlaps, lines, cues, strict=True)
    )
    growing = sum(map(bool, grown))
    if not partial + growing or partial + short + growing < max(2, 0.15 * len(lines)):
        return cues, plain, 0
    kept_cues: list[Cue] = []
    kept: list[list[str]] = []
    gone = 0
    for cue, mine, k, cut in zip(cues, lines, overlaps, grown, strict=True):
        gone += k + bool(cut)
        rest = mine[k:]
        if cut and rest:
            rest = [rest[0][cut:].strip()]
        if rest:
            kept_cues.append(cue)
            kept.append(rest)
    return kept_cues, kept, gone


def loops(passages: Sequence[Passage]) -> list[tuple[int, int]]:
    """Runs of four cues and more in a row that hold the same words: first index and count."""
    runs: list[tuple[int, int]] = []
    begin, before = 0, ""
    texts = [
        " ".join(text for text, _ in each.pieces).casefold().strip(" .,!?") for each in passages
    ]
    for n, text in enumerate([*texts, ""]):
        if text != before or not text:
            if n - begin >= 4 and before:
                runs.append((begin, n - begin))
            begin, before = n, text
    return runs


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
            said.append((label, _unrepeated(piece, label)))
        if mark:
            label = "" if mark["close"] else " ".join(_plain(mark["name"] or "").split())
            start = mark.end()
    return said


def _unrepeated(text: str, label: str) -> str:
    """The text of a tagged cue without the tag's own label and the cue's time in front of it."""
    bare = _without_time(text)
    found = candidate(bare)
    if found and label and person_key(found.label) == person_key(label) and found.text:
        return found.text
    return bare


def _plain(text: str) -> str:
    """Text without tags and with its entities read; "a < b" and "<3" are text.

    So is a tag whose end was lost: what stands before the next tag are words and not its name.
    """
    if "<" not in text and "&" not in text and "{" not in text:
        return text
    bare = _TAG.sub("", re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE))
    return _ENTITY.sub(lambda found: html.unescape(found[0]), bare)


def _firsts(lines: Sequence[str]) -> list[str]:
    """The candidate label of a cue; of each of its lines where all have one that is a name."""
    found = [candidate(line) for line in lines]
    labels = [each.label if each else "" for each in found]
    if len(labels) > 1 and all(label and form(label) == "name" for label in labels):
        return labels
    return labels[:1]


def _labelled(lines: Sequence[str], known: frozenset[str], convention: Convention) -> list[Said]:
    """Cut a cue at known labels, and at dashes where every line has one."""
    dashes = len(lines) > 1 and all(changes_speaker(line) for line in lines)
    said: list[Said] = []
    for line in lines:
        found = candidate(line, convention)
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
        parts = with_text(Passage(label, ((text, 0),), number=cue.number) for label, text in pieces)
        total, done = sum(part.size for part in parts), 0
        for part in parts:
            start = span.start + span.duration * done // total
            done += part.size
            end = span.start + span.duration * done // total
            made.append(replace(part, start=start, end=end))
    return tuple(made)
