"""How loud a recording is along its time, computed once for the strip under the player."""

from __future__ import annotations

import wave
from pathlib import Path

from fgd.audio.wav import SAMPLE_RATE
from fgd.workspace.store import write_bytes

STEP = 100
"""Milliseconds for each byte."""

_BLOCK = 600 * SAMPLE_RATE


def peaks(sound: Path, kept: Path) -> bytes:
    """One byte (0-255) for every ``STEP`` ms: the loudest sample, on a scale of loudness.

    ``kept`` is where they lie from the second time on.
    """
    try:
        if kept.stat().st_mtime_ns >= sound.stat().st_mtime_ns:
            return kept.read_bytes()
    except OSError:
        pass
    made = _measured(sound)
    write_bytes(kept, made)
    return made


def _measured(sound: Path) -> bytes:
    import numpy as np

    size = SAMPLE_RATE * STEP // 1000
    found = []
    with wave.open(str(sound), "rb") as reader:
        while data := reader.readframes(_BLOCK):
            samples = np.abs(np.frombuffer(data, dtype="<i2").astype(np.int32))
            whole = np.zeros(-(-len(samples) // size) * size, np.int32)
            whole[: len(samples)] = samples
            found.append(whole.reshape(-1, size).max(axis=1))
    if not found:
        return b""
    # The square root brings quiet voices up, as a recorder's display does.
    loud = np.sqrt(np.concatenate(found) / 32768.0) * 255
    return bytes(np.clip(loud, 0, 255).astype(np.uint8))
