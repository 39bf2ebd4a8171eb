"""Run the decoder's forward pass for many windows at a time, with caches laid out for it.

openai-whisper decodes through an ``Inference`` object; this is another one. The arithmetic is
the same, layer by layer, on the same modules. What differs is where keys and values lie: the
cross-attention's are computed once per window, head by head in memory, and serve every attempt
of the temperature ladder and the word alignment after it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from whisper.decoding import DecodingTask, Inference
from whisper.timing import WordTiming, dtw, median_filter, merge_punctuations

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from fgd.transcription.whisper.model import LoadedModel


class CrossKeys:
    """Keys and values of the audio, per decoder layer, shape (windows, heads, 1500, width)."""

    def __init__(self, layers: Sequence[tuple[Tensor, Tensor]]) -> None:
        self.layers = layers

    @classmethod
    def of(cls, model: LoadedModel, features: Tensor) -> CrossKeys:
        """Project audio features of shape (windows, 1500, state)."""
        layers = []
        for block in model.whisper.decoder.blocks:
            attention = block.cross_attn
            layers.append(
                (
                    _by_head(attention.key(features), attention.n_head),
                    _by_head(attention.value(features), attention.n_head),
                )
            )
        return cls(layers)

    def pick(self, rows: Sequence[int]) -> CrossKeys:
        """Return the keys and values of some of the windows."""
        index = list(rows)
        if index == list(range(self.layers[0][0].shape[0])):
            return self
        return CrossKeys([(key[index], value[index]) for key, value in self.layers])


class DecoderPass:
    """Runs the text decoder over tokens, remembering what it has seen."""

    def __init__(self, model: LoadedModel, cross: CrossKeys) -> None:
        self._model = model
        self._cross = cross
        self._memory: list[tuple[Tensor, Tensor]] = []
        self.offset = 0

    def run(self, tokens: Tensor, *, keep: Any = None) -> Tensor:
        """Compute hidden states of shape (windows, tokens, state) for the tokens that follow.

        ``keep(layer, scores)`` is given each layer's cross-attention scores before the softmax,
        shape (windows, heads, tokens, 1500), in float32.
        """
        decoder = self._model.whisper.decoder
        count = tokens.shape[-1]
        if not self._memory:
            self._memory = [self._room(tokens) for _ in decoder.blocks]
        x = decoder.token_embedding(tokens)
        x = x + decoder.positional_embedding[self.offset : self.offset + count]
        x = x.to(self._model.dtype)
        for layer, block in enumerate(decoder.blocks):
            x = x + self._self_attention(block.attn, block.attn_ln(x), layer)
            query = _by_head(
                block.cross_attn.query(block.cross_attn_ln(x)), block.cross_attn.n_head
            )
            key, value = self._cross.layers[layer]
            attended, scores = _attend(query, key, value)
            if keep is not None:
                keep(layer, scores)
            x = x + block.cross_attn.out(attended)
            x = x + block.mlp(block.mlp_ln(x))
        self.offset += count
        hidden: Tensor = decoder.ln(x)
        return hidden

    def logits(self, hidden: Tensor) -> Tensor:
        """Score the vocabulary, in float32."""
        weight: Tensor = self._model.whisper.decoder.token_embedding.weight
        return (hidden @ weight.T).float()

    def _room(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        import torch

        dims = self._model.whisper.dims
        shape = (
            tokens.shape[0],
            dims.n_text_head,
            dims.n_text_ctx,
            dims.n_text_state // dims.n_text_head,
        )
        device, dtype = self._model.device, self._model.dtype
        return torch.empty(shape, device=device, dtype=dtype), torch.empty(
            shape, device=device, dtype=dtype
        )

    def _self_attention(self, attention: Any, x: Tensor, layer: int) -> Tensor:
        keys, values = self._memory[layer]
        count = x.shape[1]
        end = self.offset + count
        keys[:, :, self.offset : end] = _by_head(attention.key(x), attention.n_head)
        values[:, :, self.offset : end] = _by_head(attention.value(x), attention.n_head)
        query = _by_head(attention.query(x), attention.n_head)
        mask = self._model.whisper.decoder.mask[self.offset : end, :end] if count > 1 else None
        attended, _ = _attend(query, keys[:, :, :end], values[:, :, :end], mask)
        out: Tensor = attention.out(attended)
        return out


def _by_head(x: Tensor, heads: int) -> Tensor:
    """Lay out (windows, length, state) as (windows, heads, length, width), contiguous."""
    return x.view(*x.shape[:2], heads, -1).transpose(1, 2).contiguous()


def _attend(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Compute attention by plain products: for a single query PyTorch's fused kernel is slower on
    CPUs, in bf16 by a factor of five.
    """
    import torch

    scale = query.shape[-1] ** -0.5
    scores = (query * scale @ key.transpose(-1, -2)).float()
    if mask is not None:
        scores = scores + mask
    weights = torch.softmax(scores, dim=-1).to(query.dtype)
    return (weights @ value).transpose(1, 2).flatten(start_dim=2), scores


