"""How ``overlap.json`` was made: ``python -m fgd.diarization.overlap_training OUT.json``.

Meetings of 30 s are put together from espeak-ng and flite (Debian packages), with rooms, noise,
levels, interruptions and backchannels drawn at random; a logistic regression learns from the
encoder's states which moments hold two people. Only the numbers are shipped. Needs both programs
and scikit-learn; nothing else of ``fgd`` imports this module.
"""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import tempfile
import wave
from pathlib import Path
from typing import TYPE_CHECKING

from fgd.audio.wav import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np

    from fgd.diarization.encoder import VoiceEncoder

MEETINGS = 400
SECONDS = 30
ESPEAK = (
    *(
        f"en-us{v}"
        for v in ["", *(f"+m{i}" for i in range(1, 8)), *(f"+f{i}" for i in range(1, 6))]
    ),
    *(f"en-gb{v}" for v in ("", "+m2", "+m4", "+m6", "+f1", "+f3", "+f5")),
    *(
        f"en-us+{v}"
        for v in "klatt klatt2 Alex Andy Annie Diogo Gene Jacky Lee Linda Mario Michael max "
        "norbert quincy victor zac".split()
    ),
)
FLITE = ("awb", "kal16", "rms", "slt")
SENTENCES = (
    "The road to the valley was closed for most of the winter.",
    "We asked the elders first, and then we asked the mayor.",
    "Nobody in the second group had seen the text before the meeting.",
    "I would rather pay for two good monitors than for twenty tired ones.",
    "There are four reasons, and the last one is the most expensive.",
    "If the radio stops, rumours start within the hour.",
    "Our office opened in March with three people and a borrowed printer.",
    "Children remember who came, not who signed.",
    "Please write that down as a question for the ministry.",
    "The budget line exists, but the money has never been moved.",
    "She crossed the river twice a week to keep both sides talking.",
    "What worked in the north will not work on the islands.",
    "They promised a report by June and sent a photograph in August.",
    "You cannot measure trust, but you can count visits.",
    "Half of the complaints were about water and a quarter about land.",
    "Before we break for coffee, may I hear from the back of the room?",
)


def main() -> None:
    """Write the fitted line to the file named on the command line."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as folder:
        people = _people(Path(folder), rng)
    examples = [_examples(*_meeting(people, rng)) for _ in range(MEETINGS)]
    states = np.concatenate([x for x, _ in examples])
    double = np.concatenate([y for _, y in examples])
    scaler = StandardScaler().fit(states)
    model = LogisticRegression(C=1e-4, max_iter=2000).fit(scaler.transform(states), double)
    weights = model.coef_[0] / scaler.scale_
    bias = float(model.intercept_[0] - weights @ scaler.mean_)
    fitted = {
        "examples": len(double),
        "overlapped": int(double.sum()),
        "bias": round(bias, 4),
        "weights": [round(float(w), 4) for w in weights],
    }
    Path(sys.argv[1]).write_text(json.dumps(fitted) + "\n", encoding="utf-8")


def _people(folder: Path, rng: np.random.Generator) -> list[np.ndarray]:
    """Each synthetic voice saying sentences for a while, all at one level."""
    import numpy as np

    people = []
    spoken = folder / "spoken.wav"
    for voice in (*ESPEAK, *FLITE):
        parts = []
        for _ in range(6):
            text = " ".join(rng.choice(SENTENCES, 3, replace=False))
            if voice in FLITE:
                command = ["flite", "-voice", voice, "-t", text, "-o", str(spoken)]
            else:
                pitch, speed = str(rng.integers(25, 76)), str(rng.integers(135, 186))
                command = ["espeak-ng", "-v", voice, "-p", pitch, "-s", speed]
                command += ["-w", str(spoken), text]
            subprocess.run(command, check=True, capture_output=True)
            parts.append(_loaded(spoken))
        sound = np.concatenate(parts)
        people.append(sound / np.sqrt(np.square(sound).mean()) * 0.05)
    return people


def _loaded(path: Path) -> np.ndarray:
    """A synthesiser's file at 16 kHz, silence at both ends cut off."""
    import numpy as np
    from scipy.signal import resample_poly

    with wave.open(str(path), "rb") as reader:
        rate = reader.getframerate()
        sound = np.frombuffer(reader.readframes(reader.getnframes()), dtype="<i2") / 32768
    sound = resample_poly(sound, SAMPLE_RATE, rate)
    loud = np.flatnonzero(np.abs(sound) > 0.01)
    cut: np.ndarray = sound[loud[0] : loud[-1]]
    return cut


