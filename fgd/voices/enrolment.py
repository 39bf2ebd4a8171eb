"""Voices known beforehand: samples people gave, with consent, to be recognised by.

Open set: "unknown" is always allowed. A voice is recognised only if it is similar enough, if each
is the other's best match, and if both second-best matches are clearly worse (moona3k/macparakeet,
issue 1000, for why both sides). On voices simulated from LibriSpeech (ten enrolled, four of them
absent, four strangers present) this recognised 15 to 18 of 24 close-microphone voices from 5 and
10 s of sample, 1 to 3 of 24 far from the microphone, and nobody wrongly.

Nothing is learned from sessions: what is stored comes from the samples alone, one file per
participant, and ``forget`` removes sample and vector together.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

from fgd.audio import Audio
from fgd.errors import InputError
from fgd.model import Evidence, Issue, Span
from fgd.voices.backend import Anchor, VoiceEmbedder, VoicePrint
from fgd.voices.encoder import unit

# Less speech than this, in ms, is no sample.
SHORTEST = 2_000
# Similarity of print and sample below which nobody is recognised, and the lead on both sides.
ALIKE, LEAD = 0.75, 0.05
# Two samples more alike than this are probably of one person.
TWINS = 0.85
# Log-odds as evidence: no false match was seen in 160 trials; a log kept by hand is surer still.
WEIGHT, FLOOR_WEIGHT = 3.0, 4.0

_NAME = re.compile(r"[\w][\w.-]*")


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A participant's voice: a vector of length one, from ``speech`` ms of a sample. ``embedder``
    tells which vectors it can be compared with.
    """

    participant: str
    vector: tuple[float, ...]
    speech: int
    sample: str
    embedder: str


@dataclass(frozen=True, slots=True)
class VoiceMatch:
    """A voice recognised. ``runner_up`` is the highest similarity of either to anybody else."""

    voice: str
    participant: str
    similarity: float
    runner_up: float


def enrol(
    samples: Mapping[str, Audio],
    speech: Mapping[str, Sequence[Span]],
    embedder: VoiceEmbedder,
    *,
    consent: bool,
) -> tuple[tuple[Enrolled, ...], tuple[Issue, ...]]:
    """Vectors of samples, and one sentence for each sample that cannot be used.

    Args:
        samples: sound by participant id.
        speech: where each sample holds speech.
        embedder: the one that made the prints to compare with.
        consent: whether ``session.toml`` records consent to recognise voices.
    """
    import numpy as np

    if not samples:
        return (), ()
    if not consent:
        refused = Issue(
            "warning",
            "voices",
            "there are voice samples, but no consent to use them is recorded; they were not read.",
            "Set voices = true under [consent] in session.toml once you have it.",
        )
        return (), (refused,)
    enrolled: list[Enrolled] = []
    issues: list[Issue] = []
    for participant, audio in sorted(samples.items()):
        spans = [span for span in speech.get(participant, ()) if span]
        spoken = sum(span.duration for span in spans)
        if spoken < SHORTEST:
            issues.append(_unusable(audio, f"holds {spoken / 1000:.1f} s of speech, too little."))
            continue
        vectors = [span.duration * embedder(audio.read(span)) for span in spans]
        vector = unit(np.sum(vectors, axis=0))
        if not (np.isfinite(vector).all() and vector.any()):
            issues.append(_unusable(audio, "gives no usable voice."))
            continue
        numbers = tuple(round(float(x), 5) for x in vector)
        digest = hashlib.sha256(audio.path.read_bytes()).hexdigest()
        enrolled.append(Enrolled(participant, numbers, spoken, digest, _signature(embedder)))
    issues += _twins(enrolled)
    return tuple(enrolled), tuple(issues)


def match(
    prints: Sequence[VoicePrint], enrolled: Sequence[Enrolled], embedder: VoiceEmbedder
) -> tuple[VoiceMatch, ...]:
    """The voices that are recognised beyond doubt; all others stay unknown."""
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


def evidence(
    matches: Sequence[VoiceMatch], anchors: Sequence[Anchor], people: Mapping[str, str]
) -> tuple[Evidence, ...]:
    """What enrolment and floor log say about voices, for attribution.

    Args:
        matches: voices recognised.
        anchors: voices that the floor log points at.
        people: participant id by label of the floor log; labels nobody knows are left out.
    """
    recognised = (
        Evidence(
            "enrolled voice",
            "",
            m.voice,
            f"similarity {m.similarity:.2f}, next {m.runner_up:.2f}",
            participant=m.participant,
            weight=WEIGHT,
        )
        for m in matches
    )
    logged = (
        Evidence(
            "floor log",
            "",
            a.voice,
            f"{a.share:.0%} of {a.speech / 1000:.0f} s marked for {a.label}",
            participant=people[a.label],
            weight=round(FLOOR_WEIGHT * a.share, 2),
        )
        for a in anchors
        if a.label in people
    )
    return (*recognised, *logged)


def remember(folder: Path, enrolled: Sequence[Enrolled]) -> tuple[Path, ...]:
    """Write each vector to ``folder/PARTICIPANT.json``."""
    written = []
    for person in enrolled:
        path = _file(folder, person.participant)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(person)) + "\n", encoding="utf-8")
        written.append(path)
    return tuple(written)


def recall(folder: Path) -> tuple[Enrolled, ...]:
    """The vectors in a folder, by participant; damaged files count as absent."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            found.append(Enrolled(**(data | {"vector": tuple(map(float, data["vector"]))})))
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return tuple(found)


def forget(participant: str, vectors: Path, samples: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Delete a participant's vector and samples; returns the files that are gone.

    Args:
        participant: id; also the name of the sample files without their suffix.
        vectors: the folder that ``remember`` wrote to.
        samples: folders that hold voice samples.
    """
    files = [_file(vectors, participant)]
    for folder in samples:
        if folder.is_dir():
            files += sorted(p for p in folder.iterdir() if p.is_file() and p.stem == participant)
    gone = [path for path in files if path.is_file()]
    for path in gone:
        path.unlink()
    return tuple(gone)


def _file(folder: Path, participant: str) -> Path:
    """Raises ``InputError`` for an id that would lead elsewhere."""
    if not _NAME.fullmatch(participant):
        raise InputError(f"{participant!r} cannot be the id of a participant.")
    return folder / f"{participant}.json"


def _signature(embedder: VoiceEmbedder) -> str:
    return f"{embedder.id}/{embedder.version}"


def _unusable(audio: Audio, why: str) -> Issue:
    return Issue(
        "warning", audio.path.name, f"this voice sample {why}", "Give 10 s of one person speaking."
    )


def _twins(enrolled: Sequence[Enrolled]) -> list[Issue]:
    import numpy as np

    return [
        Issue(
            "warning",
            "voices",
            f"the samples of {one.participant} and {other.participant} sound like one person.",
            "Check that nobody's sample was copied; neither will be recognised.",
        )
        for one, other in combinations(enrolled, 2)
        if float(np.dot(one.vector, other.vector)) > TWINS
    ]
