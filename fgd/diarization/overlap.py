"""Two people at once: a straight line through the encoder's states.

A logistic regression on 512 numbers that the encoder computes anyway. It was fitted on meetings
put together from free speech synthesisers only (``overlap_training``), and measured on human
speech it has never heard; see docs/voices.md. What it finds is marked, never cut out.
"""

from __future__ import annotations

import functools
import json
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

# Above these log-odds a moment counts as overlapped.
SURE = 0.5
# Overlap shorter than this many moments (200 ms each) is not told from a change of voice.
SHORTEST = 2


def log_odds(states: np.ndarray) -> np.ndarray:
    """Log-odds that two people speak, from encoder states (n, 512); float32 (n,)."""
    import numpy as np

    weights, bias = _line()
    return np.asarray(states @ weights + bias, dtype=np.float32)


def marked(odds: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Which moments are overlapped, bool (n,): sure on a running mean, and for long enough."""
    import numpy as np

    if not len(odds):
        return np.zeros(0, dtype=bool)
    padded = np.pad(odds, 1, mode="edge")
    smooth = 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
    sure = smooth > SURE
    jumps = np.diff(moments) > 2 * np.diff(moments).min() if len(moments) > 1 else np.zeros(0, bool)
    edges = np.flatnonzero((np.diff(sure.astype(np.int8)) != 0) | jumps) + 1
    for run in np.split(np.arange(len(sure)), edges):
        if len(run) < SHORTEST:
            sure[run] = False
    return sure


@functools.cache
def _line() -> tuple[np.ndarray, float]:
    import numpy as np

    fitted = json.loads((files(__package__) / "overlap.json").read_text(encoding="utf-8"))
    return np.array(fitted["weights"], dtype=np.float32), float(fitted["bias"])
