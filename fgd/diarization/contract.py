"""Define what a diarizer and a voice embedder are, and what a diarizer says: plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from fgd.audio.decode import Audio
from fgd.core.backends import Progress
from fgd.model import FloorMark, Issue, Span, Voice

if TYPE_CHECKING:
    import numpy as np


# Without a roster: more voices than this in one recording are more likely noise than people.
MOST = 20
# Less speech than this, in ms, is a ghost: a cough, a laugh, or two voices at once.
GHOST = 3_000


@dataclass(frozen=True, slots=True)
class VoiceBounds:
    """How many voices there may be: a bound from the roster, never a wish.

    ``invited`` is how many people the roster names; 0 without a roster.
    """

    least: int = 1
    most: int = MOST
    invited: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most:
            raise ValueError(f"bounds must satisfy 1 <= least <= most, got {self}")

    @classmethod
    def of_roster(cls, people: int, strangers: int = 1) -> VoiceBounds:
        """Allow as many voices as were invited, and one who was not (an interpreter, a substitute).

        Invited people may say nothing, so the lower bound stays one.
        """
        return cls(1, people + strangers, people) if people else cls()


@dataclass(frozen=True, slots=True)
class VoiceTurn:
    """One voice without a pause of half a second. ``confidence`` is the mean probability of the
    voice, ``runner_up`` the next likely one, ``speech`` the mean probability that anybody speaks
    at all. Turns of different voices may overlap.
    """

    voice: str
    span: Span
    confidence: float = 1.0
    runner_up: str = ""
    runner_up_confidence: float = 0.0
    speech: float = 1.0


@dataclass(frozen=True, slots=True)
class VoicePrint:
    """The mean vector of a voice, of length one. It identifies a person: it lives in the outputs
    of a session only, and never in a brief.
    """

    voice: str
    vector: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who spoke when, unnamed. ``backend`` tells what decided (``channels`` if each microphone
    was a person's own). Turns are in order of start. ``noises`` are stretches of nobody: sound of
    a crowd or a machine that the diarizer took for a voice.
    """

    recording: str
    voices: tuple[Voice, ...] = ()
    turns: tuple[VoiceTurn, ...] = ()
    prints: tuple[VoicePrint, ...] = ()
    issues: tuple[Issue, ...] = ()
    backend: str = ""
    confidence: float = 0.0
    noises: tuple[Span, ...] = ()


class VoiceEmbedder(Protocol):
    """Turns a stretch of sound into a vector that is alike for the same voice.

    ``id`` names the weights (it is part of fingerprints), ``version`` changes when the same
    weights would give other vectors.
    """

    id: str
    version: str

    def __call__(self, samples: np.ndarray, /) -> np.ndarray:
        """Embed float32 sound at 16 kHz as a vector of length one; zeros if it cannot tell."""
        ...


class Diarizer(Protocol):
    """Tells voices apart. ``id`` and ``version`` are part of the result's fingerprint."""

    id: str
    version: str

    def diarize(
        self,
        audio: Audio,
        speech: Sequence[Span],
        *,
        bounds: VoiceBounds,
        floor: Sequence[FloorMark],
        progress: Progress,
    ) -> tuple[VoiceTurn, ...]:
        """Find turns of voices with ids of the backend's own choosing, in order of start.

        Args:
            audio: the recording, 16 kHz mono.
            speech: where somebody speaks, in order, without margins; never empty.
            bounds: on the number of voices.
            floor: marks inside the recording, with an end; a backend may ignore them.
            progress: called with the step ``voices``.

        Raises:
            BackendUnavailable: a model or an extra is not on this machine.
        """
        ...
