"""Words cut where a voice may change, and how much of each such unit lies under which voice.

Units end at sentence ends, long pauses and changes of label.

Never in the middle of a clause: cutting at every change a diarizer sees repaired 1,482 words and
broke 310 in one measured run, with net harm on some sets (kaixxx/noScribe, issue 341).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from fgd.diarization.backend import VoiceTurn
from fgd.model import Flag, Segment, Span, Timing, Word

# A pause this long, in ms, lets the voice change even within a sentence.
PAUSE = 500

# A word that no turn touches goes with a turn at most this far away, in ms.
NEAR = 1_000

# Full stops of the scripts that may turn up, with the quotes and brackets that may follow them.
_END = re.compile(r"[.?!…。？！।။។]['\"’”»)\]]*$")
_SHORT = re.compile(r"(?:^|\W)(?:dr|mr|mrs|ms|prof|st|gen|col|amb|h\.e)\.$", re.IGNORECASE)

_WORST: dict[Timing, int] = {"measured": 0, "interpolated": 1, "none": 2}


@dataclass(frozen=True, slots=True)
class Unit:
    """Words that one voice said, as far as text and pauses tell."""

    words: tuple[Word, ...]
    label: str = ""
    timing: Timing = "measured"
    flags: tuple[Flag, ...] = ()

    @property
    def span(self) -> Span:
        """From the first word's start to the last end of any word."""
        start = self.words[0].span.start
        return Span(start, max(start, *(word.span.end for word in self.words)))

    def part(self, start: int, end: int) -> Unit:
        """The unit with only these of its words."""
        return Unit(self.words[start:end], self.label, self.timing, self.flags)


def units(segments: Sequence[Segment], *, timed: bool = True) -> tuple[Unit, ...]:
    """Segments as units, in the order given.

    Args:
        segments: of a transcript.
        timed: whether spans are times; if not, only sentence ends and labels cut.
    """
    found: list[Unit] = []
    words: list[Word] = []
    sources: list[Segment] = []

    def close() -> None:
        if words:
            flags = dict.fromkeys(flag for source in sources for flag in source.flags)
            timing = max((source.timing for source in sources), key=_WORST.__getitem__)
            found.append(Unit(tuple(words), sources[0].label, timing, tuple(flags)))
        words.clear()
        sources.clear()

    for segment in segments:
        if sources and segment.words and segment.label != sources[0].label:
            close()
        for word in segment.words:
            pause = word.span.start - words[-1].span.end if words and timed else 0
            if words and (pause >= PAUSE or ends_sentence(words[-1].text)):
                close()
            words.append(word)
            if not sources or sources[-1] is not segment:
                sources.append(segment)
    close()
    return tuple(found)


def ends_sentence(word: str) -> bool:
    """Whether a sentence may end with this word: ``there.`` but not ``Dr.``"""
    text = word.strip()
    return bool(_END.search(text)) and not _SHORT.search(text)


def together(parts: Sequence[Unit]) -> Unit:
    """Consecutive units as one."""
    flags = dict.fromkeys(flag for part in parts for flag in part.flags)
    timing = max((part.timing for part in parts), key=_WORST.__getitem__)
    words = tuple(word for part in parts for word in part.words)
    return Unit(words, parts[0].label, timing, tuple(flags))


class Ballot:
    """The turns of a diarization, ready to be asked about words; each question costs what it
    touches, not the length of the recording.
    """

    def __init__(self, turns: Sequence[VoiceTurn]) -> None:
        self.turns = sorted(turns, key=lambda turn: turn.span)
        self._starts = [turn.span.start for turn in self.turns]
        self._longest = max((turn.span.duration for turn in self.turns), default=0)

    def near(self, span: Span, reach: int = 0) -> list[VoiceTurn]:
        """Turns that come within ``reach`` ms of a span."""
        first = bisect_left(self._starts, span.start - reach - self._longest)
        last = bisect_left(self._starts, max(span.end, span.start + 1) + reach)
        return [turn for turn in self.turns[first:last] if turn.span.end > span.start - reach]

    def votes(self, words: Sequence[Word]) -> Counter[str]:
        """Milliseconds of the words under each voice; nothing if no turn touches any."""
        if not words:
            return Counter()
        whole = Span(words[0].span.start, max(word.span.end for word in words))
        near = self.near(whole)
        counted: Counter[str] = Counter()
        for word in words:
            for turn in near:
                shared = (word.span & turn.span).duration
                if shared:
                    counted[turn.voice] += shared
        return counted

    def nearest(self, span: Span) -> str:
        """The voice of the closest turn within a second; empty if there is none."""
        close = self.near(span, NEAR)
        if not close:
            return ""
        return min(
            close,
            key=lambda turn: max(turn.span.start - span.end, span.start - turn.span.end),
        ).voice

    def changes(self, span: Span) -> list[tuple[int, str, str]]:
        """Moments strictly inside a span where one voice stops and another takes over, with both
        voices.
        """
        found = []
        near = self.near(span)
        for before, after in pairwise(near):
            moment = (before.span.end + after.span.start) // 2
            if before.voice != after.voice and span.start < moment < span.end:
                found.append((moment, before.voice, after.voice))
        return found
