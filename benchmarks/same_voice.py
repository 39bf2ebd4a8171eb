"""Voices of two recordings of one session: who is joined, rightly and wrongly, and how surely.

    python -m benchmarks.same_voice --data DIR [--fit]

Sessions are made of real people: the speech that each says alone in ``DIR/diarization/ami30`` and
``DIR/diarization/voxconverse`` is cut in two, earlier and later. A session has 3 to 8 of them;
three quarters of these speak in the first recording (with 3 to 30 s of their earlier half), three
quarters in the second (of their later half). Each recording is heard as it is, over a telephone, in
a room, or from far away with noise. ``wrong`` pairs are of two people; recall is the share of
people heard twice who are joined. ``--fit`` fits the logistic regression anew, also without each
recording in turn, and judges the sessions that have people of it by that.
"""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import need, parser, reference_of, report
from fgd import diarization
from fgd.diarization.enrolment import AHEAD, BEFORE, JOINED, SIMILARITY
from fgd.diarization.networks import unit

SOURCE = "clips of meetings with references, laid out as DIR/diarization and DIR/gold"
SETS = ("diarization/ami30", "diarization/voxconverse")
RATE = 16_000
SESSIONS = 4_000
LEAST = 6.0  # seconds alone below which somebody cannot be cut in two
SHORTEST = 0.5  # seconds of a piece below which it is left out
SPEECH = (3, 5, 10, 30)  # seconds at most that somebody says in one recording

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Somebody:
    """A real voice: lengths of its pieces in seconds, and their vectors through each channel."""

    name: str
    recording: str
    seconds: NDArray[np.float64]
    vectors: dict[str, Vectors]


@dataclass(frozen=True)
class Pair:
    """Two voices of two recordings, each the other's best match."""

    same: bool
    similarity: float
    runner_up: float
    recordings: frozenset[str]
    channels: tuple[str, str]


def main() -> None:
    """Measure what is shipped and, if asked, fit it anew."""
    arguments = parser(__doc__)
    arguments.add_argument("--fit", action="store_true")
    chosen = arguments.parse_args()
    people = list(_people(need(chosen.data, SOURCE)))
    pairs, twice = _sessions(people)
    shipped = np.array([SIMILARITY, AHEAD, BEFORE])
    figures: dict[str, Any] = {
        "people": len(people),
        "shipped": _judged(pairs, [shipped] * len(pairs), twice),
    }
    if chosen.fit:
        figures["fitted"] = _fit(pairs).round(2).tolist()
        without = {
            each: _fit([p for p in pairs if each not in p.recordings])
            for each in {person.recording for person in people}
        }
        lines = [without[sorted(pair.recordings)[0]] for pair in pairs]
        figures["left_out"] = _judged(pairs, lines, twice)
    report("same_voice", "+".join(SETS), figures)


def _people(data: Path) -> Iterator[Somebody]:
    encoder = diarization.VoiceEncoder()
    for dataset in SETS:
        for path in sorted((data / dataset).glob("*.wav")):
            reference = reference_of(data / "gold" / dataset / f"{path.stem}.rttm")
            sound = _samples(path)
            heard = {name: channel(sound) for name, channel in CHANNELS.items()}
            for label in reference.labels():
                alone = reference.label_timeline(label).extrude(reference.get_overlap())
                spans = [span for part in alone for span in _pieces(part.start, part.end)]
                seconds = np.array([end - start for start, end in spans])
                if seconds.sum() >= LEAST:
                    vectors = {
                        name: np.stack(
                            [encoder(x[int(a * RATE) : int(b * RATE)]) for a, b in spans]
                        )
                        for name, x in heard.items()
                    }
                    yield Somebody(str(label), path.stem, seconds, vectors)


def _pieces(start: float, end: float) -> Iterator[tuple[float, float]]:
    """A stretch in pieces of about two seconds, as the diarizer hears them."""
    edges = np.linspace(start, end, max(1, round((end - start) / 2)) + 1)
    yield from ((a, b) for a, b in pairwise(edges) if b - a >= SHORTEST)


def _samples(path: Path) -> Vectors:
    from scipy.signal import resample_poly

    with wave.open(str(path)) as reader:
        rate = reader.getframerate()
        raw = np.frombuffer(reader.readframes(reader.getnframes()), "<i2")
    return np.asarray(resample_poly(raw.astype(np.float32) / 32768, RATE, rate), np.float32)


def _phone(sound: Vectors) -> Vectors:
    """Hear through 300 to 3,400 Hz and eight bits of mu-law."""
    from scipy.signal import butter, sosfilt

    narrow = sosfilt(butter(4, [300, 3400], "band", fs=RATE, output="sos"), sound)
    law = np.round(127 * np.sign(narrow) * np.log1p(255 * abs(narrow).clip(0, 1)) / np.log(256))
    return np.asarray(np.sign(law) * (256 ** abs(law / 127) - 1) / 255, np.float32)


