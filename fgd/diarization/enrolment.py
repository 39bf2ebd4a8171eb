"""Compare voices beyond one recording: with samples people gave, and across a session.

Samples people gave, with consent, to be recognised by. Open set: "unknown" is always allowed. A
voice is recognised only if it is similar enough, if each is the other's best match, and if both
second-best matches are clearly worse (moona3k/macparakeet, issue 1000, for why both sides). Within
a recording, 5 s of somebody and the rest of what they say are 0.67 to 0.98 alike, and strangers at
most 0.58 (docs/voices.md); another day and another microphone lower the first more than the second,
so recognition misses people before it mistakes them.

Nothing is learned from sessions: what is stored comes from the samples alone, one record per
participant (``fgd.pipeline.voice_samples``), and forgetting somebody removes both together.

Voices of the recordings of one session (a morning and an afternoon) are compared with each other:
each must be the other's best match, and likely enough to be one person. That is a logistic
regression on similarity and lead, fitted on halves of real recordings, heard through other
microphones (``benchmarks.same_voice``). Voices of one recording are never joined here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from fgd.audio.decode import Audio
from fgd.core.errors import InputError
from fgd.diarization.contract import Diarization, VoiceEmbedder, VoicePrint
from fgd.diarization.networks import unit
from fgd.model import Evidence, Issue, SameVoice, Span, Turn

# Less speech than this, in ms, is no sample.
SHORTEST = 2_000
# Similarity of print and sample below which nobody is recognised, and the lead on both sides.
ALIKE, LEAD = 0.6, 0.15
# Two samples more alike than this are probably of one person.
TWINS = 0.75
RECOGNISED = "enrolled voice"
"""The kind of evidence that a recognised voice is."""

# Log-odds as evidence: no false match was seen in 320 trials within recordings.
WEIGHT = 3.0

# Log-odds that two voices of two recordings are one person, each being the other's best match:
# of the similarity, of its lead over the runner-up, and to begin with (``benchmarks.same_voice``).
SIMILARITY, AHEAD, BEFORE = 10.3, 11.3, -6.45
# Below this share nothing is joined; above the other nothing is ever believed.
JOINED, MOST_SURE = 0.9, 0.99


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A participant's voice: a vector of length one, from ``speech`` ms of a sample. ``embedder``
    tells which vectors it can be compared with. It identifies a person, as a ``VoicePrint`` does.
    """

    participant: str
    vector: tuple[float, ...]
    speech: int
    embedder: str


@dataclass(frozen=True, slots=True)
class VoiceMatch:
    """A voice recognised. ``runner_up`` is the highest similarity of either to anybody else."""

    voice: str
    participant: str
    similarity: float
    runner_up: float


def enrol(
    participant: str,
    name: str,
    audio: Audio,
    speech: Sequence[Span],
    embedder: VoiceEmbedder,
) -> tuple[tuple[Enrolled, ...], tuple[Issue, ...]]:
    """Embed a sample as a vector, or say in one sentence why it cannot be used.

    Args:
        participant: id of whose voice it is.
        name: of the sample, for the issue.
        audio: its sound, 16 kHz mono.
        speech: where it holds speech.
        embedder: the one that made the prints to compare with.
    """
    import numpy as np

    spans = [span for span in speech if span]
    spoken = sum(span.duration for span in spans)
    if spoken < SHORTEST:
        return (), (unusable(name, f"it holds {spoken / 1000:.1f} s of speech, too little."),)
    vectors = [span.duration * embedder(audio.read(span)) for span in spans]
    vector = unit(np.sum(vectors, axis=0))
    if not (np.isfinite(vector).all() and vector.any()):
        return (), (unusable(name, "it gives no usable voice."),)
    numbers = tuple(round(float(x), 5) for x in vector)
    return (Enrolled(participant, numbers, spoken, _signature(embedder)),), ()


def check_sample(path: Path) -> None:
    """Make sure that a sample holds numbers: a decoder would turn others into full loudness.

    Raises:
        InputError: some of its floating-point samples are not numbers.
    """
    import av
    import numpy as np

    try:
        with av.open(str(path)) as source:
            for frame in source.decode(audio=0):
                if frame.format.name[:3] in ("flt", "dbl"):
                    if not np.isfinite(frame.to_ndarray()).all():
                        raise InputError(
                            "it holds samples that are not numbers.",
                            remedy="Record the sample again.",
                        )
                else:
                    return
    except (av.FFmpegError, IndexError):
        return  # the decoder says what is wrong with it


