"""Recordings in which each channel is somebody's own microphone or line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fgd.audio.wav import SAMPLES_PER_MS, Audio
from fgd.core.progress import Progress
from fgd.diarization.backend import Diarizer, VoiceBounds, VoiceTurn
from fgd.model import Span

if TYPE_CHECKING:
    import numpy as np

FRAME_MS = 50
_FRAME = FRAME_MS * SAMPLES_PER_MS
_BLOCK = 60_000  # ms

# A person's own microphone hears them at least this much louder (dB) than the others do; two
# microphones of one room differ by less. Levels are taken relative to each channel's own loudest.
OWN = 6.0
# The share of loud moments in which that must hold, and the share in which a channel must be the
# one that is louder for it to count as somebody's.
CLEAR, HEARD = 0.8, 0.02
# Below this much under its loudest, a channel is not speaking.
QUIET = -30.0
# A channel that never gets louder than this (dB below full scale) is not connected.
DEAD = -65.0
PAUSE, SHORTEST = 300, 200
# A line on which several people speak: each voice must have this share of its speech.
SHARED = 0.1


def one_speaker_per_channel(channels: Sequence[Audio]) -> bool:
    """Whether the channels keep people apart: at most loud moments one of them clearly leads,
    and at least two of them do so now and then. Reads the files in blocks.
    """
    if len(channels) < 2:
        return False
    return _apart(levels(channels))


def levels(channels: Sequence[Audio]) -> np.ndarray:
    """Level in dB of each 50 ms of each channel, relative to the channel's own loudest moments
    (98th percentile); float32 (frames, channels). Channels that are not connected are -200.
    """
    import numpy as np

    columns = []
    frames = min(channel.duration for channel in channels) // FRAME_MS
    for channel in channels:
        parts = [np.zeros(0, dtype=np.float32)]
        for start in range(0, frames * FRAME_MS, _BLOCK):
            sound = channel.read(Span(start, min(start + _BLOCK, frames * FRAME_MS)))
            power = np.square(sound.reshape(-1, _FRAME)).mean(axis=1)
            parts.append((10 * np.log10(power + 1e-12)).astype(np.float32))
        level = np.concatenate(parts)
        loudest = np.percentile(level, 98) if len(level) else DEAD
        columns.append(level - loudest if loudest > DEAD else np.full_like(level, -200))
    return np.stack(columns, axis=1)


def _apart(level: np.ndarray) -> bool:
    import numpy as np

    ordered = np.sort(level, axis=1)
    loud = ordered[:, -1] > QUIET / 2
    if not loud.any():
        return False
    lead = (ordered[:, -1] - ordered[:, -2])[loud]
    leaders = np.bincount(level[loud].argmax(axis=1)[lead >= OWN], minlength=level.shape[1])
    return bool((lead >= OWN).mean() >= CLEAR and (leaders >= HEARD * loud.sum()).sum() >= 2)


def by_channel(
    channels: Sequence[Audio],
    speech: Sequence[Span],
    diarizer: Diarizer,
    *,
    bounds: VoiceBounds,
    progress: Progress,
) -> tuple[VoiceTurn, ...]:
    """Turns of the people behind the channels, in order of start; overlap comes for free.

    A channel on which the diarizer hears several voices with a fair share each (a room behind one
    line) is split into those.
    """
    level = levels(channels)
    turns: list[VoiceTurn] = []
    most = max(1, bounds.most - len(channels) + 1)
    for number, channel in enumerate(channels):
        own = _own_speech(level, number, speech)
        if not own:
            continue
        heard = diarizer.diarize(
            channel, own, bounds=VoiceBounds(1, most), floor=(), progress=progress
        )
        turns += _settled(heard, own, f"channel{number + 1}")
    return tuple(sorted(turns, key=lambda turn: (turn.span, turn.voice)))


def _own_speech(level: np.ndarray, number: int, speech: Sequence[Span]) -> tuple[Span, ...]:
    """Where a channel speaks itself: no other one is clearly louder."""
    import numpy as np

    mine = level[:, number]
    active = (mine > QUIET) & (mine > level.max(axis=1) - OWN)
    edges = np.flatnonzero(np.diff(active.astype(np.int8), prepend=0, append=0))
    joined: list[Span] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        span = Span(int(start) * FRAME_MS, int(end) * FRAME_MS)
        if joined and span.start - joined[-1].end < PAUSE:
            joined[-1] |= span
        else:
            joined.append(span)
    kept = [span for span in joined if span.duration >= SHORTEST]
    return tuple(_common(kept, speech))


def _common(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """The intersection of two ordered sequences of spans."""
    shared, i, j = [], 0, 0
    while i < len(some) and j < len(others):
        both = some[i] & others[j]
        if both:
            shared.append(both)
        if some[i].end < others[j].end:
            i += 1
        else:
            j += 1
    return shared


def _settled(heard: Sequence[VoiceTurn], own: Sequence[Span], name: str) -> list[VoiceTurn]:
    """One voice for the channel, or several if each has a fair share of its speech."""
    time: dict[str, int] = {}
    for turn in heard:
        time[turn.voice] = time.get(turn.voice, 0) + turn.span.duration
    fair = SHARED * sum(time.values())
    if len(time) > 1 and all(spoken >= fair for spoken in time.values()):
        return [
            VoiceTurn(
                f"{name}.{turn.voice}",
                turn.span,
                turn.confidence,
                f"{name}.{turn.runner_up}" if turn.runner_up else "",
                turn.runner_up_confidence,
            )
            for turn in heard
        ]
    return [VoiceTurn(name, span) for span in own]
