"""openai-whisper's network over the demo's own tokens, with what training needs beside it.

The parameters are those of ``whisper.model.Whisper`` and keep their names; only the token
embedding is cut to the used rows plus one row that stands for all unused ones. Beside the logits
come the CTC letters of the encoder and the cross-attention that decides word times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from whisper.model import ModelDimensions, MultiHeadAttention, ResidualAttentionBlock, Whisper

from demo.targets import LETTERS, compact, used_tokens

DIMENSIONS = ModelDimensions(80, 1500, 192, 3, 4, 51864, 448, 192, 3, 4)
SILENCED = -40.0  # logit of every token that the demo never uses


@dataclass(frozen=True)
class Forced:
    """Attention given instead of learned, while the network does not know yet where to look.

    ``heads`` of a layer look at ``where`` (batch, tokens, positions) with weight ``share`` (batch,
    tokens, 1), zero where a token has no place.
    """

    heads: tuple[int, ...]
    where: Tensor
    share: Tensor


class _Attention(torch.autograd.Function):
    """Plain softmax attention; on CPUs in bfloat16 twice as fast as the fused kernel at 1500
    positions.
    """

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        weights = torch.softmax(torch.bmm(q, k.transpose(1, 2)), -1)
        ctx.save_for_backward(q, k, v, weights)
        return torch.bmm(weights, v)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        q, k, v, weights = ctx.saved_tensors
        (out,) = gradients
        out = out.contiguous()
        scores = torch._softmax_backward_data(
            torch.bmm(out, v.transpose(1, 2)), weights, -1, weights.dtype
        )
        # transposing the small operand is a quarter faster than transposing the large one
        dk = torch.bmm(q.transpose(1, 2), scores).transpose(1, 2)
        dv = torch.bmm(out.transpose(1, 2), weights).transpose(1, 2)
        return torch.bmm(scores, k), dk, dv


_attend: Callable[..., Tensor] = _Attention.apply


def _heads(x: Tensor, count: int) -> Tensor:
    batch, length, width = x.shape
    return (
        x.view(batch, length, count, width // count)
        .transpose(1, 2)
        .reshape(batch * count, length, -1)
    )


def _merge(x: Tensor, count: int) -> Tensor:
    rows, length, width = x.shape
    return (
        x.view(rows // count, count, length, width)
        .transpose(1, 2)
        .reshape(rows // count, length, -1)
    )


def _self_attention(layer: MultiHeadAttention, x: Tensor) -> Tensor:
    n = layer.n_head
    q, k, v = _heads(layer.query(x) * 0.125, n), _heads(layer.key(x), n), _heads(layer.value(x), n)
    out: Tensor = layer.out(_merge(_attend(q, k, v), n))
    return out


def _cross_attention(
    layer: MultiHeadAttention, x: Tensor, audio: Tensor, forced: Forced | None
) -> tuple[Tensor, Tensor]:
    """The output and the attention scores before softmax, (batch, heads, tokens, positions)."""
    n = layer.n_head
    q, k, v = (
        _heads(layer.query(x) * 0.125, n),
        _heads(layer.key(audio), n),
        _heads(layer.value(audio), n),
    )
    scores = torch.bmm(q, k.transpose(1, 2))
    weights = torch.softmax(scores, -1)
    if forced is not None and forced.heads:
        by_head = list(weights.view(-1, n, *weights.shape[1:]).unbind(1))
        for head in forced.heads:
            by_head[head] = by_head[head] + forced.share * (forced.where - by_head[head])
        weights = torch.stack(by_head, 1).view_as(weights)
    out: Tensor = layer.out(_merge(torch.bmm(weights, v), n))
    return out, scores.view(-1, n, *scores.shape[1:])


def deepen(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """A decoder of two layers as one of four that computes the same: each is followed by a copy of
    the second that adds nothing yet, so training goes on where it was.
    """
    decoder = "decoder.blocks."
    if f"{decoder}2.attn_ln.weight" in state:
        return state
    deeper = {name: value for name, value in state.items() if not name.startswith(decoder)}
    for new, old in enumerate((0, 1, 1, 1)):
        silent = new in (1, 3)
        for name, value in state.items():
            if name.startswith(f"{decoder}{old}."):
                rest = name.removeprefix(f"{decoder}{old}.")
                adds = rest.rsplit(".", 1)[0] in {"attn.out", "cross_attn.out", "mlp.2"}
                deeper[f"{decoder}{new}.{rest}"] = value * 0 if silent and adds else value
    return deeper


class Network(nn.Module):
    """Whisper with a cut vocabulary and a CTC head."""

    def __init__(self) -> None:
        super().__init__()
        dims = ModelDimensions(**{**DIMENSIONS.__dict__, "n_vocab": len(used_tokens()) + 1})
        self.whisper = Whisper(dims)
        self.ctc = nn.Linear(dims.n_audio_state, len(LETTERS) + 1)
        self.fixed = dims.n_text_state - 1
        nn.init.normal_(self.whisper.decoder.token_embedding.weight, std=0.02)
        nn.init.normal_(self.whisper.decoder.positional_embedding, std=0.02)
        self.pin()

    @torch.no_grad()
    def pin(self) -> None:
        """One output dimension is always 1; the row of unused tokens has nothing but
        ``SILENCED`` there.
        """
        decoder = self.whisper.decoder
        decoder.ln.weight[self.fixed], decoder.ln.bias[self.fixed] = 0.0, 1.0
        decoder.token_embedding.weight[-1] = 0.0
        decoder.token_embedding.weight[-1, self.fixed] = SILENCED

    def warm_start(self, saved: Mapping[str, Any]) -> None:
        """Take over an earlier training: a state of this class, or ``{"model", "ctc", "used"}``
        cut to ``used``.
        """
        state = deepen(dict(saved["model"]))
        old = state.pop("decoder.token_embedding.weight").float()
        mine = self.whisper.state_dict()
        rows = compact()
        with torch.no_grad():
            for row, token in enumerate(int(t) for t in saved["used"]):
                if token in rows:
                    mine["decoder.token_embedding.weight"][rows[token]] = old[row]
        mine.update({name: value.float() for name, value in state.items()})
        self.whisper.load_state_dict(mine)
        self.ctc.load_state_dict({name: value.float() for name, value in saved["ctc"].items()})
        silent = (self.whisper.decoder.ln.weight == 0).nonzero().flatten().tolist()
        self.fixed = silent[0] if silent else self.fixed
        self.pin()

    def encode(self, mel: Tensor) -> Tensor:
        """(batch, 80, 2n) -> (batch, n, width) for any n up to 1500; positions always count from
        0.
        """
        encoder = self.whisper.encoder
        x = functional.gelu(encoder.conv2(functional.gelu(encoder.conv1(mel)))).transpose(1, 2)
        x = x + encoder.positional_embedding[: x.shape[1]]
        for block in encoder.blocks:
            assert isinstance(block, ResidualAttentionBlock)
            x = x + _self_attention(block.attn, block.attn_ln(x))
            x = x + block.mlp(block.mlp_ln(x))
        hidden: Tensor = encoder.ln_post(x)
        return hidden

    def forward(
        self,
        mel: Tensor,
        tokens: Tensor,
        forced: Sequence[Forced] = (),
        keep: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Logits (batch, tokens, rows), or (n, rows) of those to ``keep``; CTC logits (batch, n,
        letters); one score tensor per decoder layer.
        """
        audio = self.encode(mel)
        decoder, scores = self.whisper.decoder, []
        x = decoder.token_embedding(tokens) + decoder.positional_embedding[: tokens.shape[1]]
        for index, block in enumerate(decoder.blocks):
            assert isinstance(block, ResidualAttentionBlock) and block.cross_attn is not None
            x = x + block.attn(block.attn_ln(x), mask=decoder.mask)[0]
            given = forced[index] if forced else None
            normed = block.cross_attn_ln(x)
            out, score = _cross_attention(block.cross_attn, normed, audio, given)
            scores.append(score)
            x = x + out
            x = x + block.mlp(block.mlp_ln(x))
        if keep is not None:
            x = x[keep]
        logits = decoder.ln(x) @ decoder.token_embedding.weight.T
        return logits.float(), self.ctc(audio).float(), scores
