"""Word times by Whisper's own alignment, for a batch of windows in one pass.

The method is openai-whisper's (``whisper.timing``): cross-attention of the alignment heads,
normalised, median-filtered, dynamic time warping. There it runs the encoder a second time for
every window; here the keys of the first time are used.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from whisper.timing import WordTiming, dtw, median_filter, merge_punctuations

from fgd.transcription.whisper.inference import CrossKeys, DecoderPass

if TYPE_CHECKING:
    import torch

    from fgd.transcription.whisper.model import LoadedModel

TOKENS_PER_SECOND = 50
FILTER_WIDTH = 7
PREPENDED = "\"'“¿([{-"
APPENDED = "\"'.。,，!！?？:：”)]}、"


def align(
    model: LoadedModel,
    tokenizer: Any,
    texts: Sequence[Sequence[int]],
    seconds: Sequence[float],
    cross: CrossKeys,
) -> list[list[WordTiming]]:
    """Words with start and end in seconds from the start of their window.

    Args:
        model: the checkpoint.
        tokenizer: openai-whisper's, for the language of these windows.
        texts: the text tokens (no timestamps) of each window.
        seconds: how much sound each window holds.
        cross: keys of the same windows, in the same order.
    """
    import torch

    head = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    rows = [[*head, *text, tokenizer.eot] for text in texts]
    longest = max((len(row) for row in rows), default=0)
    padded = torch.tensor([row + [tokenizer.eot] * (longest - len(row)) for row in rows])
    wanted: dict[int, list[int]] = {}
    for layer, number in model.whisper.alignment_heads.indices().T.tolist():
        wanted.setdefault(layer, []).append(number)
    kept: list[torch.Tensor] = []

    def keep(layer: int, scores: torch.Tensor) -> None:
        if layer in wanted:
            kept.append(scores[:, wanted[layer]])

    with torch.inference_mode():
        decoder = DecoderPass(model, cross)
        hidden = decoder.run(padded.to(model.device), keep=keep)
        scores = torch.cat(kept, dim=1)
        return [
            _words(tokenizer, decoder, text, scores[i], hidden[i], len(head), seconds[i])
            for i, text in enumerate(texts)
        ]


def _words(
    tokenizer: Any,
    decoder: DecoderPass,
    text: Sequence[int],
    scores: torch.Tensor,
    hidden: torch.Tensor,
    head: int,
    seconds: float,
) -> list[WordTiming]:
    """One window: ``scores`` has shape (heads, tokens, 1500), ``hidden`` (tokens, state)."""
    import numpy as np
    import torch

    words, tokens = tokenizer.split_to_word_tokens([*text, tokenizer.eot])
    if not text or len(tokens) <= 1:
        return []
    length = head + len(text) + 1
    first = len(tokenizer.sot_sequence)
    logits = decoder.logits(hidden[first : first + len(text)])[:, : tokenizer.eot]
    chances = logits.softmax(dim=-1)[torch.arange(len(text)), list(text)].tolist()

    frames = max(1, min(scores.shape[-1], round(seconds * TOKENS_PER_SECOND)))
    weights = scores[:, :length, :frames].softmax(dim=-1)
    deviation, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
    weights = median_filter((weights - mean) / deviation, FILTER_WIDTH)
    matrix = weights.mean(dim=0)[first : length - 1]
    text_steps, time_steps = dtw(-matrix)

    bounds = [0, *itertools.accumulate(len(t) for t in tokens[:-1])]
    jumps = np.pad(np.diff(text_steps), (1, 0), constant_values=1).astype(bool)
    moments = time_steps[jumps] / TOKENS_PER_SECOND
    timings = [
        WordTiming(
            word, list(ids), float(moments[i]), float(moments[j]), float(np.mean(chances[i:j]))
        )
        for word, ids, i, j in zip(words[:-1], tokens[:-1], bounds[:-1], bounds[1:], strict=True)
    ]
    merge_punctuations(timings, PREPENDED, APPENDED)
    return timings
