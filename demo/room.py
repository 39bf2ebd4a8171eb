"""Rooms and noises: what lies between a mouth and a recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demo.engines import Samples
from demo.synthesis import RATE

Response = NDArray[np.float32]


def convolve(samples: Samples, response: Response) -> Samples:
    """As long as ``samples``: what the response adds after their end is dropped."""
    size = 1 << (len(samples) + len(response) - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)
    return wet[: len(samples)].astype(np.float32)


def low_pass(cutoff: float, taps: int = 63) -> NDArray[np.float64]:
    """A windowed sinc that lets frequencies below ``cutoff`` Hz through."""
    at = np.arange(taps) - taps // 2
    kernel = np.sinc(2 * cutoff / RATE * at) * np.hamming(taps)
    return np.asarray(kernel / kernel.sum())


def impulse_response(
    random: np.random.Generator, seconds: float, wet: float, cutoff: float = 0.0
) -> Response:
    """A direct sound and an exponential tail: ``seconds`` to fall by 60 dB, ``wet`` its energy
    beside the direct.

    ``cutoff`` in Hz adds a low-pass as a telephone bridge or a lazy codec would (0: none).
    """
    count = int(seconds * RATE)
    tail = random.standard_normal(count) * 10 ** (-3 * np.arange(count) / count)
    tail[: int(0.004 * RATE)] = 0
    tail *= np.sqrt(wet / np.sum(tail**2))
    tail[0] = 1.0
    if cutoff:
        tail = np.convolve(tail, low_pass(cutoff))[31:]
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


class Room:
    """A supply of responses and noises drawn once, so that colouring a window costs one
    convolution.
    """

    def __init__(self, seed: int, responses: int = 160, noises: int = 24) -> None:
        self.random = np.random.default_rng(seed)
        uniform = self.random.uniform
        self.responses = [
            impulse_response(
                self.random,
                uniform(0.08, 0.5),
                10 ** uniform(-2.3, -0.7),
                uniform(3800, 7200) if uniform() < 0.15 else 0.0,
            )
            for _ in range(responses)
        ]
        self.noises = [
            noise(
                self.random, 40 * RATE, uniform(0, 2.2), uniform(0, 1) if uniform() < 0.3 else 0.0
            )
            for _ in range(noises)
        ]

    def hiss(self, count: int) -> Samples:
        """A piece of one of the noises, root mean square about 1."""
        track = self.noises[self.random.integers(len(self.noises))]
        first = self.random.integers(len(track) - count)
        return track[first : first + count]

    def colour(self, samples: Samples) -> Samples:
        """Room, noise and gain as they come."""
        uniform = self.random.uniform
        if uniform() < 0.65:
            response = self.responses[self.random.integers(len(self.responses))]
            samples = convolve(samples, response)
        if uniform() < 0.85:
            samples = samples + self.hiss(len(samples)) * np.float32(
                0.08 * 10 ** (-uniform(18, 48) / 20)
            )
        return samples * np.float32(10 ** (uniform(-12, 6) / 20))

    def silence(self, count: int) -> Samples:
        """Nothing at all, or room noise of any level."""
        if self.random.uniform() < 0.2:
            return np.zeros(count, np.float32)
        return self.hiss(count) * np.float32(10 ** (-self.random.uniform(25, 75) / 20))
