"""How much of a stretch of words lies under each voice."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from fgd.diarization.backend import VoiceTurn
from fgd.model import Span, Word

# A word that no turn touches goes with a turn at most this far away, in ms.
NEAR = 1_000


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