def _meeting(people: list[np.ndarray], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The sound of a meeting, and how many speak at each sample."""
    import numpy as np
    from scipy.signal import fftconvolve

    length = SECONDS * SAMPLE_RATE
    sound, speakers = np.zeros(length + 2 * SAMPLE_RATE), np.zeros(length, dtype=np.int8)
    chosen = rng.choice(len(people), 3, replace=False)
    far = rng.random() < 0.7
    room = rng.uniform(0.3, 0.7) if far else 0.3
    rooms = [_room(room, rng.uniform(-4, 4) if far else rng.uniform(6, 12), rng) for _ in chosen]
    gains = 10 ** (rng.uniform(-6, 6, 3) / 20 if far else rng.uniform(-3, 3, 3) / 20)

    def speak(who: int, start: int, samples: int) -> None:
        samples = min(samples, length - start)
        if samples < SAMPLE_RATE // 10:
            return
        voice = people[chosen[who]]
        offset = int(rng.integers(0, max(1, len(voice) - samples)))
        heard = fftconvolve(voice[offset : offset + samples], rooms[who]) * gains[who]
        heard = heard[: len(sound) - start]
        sound[start : start + len(heard)] += heard
        speakers[start : start + samples] += 1

    at, before = int(rng.uniform(0, 1.5) * SAMPLE_RATE), -1
    while at < length - SAMPLE_RATE // 5:
        who = int(rng.choice([w for w in range(3) if w != before]))
        samples = int(max(0.4, rng.exponential(3.0)) * SAMPLE_RATE)
        speak(who, at, samples)
        if rng.random() < 0.6:
            other = int(rng.choice([w for w in range(3) if w != who]))
            interrupted = at + int(rng.uniform(0.2, 0.8) * samples)
            speak(other, interrupted, int(rng.uniform(0.25, 0.9) * SAMPLE_RATE))
        gap = rng.uniform(-1, 0) if rng.random() < 0.5 else rng.choice([0, 0, rng.exponential(0.5)])
        at, before = max(0, at + samples + int(gap * SAMPLE_RATE)), who
    level = np.sqrt(np.square(sound).mean())
    below = rng.uniform(8, 20) if far else rng.uniform(18, 30)
    sound = sound[:length] + _noise(length, rng) * level * 10 ** (-below / 20)
    return (sound / np.abs(sound).max() * 0.3).astype(np.float32), speakers


def _room(seconds: float, direct: float, rng: np.random.Generator) -> np.ndarray:
    """An impulse response: the direct sound and a tail of noise that fades within ``seconds``,
    ``direct`` dB weaker than the direct sound.
    """
    import numpy as np

    time = np.arange(int(seconds * 1.1 * SAMPLE_RATE)) / SAMPLE_RATE
    tail = rng.standard_normal(len(time)) * np.exp(-6.9 * time / seconds)
    tail[: SAMPLE_RATE // 200] = 0
    tail *= 10 ** (-direct / 20) / np.sqrt(np.square(tail).sum())
    tail[0] = 1
    return tail


def _noise(length: int, rng: np.random.Generator) -> np.ndarray:
    """Pink noise of power one."""
    import numpy as np

    spectrum = np.fft.rfft(rng.standard_normal(length))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 20))
    noise = np.fft.irfft(spectrum, length)
    scaled: np.ndarray = noise / noise.std()
    return scaled


@functools.cache
def _encoder() -> VoiceEncoder:
    from fgd.diarization.encoder import VoiceEncoder

    return VoiceEncoder()


def _examples(sound: np.ndarray, speakers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Encoder states every 200 ms, and whether two spoke there; unclear moments left out."""
    import numpy as np
    import torch

    from fgd.diarization.encoder import SHORT, WINDOW
    from fgd.diarization.mel import mel_of

    mel = mel_of(sound)
    starts = range(0, len(mel) - WINDOW, 20)
    states = _encoder().read(torch.stack([mel[s : s + WINDOW] for s in starts])).states
    middles = [(start + SHORT // 2) * 160 for start in starts]
    double = np.array([(speakers[m - 2400 : m + 2400] >= 2).mean() > 0.9 for m in middles])
    single = np.array([(speakers[m - 6400 : m + 6400] == 1).mean() > 0.9 for m in middles])
    return states[double | single], double[double | single]


if __name__ == "__main__":
    main()
