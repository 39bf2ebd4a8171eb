"""Batches, and what is minimised beside the text: guided attention and letters."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from demo.network import Forced
from demo.targets import FRAME, MASKED, NOWHERE, Example
from demo.windows import LONGEST

# (decoder layer, head) taught where to look; Whisper reads word times from all heads of the last
# half of the layers
GUIDED = ((0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (3, 0), (3, 1), (3, 2))
BLUR, BLUR_REACH = 2.0, 6  # standard deviation and reach of a timestamp's target, in tokens


@dataclass(frozen=True)
class Batch:
    """Examples of one length, padded."""

    mel: Tensor  # (batch, 80, frames)
    tokens: Tensor  # (batch, length)
    targets: Tensor  # (batch, length), MASKED where nothing is learned
    spans: Tensor  # (batch, length, 2) seconds, NOWHERE where not guided
    letters: list[Tensor]


def collate(examples: list[Example]) -> Batch:
    """Pad to a multiple of 16 tokens: every new shape costs the CPU a new kernel."""
    length = 16 * math.ceil(max(len(example.tokens) for example in examples) / 16)

    def pad(rows: Iterable[list[int]], value: int) -> Tensor:
        return torch.tensor([row + [value] * (length - len(row)) for row in rows])

    spans = [example.spans + [NOWHERE] * (length - len(example.spans)) for example in examples]
    return Batch(
        torch.stack([example.mel for example in examples]),
        pad((example.tokens for example in examples), 0),
        pad((example.targets for example in examples), MASKED),
        torch.tensor(spans, dtype=torch.float32),
        [torch.tensor(example.letters) for example in examples],
    )


def places(spans: Tensor, count: int) -> Tensor:
    """Where tokens with these ``spans`` (n, 2) are heard: a box with soft edges over positions."""
    positions = (torch.arange(count) + 0.5) * FRAME
    start, end = spans[:, :1], spans[:, 1:]
    soft = 0.025
    box = torch.sigmoid((positions - start) / soft) * torch.sigmoid((end - positions) / soft) + 1e-8
    return box / box.sum(-1, keepdim=True)


def force(spans: Tensor, count: int, share: float) -> list[Forced]:
    """Let the guided heads of both layers look at the right place with weight ``share``."""
    known = spans[..., 0] >= 0
    where = torch.zeros(*spans.shape[:2], count)
    where[known] = places(spans[known], count)
    layers = sorted({layer for layer, _ in GUIDED})
    heads = [tuple(head for layer, head in GUIDED if layer == one) for one in layers]
    return [Forced(some, where, share * known[..., None]) for some in heads]


def guidance(scores: list[Tensor], spans: Tensor) -> Tensor:
    """Cross-entropy between where guided heads look and where each token is heard (a box with
    soft edges).
    """
    known = spans[..., 0] >= 0
    if not bool(known.any()):
        return scores[0].sum() * 0
    target = places(spans[known], scores[0].shape[-1])
    losses = [
        -(target * functional.log_softmax(scores[layer][:, head][known].float(), -1)).sum(-1).mean()
        for layer, head in GUIDED
    ]
    return torch.stack(losses).mean()


def text_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of ``logits`` (n, rows) and ``targets`` (n); times are blurred.

    A timestamp 20 ms off is nearly right, and which of two neighbours is right cannot be heard: a
    Gaussian over neighbours teaches where it is, where an exact target teaches nothing for long.
    Timestamps are the last rows but one (``compact``), in order.
    """
    last = logits.shape[-1] - 2
    first = last - int(LONGEST / FRAME)
    words = functional.cross_entropy(logits, targets, reduction="none")
    is_time = targets >= first
    if not bool(is_time.any()):
        return words.mean()
    near = torch.arange(-BLUR_REACH, BLUR_REACH + 1)
    share = torch.softmax(-0.5 * (near / BLUR) ** 2, 0)
    rows = (targets[is_time, None] + near).clamp(first, last)
    times = -(logits[is_time].log_softmax(-1).gather(1, rows) * share).sum(-1)
    return torch.cat([words[~is_time], times]).mean()


def letters_loss(logits: Tensor, letters: list[Tensor]) -> Tensor:
    """CTC over the window's letters, per letter."""
    some = [index for index, row in enumerate(letters) if len(row)]
    if not some:
        return logits.sum() * 0
    lengths = torch.tensor([len(letters[index]) for index in some])
    return functional.ctc_loss(
        logits[some].log_softmax(-1).transpose(0, 1),
        pad_sequence([letters[index] for index in some], batch_first=True),
        torch.full((len(some),), logits.shape[1]),
        lengths,
        blank=0,
        zero_infinity=True,
    )
