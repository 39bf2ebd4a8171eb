"""From a voice and a written sentence to a clip of 16 kHz speech with the time of every written
word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from demo import engines
from demo.engines import Samples, Utterance
from demo.lexicon import spoken
from demo.voices import Voice

RATE = 16_000
LEVEL = 0.08  # root mean square of every clip, so that no voice is learned by its loudness
EDGE = 0.02  # seconds kept before the first and after the last sound


@dataclass(frozen=True)
class Clip:
    """Speech of one voice: float32 mono at 16 kHz, trimmed, with (start, end) seconds of each
    written word.
    """

    samples: Samples
    words: tuple[str, ...]
    times: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / RATE


def _engine_text(words: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """The text for an engine and how many of its tokens each written word takes."""
    parts = [spoken(word) for word in words]
    return " ".join(parts), tuple(len(part.split()) for part in parts)


def resample(samples: Samples, count: int) -> Samples:
    """The same sound in ``count`` samples: its spectrum cut or filled up with nothing."""
    spectrum, bins = np.fft.rfft(samples), count // 2 + 1
    fitted = np.zeros(bins, spectrum.dtype)
    fitted[: min(bins, len(spectrum))] = spectrum[:bins]
    return (np.fft.irfft(fitted, count) * (count / len(samples))).astype(np.float32)


def _shrink(utterance: Utterance, scale: float) -> tuple[Samples, float]:
    """Play faster by ``scale`` (raising pitch and formants alike), at 16 kHz; return the time
    factor.
    """
    count = round(len(utterance.samples) * RATE / (utterance.rate * scale))
    return resample(utterance.samples, count), 1 / scale


def share_clitics(
    words: Sequence[str], times: Sequence[tuple[float, float]]
) -> tuple[tuple[float, float], ...]:
    """espeak-ng speaks pairs like "of the" as one and tells the second word's start at its very
    end: share by letters.
    """
    shared = list(times)
    for index in range(1, len(shared)):
        (start, middle), (begin, end) = shared[index - 1], shared[index]
        if end - begin < 0.045 and begin - middle < 0.01 and end > start:
            part = len(words[index - 1]) / (len(words[index - 1]) + len(words[index]))
            shared[index - 1 : index + 1] = [
                (start, start + part * (end - start)),
                (start + part * (end - start), end),
            ]
    return tuple(shared)


def _clip(utterance: Utterance, words: Sequence[str], counts: Sequence[int], voice: Voice) -> Clip:
    if len(utterance.times) != sum(counts):
        told = f"{len(utterance.times)} times for {sum(counts)} tokens"
        raise ValueError(f"{voice.name}: {told} of {' '.join(words)!r}")
    samples, factor = _shrink(utterance, voice.scale)
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    first, last = max(0, loud[0] - int(EDGE * RATE)), min(len(samples), loud[-1] + int(EDGE * RATE))
    samples = samples[first:last]
    samples = samples * np.float32(LEVEL / np.sqrt(np.mean(samples**2)))
    duration, times, index = len(samples) / RATE, [], 0
    for count in counts:
        start = utterance.times[index][0] * factor - first / RATE
        end = utterance.times[index + count - 1][1] * factor - first / RATE
        times.append((min(max(0.0, start), duration), min(max(0.0, end), duration)))
        index += count
    return Clip(samples, tuple(words), share_clitics(words, times))


def speak(voice: Voice, sentences: Sequence[str]) -> list[Clip]:
    """Speak written sentences in one voice, in order."""
    clips, split = [], [sentence.split() for sentence in sentences]
    texts = [_engine_text(words) for words in split]
    stretch = voice.stretch * voice.scale
    if voice.engine == "festival":
        utterances = engines.festival(voice.source, [text for text, _ in texts], stretch)
    elif voice.engine == "flite":
        utterances = [engines.flite(voice.source, text, stretch, voice.pitch) for text, _ in texts]
    else:
        rate = round(voice.words_per_minute / voice.scale)
        utterances = [
            engines.espeak(voice.source, text, rate, round(voice.pitch), voice.spread)
            for text, _ in texts
        ]
    for utterance, words, (_, counts) in zip(utterances, split, texts, strict=True):
        clips.append(_clip(utterance, words, counts, voice))
    return clips