def _room(sound: Vectors, decay: float, direct: float, noise: float) -> Vectors:
    """Hear in a room with a decay in seconds, a share of direct sound, and noise (dB below)."""
    from scipy.signal import fftconvolve

    chance = np.random.default_rng(0)
    time = np.arange(int(1.2 * decay * RATE)) / RATE
    echo = chance.standard_normal(len(time)) * np.exp(-6.9 * time / decay) * (1 - direct)
    echo[0] = direct
    wet = fftconvolve(sound, echo)[: len(sound)]
    level = np.sqrt((wet**2).mean()) * 10 ** (-noise / 20)
    return np.asarray(wet + level * chance.standard_normal(len(wet)), np.float32)


CHANNELS: dict[str, Callable[[Vectors], Vectors]] = {
    "as it is": lambda sound: sound,
    "telephone": _phone,
    "room": lambda sound: _room(sound, 0.5, 0.8, 15),
    "far": lambda sound: _room(sound, 0.7, 0.6, 10),
}


def _sessions(people: list[Somebody]) -> tuple[list[Pair], int]:
    """The best matches of many made sessions, and how many people were heard twice in them."""
    chance = np.random.default_rng(1)
    pairs: list[Pair] = []
    twice = 0
    for number in range(SESSIONS):
        pool = [people[i] for i in chance.permutation(len(people))]
        if number % 3 == 0:  # strangers over one telephone line are the hardest to tell apart
            pool = [p for p in pool if p.recording == people[-1].recording]
        chosen = pool[: chance.integers(3, 9)]
        channels = tuple(str(c) for c in chance.choice(list(CHANNELS), 2))
        most = float(chance.choice(SPEECH))
        sides = [[p for p in chosen if chance.random() < 0.75] for _ in channels]
        prints = [
            np.array([_print(p, channel, side, most, chance) for p in present])
            for side, (present, channel) in enumerate(zip(sides, channels, strict=True))
        ]
        twice += len({p.name for p in sides[0]} & {p.name for p in sides[1]})
        if not all(sides):
            continue
        alike = prints[0] @ prints[1].T
        for row, column in enumerate(alike.argmax(axis=1).tolist()):
            rest = np.concatenate([np.delete(alike[row], column), np.delete(alike[:, column], row)])
            runner_up = max(0.0, float(rest.max()) if len(rest) else 0.0)
            if alike[row, column] > runner_up:
                one, other = sides[0][row], sides[1][column]
                both = frozenset((one.recording, other.recording))
                likeness = float(alike[row, column])
                pairs.append(
                    Pair(one is other, likeness, runner_up, both, (channels[0], channels[1]))
                )
    return pairs, twice


def _print(
    person: Somebody, channel: str, side: int, most: float, chance: np.random.Generator
) -> Vectors:
    """The print of some seconds on end of the earlier or the later half of somebody's speech."""
    half = len(person.seconds) // 2
    own = np.arange(half) if side == 0 else np.arange(half, len(person.seconds))
    own = np.roll(own, -int(chance.integers(len(own))))
    taken = own[: 1 + int(np.searchsorted(np.cumsum(person.seconds[own]), most))]
    weighed = person.seconds[taken, None] * person.vectors[channel][taken]
    return np.asarray(unit(weighed.sum(axis=0)), np.float32)


def _fit(pairs: list[Pair]) -> NDArray[np.float64]:
    """Log-odds of similarity, lead and constant, strangers and one person counting the same."""
    from sklearn.linear_model import LogisticRegression

    line = LogisticRegression(class_weight="balanced", C=10)
    line.fit([[p.similarity, p.similarity - p.runner_up] for p in pairs], [p.same for p in pairs])
    return np.array([*line.coef_[0], line.intercept_[0]])


def _judged(pairs: list[Pair], lines: list[NDArray[np.float64]], twice: int) -> dict[str, Any]:
    sure = np.array(
        [
            1 / (1 + np.exp(-(line @ [p.similarity, p.similarity - p.runner_up, 1.0])))
            for p, line in zip(pairs, lines, strict=True)
        ]
    )
    same = np.array([p.same for p in pairs])
    joined = sure >= JOINED
    across = np.array([p.channels[0] != p.channels[1] for p in pairs])
    return {
        "joined": int(joined.sum()),
        "wrong": int((joined & ~same).sum()),
        "recall": round(float((joined & same).sum()) / twice, 3),
        "mean_confidence_of_joined": round(float(sure[joined].mean()), 3),
        "share_joined_of_one_person": {
            "same channel": round(float(joined[same & ~across].mean()), 3),
            "two channels": round(float(joined[same & across].mean()), 3),
        },
        "most_alike_strangers": round(max(p.similarity for p in pairs if not p.same), 2),
    }


if __name__ == "__main__":
    main()
