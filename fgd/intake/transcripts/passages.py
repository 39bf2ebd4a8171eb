"""Make passages, as every reader of transcripts does, and segments with words of them.

Words keep Whisper's convention of a leading space. Where the source has no word times they are
spread over the passage by their length in characters. White space is made single; every other
character survives: ``segment.text`` is the passage's text with its white space normalised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from fgd.core.clock import TIME, WORDED, milliseconds, moment
from fgd.intake.transcripts.speaker_labels import form
from fgd.model import Segment, Span, Word

_MS_PER_CHARACTER = 65
"""Spoken English runs at about 15 characters a second; used only where a file gives no end."""
_SHORTEST = 500
_SLOW = 4


@dataclass(frozen=True, slots=True)
class Passage:
    """Text under one label. ``pieces`` are its lines with their offset in the source; ``start``
    and ``end`` are milliseconds, or -1 where the source does not say.
    """

    label: str
    pieces: tuple[tuple[str, int], ...]
    start: int = -1
    end: int = -1
    number: int = 0

    @property
    def size(self) -> int:
        """Count the characters of text without white space."""
        return sum(len(word) for text, _ in self.pieces for word in text.split())

    def more(self, text: str, offset: int) -> Passage:
        """Return the passage with another line."""
        return replace(self, pieces=(*self.pieces, (text, offset)))


def spread(words: Sequence[str], span: Span, confidence: float = 1.0) -> tuple[Word, ...]:
    """Spread words over a span, each in proportion to its length.

    >>> [word.span.end for word in spread(["a", "bcd"], Span(0, 400))]
    [100, 400]
    """
    total = sum(len(word) for word in words) or 1
    made: list[Word] = []
    done = 0
    for word in words:
        start = span.start + span.duration * done // total
        done += len(word)
        end = span.start + span.duration * done // total
        made.append(Word(Span(start, end), f" {word}", confidence))
    return tuple(made)


def timed_segment(passage: Passage, span: Span, language: str = "") -> Segment:
    """Make a segment of a passage with times; the words' are interpolated."""
    words = [word for text, _ in passage.pieces for word in text.split()]
    return Segment(span, spread(words, span), passage.label, language, "interpolated")


def untimed_segment(passage: Passage) -> Segment:
    """Make a segment of a passage without times: spans count characters of the source."""
    words = tuple(
        Word(Span(offset + found.start(), offset + found.end()), f" {found[0]}")
        for text, offset in passage.pieces
        for found in re.finditer(r"\S+", text)
    )
    span = Span(words[0].span.start, words[-1].span.end)
    return Segment(span, words, passage.label, timing="none")


def with_text(passages: Iterable[Passage]) -> list[Passage]:
    """Keep the passages that hold any text."""
    return [passage for passage in passages if passage.size]


def spans(passages: Sequence[Passage], starts: Sequence[int]) -> list[Span]:
    """Time passages that begin at ``starts``, in order of time.

    A passage without an end lasts until the next one that begins later, but no longer than slow
    speech would take: there may be an hour's break before the next stamp.
    """
    made: list[Span] = []
    later = following = -1
    for passage, start in zip(reversed(passages), reversed(starts), strict=True):
        later = following if following > start else later
        following = start
        length = max(_SHORTEST, passage.size * _MS_PER_CHARACTER)
        if passage.end >= start:
            end = passage.end
        elif later > start:
            end = min(later, start + _SLOW * length)
        else:
            end = start + length
        made.append(Span(start, end))
    return made[::-1]


