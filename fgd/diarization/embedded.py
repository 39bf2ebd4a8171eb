"""The built-in diarizer: no account, no download at run time, memory that stays small.

1. Two networks hear the recording once (``local_voices``): who of up to three speaks in every ten
   seconds, and what each piece of one voice sounds like.
2. The pieces are grouped into voices within the bounds of the roster (``clustering``).
3. A floor log that agrees with the sound anchors the voices (``floor_marks``); one that contradicts
   it is not followed, and one too short to tell only holds pieces together in step 2.
4. Where two people speak at once, the windows say who the two are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fgd.audio.decode import Audio
from fgd.core.backends import Progress, sha256
from fgd.diarization.clustering import Voices, likeliest, posteriors
from fgd.diarization.contract import GHOST, VoiceBounds, VoiceTurn
from fgd.diarization.floor_marks import Log, seeds
from fgd.diarization.local_voices import (
    BLUR,
    HOP,
    LocalVoices,
    Timeline,
    frame_at,
    hear,
    milliseconds,
    read_kept,
    seconds,
    write_kept,
)
from fgd.diarization.networks import FRAMES, Segmentation, VoiceEncoder
from fgd.model import FloorMark, Span

if TYPE_CHECKING:
    import numpy as np

PAUSE = 500
"""A shorter silence, in ms, does not end a turn: people who mark who spoke mark none either."""

DIVISIBLE, ALIKE = 1.0, 0.85
"""Seconds of a piece below which halves tell nothing, and what a half must reach of one person."""

AGREED = 0.3
"""The share of a turn in which voice activity must hear speech, too; else it is music or noise."""


def load(_argument: str = "", _context: Any = None) -> EmbeddedDiarizer:
    """Make the diarizer of the entry point ``embedded``. Raises ``BackendUnavailable``."""
    return EmbeddedDiarizer(VoiceEncoder())


class EmbeddedDiarizer:
    """Tells voices apart with the built-in networks."""

    def __init__(self, encoder: VoiceEncoder) -> None:
        self.encoder = encoder
        self.segmentation = Segmentation()
        self.id = f"embedded:{self.segmentation.id}+{encoder.id}"
        self.version = f"4.{self.segmentation.version}.{encoder.version}"
        self.hearing = f"3.{self.segmentation.version}.1"  # what is kept outlives another grouping
        self._kept: tuple[object, LocalVoices] | None = None

    def diarize(
        self,
        audio: Audio,
        speech: Sequence[Span],
        *,
        bounds: VoiceBounds,
        floor: Sequence[FloorMark],
        progress: Progress,
    ) -> tuple[VoiceTurn, ...]:
        """Find turns in order of start; see ``fgd.diarization.contract.Diarizer``."""
        heard = self._hear(audio, progress)
        if not len(heard.pieces):
            return ()
        voices = Voices(heard)
        timeline = heard.timeline()
        sounds, evidence = voices.group(bounds)
        path = evidence.argmax(axis=1)[timeline.piece]
        expected = None
        if floor:
            log = Log(floor, timeline)
            agrees = log.agrees()
            if agrees:
                sounds, expected = log.anchored(sounds)
            elif agrees is None:
                named = _named(floor, timeline, path)
                sounds, evidence = voices.group(bounds, named)
                path = evidence.argmax(axis=1)[timeline.piece]
        likely = evidence[timeline.piece]
        if expected is not None:
            alike = timeline.similarities(sounds)
            path = likeliest(alike, timeline.moments, expected)
            likely = voices.evidence(sounds, _owners(timeline, path))[timeline.piece]
            path = likeliest(likely, timeline.moments, expected)
        else:
            path, likely = self._halved(audio, timeline, path, likely, sounds)
        sure = posteriors(likely, timeline.moments, expected)
        speaking = _speaking(voices, timeline, path, sounds)
        anybody = heard.speech()
        return tuple(
            replace(turn, speech=_mean(anybody, turn.span))
            for turn in _turns(speaking, timeline, path, sure, audio.duration)
            if _shared(turn.span, speech) >= AGREED * turn.span.duration
        )

    def _halved(
        self,
        audio: Audio,
        timeline: Timeline,
        path: np.ndarray,
        likely: np.ndarray,
        sounds: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Give the halves of a piece to two voices where it only seemed to be a third one.

        A change of voice that the windows did not hear leaves a piece which sounds like nobody.
        Only pieces of ghosts are looked at, and both halves must sound as one person does.
        """
        import numpy as np

        path, likely = path.copy(), likely.copy()
        edges = np.flatnonzero(np.diff(timeline.piece, prepend=-1, append=-1))
        frames = [
            (timeline.frames[first, 0], timeline.frames[last - 1, 1])
            for first, last in pairwise(edges)
        ]
        spoken = np.zeros(len(sounds))
        for first, (start, end) in zip(edges[:-1], frames, strict=True):
            spoken[path[first]] += seconds(end - start)
        others = np.flatnonzero(spoken * 1000 >= GHOST)
        for (first, last), (start, end) in zip(pairwise(edges), frames, strict=True):
            if path[first] in others or len(others) < 2 or seconds(end - start) < DIVISIBLE:
                continue
            middle = (first + last) // 2
            found = []
            for half in (slice(first, middle), slice(middle, last)):
                begin, stop = timeline.frames[half][[0, -1], [0, 1]]
                span = Span(*milliseconds(np.array([begin, stop])).astype(int).tolist())
                trust = np.sqrt(span.duration / (span.duration + 1000 * BLUR))
                alike = np.full(len(sounds), -1.0)
                alike[others] = sounds[others] @ self.encoder(audio.read(span)) / trust
                found.append((half, int(alike.argmax()), alike))
            if found[0][1] != found[1][1] and min(a.max() for _, _, a in found) >= ALIKE:
                for half, voice, alike in found:
                    path[half], likely[half] = voice, alike
        return path, likely

    def _hear(self, audio: Audio, progress: Progress) -> LocalVoices:
        """Run the networks over a recording, or read what they found before: with a floor log or
        another roster only the grouping is done anew, and the networks are nearly all of the work.

        What is kept identifies people, as the prints do; it goes with the outputs.
        """
        stat = audio.path.stat()
        key = (audio.path, stat.st_size, stat.st_mtime_ns)
        if self._kept is None or self._kept[0] != key:
            self._kept = None
            beside = audio.path.with_suffix(".voices")
            made_of = f"{self.id}/{self.hearing}/{sha256(audio.path)}"
            heard = read_kept(beside, made_of)
            if heard is None:
                heard = hear(audio, self.segmentation, self.encoder, progress)
                write_kept(beside, made_of, heard)
            self._kept = (key, heard)
        return self._kept[1]


