"""Make a transcript from sound and speech spans: windows, batches, guards, and a second hearing.

Whisper pays for 30 seconds whatever a window holds, so windows should be full; a cut in the
middle of a word costs that word, so they should end in silence. The cut points are chosen for
both at once over the whole recording (dynamic programming), instead of filling each window in
turn as in Bain et al., "WhisperX" (2023).

Every window is heard once, in batches. Then what the first hearing left open is heard again by
itself: speech that no word covers (a window may end early), and windows that seem to recite the
prompt (again, without one). What stays open is reported, so that a file with missing text is
never taken for a finished one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from fgd.audio.decode import Audio
from fgd.core.backends import Progress, silent
from fgd.core.clock import clock
from fgd.core.errors import store_error
from fgd.model import Flag, Issue, Segment, Span, Transcript, Word
from fgd.transcription import guards
from fgd.transcription.guards import coverage, merge, shared
from fgd.transcription.transcriber import Heard, Hints, Transcriber

LONGEST = 30_000
PADDING = 200
# A cut in a pause this long or longer is as good as any other.
GOOD_PAUSE = 600
# What a cut in no pause at all costs, measured in windows.
BAD_CUT = 0.6
# Silence inside a window invites invented words, so a window does not reach across this much.
LONGEST_SILENCE = 4_000


def windows(
    speech: Sequence[Span],
    duration: int,
    *,
    quietest: Callable[[Span], int] | None = None,
    longest: int = LONGEST,
) -> tuple[Span, ...]:
    """Cut windows that cover all speech, in order, not overlapping, each at most ``longest`` ms.

    Args:
        speech: spans of speech in order, not overlapping.
        duration: of the recording in ms; windows are padded but never beyond it.
        quietest: gives the quietest moment inside a span; used to cut speech without pauses.
            Without it such speech is cut in the middle of the span offered.
        longest: the longest window in ms.
    """
    room = longest - 2 * PADDING
    pieces = [piece for span in speech if span for piece in _pieces(span, room, quietest)]
    if not pieces:
        return ()
    starts = _cuts(pieces, room)
    groups = [
        Span(pieces[first].start, pieces[last - 1].end)
        for first, last in zip(starts, [*starts[1:], len(pieces)], strict=True)
    ]
    return tuple(_padded(groups, duration))


def _pieces(span: Span, room: int, quietest: Callable[[Span], int] | None) -> list[Span]:
    """Cut a span longer than ``room`` into parts where it is quietest."""
    pieces = []
    while span.duration > room:
        offered = Span(span.start + room * 2 // 3, span.start + room)
        moment = quietest(offered) if quietest else (offered.start + offered.end) // 2
        moment = min(max(moment, offered.start), offered.end)
        pieces.append(Span(span.start, moment))
        span = Span(moment, span.end)
    return [*pieces, span]


def _cuts(pieces: Sequence[Span], room: int) -> list[int]:
    """Choose the pieces at which windows start, at the least cost: one per window plus bad cuts."""
    cost = [0.0] + [float("inf")] * len(pieces)
    previous = [0] * (len(pieces) + 1)
    for first, piece in enumerate(pieces):
        here = cost[first] + 1.0 + _cut_cost(pieces, first)
        for last in range(first + 1, len(pieces) + 1):
            if pieces[last - 1].end - piece.start > room:
                break
            if last - first > 1 and _pause(pieces, last - 1) > LONGEST_SILENCE:
                break
            if here < cost[last]:
                cost[last], previous[last] = here, first
    starts: list[int] = []
    at = len(pieces)
    while at:
        at = previous[at]
        starts.append(at)
    return starts[::-1]


def _pause(pieces: Sequence[Span], index: int) -> int:
    return pieces[index].start - pieces[index - 1].end


def _cut_cost(pieces: Sequence[Span], index: int) -> float:
    """Return the cost of starting a window at piece ``index``."""
    if index == 0:
        return 0.0
    return BAD_CUT * (1.0 - min(1.0, _pause(pieces, index) / GOOD_PAUSE))


def _padded(groups: Sequence[Span], duration: int) -> list[Span]:
    """Give each window a little silence on both sides, shared fairly with its neighbours."""
    padded = []
    for index, group in enumerate(groups):
        before = group.start - groups[index - 1].end if index else group.start
        after = groups[index + 1].start - group.end if index + 1 < len(groups) else PADDING
        start = group.start - min(PADDING, before // 2 if index else before)
        end = group.end + min(PADDING, (after + 1) // 2 if index + 1 < len(groups) else after)
        padded.append(Span(max(0, start), max(group.end, min(end, duration))))
    return padded


# A gap shorter than this is not worth hearing again: Whisper needs context to hear anything.
SHORTEST_SECOND_HEARING = 1_500
CONTEXT = 300
# Words longer than this have been stretched over silence and are cut back to the speech in them.
LONGEST_WORD = 1_200


@dataclass(frozen=True, slots=True)
class _Window:
    span: Span
    heard: Heard
    second: bool = False


def transcribe(
    recording: str,
    audio: Audio,
    speech: Sequence[Span],
    transcriber: Transcriber,
    hints: Hints,
    *,
    partial: Path,
    key: str,
    name: str,
    floor: float = 0.85,
    longest: int = LONGEST,
    progress: Progress = silent,
) -> tuple[Transcript, tuple[Issue, ...]]:
    """Write down what was said.

    Args:
        recording: id of the recording.
        audio: its sound.
        speech: where somebody speaks, in order.
        transcriber: the backend.
        hints: declared languages, names and terms.
        partial: file that holds finished batches; whoever stores the transcript removes it.
        key: fingerprint of this work; partial results of other work are not used.
        name: how issues call the recording.
        floor: the share of speech that words must cover.
        longest: the longest window in milliseconds.
        progress: called with milliseconds of sound heard.
    """
    heard = Partial(partial, key)
    cuts = windows(
        speech, audio.duration, quietest=lambda span: _quietest(audio, span), longest=longest
    )
    first = _hear(audio, cuts, transcriber, hints, heard, "first", progress)
    first = _without_prompt(audio, first, transcriber, hints, heard)
    words = [word for segment in _segments(first, speech, hints) for word in segment.words]
    again = _second_windows(speech, words, audio.duration, longest)
    quiet = replace(hints, terms=())
    second = _hear(audio, again, transcriber, quiet, heard, "second", silent, second=True)
    gaps = coverage(speech, words).gaps
    segments = sorted(
        [*_segments(first, speech, hints), *_only_in(_segments(second, speech, hints), gaps)],
        key=lambda segment: segment.span,
    )
    covered = coverage(speech, (word for segment in segments for word in segment.words))
    languages = tuple(dict.fromkeys(s.language for s in segments if s.language))
    transcript = Transcript(recording, tuple(segments), transcriber.id, languages, coverage=covered)
    return transcript, tuple(_issues(transcript, audio, speech, name, floor))


def _hear(
    audio: Audio,
    spans: Sequence[Span],
    transcriber: Transcriber,
    hints: Hints,
    partial: Partial,
    stage: str,
    progress: Progress,
    *,
    second: bool = False,
) -> list[_Window]:
    """Hear windows in batches; batches that are on disk already are not heard again."""
    done: list[_Window] = []
    total = sum(span.duration for span in spans)
    size = transcriber.batch if spans else 1
    for start in range(0, len(spans), size):
        batch = spans[start : start + size]
        name = f"{stage}:{batch[0].start}-{batch[-1].end}/{len(batch)}"
        heard = partial.get(name)
        if heard is None:
            heard = transcriber.transcribe([audio.read(span) for span in batch], hints)
            partial.put(name, heard)
        done += [_Window(span, one, second) for span, one in zip(batch, heard, strict=True)]
        progress("transcribe", sum(window.span.duration for window in done), total)
    return done


def _without_prompt(
    audio: Audio,
    heard: list[_Window],
    transcriber: Transcriber,
    hints: Hints,
    partial: Partial,
) -> list[_Window]:
    """Hear windows that recite the prompt once more without it; keep what recites less."""
    echoing = [window for window in heard if _recites(window, hints)]
    if not echoing:
        return heard
    spans = [window.span for window in echoing]
    bare = replace(hints, terms=())
    again = _hear(audio, spans, transcriber, bare, partial, "bare", silent)
    better = {window.span: window for window in again if not _recites(window, hints)}
    return [better.get(window.span, window) for window in heard]


def _recites(window: _Window, hints: Hints) -> bool:
    return any(guards.echoes(segment.text, hints.terms) for segment in window.heard.segments)


def _second_windows(
    speech: Sequence[Span], words: Sequence[Word], duration: int, longest: int
) -> tuple[Span, ...]:
    gaps = [gap for gap in coverage(speech, words).gaps if gap.duration >= SHORTEST_SECOND_HEARING]
    around = merge(
        Span(max(0, gap.start - CONTEXT), min(duration, gap.end + CONTEXT)) for gap in gaps
    )
    return windows(around, duration, longest=longest)


def _segments(heard: Sequence[_Window], speech: Sequence[Span], hints: Hints) -> list[Segment]:
    """Place segments in the recording's time, and flag them."""
    placed: list[Segment] = []
    for window in heard:
        for index, segment in enumerate(window.heard.segments):
            words = tuple(_placed(word, window.span.start, speech) for word in segment.words)
            span = Span(words[0].span.start, max(word.span.end for word in words))
            moved = replace(segment, words=words, span=span)
            doubts = guards.flags(moved, window.heard, speech, hints.terms, first=index == 0)
            if window.second:
                doubts = (*doubts, Flag("second-hearing", "the first hearing left this out"))
            placed.append(replace(moved, flags=(*moved.flags, *doubts)))
    return placed