def estimated_starts(passages: Sequence[Passage]) -> list[int]:
    """Estimate a start for every passage: its own, or one between its neighbours' by length of
    text, where it has none of its own or the same as the one before (stamps to the second, or the
    minute).
    """
    anchors = _anchors(passages)
    starts: list[int] = []
    for (first, begin), (last, end) in pairwise(anchors):
        sizes = [max(1, passage.size) for passage in passages[first:last]]
        total, done = sum(sizes), 0
        length = end - begin if end >= 0 else total * _MS_PER_CHARACTER
        for size in sizes:
            starts.append(begin + length * done // total)
            done += size
    return starts


def _anchors(passages: Sequence[Passage]) -> list[tuple[int, int]]:
    """List ``(index, start)`` of the passages whose start is known and later than the one before;
    the first passage counts from zero, and the end is open (-1).
    """
    anchors = [(0, max(0, passages[0].start))] if passages else []
    for n, passage in enumerate(passages[1:], 1):
        if passage.start > anchors[-1][1]:
            anchors.append((n, passage.start))
    return [*anchors, (len(passages), -1)]


_DASH = r"[\u2010-\u2015-]"
_OPEN, _SHUT = r"[\[({<\u3010]", r"[\])}>\u3011]"
_SHORT = r"\d{1,6}[.,]\d{1,6}\s?s?|\d{1,6}\s?s(?:ec(?:onds?)?)?"
"""Plain seconds, which only brackets tell from any other number."""
_TO = rf"\s*(?:-{{1,2}}>|{_DASH}|to|bis|\u2192|\u00e0|,)\s*"
_RANGE = re.compile(
    rf"^{_OPEN}?(?P<start>{TIME}){_TO}(?P<end>{TIME})(?P<open>{_SHUT})?\s*[:|]?\s*(?P<text>.*)$"
)
_SECONDS = re.compile(
    rf"^{_OPEN}\s*(?P<start>{_SHORT}|{TIME})(?:{_TO}(?P<end>{_SHORT}|{TIME}))?\s*{_SHUT}\s*[:|]?\s*"
    r"(?P<text>.*)$"
)
_BRACKETED = re.compile(
    rf"^{_OPEN}\s*(?P<start>{TIME}|{WORDED}(?<=[^\s\[({{<]))\s*{_SHUT}\s*(?:[:|]|{_DASH}\s)?\s*(?P<text>.*)$",
    re.IGNORECASE,
)
_BARE = re.compile(rf"^@?(?P<start>{TIME})(?:\s*(?:[|]|{_DASH}\s)\s*|\s+|_|$)(?P<text>.*)$")
_WORDS_ALONE = re.compile(rf"^(?P<start>(?=\d){WORDED})(?P<text>)$", re.IGNORECASE)
_TRAILING = re.compile(
    rf"^(?P<label>\S.{{0,159}}?)(?:\s*[,|:]?\s+(?:(?:at|um|\u00e0|@)\s+)?|\s*)"
    rf"(?:{_OPEN}\s*(?:(?:at|um|\u00e0)\s+)?(?P<stamp>{TIME})(?:{_TO}{TIME})?\s*{_SHUT}|(?<=\s)(?P<bare>{TIME})"
    rf"|(?<=\s)(?P<worded>\d{{1,3}}\s*[^\W\d_]+\.?,?(?:\s*\d{{1,3}}\s*[^\W\d_]+\.?,?){{0,2}}))"
    r"\s*(?P<colon>:)?\s*(?P<text>(?<=[:\])}>\s])\S.*)?$"
)
_LAST = re.compile(
    rf"^(?P<text>.*\S)\s*(?P<stamp>#{TIME}#|{TIME}(?<=#)|[\[(]{TIME}[\])])$", re.DOTALL
)
_HEAD = 400
"""Characters of a line in which a time in front is looked for: lines may have millions."""
_LONG = re.compile(r"^\d{1,3}:\d{2}:\d{2}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a document. ``opens`` marks the first line of a paragraph, ``bold`` counts the
    bold characters it begins with, ``heading`` is the level of one (0: none); ``label`` and
    ``start`` are set where a table gave them.
    """

    text: str
    offset: int
    number: int
    opens: bool = True
    bold: int = 0
    label: str = ""
    start: int = -1
    end: int = -1
    heading: int = 0


@dataclass(frozen=True, slots=True)
class Stamped:
    """A line without its times: what is left of it, where that begins, and the header it holds
    (a label printed with a time, as Otter and Teams do). ``until`` is a time behind the text, as f4
    prints it: the end of what was said.
    """

    line: Line
    text: str
    skipped: int = 0
    start: int = -1
    end: int = -1
    header: str = ""
    until: int = -1

    @property
    def is_stamp(self) -> bool:
        """Tell whether there is nothing but a time."""
        return self.start >= 0 and not self.text and not self.header


def stamped(lines: Sequence[Line]) -> list[Stamped]:
    """Read the times of all lines.

    ``10:30`` at the start of a line may be a time of day in a sentence. Times without brackets
    therefore count only where the lines of the file have them as a habit; one with hours counts
    at the start of a paragraph too.
    """
    habit = _has_habit(lines)
    return _with_ends([_read(line, habit) for line in lines])


def _with_ends(found: list[Stamped]) -> list[Stamped]:
    """Read times behind the text, where that is a habit of the file and no times stand in front:
    each is the end of its own paragraph and the start of the next.
    """
    if any(each.start >= 0 for each in found):
        return found
    ends: dict[int, tuple[str, int]] = {}
    for n, each in enumerate(found):
        tail = max(0, len(each.text) - 200)
        last = _LAST.match(each.text[tail:]) if each.text[-1:] in "#])" else None
        moment_ = milliseconds(last["stamp"].strip("[]()")) if last else None
        if last and moment_ is not None:
            ends[n] = each.text[:tail] + last["text"], moment_
    if len(ends) < max(2, 0.3 * len(found)):
        return found
    made: list[Stamped] = []
    start = -1
    for n, each in enumerate(found):
        if n in ends:
            text, until = ends[n]
            made.append(replace(each, text=text, start=start, until=until))
            start = until
        else:
            made.append(replace(each, start=start) if start >= 0 else each)
            start = -1
    return made


def _has_habit(lines: Sequence[Line]) -> bool:
    heads = [line.text.strip()[:_HEAD] for line in lines]
    found = [_BARE.match(t) or _DOTTED.match(t) or _WORDED_FIRST.match(t) for t in heads]
    times = [milliseconds(each["start"].replace(".", ":")) or 0 for each in found if each]
    alone = sum(bool(each and not each["text"]) for each in found)
    rising = sum(after >= before for before, after in pairwise(times))
    regular = len(times) >= 3 and rising >= 0.8 * (len(times) - 1)
    return regular and (alone >= 0.5 * len(times) or len(times) >= 0.1 * len(lines))


def _read(line: Line, habit: bool) -> Stamped:
    text = line.text.strip()
    lead = len(line.text) - len(line.text.lstrip())
    head = text[:_HEAD]
    if line.start >= 0 or line.label:
        return Stamped(line, text, lead, line.start, line.end)
    for pattern in (_RANGE, _BRACKETED, _SECONDS, _BARE, _WORDS_ALONE):
        found = pattern.match(head) if text[0] in _FIRST or text[0].isdigit() else None
        start = _moment(found["start"]) if found else None
        if found is None or start is None:
            continue
        if pattern is not _RANGE and _may_be_pause(found, text):
            continue
        bare = pattern is _BARE or (pattern is _RANGE and text[0] not in _BRACKETS)
        long = line.opens and _LONG.match(text)
        if bare and not habit and found["text"] and not long:
            continue
        end = _moment(found["end"] or "") if pattern in (_RANGE, _SECONDS) else None
        begin = found.start("text")
        second = _BRACKETED.match(text[begin:][:_HEAD]) if pattern is _BRACKETED else None
        after = milliseconds(second["start"]) if second and ":" in second["start"] else None
        if second and after is not None and after >= start:
            begin, end = begin + second.start("text"), after
        skipped = lead + begin
        rest = text[begin:].strip()
        return Stamped(line, rest, skipped, start, -1 if end is None else end)
    return (
        _odd(line, text, lead, habit)
        or _inside(line, text, lead)
        or _header(line, text, lead)
        or Stamped(line, text, lead)
    )


_INNER = re.compile(
    rf"^{_OPEN}\s*(?:(?P<first>{TIME})\s*(?:[,|]|{_DASH}\s)?\s*(?P<name>[^\[\](){{}}<>\d][^\[\](){{}}<>]{{0,80}}?)"
    rf"|(?P<label>[^\[\](){{}}<>]{{1,80}}?)\s*(?:[,|]|\s{_DASH})?\s+(?P<time>{TIME}))\s*{_SHUT}"
    r"\s*:?\s*(?P<text>.*)$"
)
_BETWEEN = re.compile(
    rf"^(?P<label>[^\W\d][^:|/]{{0,60}}?)\s+(?:{_DASH}|[|/])\s+(?P<time>{TIME})\s+(?:{_DASH}|[|/])\s+"
    r"(?P<text>\S.*)$"
)
_DOTTED = re.compile(r"^(?P<start>\d{1,2}\.\d{2}\.\d{2})\s+(?P<text>\S.*)$")
_WORDED_FIRST = re.compile(
    rf"^(?P<start>(?=\d+\s?[hms]){WORDED}(?<=[a-z\d]))\s+(?P<text>\S.*)$", re.IGNORECASE
)


def _inside(line: Line, text: str, lead: int) -> Stamped | None:
    """Read ``[Name 0:12] text``, ``[0:12, Name] text`` and ``Name - 0:12 - text``."""
    found = (_INNER if text[:1] in _BRACKETS else _BETWEEN).match(text[:_HEAD])
    if not found:
        return None
    given = {"name": "", "first": ""} | found.groupdict()
    label = (given["label"] or given["name"]).strip(" ,|-\u2013\u2014:")
    start = milliseconds(given["time"] or given["first"])
    if start is None or form(label) not in ("name", "neutral"):
        return None
    rest = text[found.start("text") :].strip()
    skipped = lead + (found.start("text") if rest else len(text))
    return Stamped(line, rest, skipped, start, header=label)


def _odd(line: Line, text: str, lead: int, habit: bool) -> Stamped | None:
    """Read ``00.01.02 text`` and ``0h01m02s text``, if times in front are a habit of the file."""
    for pattern in (_DOTTED, _WORDED_FIRST) if habit else ():
        found = pattern.match(text[:_HEAD])
        start = milliseconds(found["start"].replace(".", ":")) if found else None
        if found and start is not None:
            rest = text[found.start("text") :].strip()
            return Stamped(line, rest, lead + found.start("text"), start)
    return None


_BRACKETS = "[({<\u3010"
_FIRST = f"{_BRACKETS}#@"


def _may_be_pause(found: re.Match[str], text: str) -> bool:
    """Tell whether "(0.8)" or "(3 sec)" is the length of a silence rather than a time."""
    if re.search("[:'\u2032\u2019]", found["start"]) or text[0] not in _BRACKETS:
        return False
    if found.groupdict().get("end"):
        return False
    short = (_moment(found["start"]) or 0) < 60_000 and not re.search("[mh]", found["start"], re.I)
    return short and (text[0] != "[" or not found["start"].endswith("s"))


def _moment(text: str) -> int | None:
    return moment(text) if text.rstrip("s ").replace(",", ".").count(".") < 2 else None


def _header(line: Line, text: str, lead: int) -> Stamped | None:
    """Read ``Name  0:12``, ``Name [00:00:12]`` or ``Name (0:12): text``."""
    found = _TRAILING.match(text[:_HEAD])
    if not found:
        return None
    label = found["label"].strip().rstrip(":,|-\u2013\u2014 ").strip()
    label = re.sub(r"(?<=\w)\s+(?:said|says|spoke|speaks|sagte|a dit|dijo)$", "", label)
    if re.fullmatch(r"\[[^\[\]]+\]", label):
        label = label[1:-1].strip()
    start = milliseconds(found["stamp"] or found["bare"] or found["worded"])
    rest = text[found.start("text") :] if found["text"] else ""
    if (found["bare"] or "").startswith("#"):
        return None
    told = found["stamp"] or (found["bare"] and found["colon"] and form(label) == "name")
    if start is None or form(label) == "never" or (rest and not told):
        return None
    if rest and not found["colon"] and form(label) != "name":
        return None
    skipped = lead + (found.start("text") if rest else len(text))
    return Stamped(line, rest.strip(), skipped, start, header=label)
