"""Where somebody speaks: silero-vad, block by block, on sound brought to one level first.

The detector is silero-vad's own network for 16 kHz (one probability for each 32 ms), run through
its block-wise ONNX form with the state carried from block to block, so that memory does not grow
with the length and the result does not depend on where blocks begin. Quiet far-field speech is
missed at the level it was recorded at (default thresholds cover 0.81 of the speech in the AMI
clips), hence the running gain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fgd.audio.decode import SAMPLE_RATE, SAMPLES_PER_MS, Audio
from fgd.core.backends import Progress, silent
from fgd.core.errors import BackendUnavailable
from fgd.core.settings import SpeechSettings
from fgd.model import Span

if TYPE_CHECKING:
    import numpy as np

# Changes whenever the same sound would give other spans.
ACTIVITY_VERSION = 1

FRAME = 512  # samples the network decides on at once: 32 ms
CONTEXT = 64  # samples of the frame before that it also looks at
BLOCK = 512  # frames in one call: 16.4 s
FRAME_MS = FRAME // SAMPLES_PER_MS

# Hysteresis as in silero-vad: speech goes on until the probability falls this far below the
# threshold it began at.
FALL = 0.15
LOWEST = 0.05
# A burst shorter than this is a click or a cough.
SHORTEST = 100

# The level (of the loud frames: 95th percentile of 32 ms frames) that sound is brought to, and
# how far it may be turned up or down for that. Silence stays silence.
LOUD = -25.0
MOST_UP, MOST_DOWN = 30.0, 12.0


# A pause this long ends a stretch of speech, in ms: the rule of NIST's Rich Transcription
# evaluations for the turns of a speaker ("The 2009 (RT-09) Rich Transcription Meeting Recognition
# Evaluation Plan").
PAUSE = 300
# What is added on both sides of a stretch, in ms: onsets and endings are quieter than the network
# notices. Where two margins meet, the stretches touch in the middle of the pause, which stays
# known as a place to cut.
MARGIN = 250


def detect(audio: Audio, settings: SpeechSettings, progress: Progress = silent) -> tuple[Span, ...]:
    """Stretches of speech in ms, in order, not overlapping; margins of two of them may touch.

    Args:
        audio: the recording; it is read in blocks of 16 s.
        settings: ``activity_threshold`` is the probability at which speech begins.
        progress: called with the step ``activity`` and milliseconds done.

    Raises:
        BackendUnavailable: silero-vad or onnxruntime is not installed.
    """
    detected = probabilities(audio, progress)
    return stretches(detected, settings.activity_threshold, audio.duration)


def probabilities(audio: Audio, progress: Progress = silent) -> Iterator[float]:
    """Return the probability of speech in each 32 ms of a recording, in order."""
    import numpy as np

    network = _network()
    hidden = cell = np.zeros((1, 1, 128), dtype=np.float32)
    before = np.zeros(CONTEXT, dtype=np.float32)
    done = 0
    for block in _levelled(_blocks(audio)):
        frames = np.zeros((-(-len(block) // FRAME), FRAME), dtype=np.float32)
        frames.reshape(-1)[: len(block)] = block
        contexts = np.vstack([before[None], frames[:-1, -CONTEXT:]])
        before = frames[-1, -CONTEXT:]
        outputs, hidden, cell = network.run(
            ["speech_probs", "hn", "cn"],
            {"input": np.hstack([contexts, frames]), "h": hidden, "c": cell},
        )
        yield from np.asarray(outputs).reshape(-1).tolist()
        done += len(block) // SAMPLES_PER_MS
        progress("activity", min(done, audio.duration), audio.duration)


def stretches(detected: Iterable[float], threshold: float, duration: int) -> tuple[Span, ...]:
    """Join frames to stretches of speech, with margins.

    Args:
        detected: one probability for each 32 ms.
        threshold: speech begins at this probability and ends ``FALL`` below it.
        duration: of the recording in ms; no stretch reaches beyond it.
    """
    found: list[Span] = []
    for run in _runs(detected, threshold, max(threshold - FALL, LOWEST)):
        if found and run.start - found[-1].end < PAUSE:
            found[-1] |= run
        else:
            found.append(run)
    found = [Span(f.start, min(f.end, duration)) for f in found if f.start < duration]
    found = [span for span in found if span.duration >= SHORTEST]
    middles = [(a.end + b.start) // 2 for a, b in pairwise(found)]
    return tuple(
        Span(max(span.start - MARGIN, first), min(span.end + MARGIN, last))
        for span, first, last in zip(found, [0, *middles], [*middles, duration], strict=False)
    )


def _runs(detected: Iterable[float], begin: float, end: float) -> Iterator[Span]:
    """Spans in which the probability reached ``begin`` and has not fallen below ``end`` since."""
    start, moment = -1, 0
    for probability in detected:
        if start < 0 and probability >= begin:
            start = moment
        elif start >= 0 and probability < end:
            yield Span(start, moment)
            start = -1
        moment += FRAME_MS
    if start >= 0:
        yield Span(start, moment)


def _blocks(audio: Audio) -> Iterator[np.ndarray]:
    """Return the sound in blocks of 16.4 s; the last one is shorter."""
    length = BLOCK * FRAME_MS
    for start in range(0, audio.duration, length):
        yield audio.read(Span(start, min(start + length, audio.duration)))


def _levelled(blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Blocks with the running gain applied.

    The level of a block is that of the loud frames in it and its two neighbours (49 s in all);
    the gain moves evenly from the middle of one block to the middle of the next.
    """
    import numpy as np

    waiting: list[np.ndarray] = []
    levels: list[np.ndarray] = []
    last: float | None = None

    def gain() -> float:
        loud = float(np.percentile(np.concatenate(levels), 95))
        return min(max(LOUD - loud, -MOST_DOWN), MOST_UP)

    def applied(block: np.ndarray, before: float, after: float) -> np.ndarray:
        ramp = np.linspace(before, after, len(block), dtype=np.float32)
        turned: np.ndarray = np.clip(block * 10 ** (ramp / 20), -1, 1)
        return turned

    for block in blocks:
        waiting.append(block)
        levels = [*levels[-2:], _levels(block)]
        if len(waiting) == 2:
            now = gain()
            yield applied(waiting.pop(0), now if last is None else last, now)
            last = now
    if waiting:
        levels = levels[-2:]
        now = gain()
        yield applied(waiting.pop(), now if last is None else last, now)


def _levels(block: np.ndarray) -> np.ndarray:
    """Return the level in dB of each 32 ms of a block."""
    import numpy as np

    whole = max(len(block) // FRAME, 1) * FRAME
    frames = np.pad(block, (0, max(0, whole - len(block))))[:whole].reshape(-1, FRAME)
    loudness: np.ndarray = 10 * np.log10(np.square(frames).mean(axis=1) + 1e-12)
    return loudness


def _network() -> Any:
    """Return the ONNX session of silero-vad's block-wise network."""
    assert SAMPLE_RATE == 16_000, "the network was made for 16 kHz"
    try:
        import onnxruntime
        import torch

        threads = torch.get_num_threads()
        from silero_vad import load_silero_vad

        torch.set_num_threads(threads)  # importing silero_vad sets it to 1 for the whole process
    except ImportError as problem:
        raise BackendUnavailable(
            f"voice activity needs a package that is not installed ({problem.name}).",
            remedy="Run: pip install 'silero-vad>=6.2.3' onnxruntime",
        ) from problem
    onnxruntime.disable_telemetry_events()
    return load_silero_vad(sequence=True).session