def _named(floor: Sequence[FloorMark], timeline: Timeline, path: np.ndarray) -> list[list[int]]:
    """Collect the pieces that a floor log holds together, one set for each of its labels."""
    import numpy as np

    firsts = np.flatnonzero(np.diff(timeline.piece, prepend=-1)).tolist()
    cores = list(zip(firsts, [*firsts[1:], len(timeline.piece)], strict=True))
    sounds = np.stack([timeline.sound(first, last) for first, last in cores])
    return seeds(floor, timeline.moments, path, cores, sounds)


def _owners(timeline: Timeline, path: np.ndarray) -> np.ndarray:
    """Find the voice of most moments of each piece, int64 (pieces,)."""
    import numpy as np

    votes = np.zeros((len(timeline.vectors), int(path.max()) + 1))
    np.add.at(votes, (timeline.piece, path), 1)
    return np.asarray(votes.argmax(axis=1))


def _speaking(
    voices: Voices, timeline: Timeline, path: np.ndarray, sounds: np.ndarray
) -> np.ndarray:
    """Tell which voices speak in each frame, bool (frames, voices); at most two at once."""
    import numpy as np

    heard = voices.heard
    shares = np.zeros((len(heard.pieces), len(sounds)))
    np.add.at(shares, (timeline.piece, path), 1.0)
    local = voices.local(shares / np.maximum(shares.sum(axis=1, keepdims=True), 1), sounds)
    speaking = np.zeros((len(heard.count), len(sounds)), dtype=bool)
    for (first, last), voice in zip(timeline.frames.tolist(), path.tolist(), strict=True):
        speaking[first:last, voice] = True
    double = np.flatnonzero(heard.count == 2)
    active = np.zeros((len(double), len(sounds)))
    for window in range(len(local)):
        first, last = np.searchsorted(double, (window * HOP, window * HOP + FRAMES)).tolist()
        inside = double[first:last] - window * HOP
        active[first:last] += heard.activity[window, inside] @ local[window] / 255
    order = np.argsort(-active, axis=1, kind="stable")[:, :2]
    for rank in range(order.shape[1]):
        known = active[np.arange(len(double)), order[:, rank]] > 0
        speaking[double[known], order[known, rank]] = True
    return speaking


def _turns(
    speaking: np.ndarray, timeline: Timeline, path: np.ndarray, sure: np.ndarray, end: int
) -> Iterator[VoiceTurn]:
    """Make turns of frames, in order of start, with how sure their moments are."""
    import numpy as np

    found: list[tuple[Span, int]] = []
    for voice in range(speaking.shape[1]):
        edges = np.flatnonzero(np.diff(speaking[:, voice].astype(np.int8), prepend=0, append=0))
        times = milliseconds(edges).astype(np.int64).clip(0, end).tolist()
        runs: list[Span] = []
        for first, last in zip(times[::2], times[1::2], strict=True):
            if runs and first - runs[-1].end < PAUSE:
                runs[-1] |= Span(first, last)
            elif last > first:
                runs.append(Span(first, last))
        found += [(run, voice) for run in runs]
    for span, voice in sorted(found, key=lambda item: (item[0], item[1])):
        first, last = np.searchsorted(timeline.moments, (span.start, span.end)).tolist()
        own = np.flatnonzero(path[first:last] == voice) + first
        turn = VoiceTurn(f"V{voice + 1}", span, 0.5)
        if len(own):
            mean = sure[own].mean(axis=0)
            confidence, mean[voice] = float(mean[voice]), -1
            turn = replace(turn, confidence=round(confidence, 4))
            if len(mean) > 1:
                other = int(mean.argmax())
                turn = replace(
                    turn,
                    runner_up=f"V{other + 1}",
                    runner_up_confidence=round(max(float(mean[other]), 0.0), 4),
                )
        yield turn


def _mean(anybody: np.ndarray, span: Span) -> float:
    """Average the probability that anybody speaks over the frames of a span."""
    first, last = frame_at(span.start), frame_at(span.end)
    part = anybody[first : max(last, first + 1)]
    return round(float(part.mean()), 4) if len(part) else 0.0


def _shared(span: Span, speech: Sequence[Span]) -> int:
    """Count the milliseconds of a span that lie in stretches of speech, which are in order."""
    shared = 0
    for stretch in speech[bisect_left(speech, span.start, key=lambda stretch: stretch.end) :]:
        if stretch.start >= span.end:
            break
        shared += (span & stretch).duration
    return shared
