"""Find who spoke when: check and number a diarizer's turns, add what else is known of them.

Where each channel is somebody's own microphone or line, the channels are told apart one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fgd.audio.decode import SAMPLES_PER_MS, Audio
from fgd.core.backends import Progress, silent
from fgd.diarization.contract import (
    GHOST,
    Diarization,
    Diarizer,
    VoiceBounds,
    VoiceEmbedder,
    VoicePrint,
    VoiceTurn,
)
from fgd.diarization.floor_marks import usable
from fgd.diarization.networks import unit
from fgd.model import NOBODY, FloorMark, Issue, Span, Voice

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
    """Tell whether the channels keep people apart: at most loud moments one of them clearly leads,
    and at least two of them do so now and then. Reads the files in blocks.
    """
    if len(channels) < 2:
        return False
    return _apart(levels(channels))


def levels(channels: Sequence[Audio]) -> np.ndarray:
    """Measure the level in dB of each 50 ms of each channel, relative to the channel's own loudest
    moments (98th percentile); float32 (frames, channels). Channels that are not connected are -200.
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
    """Find the turns of the people behind the channels, in order of start, overlap included.

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
    """Find where a channel speaks itself: no other one is clearly louder."""
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
    """Intersect two ordered sequences of spans."""
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
    """Decide whether a channel holds one voice, or several with a fair share of its speech each."""
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


# Changes whenever the same turns of a backend would give another diarization.
VERSION = 8

# Detected speech has margins for hearing; this much of them, in ms, is not floor time.
EDGE = 100
# Less than this much of a voice, in ms, is applause, a laugh of many or a machine if the diarizer
# hardly hears speech in it and its level is this much steadier than that of the others. In noise
# and echo everybody's level is steady, so nothing is told by it where the others' varies by less
# than this, in dB. Chosen on invented meetings so that no voice of theirs is taken for a crowd.
FEW, FAINT, STEADY, LIVELY = 8_000, 0.75, 0.5, 6.0
# The length in ms over which a level varies with syllables and not with distance, and of how many
# such stretches of a recording it is measured.
SYLLABLES, MEASURED = 2_000, 100
# A print is made from the longest turns: at least this long each, and this much in all, in ms.
PRINT_TURN, PRINT_ALL = 1_000, 30_000


def diarize(
    recording: str,
    audio: Audio,
    speech: Sequence[Span],
    diarizer: Diarizer,
    *,
    embedder: VoiceEmbedder,
    bounds: VoiceBounds | None = None,
    floor: Sequence[FloorMark] = (),
    channels: Sequence[Audio] = (),
    name: str = "",
    progress: Progress = silent,
) -> Diarization:
    """Tell the voices of a recording apart.

    Args:
        recording: its id.
        audio: its sound, 16 kHz mono.
        speech: stretches of speech as ``fgd.transcription`` detects them, with their margins.
        diarizer: the backend.
        embedder: makes the voice prints that later steps compare with.
        bounds: on the number of voices; without a roster 1 to 20.
        floor: marks of the floor log for this recording.
        channels: one sound per channel, where the recording has several that differ.
        name: of the recording, for issues.
        progress: called with the step ``voices``.

    Raises:
        BackendUnavailable: the diarizer cannot work on this machine.
    """
    bounds = bounds or VoiceBounds()
    name = name or recording
    marks, issues = usable(floor, audio.duration, name)
    spoken = _without_margins(speech)
    if not spoken:
        return Diarization(recording, issues=(*issues, _nobody(name)), backend=diarizer.id)
    backend = diarizer.id
    if one_speaker_per_channel(channels):
        backend = f"channels+{diarizer.id}"
        turns = by_channel(channels, spoken, diarizer, bounds=bounds, progress=progress)
    else:
        turns = diarizer.diarize(audio, spoken, bounds=bounds, floor=marks, progress=progress)
    if not turns:
        return Diarization(recording, issues=(*issues, _nobody(name)), backend=backend)
    doubted = _noises(audio, turns)
    noises = tuple(sorted(turn.span for turn in turns if turn.voice in doubted))
    turns = _numbered([turn for turn in turns if turn.voice not in doubted])
    prints = _prints(audio, turns, embedder)
    voices = _voices(recording, turns, prints)
    total = sum(turn.span.duration for turn in turns)
    sure = sum(turn.confidence * turn.span.duration for turn in turns)
    return Diarization(
        recording,
        voices,
        turns,
        prints,
        (*issues, *_doubts(voices, noises, bounds, name)),
        backend,
        round(sure / total, 4) if total else 0.0,
        noises,
    )


def _nobody(name: str) -> Issue:
    return Issue("warning", name, "nobody was heard speaking.", "Check the recording.")


def _without_margins(speech: Sequence[Span]) -> tuple[Span, ...]:
    """Shorten stretches of speech to floor time: without the margins, never below a third."""
    inner = []
    for span in speech:
        edge = min(EDGE, span.duration // 3)
        inner.append(Span(span.start + edge, span.end - edge))
    return tuple(span for span in inner if span)


def _numbered(turns: Sequence[VoiceTurn]) -> tuple[VoiceTurn, ...]:
    """Rename voices V1, V2, ... in order of appearance."""
    names: dict[str, str] = {}
    for turn in sorted(turns, key=lambda turn: turn.span):
        names.setdefault(turn.voice, f"V{len(names) + 1}")
    return tuple(
        replace(turn, voice=names[turn.voice], runner_up=names.get(turn.runner_up, ""))
        for turn in sorted(turns, key=lambda turn: (turn.span, turn.voice))
    )


def _prints(
    audio: Audio, turns: Sequence[VoiceTurn], embedder: VoiceEmbedder
) -> tuple[VoicePrint, ...]:
    """Return the mean vector of each voice over its longest turns; none for a voice too short."""
    import numpy as np

    of_voice: dict[str, list[VoiceTurn]] = {}
    for turn in turns:
        of_voice.setdefault(turn.voice, []).append(turn)
    prints = []
    for voice, spoken in of_voice.items():
        left = PRINT_ALL
        vectors: list[np.ndarray] = []
        for turn in sorted(spoken, key=lambda turn: -turn.span.duration):
            if left <= 0 or (vectors and turn.span.duration < PRINT_TURN):
                break
            span = Span(turn.span.start, min(turn.span.end, turn.span.start + left))
            vectors.append(span.duration * embedder(audio.read(span)))
            left -= span.duration
        vector = unit(np.sum(vectors, axis=0))
        if vector.any():
            prints.append(VoicePrint(voice, tuple(round(float(x), 5) for x in vector)))
    return tuple(prints)


def _noises(audio: Audio, turns: Sequence[VoiceTurn]) -> frozenset[str]:
    """Find voices that are probably none: little, hardly speech, steady where speech has syllables.

    A crowd that cheers has the vector of a voice of its own, and the network that hears speech
    takes it for some.
    """
    import numpy as np

    time: Counter[str] = Counter()
    speech: dict[str, float] = {}
    for turn in turns:
        time[turn.voice] += turn.span.duration
        heard = turn.speech * turn.span.duration
        speech[turn.voice] = speech.get(turn.voice, 0.0) + heard
    doubted = {v for v in time if time[v] < FEW and speech[v] < FAINT * time[v]}
    if not doubted or doubted == time.keys():
        return frozenset()
    usual = [
        variation
        for turn in turns[:: max(1, len(turns) // MEASURED)]
        if turn.voice not in doubted
        for variation in _variations(audio, turn.span)[:1]
    ]
    lively = float(np.median(usual)) if usual else 0.0
    if lively < LIVELY:
        return frozenset()
    own = {
        voice: [x for t in turns if t.voice == voice for x in _variations(audio, t.span)]
        for voice in doubted
    }
    return frozenset(
        v for v, some in own.items() if some and float(np.mean(some)) < STEADY * lively
    )


def _variations(audio: Audio, span: Span) -> list[float]:
    """Measure how much the level of a stretch varies, in dB, for each two seconds of it."""
    import numpy as np

    found = []
    for start in range(span.start, span.end, SYLLABLES):
        sound = audio.read(Span(start, min(start + SYLLABLES, span.end)))
        parts = sound[: len(sound) // 160 * 160].reshape(-1, 160)
        if len(parts) > 20:
            level = 10 * np.log10(np.square(parts.astype(np.float64)).mean(axis=1) + 1e-9)
            found.append(float(level.std()))
    return found


def _voices(
    recording: str,
    turns: Sequence[VoiceTurn],
    prints: Sequence[VoicePrint],
) -> tuple[Voice, ...]:
    """Describe each voice: its floor time and how far it stands from the nearest other one."""
    import numpy as np

    time: Counter[str] = Counter()
    for turn in turns:
        time[turn.voice] += turn.span.duration
    matrix = np.array([p.vector for p in prints]).reshape(len(prints), -1 if prints else 0)
    alike = matrix @ matrix.T - 2 * np.eye(len(prints))
    nearest = {p.voice: float(row.max()) for p, row in zip(prints, alike, strict=True)}
    return tuple(
        Voice(
            voice,
            recording,
            speech=spoken,
            # prints of one voice reach 0.85, those of strangers stay below 0.6
            clarity=round(min(1.0, max(0.0, 2 * (1 - nearest.get(voice, 1.0)))), 4),
            ghost=spoken < GHOST,
        )
        for voice, spoken in sorted(time.items(), key=lambda item: int(item[0][1:]))
    )


def _doubts(
    voices: Sequence[Voice], noises: Sequence[Span], bounds: VoiceBounds, name: str
) -> list[Issue]:
    """Report what a person should look at: probable noises, and counts that sit on their bound."""
    doubts = [
        Issue(
            "note",
            name,
            f"{voice.id} was heard for {voice.speech / 1000:.1f} s only.",
            "It may be a cough, a laugh or two people at once; nothing was removed.",
            voice.id,
        )
        for voice in voices
        if voice.ghost
    ]
    if noises:
        length = sum(span.duration for span in noises) / 1000
        doubts.append(
            Issue(
                "note",
                name,
                f"{length:.1f} s sound like a voice and hardly like speech: applause, laughter or "
                "a machine.",
                f"It counts as nobody ({NOBODY}); words in it stay in the transcript.",
                NOBODY,
            )
        )
    real = sum(1 for voice in voices if not voice.ghost)
    if len(voices) == 1 and bounds.most > 1:
        doubts.append(
            Issue(
                "note",
                name,
                "one voice was heard throughout.",
                "If several people spoke, they were too alike or too quiet to be told apart.",
            )
        )
    elif real >= bounds.most > 1:
        doubts.append(
            Issue(
                "note",
                name,
                f"{real} voices were heard, as many as there may be.",
                "If more people spoke than the roster names, add them to it.",
            )
        )
    elif real < bounds.invited:
        doubts.append(
            Issue(
                "note",
                name,
                f"{real} voices were heard, {bounds.invited} people are on the roster.",
                "Somebody said nothing, or too little, or sounds like somebody else.",
            )
        )
    return doubts