def _placed(word: Word, offset: int, speech: Sequence[Span]) -> Word:
    """Place a word in the recording's time, cut back to speech if it was stretched over silence."""
    span = word.span.shifted(offset)
    if span.duration > LONGEST_WORD:
        spoken = [part for part in (span & other for other in speech) if part]
        if spoken:
            longest = max(spoken, key=lambda part: part.duration)
            span = longest
    return replace(word, span=span)


def _only_in(segments: Sequence[Segment], gaps: Sequence[Span]) -> list[Segment]:
    """Keep the part of a second hearing that lies in the gaps of the first."""
    kept: list[Segment] = []
    for segment in segments:
        words = tuple(
            word
            for word in segment.words
            if shared(Span(word.span.start, word.span.end + 1), gaps) * 2 > word.span.duration
        )
        if words:
            span = Span(words[0].span.start, max(word.span.end for word in words))
            kept.append(replace(segment, words=words, span=span))
    return kept


def _quietest(audio: Audio, span: Span) -> int:
    """Find the middle of the quietest 100 ms of a span."""
    import numpy as np

    frame = 20
    samples = audio.read(span)
    count = samples.size // (frame * 16)
    if count < 5:
        return (span.start + span.end) // 2
    power = (samples[: count * frame * 16].reshape(count, -1) ** 2).mean(axis=1)
    smooth = np.convolve(power, np.ones(5) / 5, mode="valid")
    return span.start + (int(smooth.argmin()) * frame + 50)


