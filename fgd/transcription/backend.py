"""What a transcriber is: one method wide, so that anybody can bring another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from fgd.model import Segment

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
        """How many windows one call should bring."""
        ...

    def transcribe(self, sound: Sequence[np.ndarray], hints: Hints) -> list[Heard]:
        """Hear each window (float32, 16 kHz, mono, at most 30 s); one result per window.

        The result of a window may not depend on anything but the windows of the same call.
        """
        ...