def match(
    prints: Sequence[VoicePrint], enrolled: Sequence[Enrolled], embedder: VoiceEmbedder
) -> tuple[VoiceMatch, ...]:
    """Match the voices that are recognised beyond doubt; all others stay unknown."""
    import numpy as np

    known = [person for person in enrolled if person.embedder == _signature(embedder)]
    if not prints or not known:
        return ()
    voices = np.array([p.vector for p in prints], dtype=np.float32)
    people = np.array([person.vector for person in known], dtype=np.float32)
    alike = voices @ people.T
    found = []
    for v, p in zip(*np.nonzero(alike >= ALIKE), strict=True):
        others = np.concatenate([np.delete(alike[v], p), np.delete(alike[:, p], v)])
        runner_up = float(others.max()) if len(others) else 0.0
        if float(alike[v, p]) - runner_up >= LEAD:
            similarity = round(float(alike[v, p]), 4)
            found.append(
                VoiceMatch(prints[v].voice, known[p].participant, similarity, round(runner_up, 4))
            )
    return tuple(found)


def same_voices(heard: Sequence[Diarization]) -> tuple[SameVoice, ...]:
    """Find the voices that sound like one person in two recordings of a session, the surest first.

    Ghosts are left out: a laugh sounds like anybody's. Where three recordings would make one person
    of two voices of one recording, the less sure pair is left out.

    Args:
        heard: the recordings in order, their prints of one embedder.
    """
    found: list[SameVoice] = []
    for number, one in enumerate(heard):
        for other in heard[number + 1 :]:
            found += _across(one, other)
    found.sort(key=lambda pair: (-pair.confidence, pair.first, pair.second))
    groups: dict[tuple[str, str], frozenset[tuple[str, str]]] = {}
    kept = []
    for pair in found:
        both = [groups.get(each, frozenset((each,))) for each in (pair.first, pair.second)]
        whole = both[0] | both[1]
        if both[0] != both[1] and len({recording for recording, _ in whole}) < len(whole):
            continue
        groups |= dict.fromkeys(whole, whole)
        kept.append(pair)
    return tuple(kept)


def _across(one: Diarization, other: Diarization) -> list[SameVoice]:
    import numpy as np

    left, right = _clear(one), _clear(other)
    if not left or not right:
        return []
    alike = np.array([p.vector for p in left]) @ np.array([p.vector for p in right]).T
    found = []
    for row, column in enumerate(alike.argmax(axis=1).tolist()):
        similarity = float(alike[row, column])
        rest = np.concatenate([np.delete(alike[row], column), np.delete(alike[:, column], row)])
        runner_up = max(0.0, float(rest.max()) if len(rest) else 0.0)
        odds = SIMILARITY * similarity + AHEAD * (similarity - runner_up) + BEFORE
        sure = min(MOST_SURE, 1 / (1 + math.exp(-odds)))
        if similarity > runner_up and sure >= JOINED:
            voices = (one.recording, left[row].voice), (other.recording, right[column].voice)
            numbers = round(similarity, 4), round(runner_up, 4), round(sure, 4)
            found.append(SameVoice(*voices, *numbers))
    return found


def _clear(heard: Diarization) -> list[VoicePrint]:
    ghosts = {voice.id for voice in heard.voices if voice.ghost}
    return [each for each in heard.prints if each.voice not in ghosts]


def evidence(matches: Sequence[VoiceMatch], turns: Sequence[Turn]) -> tuple[Evidence, ...]:
    """Make evidence for attribution of recognised voices and the turns of their recording."""
    of_voice = {found.voice: found for found in matches}
    return tuple(
        Evidence(
            RECOGNISED,
            turn.id,
            turn.id,
            f"similarity {found.similarity:.2f}, next {found.runner_up:.2f}",
            turn.span,
            participant=found.participant,
            weight=WEIGHT,
        )
        for turn in turns
        if (found := of_voice.get(turn.voice))
    )


def unusable(name: str, why: str) -> Issue:
    """Tell why a sample is left aside."""
    message = f"this voice sample was not used: {why}"
    return Issue("warning", name, message, "Give 10 s of one person speaking.")


def twins(enrolled: Sequence[Enrolled]) -> tuple[Issue, ...]:
    """Find samples that sound like one person: neither of them will be recognised."""
    import numpy as np

    return tuple(
        Issue(
            "warning",
            "voices",
            f"the samples of {one.participant} and {other.participant} sound like one person.",
            "Check that nobody's sample was copied; neither will be recognised.",
        )
        for one, other in combinations(enrolled, 2)
        if float(np.dot(one.vector, other.vector)) > TWINS
    )


def _signature(embedder: VoiceEmbedder) -> str:
    return f"{embedder.id}/{embedder.version}"