class BatchInference(Inference):
    """openai-whisper's ``Inference`` over :class:`DecoderPass`; greedy or sampled, no beams."""

    def __init__(self, model: LoadedModel, cross: CrossKeys, first: int) -> None:
        self._pass = DecoderPass(model, cross)
        self._first = first

    def logits(self, tokens: Tensor, audio_features: Tensor) -> Tensor:  # noqa: ARG002 - as the protocol has it
        """Score the newest token; on the first call every token from ``first`` on."""
        hidden = self._pass.run(tokens[:, self._pass.offset :])
        if hidden.shape[1] > 1:
            hidden = hidden[:, self._first :]
        return self._pass.logits(hidden)

    def rearrange_kv_cache(self, source_indices: Sequence[int]) -> None:
        """Do nothing: beams are not used."""


class BatchTask(DecodingTask):
    """openai-whisper's decoding of a batch whose audio is already encoded."""

    def __init__(self, model: LoadedModel, options: Any, cross: CrossKeys) -> None:
        super().__init__(model.whisper, options)
        start = self.initial_tokens.index(self.tokenizer.sot)
        self.inference = BatchInference(model, cross, start)
        # Scores before the start of the transcript (one per token of the prompt and word of the
        # vocabulary) are never read, so they are not computed; the index moves accordingly.
        self.sot_index: int = 0

    def _get_audio_features(self, mel: Tensor) -> Tensor:
        return mel


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
    """Align words with the sound: start and end in seconds from the start of their window.

    One window at a time: what every head attends to would take more memory than all else in a run.

    Args:
        model: the checkpoint.
        tokenizer: openai-whisper's, for the language of these windows.
        texts: the text tokens (no timestamps) of each window.
        seconds: how much sound each window holds.
        cross: keys of the same windows, in the same order.
    """
    wanted: dict[int, list[int]] = {}
    for layer, number in model.whisper.alignment_heads.indices().T.tolist():
        wanted.setdefault(layer, []).append(number)
    return [
        _aligned(model, tokenizer, text, duration, cross.pick([number]), wanted)
        for number, (text, duration) in enumerate(zip(texts, seconds, strict=True))
    ]


def _aligned(
    model: LoadedModel,
    tokenizer: Any,
    text: Sequence[int],
    seconds: float,
    cross: CrossKeys,
    wanted: Mapping[int, Sequence[int]],
) -> list[WordTiming]:
    """Align the words of one window; ``wanted``: the heads of each layer that follow the sound."""
    import torch

    head = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    row = torch.tensor([[*head, *text, tokenizer.eot]])
    kept: list[torch.Tensor] = []

    def keep(layer: int, scores: torch.Tensor) -> None:
        if layer in wanted:
            kept.append(scores[0, wanted[layer]])

    with torch.inference_mode():
        decoder = DecoderPass(model, cross)
        hidden = decoder.run(row.to(model.device), keep=keep)
        return _words(tokenizer, decoder, text, torch.cat(kept), hidden[0], len(head), seconds)


def _words(
    tokenizer: Any,
    decoder: DecoderPass,
    text: Sequence[int],
    scores: torch.Tensor,
    hidden: torch.Tensor,
    head: int,
    seconds: float,
) -> list[WordTiming]:
    """Align one window: ``scores`` has shape (heads, tokens, 1500), ``hidden`` (tokens, state)."""
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
    # Head by head: the filter sorts seven copies of what it is given.
    steady = (weights - mean) / deviation
    weights = torch.stack([median_filter(scored, FILTER_WIDTH) for scored in steady])
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
