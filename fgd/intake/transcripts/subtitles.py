"""Read the cues of subtitle files as platforms and people leave them, and who says what in them.

The libraries were tried first, on the files the tests write. webvtt-py 0.6 drops without a word
every cue with a missing end, decimal commas or text after a blank line, reads "a < b and <3" as
"a", and refuses a file without its header; srt 3.5 takes ``00:01,000`` for one minute and
raises at, or skips, a cut-off end. Neither gives the line. These formats (and YouTube's SBV) are
blocks with a line of times, so one reader here serves them and says where each problem is.
SubStation Alpha goes through pysubs2; TTML, of which pysubs2 drops the speakers, through lxml.

Speakers stand in voice tags, before colons, in brackets, in the cue's identifier or behind dashes.
Rolling captions show a line again while the next one is typed: such repetitions are taken away. The
same words in many whole cues are something else, the loop of a machine that heard nothing: they
stay, and are told.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from fgd.core.clock import TIME, moment
from fgd.core.text import clean, person_key
from fgd.intake.office_texts import read_xml
from fgd.intake.spreadsheets import enumeration
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
        """Report that the last cue is incomplete."""
        self.found = {kind: [n for n in lines if n != line] for kind, lines in self.found.items()}
        self.found = {kind: lines for kind, lines in self.found.items() if lines}
        self.add("cut", line)


_CORRECT = "Correct its times, or export the file again, if words stand in the wrong place."
_REMEDIES = {
    "cut": "Check that the file was copied whole.",
    "above": "Put them below the times, or a blank line between them if they belong before.",
    "behind": "Put them on the line below the times.",
    "early": "Put the times of its cue above it if it was said.",
}
_SENTENCES = {
    "time": ("the times of a cue cannot be read; its text follows the cue before it.", "warning"),
    "end": ("a cue has no readable end; it lasts until the next one begins.", "warning"),
    "order": ("a cue ends before it begins; it lasts until the next one begins.", "warning"),
    "back": ("times go backwards; the cues were put in order of time.", "warning"),
    "stray": ("text outside of a cue was added to the cue before it.", "note"),
    "above": ("words above the times of a cue were read as its first ones.", "warning"),
    "behind": ("words behind the times of a cue were read as its first ones.", "warning"),
    "early": ("text before the first cue has no time and was left out.", "warning"),
    "cut": ("the last cue has no text; the file seems to be cut off.", "warning"),
}


def has_cues(text: str) -> bool:
    """Tell whether there is any line with the times of a cue."""
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
    """Tell whether text, not settings of a cue, stands behind its times."""
    words = rest.replace("]", " ").split()
    return bool(words) and not all(re.fullmatch(r"\w+:\S+", word) for word in words)


def read_cues(text: str, name: str) -> tuple[list[Cue], list[Issue]]:
    """Read every cue in order of time, and report each kind of problem once with all its lines."""
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
    """Tell whether somebody said the words that stand where a cue has its name."""
    return len(identity.split()) > 3 and identity.endswith((".", "?", "!"))


def _starts_cue(line: str) -> bool:
    if "," in line and _SBV.match(line):
        return True
    return bool(_TIMING.match(line)) or ("-->" in line and bool(re.search(r"\d:\d", line)))


def _stray(lines: list[Numbered], cues: list[Cue], troubles: _Troubles) -> None:
    """Report text that no times announce: most often a blank line inside a cue."""
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
    if found and _says_something(found["rest"]):
        troubles.add("behind", number)
        lines = (found["rest"].strip(), *lines)
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
    """Read the cues of SAMI, MicroDVD (frames) and MPL2 (tenths of a second), if there are any."""
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
    """Read what stands between two synchronisations, in the first language of the file."""
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
    """Tag the cues of a WebVTT in which comments above them name whoever speaks."""
    return _NOTED.sub(r"\g<time>\n<v \g<who>>", text)


def without_header(text: str) -> str:
    """Strip a text of the tags of lyrics and the header of SubViewer, whose line ends are plain."""
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
    """Read the dialogue of an ASS or SSA file; the field Name is the speaker."""
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
    """Read the paragraphs of a TTML or DFXP file; agents (``ttm:agent``) are the speakers."""
    try:
        root = read_xml(data)
    except ValueError as failure:
        return [], [_damaged(name, failure)]
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
    """Read ``00:00:04.010``, ``00:00:04:12`` (frames), ``4.2s``, ``4200ms`` or ticks, in ms."""
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


_VOICE = re.compile(r"<v(?:\.[^\s>]*)?(?:\s+(?P<name>[^<>]*))?>|(?P<close></v\s*>)", re.IGNORECASE)
_MARKUP = re.compile(
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
    """Join a cue's first line, a name in brackets, with the words behind it."""
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
    """Strip a line of the stamp of the cue's own time in front of it."""
    found = _OWN_TIME.match(line)
    return line[found.end() :] if found and line[found.end() :].strip() else line


def _names_in_ids(cues: Sequence[Cue]) -> dict[str, str]:
    """Find identifiers of cues that are names and come back."""
    named = {cue.id: _bare_id(cue.id) for cue in cues if cue.id}
    good = {id_: name for id_, name in named.items() if form(name) in ("name", "neutral")}
    counts = Counter(good[cue.id] for cue in cues if cue.id in good)
    held = sum(counts.values())
    again = sum(count for count in counts.values() if count > 1)
    return good if again >= 0.5 * max(1, held) and held >= 0.5 * len(cues) and again else {}


def _bare_id(text: str) -> str:
    """Strip an identifier of the cue's number, quotation marks, and the number of a participant."""
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
    """Find runs of four cues and more in a row that hold the same words: first index and count."""
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
    """Tell whether cues have a name for their first line, as older exports of Teams do."""
    filled = [lines for lines in plain if lines]
    firsts = [lines[0] for lines in filled if len(lines) > 1 and form(lines[0]) == "name"]
    few = len(filled) < 4 or len(set(firsts)) <= 0.7 * len(firsts)
    return len(filled) > 1 and len(firsts) == len(filled) and few


def _tagged(text: str) -> list[Said]:
    """Read the voice spans of a cue; text outside of any span has no label."""
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
    """Strip the text of a tagged cue of the tag's own label and the cue's time in front of it."""
    bare = _without_time(text)
    found = candidate(bare)
    if found and label and person_key(found.label) == person_key(label) and found.text:
        return found.text
    return bare


def _plain(text: str) -> str:
    """Strip text of tags and read its entities; "a < b" and "<3" are text.

    So is a tag whose end was lost: what stands before the next tag are words and not its name.
    """
    if "<" not in text and "&" not in text and "{" not in text:
        return text
    bare = _MARKUP.sub("", re.sub(r"<br\s*/?>", "\n", text, flags=re.IGNORECASE))
    return _ENTITY.sub(lambda found: html.unescape(found[0]), bare)


def _firsts(lines: Sequence[str]) -> list[str]:
    """Find the candidate label of a cue; of each of its lines where all have one that is a name."""
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
    """Carry names given only where the speaker changes on, until a dash or another name."""
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
