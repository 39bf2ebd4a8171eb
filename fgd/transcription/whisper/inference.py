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
from whisper.timing import WordTiming, merge_punctuations

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from fgd.transcription.whisper.model import LoadedModel


class CrossKeys:
    """Keys and values of the audio, per decoder layer, shape (windows, heads, 1500, width)."""

    def __init__(
        self, layers: Sequence[tuple[Tensor, Tensor]], windows: Sequence[int] | None = None
    ) -> None:
        self.layers = layers
        self._windows = list(range(len(layers[0][0])) if windows is None else windows)

    def __len__(self) -> int:
        return len(self._windows)

    @classmethod
    def of(cls, model: LoadedModel, features: Tensor) -> CrossKeys:
        """Project audio features of shape (windows, 1500, state)."""
        layers = []
        for block in model.whisper.decoder.blocks:
            attention = block.cross_attn
            key, value = (
                _by_head(project(features).to(model.keys), attention.n_head)
                for project in (attention.key, attention.value)
            )
            layers.append((key, value))
        return cls(layers)

    def pick(self, rows: Sequence[int]) -> CrossKeys:
        """Pick some of the windows; nothing is copied."""
        return CrossKeys(self.layers, [self._windows[row] for row in rows])

    def attend(self, layer: int, query: Tensor) -> tuple[Tensor, Tensor]:
        """Ask with queries of shape (windows, heads, tokens, width); return finds and scores."""
        import torch

        keys, values = self.layers[layer]
        query = query.to(keys.dtype)
        found = []
        at = 0
        # Windows that lie side by side in memory are asked at once.
        for _, run in itertools.groupby(enumerate(self._windows), lambda pair: pair[1] - pair[0]):
            first, *more = [window for _, window in run]
            there = slice(first, first + 1 + len(more))
            asked = query[at : at + 1 + len(more)]
            found.append(_attend(asked, keys[there], values[there]))
            at += len(asked)
        if len(found) == 1:
            return found[0]
        return torch.cat([one for one, _ in found]), torch.cat([scores for _, scores in found])


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
            attended, scores = self._cross.attend(layer, query)
            if keep is not None:
                keep(layer, scores)
            x = x + block.cross_attn.out(attended)
            x = x + block.mlp(block.mlp_ln(x))
        self.offset += count
        hidden: Tensor = decoder.ln(x)
        return hidden

    def logits(self, hidden: Tensor) -> Tensor:
        """Score the vocabulary, in float32."""
        return self._model.vocabulary(hidden).float()

    def go_on_with(self, windows: Sequence[int]) -> None:
        """Forget all windows but these."""
        rows = list(windows)
        self._cross = self._cross.pick(rows)
        for layer, pair in enumerate(self._memory):
            for kept in pair:
                kept[: len(rows), :, : self.offset] = kept[rows, :, : self.offset]
            self._memory[layer] = (pair[0][: len(rows)], pair[1][: len(rows)])

    def _room(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        import torch

        dims = self._model.whisper.dims
        shape = (
            tokens.shape[0],
            dims.n_text_head,
            dims.n_text_ctx,
            dims.n_text_state // dims.n_text_head,
        )
        device = self._model.device
        # Short rows multiply faster in fp32 on a processor, where bf16 also compiles every length.
        dtype = torch.float32 if device == "cpu" else self._model.dtype
        return torch.empty(shape, device=device, dtype=dtype), torch.empty(
            shape, device=device, dtype=dtype
        )

    def _self_attention(self, attention: Any, x: Tensor, layer: int) -> Tensor:
        keys, values = self._memory[layer]
        count = x.shape[1]
        end = self.offset + count
        if self._model.in_bytes:
            asked = attention.asked(x).chunk(3, dim=-1)
        else:
            asked = attention.query(x), attention.key(x), attention.value(x)
        query, keys[:, :, self.offset : end], values[:, :, self.offset : end] = (
            _by_head(part, attention.n_head) for part in asked
        )
        query = query.to(keys.dtype)
        mask = self._model.whisper.decoder.mask[self.offset : end, :end] if count > 1 else None
        attended, _ = _attend(query, keys[:, :, :end], values[:, :, :end], mask)
        out: Tensor = attention.out(attended.to(x.dtype))
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
        self.decoder = DecoderPass(model, cross)
        self._first = first

    def logits(self, tokens: Tensor, audio_features: Tensor) -> Tensor:  # noqa: ARG002 - as the protocol has it
        """Score the newest token; on the first call every token from ``first`` on."""
        hidden = self.decoder.run(tokens[:, self.decoder.offset :])
        if hidden.shape[1] > 1:
            hidden = hidden[:, self._first :]
        return self.decoder.logits(hidden)

    def rearrange_kv_cache(self, source_indices: Sequence[int]) -> None:
        """Do nothing: beams are not used."""


class BatchTask(DecodingTask):
    """openai-whisper's decoding of a batch whose audio is already encoded."""

    def __init__(self, model: LoadedModel, options: Any, cross: CrossKeys) -> None:
        super().__init__(model.whisper, options)
        start = self.initial_tokens.index(self.tokenizer.sot)
        self.inference: BatchInference = BatchInference(model, cross, start)
        # Scores before the start of the transcript (one per token of the prompt and word of the
        # vocabulary) are never read, so they are not computed; the index moves accordingly.
        self.sot_index: int = 0

    def _get_audio_features(self, mel: Tensor) -> Tensor:
        return mel

    def _main_loop(
        self, audio_features: Tensor, tokens: Tensor
    ) -> tuple[Tensor, Tensor, list[float]]:
        """Decode token by token; a window whose text has ended is set aside and costs no more."""
        import torch

        end = self.tokenizer.eot
        going = torch.arange(len(tokens))
        sums = torch.zeros(len(tokens), device=tokens.device)
        silence = [float("nan")] * len(tokens)
        texts: list[Tensor] = [tokens[:0]] * len(tokens)
        totals = sums.clone()
        for step in range(self.sample_len):
            scores = self.inference.logits(tokens, audio_features)
            if step == 0 and self.tokenizer.no_speech is not None:
                chances = scores[:, self.sot_index].softmax(dim=-1)
                silence = chances[:, self.tokenizer.no_speech].tolist()
            scores = scores[:, -1]
            for rule in self.logit_filters:
                rule.apply(scores, tokens)
            tokens, _ = self.decoder.update(tokens, scores, sums)
            last = step + 1 == self.sample_len or tokens.shape[-1] > self.n_ctx
            over = (tokens[:, -1] == end) | last
            if not over.any():
                continue
            for row in over.nonzero()[:, 0].tolist():
                texts[going[row]], totals[going[row]] = tokens[row], sums[row]
            on = (~over).nonzero()[:, 0]
            if not len(on):
                break
            tokens, sums, going = tokens[on], sums[on], going[on.cpu()]
            self.inference.decoder.go_on_with(on.tolist())
        whole = torch.nn.utils.rnn.pad_sequence(texts, batch_first=True, padding_value=end)
        return whole, totals, silence


TOKENS_PER_SECOND = 50
FEW_LENGTHS = 32
# Exchanges that bring the middle one of seven values to its place.
MEDIAN_OF_SEVEN = (
    (0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6), (2, 3), (3, 6), (4, 5), (1, 4), (1, 3),
    (3, 4),
)  # fmt: skip
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

    if not text:
        return []
    head = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    # What follows a token does not change it, and few lengths: every other one is compiled anew
    # in bf16, and kept.
    rest = -(len(head) + len(text)) % FEW_LENGTHS or FEW_LENGTHS
    padded = [*head, *text, *[tokenizer.eot] * rest]
    row = torch.tensor([padded[: model.whisper.dims.n_text_ctx]])
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
    if len(tokens) <= 1:
        return []
    length = head + len(text) + 1
    first = len(tokenizer.sot_sequence)
    chances: list[float] = []
    # A few tokens at a time: scores of the whole vocabulary take 200 kB each, several times over.
    for at in range(0, len(text), 16):
        said = torch.tensor(text[at : at + 16], device=hidden.device)[:, None]
        known = decoder.logits(hidden[first + at :][:16])[: len(said), : tokenizer.eot]
        chances += known.softmax(dim=-1).gather(1, said)[:, 0].tolist()

    frames = max(1, min(scores.shape[-1], round(seconds * TOKENS_PER_SECOND)))
    weights = scores[:, :length, :frames].softmax(dim=-1)
    deviation, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
    # Head by head: the filter keeps seven copies of what it is given.
    steady = torch.stack([_smooth(one) for one in (weights - mean) / deviation])
    matrix = steady.mean(dim=0)[first : length - 1]
    text_steps, time_steps = _path(-matrix.double().cpu().numpy())

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


def _smooth(x: Tensor) -> Tensor:
    """Take each value's median with three neighbours on either side, as openai-whisper does.

    That one sorts seven copies of everything, which takes six times as long.
    """
    import torch
    from torch.nn.functional import pad

    count = x.shape[-1]
    if count <= 3:
        return x
    padded = pad(x[None], (3, 3), mode="reflect")[0]
    beside = [padded[..., place : place + count] for place in range(7)]
    for low, high in MEDIAN_OF_SEVEN:
        pair = beside[low], beside[high]
        beside[low], beside[high] = torch.minimum(*pair), torch.maximum(*pair)
    return beside[3]


def _path(cost: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the cheapest way through a matrix from corner to corner: dynamic time warping.

    Diagonal by diagonal in numpy: openai-whisper compiles its own when it is first used, which
    takes two seconds and 90 MB.
    """
    import numpy as np

    rows, columns = cost.shape
    leaning = np.full((rows + columns - 1, rows), np.inf)
    row, column = np.indices(cost.shape)
    leaning[row + column, row] = cost
    came = np.empty(leaning.shape, np.int8)
    # The totals of the two diagonals before, shifted by one so that there is a row above the first.
    before, last = np.full((2, rows + 1), np.inf)
    before[0] = 0.0
    for number, here in enumerate(leaning):
        both, above, left = before[:-1], last[:-1], last[1:]
        came[number] = np.where(
            (both < above) & (both < left), 0, np.where((above < both) & (above < left), 1, 2)
        )
        total = np.full(rows + 1, np.inf)
        total[1:] = here + np.minimum(np.minimum(both, above), left)
        before, last = last, total
    steps = [(rows - 1, columns - 1)]
    while steps[-1] != (0, 0):
        i, j = steps[-1]
        way = came[i + j, i] if i and j else 2 - bool(i)
        steps.append((i - (way != 2), j - (way != 1)))
    text, time = np.array(steps[::-1]).T
    return text, time
