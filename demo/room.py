"""Rooms and noises: what lies between a mouth and a recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demo.voices import RATE, Samples

Response = NDArray[np.float32]


def convolve(samples: Samples, response: Response) -> Samples:
    """As long as ``samples``: what the response adds after their end is dropped."""
    size = 1 << (len(samples) + len(response) - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)
    return wet[: len(samples)].astype(np.float32)


def impulse_response(random: np.random.Generator, seconds: float, wet: float) -> Response:
    """A direct sound and an exponential tail: ``seconds`` to fall by 60 dB, ``wet`` its energy
    beside the direct.
    """
    count = int(seconds * RATE)
    tail = random.standard_normal(count) * 10 ** (-3 * np.arange(count) / count)
    tail[: int(0.004 * RATE)] = 0
    tail *= np.sqrt(wet / np.sum(tail**2))
    tail[0] = 1.0
    return tail.astype(np.float32)


def noise(random: np.random.Generator, count: int, slope: float, hum: float = 0.0) -> Samples:
    """``count`` samples with power falling as frequency ** -slope, and mains hum; root mean
    square 1.
    """
    spectrum = np.fft.rfft(random.standard_normal(count))
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 40.0)
    sound = np.fft.irfft(spectrum * frequency ** (-slope / 2), count)
    sound /= np.sqrt(np.mean(sound**2))
    if hum:
        at = np.arange(count) / RATE
        sound += hum * sum(np.sin(2 * np.pi * 50 * k * at + k) / k for k in (1, 2, 3, 5))
        sound /= np.sqrt(np.mean(sound**2))
    return sound.astype(np.float32)
