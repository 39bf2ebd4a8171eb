"""The second opinion: does a sentence sound like the voice that the diarizer gave it to?

The diarizer decides for windows on a grid; text knows where sentences begin and end. So exactly
the sound of a sentence is compared with the prints of all voices, and it moves only if another
voice is clearly closer. Idea and gate follow kaixxx/noScribe, pull request 351.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fgd.audio.wav import Audio
from fgd.diarization.backend import VoiceEmbedder, VoicePrint
from fgd.model import Span

# Sound shorter than this, in ms, says too little about a voice.
SHORTEST = 800
# The longest sound listened to, in ms: more adds nothing.
LONGEST = 10_000
# How much closer another voice must be: one that the diarizer also hears there, and one that it
# does not.
HEARD, UNHEARD = 0.05, 0.12


class SecondOpinion:
    """Compares stretches of a recording with the voices heard in it."""

    def __init__(self, audio: Audio, embedder: VoiceEmbedder, prints: Sequence[VoicePrint]) -> None:
        import numpy as np

        self._audio = audio
        self._embedder = embedder
        self._voices = [p.voice for p in prints]
        self._matrix = np.array([p.vector for p in prints], dtype=np.float32)

    def similarities(self, span: Span) -> dict[str, float]:
        """How much a stretch sounds like each voice; empty where that cannot be told."""
        if span.duration < SHORTEST or len(self._voices) < 2:
            return {}
        heard = Span(span.start, min(span.end, span.start + LONGEST))
        vector = self._embedder(self._audio.read(heard))
        if not vector.any():
            return {}
        return dict(zip(self._voices, (self._matrix @ vector).tolist(), strict=True))

    def better(self, span: Span, voice: str, heard: Collection[str]) -> str:
        """The voice that a stretch belongs to instead; empty if it should stay.

        Args:
            span: the stretch.
            voice: whose it is so far.
            heard: the voices that the diarizer hears in it or beside it.
        """
        alike = self.similarities(span)
        if voice not in alike:
            return ""
        best = max(alike, key=lambda v: (alike[v], v))
        margin = HEARD if best in heard else UNHEARD
        return best if best != voice and alike[best] - alike[voice] >= margin else ""

    def differ(self, left: Span, first: str, right: Span, second: str) -> bool:
        """Whether ``left`` clearly sounds like ``first`` and ``right`` like ``second``."""
        a, b = self.similarities(left), self.similarities(right)
        if first not in a or second not in b or second not in a or first not in b:
            return False
        return a[first] - a[second] >= HEARD and b[second] - b[first] >= HEARD
