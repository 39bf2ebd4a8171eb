"""Read transcripts of linguists' programs: ELAN, Praat and CHAT, whose tiers are speakers.

The libraries were tried first: pympi 1.71 stops at an ELAN file without the address of its schema
and at a TextGrid with a missing value or in UTF-16, pylangacq refuses a whole CHAT file for a slip
in a header. All three formats are simple, so they are read here, damaged ones as far as they go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fgd.core.clock import moment
from fgd.core.text import clean
from fgd.intake.office_texts import read_xml
from fgd.intake.transcripts.passages import Passage
from fgd.model import Issue

_LINE = re.compile(r"^\*([^:\s]{1,40}):\s*(.*)$")
_BULLET = re.compile(r"[\x15\u2022]\s*%?(?:snd:\"[^\"]*\")?_?(\d+)_(\d+)\s*[\x15\u2022]")
_MEMBER = re.compile(r"^\s*(\S+)\s+(?:(\S+)\s+)?(\S+)\s*$")

Read = tuple[list[Passage], list[Issue]]


def read_elan(data: bytes, name: str) -> Read:
    """Read the annotations of an ELAN file in order of time; independent tiers are speakers, those
    that depend on them (translations, codes) are left out and named.
    """
    try:
        root = read_xml(data)
    except ValueError as failure:
        return [], [_damaged(name, failure)]
    slots: dict[str, int] = {}
    latest = 0
    for slot in root.iter("TIME_SLOT"):
        value = slot.get("TIME_VALUE", "")
        latest = int(value) if value.isdigit() else latest  # slots without a value follow others
        slots[slot.get("TIME_SLOT_ID", "")] = latest
    found: list[Passage] = []
    left: list[str] = []
    for tier in root.iter("TIER"):
        title = clean(tier.get("TIER_ID", ""))
        if tier.get("PARENT_REF"):
            left += [title] if len(tier) else []
            continue
        label = clean(tier.get("PARTICIPANT", "")) or title
        for annotation in tier.iter("ALIGNABLE_ANNOTATION"):
            text = "".join(annotation.itertext()).strip()
            start = slots.get(annotation.get("TIME_SLOT_REF1", ""), -1)
            end = slots.get(annotation.get("TIME_SLOT_REF2", ""), -1)
            if text:
                found.append(Passage(label, ((text, 0),), start, end if end >= start else -1))
    found.sort(key=lambda passage: passage.start)
    issues = []
    if left:
        message = f"tiers that depend on others were left out: {', '.join(left)}."
        issues.append(Issue("note", name, message))
    return found, issues


_SPEAKER_OF = ("speaker", "who", "spk", "participant", "name", "by", "speakername",
    "speakerid", "sender", "author", "user", "voice",
)  # fmt: skip
_START_OF = ("start", "starttime", "begin", "in", "time", "from", "timestamp", "start_time",
    "begintime", "begin_time", "when", "clock",
)  # fmt: skip
_END_OF = ("end", "endtime", "stop", "out", "to", "end_time")
_TEXT_OF = ("text", "content", "words", "said", "utterance", "what", "body", "sentence")


def read_turns(data: bytes) -> Read | None:
    """Read turns of any XML that says who speaks in attributes or elements (Transcriber, EXMARaLDA,
    TEI, InqScribe, and what people made themselves); nothing where there are fewer than two.
    """
    try:
        root = read_xml(data)
    except ValueError:
        return None
    elements = [each for each in root.iter() if isinstance(each.tag, str)]
    people = {key: told for each in elements for key, told in _listed(each)}
    found = _tiers(elements, people) or _turns(elements, people)
    return (found, []) if len(found) > 1 else None


def _listed(element: Any) -> Iterator[tuple[str, str]]:
    """Read the id and the name of a person whom an element describes."""
    if _local(element) in ("speaker", "person", "participant"):
        key = _of(element, ("id",))
        told = element.get("name") or next(
            (
                " ".join("".join(child.itertext()).split())
                for child in element.iter()
                if _local(child) in ("persname", "name", "abbreviation")
            ),
            "",
        )
        if key and told:
            yield key, told


def _tiers(elements: Sequence[Any], people: Mapping[str, str]) -> list[Passage]:
    """Read events on a common time line, as EXMARaLDA writes them: the tiers with what was said."""
    line = {e.get("id", ""): _of(e, ("time",)) for e in elements if _local(e) == "tli"}
    if not line:
        return []
    found = []
    for tier in (e for e in elements if _local(e) == "tier" and e.get("type", "t") == "t"):
        key = tier.get("speaker", "")
        label = people.get(key, key)
        for event in (e for e in tier.iter() if _local(e) == "event"):
            text = " ".join("".join(event.itertext()).split())
            start = moment(line.get(event.get("start", ""), ""))
            end = moment(line.get(event.get("end", ""), ""))
            if text:
                times = (-1 if start is None else start, -1 if end is None else end)
                found.append(Passage(label, ((text, 0),), *times))
    return sorted(found, key=lambda passage: passage.start)


def _turns(elements: Sequence[Any], people: Mapping[str, str]) -> list[Passage]:
    made: dict[str, list[Passage]] = {}
    for element in elements:
        key = _of(element, _SPEAKER_OF) or _below(element, _SPEAKER_OF)
        text = _below(element, _TEXT_OF) or " ".join("".join(element.itertext()).split())
        if not key or not text or _local(element) in ("speaker", "person", "participant"):
            continue
        key = key.removeprefix("#")
        label = " & ".join(
            people.get(each, each) for each in [key, *key.split()][key not in people :]
        )
        label = people.get(key, label if key.split()[0] in people else key)
        start = moment(_of(element, _START_OF) or _below(element, _START_OF))
        end = moment(_of(element, _END_OF) or _below(element, _END_OF))
        times = (-1 if start is None else start, -1 if end is None else end)
        made.setdefault(_local(element), []).append(Passage(label, ((text, 0),), *times))
    return max(made.values(), key=lambda each: sum(p.size for p in each), default=[])


def _of(element: Any, names: Sequence[str]) -> str:
    given = {key.rpartition("}")[2].casefold(): value for key, value in element.attrib.items()}
    return next((given[name].strip() for name in names if given.get(name, "").strip()), "")


def _below(element: Any, names: Sequence[str]) -> str:
    return next(
        (
            " ".join("".join(child.itertext()).split())
            for name in names
            for child in element
            if _local(child) == name
        ),
        "",
    )


def _local(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].casefold() if isinstance(tag, str) else ""


_STM = re.compile(
    r"^\S+ +\S+ +(?P<who>\S+) +(?P<start>\d+(?:\.\d+)?) +(?P<end>\d+(?:\.\d+)?) +"
    r"(?:<[^>]*> *)?(?P<text>.*)$"
)


def read_stm(text: str, name: str) -> Read:
    """Read the segments of a NIST STM file; names have underscores for spaces there."""
    found = [
        Passage(
            m["who"].replace("_", " "), ((m["text"].strip(), 0),),
            round(1000 * float(m["start"])), round(1000 * float(m["end"])), number,
        )
        for number, line in enumerate(text.split("\n"), 1)
        if not line.startswith(";;") and (m := _STM.match(line.strip()))
    ]  # fmt: skip
    if found:
        return found, []
    return [], [_damaged(name, ValueError("no segment could be read"))]


_QUOTED = r'"((?:[^"]|"")*)"'
_NUMBER = r"(-?\d+(?:\.\d+)?)"


def is_textgrid(text: str) -> bool:
    """Tell whether a text is a TextGrid, long or short form."""
    return '"ooTextFile"' in text[:200] and '"TextGrid"' in text[:400]


def read_textgrid(text: str, name: str) -> Read:
    """Read the intervals with text of all interval tiers of a TextGrid, in order of time.

    The long and the short form are the same numbers and strings in the same order, which is how
    they are read; pympi needs the encoding to be known and stops at a missing value.
    """
    body = text.split('"TextGrid"', 1)[-1]
    body = re.sub(r"\[\d*\]\s*:?", " ", body)
    tokens = re.findall(rf"{_QUOTED}|(?<![\w.]){_NUMBER}(?![\w.])|<(exists|absent)>", body)
    values: list[str | float] = [
        float(number) if number else quoted.replace('""', '"')
        for quoted, number, flag in tokens
        if not flag
    ]
    found: list[Passage] = []
    points: list[str] = []
    at = 3  # the grid's own xmin, xmax and number of tiers
    try:
        while at + 5 <= len(values):
            kind, label = str(values[at]), clean(str(values[at + 1]))
            count = int(float(values[at + 4]))
            at += 5
            if kind == "TextTier":
                points.append(label)
                at += 2 * count
                continue
            for _ in range(count):
                start, end, words = float(values[at]), float(values[at + 1]), str(values[at + 2])
                at += 3
                if words.strip():
                    piece = ((words, 0),)
                    found.append(Passage(label, piece, round(start * 1000), round(end * 1000)))
    except (ValueError, IndexError, OverflowError):
        message = "the TextGrid breaks off or is damaged; what came before was read."
        issue = Issue("warning", name, message, "Save it again in Praat.", f"tier {label!r}")
        return sorted(found, key=lambda each: each.start), [issue]
    issues = []
    if points:
        message = f"tiers of points hold no speech and were left out: {', '.join(points)}."
        issues.append(Issue("note", name, message))
    return sorted(found, key=lambda each: each.start), issues


def is_chat(text: str) -> bool:
    """Tell whether a text is a CHAT transcript (``@Begin``, ``*ABC:``)."""
    head = text[:4000]
    return bool(re.search(r"^@(?:UTF8|Begin|Participants)", head, re.MULTILINE)) and bool(
        re.search(r"^\*[^:\s]{1,40}:\s", text[:200_000], re.MULTILINE)
    )


def read_chat(text: str) -> Read:
    """Read the main lines of a CHAT transcript with their times; codes are the labels, or the names
    that ``@Participants`` gives them.
    """
    names: dict[str, str] = {}
    found: list[Passage] = []
    logical: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line[:1] in ("\t", " ") and logical and line.strip():
            logical[-1] = (logical[-1][0], f"{logical[-1][1]} {line.strip()}")
        elif line.strip():
            logical.append((number, line))
    offset = 0
    for number, line in logical:
        if line.startswith("@Participants:"):
            for member in line.partition(":")[2].split(","):
                parts = _MEMBER.match(member)
                if parts and parts[2]:
                    names[parts[1]] = parts[2].replace("_", " ")
        spoken = _LINE.match(line)
        if not spoken:
            continue
        words = spoken[2]
        times = [*_BULLET.finditer(words)]
        words = _spoken_words(_BULLET.sub(" ", words))
        if not words:
            continue
        start, end = (int(times[0][1]), int(times[-1][2])) if times else (-1, -1)
        label = names.get(spoken[1], spoken[1])
        found.append(Passage(label, ((words, offset),), start, end, number))
        offset += len(words) + 1
    return found, []


def _spoken_words(text: str) -> str:
    """Strip a line of CHAT's codes: ``[...]``, ``<...>``, ``&=laughs``, ``+...``."""
    text = re.sub(r"\[[^\]\n]*\]", " ", text)
    text = re.sub(r"&[=*+~-]\S*", " ", text)
    text = re.sub(
        r"[<>\u2308\u2309\u230a\u230b\u2191\u2193]|\+(?:\.\.\.|/{1,2}[.?]|[\"^,+]|<)?", " ", text
    )
    text = re.sub(r"\(\.+\)|\(\d+(?:\.\d+)?\)", " ", text)
    text = re.sub(r"(?<=\w)\((\w+)\)|\((\w+)\)(?=\w)", r"\1\2", text)
    text = re.sub(r"@[a-z:]+(?=\s|$)", "", text)
    text = re.sub(r"(?<=\w)_(?=\w)", " ", text)
    return re.sub(r"\s+([.?!,;])", r"\1", " ".join(text.split()))


def _damaged(name: str, failure: Exception) -> Issue:
    message = f"the file is damaged and cannot be read ({clean(str(failure))[:120]})."
    return Issue("error", name, message, "Save it again in the program that made it.")
