"""Who spoke when: a diarizer's turns, checked, numbered and with what else is known of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from fgd.audio.wav import Audio
from fgd.core.progress import Progress, silent
from fgd.diarization.backend import (
    GHOST,
    Diarization,
    Diarizer,
    VoiceBounds,
    VoiceEmbedder,
    VoicePrint,
    VoiceTurn,
)
from fgd.diarization.channels import by_channel, one_speaker_per_channel
from fgd.diarization.floor_marks import usable
from fgd.diarization.networks import unit
from fgd.model import FloorMark, Issue, Span, Voice

# Changes whenever the same turns of a backend would give another diarization.
VERSION = 5

# Detected speech has margins for hearing; this much of them, in ms, is not floor time.
EDGE = 100
# A print is made from the longest turns: at least this long each, and this much in all, in ms.
PRINT_TURN, PRINT_ALL = 1_000, 60_000


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
    turns = _numbered(turns)
    prints = _prints(audio, turns, embedder)
    voices = _voices(recording, turns, prints)
    total = sum(turn.span.duration for turn in turns)
    sure = sum(turn.confidence * turn.span.duration for turn in turns)
    return Diarization(
        recording,
        voices,
        turns,
        prints,
        (*issues, *_doubts(voices, bounds, name)),
        backend,
        round(sure / total, 4) if total else 0.0,
    )


def _nobody(name: str) -> Issue:
    return Issue("warning", name, "nobody was heard speaking.", "Check the recording.")


def _without_margins(speech: Sequence[Span]) -> tuple[Span, ...]:
    """Stretches of speech as floor time: shorter by the margins, never below a third."""
    inner = []
    for span in speech:
        edge = min(EDGE, span.duration // 3)
        inner.append(Span(span.start + edge, span.end - edge))
    return tuple(span for span in inner if span)


def _numbered(turns: Sequence[VoiceTurn]) -> tuple[VoiceTurn, ...]:
    """The same turns with voices called V1, V2, ... in order of appearance."""
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
    """The mean vector of each voice over its longest turns; none for a voice too short."""
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


def _voices(
    recording: str, turns: Sequence[VoiceTurn], prints: Sequence[VoicePrint]
) -> tuple[Voice, ...]:
    """Each voice with its floor time and how far it stands from the nearest other one."""
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


def _doubts(voices: Sequence[Voice], bounds: VoiceBounds, name: str) -> list[Issue]:
    """What a person should look at: ghosts, and counts that sit on their bound."""
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
