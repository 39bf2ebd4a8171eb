"""Run the two networks: up to three voices in every ten seconds, and pieces of one voice.

Windows of ten seconds, one every 2.5 s, are each told apart by ``segmentation``. Together they say
how many people speak in every frame. Where it is one, sound is cut into pieces of at most 2 s, at
pauses and where the windows hear the voice change, and each piece gets a vector (``embedding``).
Whether two pieces within ten seconds are one voice is thus known twice over: from their vectors,
and from the windows that hold both.

Four hours take about 25 MB: probabilities are kept as bytes.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fgd.audio.decode import SAMPLES_PER_MS, Audio
from fgd.core.backends import Progress, silent
from fgd.diarization.networks import (
    FRAME,
    FRAMES,
    LOCAL,
    REACH,
    SETS,
    SIZE,
    WINDOW,
    Segmentation,
    VoiceEncoder,
    filterbanks,
)
from fgd.model import Span

if TYPE_CHECKING:
    import numpy as np

HOP = 148  # frames from one window to the next: 2.5 s, so a frame is heard four times
WINDOWS_AT_ONCE = 32
PIECES_AT_ONCE = 256
PIECE = 118  # frames in the longest piece: 2 s, below which vectors are blurred more than voices
APART = 3  # frames within a stretch that are never cut off: 50 ms
CHANGE = 9  # frames over which windows may differ on the moment of a change: 0.15 s
SHORT = 0.5  # seconds alone below which a local voice has no vector from its pieces
ENOUGH = 1.0  # seconds above which such a voice is then heard where others speak as well
BLUR = 1.3  # seconds of a piece at which half of its vector is the voice and half what is said
MOMENT = 12  # frames that one moment of the timeline stands for: 0.2 s
STEP = 10  # mel frames that pieces differ in length by, so that many are heard at once


@dataclass(frozen=True, slots=True)
class LocalVoices:
    """What is heard in a recording, before anybody is told from anybody else for good.

    Attributes:
        activity: the probability of each local voice, uint8 of 255 (windows, 589, 3); window ``w``
            begins at frame ``w * HOP``.
        count: people who speak in each frame, 0 to 2, int8 (frames,).
        pieces: first and last (exclusive) frame of each, int64 (pieces, 2).
        vectors: of the pieces, of length one or zeros, float32 (pieces, 192).
        covered: window and local voice of those that are never alone, int64 (n, 2).
        covered_vectors: their vectors, float32 (n, 192).
    """

    activity: np.ndarray
    count: np.ndarray
    pieces: np.ndarray
    vectors: np.ndarray
    covered: np.ndarray
    covered_vectors: np.ndarray

    @property
    def seconds(self) -> np.ndarray:
        """Return the length of each piece, float64 (pieces,)."""
        return seconds(self.pieces[:, 1] - self.pieces[:, 0])

    @property
    def trust(self) -> np.ndarray:
        """Measure how alike each piece and its voice are at best, float64 (pieces,)."""
        import numpy as np

        return np.asarray(np.sqrt(self.seconds / (self.seconds + BLUR)))

    def shares(self) -> tuple[Any, Any]:
        """Map each piece to its local voice in each window.

        Returns:
            Shares of a piece in the local voices, sparse (pieces, windows * 3), rows of one window
            summing to one; and whether a window holds the piece, sparse (pieces, windows).
        """
        import numpy as np
        from scipy.sparse import csr_array

        rows: list[int] = []
        columns: list[int] = []
        values: list[np.ndarray] = []
        for index, (first, last) in enumerate(self.pieces.tolist()):
            for window in range(
                max(0, (first - FRAMES) // HOP + 1), min(len(self.activity), last // HOP + 1)
            ):
                start, end = max(first - window * HOP, 0), min(last - window * HOP, FRAMES)
                if end <= start or end - start < (last - first) / 2:
                    continue
                share = self.activity[window, start:end].mean(axis=0) / 255
                if share.sum() > 0.2:  # else this window hears nobody there
                    rows.append(index)
                    columns.append(window)
                    values.append(share / share.sum())
        size = (len(self.pieces), len(self.activity))
        local = (np.array(columns, dtype=np.int64)[:, None] * LOCAL + np.arange(LOCAL)).ravel()
        share = csr_array(
            (np.array(values).ravel(), (np.repeat(rows, LOCAL), local)),
            shape=(size[0], size[1] * LOCAL),
        )
        inside = csr_array((np.ones(len(rows)), (rows, columns)), shape=size)
        return share, inside

    def speech(self) -> np.ndarray:
        """Return the probability that anybody speaks in each frame, float32 (frames,)."""
        import numpy as np

        total = np.zeros(len(self.count) + FRAMES + HOP, np.float32)
        windows = np.zeros_like(total)
        for window, local in enumerate(self.activity):
            total[window * HOP : window * HOP + FRAMES] += local.max(axis=1)
            windows[window * HOP : window * HOP + FRAMES] += 255
        return np.asarray((total / np.maximum(windows, 1))[: len(self.count)])

    def timeline(self) -> Timeline:
        """Cut the pieces into moments of 0.2 s."""
        import numpy as np

        edges, piece = [], []
        for index, (first, last) in enumerate(self.pieces.tolist()):
            cuts = np.linspace(first, last, max(1, round((last - first) / MOMENT)) + 1).round()
            edges += list(pairwise(cuts.astype(np.int64).tolist()))
            piece += [index] * (len(cuts) - 1)
        frames = np.array(edges, dtype=np.int64).reshape(-1, 2)
        return Timeline(frames, np.array(piece, dtype=np.int64), self.vectors, self.trust)


@dataclass(frozen=True)
class Timeline:
    """Moments of one voice each, 0.2 s apart in a piece.

    Attributes:
        frames: first and last (exclusive) frame of each moment, int64 (n, 2).
        piece: the piece that each is of, int64 (n,).
        vectors: of the pieces, float32 (pieces, 192).
        trust: of the pieces, float64 (pieces,).
    """

    frames: np.ndarray
    piece: np.ndarray
    vectors: np.ndarray
    trust: np.ndarray

    @functools.cached_property
    def moments(self) -> np.ndarray:
        """Return the middles in ms, in order, int64 (n,)."""
        import numpy as np

        return np.asarray(milliseconds(self.frames.mean(axis=1)), dtype=np.int64)

    def sound(self, first: int, last: int) -> np.ndarray:
        """Add up the vectors of some moments, float32 (192,)."""
        import numpy as np

        return np.asarray(self.vectors[self.piece[first:last]].sum(axis=0), dtype=np.float32)

    def similarities(self, voices: np.ndarray) -> np.ndarray:
        """Compare each moment with each voice; 1 is what one person reaches.

        Args:
            voices: of length one, float32 (voices, 192).

        Returns:
            float64 (n, voices).
        """
        import numpy as np

        alike = self.vectors @ voices.T / self.trust[:, None]
        return np.asarray(alike[self.piece], dtype=np.float64)

    def mean(self, chosen: np.ndarray) -> np.ndarray:
        """Average the vectors of some of the moments (bool (n,), at least one), float32 (192,)."""
        import numpy as np

        weight = np.bincount(self.piece[chosen], minlength=len(self.vectors))
        return np.asarray(weight @ self.vectors / weight.sum(), dtype=np.float32)


def hear(
    audio: Audio,
    segmentation: Segmentation,
    encoder: VoiceEncoder,
    progress: Progress = silent,
) -> LocalVoices:
    """Run both networks over a recording, block by block.

    Args:
        audio: 16 kHz mono.
        segmentation: tells who speaks in a window.
        encoder: makes the vectors.
        progress: called with the step ``voices``; each network is half of it.
    """
    import numpy as np

    activity, count, change = _activity(audio, segmentation, progress)
    pieces = np.array(list(_pieces(count, change)), dtype=np.int64).reshape(-1, 2)
    heard = LocalVoices(
        activity, count, pieces, np.zeros((len(pieces), SIZE), np.float32),
        np.zeros((0, 2), np.int64), np.zeros((0, SIZE), np.float32),
    )  # fmt: skip
    for start in range(0, len(pieces), PIECES_AT_ONCE):
        block = pieces[start : start + PIECES_AT_ONCE]
        energies = filterbanks([_tensor(audio, first, last) for first, last in block.tolist()])
        energies = [e[: len(e) - len(e) % STEP] if len(e) > 2 * STEP else e for e in energies]
        heard.vectors[start : start + len(block)] = encoder.vectors(energies)
        done = (start + len(block)) / len(pieces)
        progress("voices", round(audio.duration * (1 + done) / 2), audio.duration)
    covered, vectors = _covered(audio, heard, encoder)
    return LocalVoices(activity, count, pieces, heard.vectors, covered, vectors)


def write_kept(path: Path, made_of: str, heard: LocalVoices) -> None:
    """Keep what was heard, in one step; a disk that refuses costs only time later."""
    import numpy as np

    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as stream:
            stream.write(made_of.encode() + b"\n")
            for field in fields(heard):
                np.save(stream, getattr(heard, field.name), allow_pickle=False)
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def read_kept(path: Path, made_of: str) -> LocalVoices | None:
    """Read what was kept of the same sound and networks; nothing if it is of others, or damaged."""
    import numpy as np

    try:
        with path.open("rb") as stream:
            if stream.readline().decode(errors="replace").rstrip("\n") != made_of:
                return None
            return LocalVoices(*(np.load(stream, allow_pickle=False) for _ in fields(LocalVoices)))
    except (OSError, ValueError, EOFError):
        return None


def _activity(
    audio: Audio, segmentation: Segmentation, progress: Progress
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Compute local activity, people per frame, and how many windows hear a change at a frame."""
    import numpy as np

    samples = audio.duration * SAMPLES_PER_MS
    frames = samples // FRAME + 1
    hop = HOP * FRAME
    windows = max(0, -(-(samples - WINDOW) // hop)) + 1
    speaking, size = np.zeros((len(SETS), LOCAL), np.float32), np.array([len(s) for s in SETS])
    for index, some in enumerate(SETS):
        speaking[index, list(some)] = 1
    activity = np.zeros((windows, FRAMES, LOCAL), np.uint8)
    people, changes, covering = (np.zeros(frames + FRAMES, np.float32) for _ in range(3))
    for first in range(0, windows, WINDOWS_AT_ONCE):
        last = min(first + WINDOWS_AT_ONCE, windows)
        block = np.zeros((last - first, WINDOW), np.float32)
        sound = _samples(audio, first * hop, (last - 1) * hop + WINDOW)
        for row in range(last - first):
            part = sound[row * hop : row * hop + WINDOW]
            block[row, : len(part)] = part
        likely = segmentation(block)
        activity[first:last] = np.rint(255 * (likely @ speaking))
        best = likely.argmax(axis=2)
        for row, window in enumerate(range(first, last)):
            here = slice(window * HOP, window * HOP + FRAMES)
            number = size[best[row]]
            changed = (number[1:] == 1) & (number[:-1] == 1) & (best[row, 1:] != best[row, :-1])
            people[here] += number
            covering[here] += 1
            changes[here][1:] += changed
        progress("voices", round(audio.duration * last / windows / 2), audio.duration)
    covering = np.maximum(covering, 1)[:frames]
    count = np.rint(people[:frames] / covering).clip(0, 2).astype(np.int8)
    return activity, count, changes[:frames] / covering


def _pieces(count: np.ndarray, change: np.ndarray) -> Iterator[tuple[int, int]]:
    """Cut stretches where one person speaks at changes of voice, and into 2 s at most."""
    import numpy as np

    votes = np.convolve(change, np.ones(CHANGE), "same") > 0.5
    peaks = np.convolve(change, np.hanning(CHANGE + 2), "same")
    edges = np.flatnonzero(np.diff((count == 1).astype(np.int8), prepend=0, append=0)).tolist()
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        cuts = [first]
        for frame in (np.flatnonzero(votes[first:last]) + first).tolist():
            near = peaks[max(frame - CHANGE, first) : frame + CHANGE]
            if frame - cuts[-1] >= APART <= last - frame and peaks[frame] == near.max() > 0:
                cuts.append(frame)
        for start, end in pairwise([*cuts, last]):
            number = -(-(end - start) // PIECE)
            parts = np.linspace(start, end, number + 1).round().astype(int).tolist()
            yield from pairwise(parts)


def _covered(
    audio: Audio, heard: LocalVoices, encoder: VoiceEncoder
) -> tuple[np.ndarray, np.ndarray]:
    """Embed the local voices that speak only while others do."""
    import numpy as np
    import torch

    share, _ = heard.shares()
    alone = (share.T @ heard.seconds).reshape(-1, LOCAL)
    active = heard.activity > 127
    total = seconds(active.sum(axis=1))
    found, vectors = [], []
    for window, voice in np.argwhere((alone < SHORT) & (total >= ENOUGH)).tolist():
        first = window * HOP
        (energies,) = filterbanks([_tensor(audio, first, first + FRAMES)])
        frame = (np.arange(len(energies)) * (160 / FRAME)).astype(int).clip(0, FRAMES - 1)
        own = energies[torch.from_numpy(active[window, frame, voice])]
        found.append((window, voice))
        vectors.append(encoder.vectors([own])[0])
    return (
        np.array(found, dtype=np.int64).reshape(-1, 2),
        np.array(vectors, dtype=np.float32).reshape(-1, SIZE),
    )


def seconds(frames: np.ndarray) -> np.ndarray:
    """Return the seconds that so many frames last."""
    return frames * (FRAME / 16_000)


def milliseconds(frame: np.ndarray) -> np.ndarray:
    """Return the moment at which a frame begins: half a step before its centre."""
    import numpy as np

    return np.asarray(np.rint((frame * FRAME + (REACH - FRAME) / 2) / SAMPLES_PER_MS))


def frame_at(moment: int) -> int:
    """Find the frame that begins nearest to a moment in ms."""
    return max(0, round((moment * SAMPLES_PER_MS - (REACH - FRAME) / 2) / FRAME))


def _tensor(audio: Audio, first: int, last: int) -> Any:
    """Return the sound of some frames."""
    import torch

    start = first * FRAME + (REACH - FRAME) // 2
    return torch.from_numpy(_samples(audio, start, start + (last - first) * FRAME))


def _samples(audio: Audio, first: int, last: int) -> np.ndarray:
    """Return samples by number, float32; fewer where the recording ends."""
    import numpy as np

    span = Span(first // SAMPLES_PER_MS, min(-(-last // SAMPLES_PER_MS), audio.duration))
    if span.start >= audio.duration:
        return np.zeros(0, np.float32)
    skip = first - span.start * SAMPLES_PER_MS
    return np.array(audio.read(span)[skip : skip + last - first], dtype=np.float32)
