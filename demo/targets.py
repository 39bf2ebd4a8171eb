"""From a window to what Whisper's decoder is trained on: log-mel, tokens, and where each token
is heard.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from whisper.audio import HOP_LENGTH, N_FFT, mel_filters
from whisper.tokenizer import Tokenizer, get_tokenizer

from demo.engines import Samples
from demo.language import vocabulary
from demo.windows import LONGEST, Window

FRAME = 0.02  # seconds of one encoder position and of one timestamp token
MASKED = -100  # a target that is not learned
NOWHERE = (-1.0, -1.0)  # a token that is not guided to a place in the audio
LETTERS = (
    " abcdefghijklmnopqrstuvwxyz,.?"  # classes 1, 2, ... of the auxiliary CTC; class 0 is its blank
)


@lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    """Whisper's English-only tokenizer."""
    return get_tokenizer(False)


@lru_cache(maxsize=1)
def used_tokens() -> tuple[int, ...]:
    """Every token the demo can need: its words in each casing and position, punctuation,
    specials, times.
    """
    encode = tokenizer().encode
    text = {
        token
        for word in vocabulary()
        for form in {word, word[0].upper() + word[1:]}
        for token in encode(" " + form)
    }
    text |= {token for mark in (",", ".", "?") for token in encode(mark)}
    first = tokenizer().timestamp_begin
    special = (tokenizer().eot, tokenizer().sot, tokenizer().sot_prev, tokenizer().no_timestamps)
    return tuple(
        sorted(
            {
                *text,
                *special,
                tokenizer().no_speech,
                *range(first, first + int(LONGEST / FRAME) + 1),
            }
        )
    )


@lru_cache(maxsize=1)
def compact() -> dict[int, int]:
    """Whisper token -> row of the cut embedding; the row after the last stands for all the
    others.
    """
    return {token: row for row, token in enumerate(used_tokens())}


@dataclass(frozen=True)
class Example:
    """``mel`` (80, frames); ``tokens`` and ``targets`` in compact rows; ``spans`` (start, end) s
    per target.
    """

    mel: Tensor
    tokens: list[int]
    targets: list[int]
    spans: list[tuple[float, float]]
    letters: list[int]


def log_mel(samples: Samples, seconds: float, floor: float = 0.0, blank: bool = False) -> Tensor:
    """Whisper's log-mel of ``seconds``, as ``whisper.log_mel_spectrogram`` makes it.

    ``floor`` lifts the loudest value the dynamic range hangs on, as the rest of a long recording
    does; with ``blank`` the padding is zero in the mel domain, as ``transcribe`` pads the end of
    a file.
    """
    count = int(seconds / FRAME) * 2
    padded = np.zeros(count * HOP_LENGTH, np.float32)
    padded[: len(samples)] = samples[: len(padded)]
    window = torch.hann_window(N_FFT)
    spectrum = torch.stft(
        torch.from_numpy(padded), N_FFT, HOP_LENGTH, window=window, return_complex=True
    )
    power = mel_filters("cpu", 80) @ (spectrum[..., :-1].abs() ** 2)
    logged = torch.clamp(power, min=1e-10).log10()
    mel = (torch.maximum(logged, logged.max() + floor - 8.0) + 4.0) / 4.0
    if blank:
        mel[:, len(samples) // HOP_LENGTH :] = 0.0
    return mel


def _stamp(seconds: float, least: int = 0) -> tuple[int, tuple[float, float]]:
    """A timestamp token, not before the timestamp position ``least``, and the moment it names.

    Guided like words: it must look at its moment to read the position off the audio.
    """
    position = min(max(round(seconds / FRAME), least), int(LONGEST / FRAME))
    place = (max(0.0, position * FRAME - 0.08), position * FRAME + 0.08)
    return int(tokenizer().timestamp_begin) + position, place


def _word_tokens(
    words: Sequence[str], times: Sequence[tuple[float, float]], until: float
) -> Iterable[tuple[int, tuple[float, float]]]:
    """Tokens of a sentence, each with its share of its word's time; punctuation owns the pause
    that follows.
    """
    for index, (word, (start, end)) in enumerate(zip(words, times, strict=True)):
        bare = word.rstrip(",.?")
        pieces = tokenizer().encode(" " + bare)
        sizes = np.cumsum(
            [0.0] + [len(tokenizer().decode([piece]).strip()) or 1 for piece in pieces]
        )
        edges = start + sizes / sizes[-1] * max(end - start, 0.02)
        yield from ((piece, (edges[i], edges[i + 1])) for i, piece in enumerate(pieces))
        following = times[index + 1][0] if index + 1 < len(times) else until
        for mark in word[len(bare) :]:
            yield tokenizer().encode(mark)[0], (end, max(following, end + 0.04))


def encode_window(window: Window, seconds: float, chance: random.Random) -> Example:
    """Tokens as Whisper's own training has them, for the audio padded to ``seconds``."""
    marks, body = tokenizer(), list[tuple[int, tuple[float, float]]]()
    last, heard = 0, len(window.samples) / 16_000
    starts = [said.times[0][0] for said in window.said]
    if window.unfinished is not None:
        starts.append(window.unfinished)
    for index, said in enumerate(window.said):
        start, end = said.times[0][0], said.times[-1][1]
        following = starts[index + 1] if index + 1 < len(starts) else min(heard, end + 0.6)
        if window.timestamps:
            body.append(_stamp(start, last))
            last = body[-1][0] - marks.timestamp_begin
        body += _word_tokens(said.words, said.times, following)
        if window.timestamps:
            stop = (end + following) / 2 if following < end else end  # overlap: share it
            body.append(_stamp(stop, last))
            last = body[-1][0] - marks.timestamp_begin
    if window.unfinished is not None and window.timestamps:
        body.append(_stamp(window.unfinished, last))
    head = [marks.sot] if window.timestamps else [marks.sot, marks.no_timestamps]
    final = window.said[-1].times[-1][1] if window.said else 0.0
    if window.said:
        tokens = [*head, *(token for token, _ in body)]
        targets = [*([MASKED] * (len(head) - 1)), *(token for token, _ in body), marks.eot]
        rest = (final, min(heard, final + 0.6)) if window.unfinished is None else NOWHERE
        spans = [*([NOWHERE] * (len(head) - 1)), *(span for _, span in body), rest]
    else:  # nothing is said: the first answer is <|nospeech|>, and whatever is forced then, the end
        tokens = [marks.sot, marks.timestamp_begin if window.timestamps else marks.no_timestamps]
        targets, spans = [marks.no_speech, marks.eot], [NOWHERE, NOWHERE]
    rows = compact()
    other = len(rows)
    prompt = (
        [rows.get(token, other) for token in marks.encode(" " + " ".join(window.before))]
        if window.before
        else []
    )
    if prompt:
        prompt = [other if chance.random() < 0.04 else row for row in prompt[-180:]]
        prompt = [rows[marks.sot_prev], *prompt]
    text = " ".join(word for said in window.said for word in said.words).lower()
    return Example(
        mel=log_mel(window.samples, seconds, abs(chance.gauss(0, 0.25)), chance.random() < 0.15),
        tokens=prompt + [rows[token] for token in tokens],
        targets=[MASKED] * len(prompt) + [rows[t] if t != MASKED else MASKED for t in targets],
        spans=[NOWHERE] * len(prompt) + spans,
        letters=[1 + LETTERS.index(letter) for letter in text if letter in LETTERS],
    )
