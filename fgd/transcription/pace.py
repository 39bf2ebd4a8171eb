"""How long a transcriber takes on this machine, measured once and kept."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec

from fgd.transcription.backend import Hints, Transcriber
from fgd.workspace.store import write_bytes

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
