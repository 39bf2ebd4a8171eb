"""Define what a transcriber is, what it is told before it listens, and how long it takes."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from fgd.model import Segment, Session
from fgd.workspace.store import write_bytes

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known before listening: the languages declared, and names and terms to expect.

    ``terms`` come most important first; a backend uses as many as it has room for.
    """

    languages: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard in one window; spans are relative to the window's start.

    The figures are those of the decoding that was kept: mean log-probability per token, the
    probability that there is no speech, the gzip compression ratio, and the temperature.
    ``foreign`` is the language that the window plainly sounds like if it is none of those declared.
    """

    segments: tuple[Segment, ...] = ()
    language: str = ""
    log_probability: float = 0.0
    no_speech: float = 0.0
    compression: float = 1.0
    temperature: float = 0.0
    foreign: str = ""


class Transcriber(Protocol):
    """Turns windows of sound into segments of words.

    ``id`` names backend and weights (it is part of the transcript's fingerprint), ``version``
    changes when the same weights would give other words.
    """

    id: str
    version: str

    @property
    def batch(self) -> int:
        """Return the number of windows one call should bring."""
        ...

    def transcribe(self, sound: Sequence[np.ndarray], hints: Hints) -> list[Heard]:
        """Hear each window (float32, 16 kHz, mono, at most 30 s); one result per window.

        The result of a window may not depend on anything but the windows of the same call.
        """
        ...


def hints(session: Session) -> Hints:
    """List declared languages, and terms with those first that a model is least likely to know.

    The glossary comes first, because somebody chose it; then acronyms, which are short and often
    misheard; then people; then institutions, whose long names are mostly ordinary words.
    """
    terms = [
        *session.glossary,
        *(body.acronym for body in session.institutions),
        *(person.name for person in session.participants),
        *(body.name for body in session.institutions),
    ]
    return Hints(session.languages, tuple(dict.fromkeys(term for term in terms if term)))


SECONDS = 10
_WINDOW = 30 * 16_000


def minutes_per_hour(transcriber: Transcriber, kept: Path) -> float:
    """Estimate the minutes that an hour of sound takes, words with their times.

    A batch of windows of ten seconds of a wavering tone is heard once; what a window costs hardly
    depends on its length, and a real window is 25 s long on average. People who speak make it
    write more words than a tone does, hence the factor.

    Args:
        transcriber: the backend.
        kept: the file that remembers measurements by backend and number of processors.
    """
    key = f"{transcriber.id} on {os.cpu_count()}"
    known = _read(kept)
    if key not in known:
        known[key] = _measure(transcriber)
        write_bytes(kept, msgspec.json.encode(known))
    return known[key]


def _measure(transcriber: Transcriber) -> float:
    import numpy as np

    at = np.arange(SECONDS * 16_000) / 16_000
    tone = (0.1 * np.sin(2 * np.pi * 180 * at) * (1 + np.sin(2 * np.pi * 4 * at))).astype("f4")
    count = min(4, transcriber.batch)
    transcriber.transcribe([tone], Hints(("en",)))  # loads the weights
    started = time.perf_counter()
    transcriber.transcribe([tone] * count, Hints(("en",)))
    window = (time.perf_counter() - started) / count
    return window * 2 * 3600 / 25 / 60


def _read(kept: Path) -> dict[str, float]:
    try:
        return msgspec.json.decode(kept.read_bytes(), type=dict[str, float])
    except (OSError, msgspec.MsgspecError):
        return {}