def _issues(
    transcript: Transcript,
    audio: Audio,
    speech: Sequence[Span],
    name: str,
    floor: float,
) -> list[Issue]:
    issues: list[Issue] = []
    if not speech:
        what = "no speech was found." if audio.duration >= 1000 else "it is shorter than a second."
        issues.append(
            Issue("warning", name, what, "If somebody speaks in it, check that it plays.")
        )
    covered = transcript.coverage
    if covered.share < floor:
        issues.append(
            Issue(
                "error",
                name,
                f"only {covered.share:.0%} of the speech is covered by words;"
                f" {len(covered.gaps)} stretches have no text.",
                "Use a larger checkpoint (fgd models list) or a better recording.",
                f"first from {clock(covered.gaps[0].start)}",
            )
        )
    flagged = [segment for segment in transcript.segments if segment.flags]
    if flagged:
        kinds = sorted({flag.kind for segment in flagged for flag in segment.flags})
        issues.append(
            Issue(
                "note",
                name,
                f"{len(flagged)} of {len(transcript.segments)} segments are doubtful"
                f" ({', '.join(kinds)}).",
                "They are marked in the transcript; listen to them first.",
                f"first at {clock(flagged[0].span.start)}",
            )
        )
    return issues


class Partial:
    """An append-only file: a line with the fingerprint of the work, then a line per batch.

    A line cut off by a crash is dropped with everything after it; a file that belongs to other
    work (another checkpoint, other settings, another sound) starts again.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self._key = key
        self._done: dict[str, list[Heard]] = {}
        good = self._read()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as stream:
                stream.truncate(good)
            if not good:
                self._append(msgspec.json.encode(key))
        except OSError as problem:
            raise store_error(path, problem) from problem

    def get(self, batch: str) -> list[Heard] | None:
        """Return what was heard in a batch, if it was finished."""
        return self._done.get(batch)

    def put(self, batch: str, heard: list[Heard]) -> None:
        """Keep a finished batch; it is on disk when this returns."""
        self._done[batch] = heard
        try:
            self._append(msgspec.json.encode((batch, heard)))
        except OSError as problem:
            raise store_error(self.path, problem) from problem

    def _read(self) -> int:
        """Read what is whole; returns how many bytes of the file that is."""
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return 0
        good = 0
        for number, line in enumerate(raw.splitlines(keepends=True)):
            try:
                if not line.endswith(b"\n"):
                    break
                if number == 0:
                    if msgspec.json.decode(line, type=str) != self._key:
                        return 0
                else:
                    batch, heard = msgspec.json.decode(line, type=tuple[str, list[Heard]])
                    self._done[batch] = heard
            except msgspec.MsgspecError:
                break
            good += len(line)
        return good

    def _append(self, line: bytes) -> None:
        with self.path.open("ab") as stream:
            stream.write(line + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
