"""Put a model of openai-whisper into bytes, where they are multiplied."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from fgd.core.quantization import ByteLinear


def asked_at_once(attention: Any, *, fine: bool) -> ByteLinear:
    """Join query, key and value of an attention in one layer, so that its input is rounded once."""
    parts = attention.query, attention.key, attention.value
    nothing = torch.zeros_like(attention.query.bias)
    bias = [nothing if part.bias is None else part.bias for part in parts]
    return ByteLinear(torch.cat([part.weight for part in parts]), torch.cat(bias), fine=fine)


class ByteAttention(nn.Module):
    """An encoder's attention, in the place of openai-whisper's."""

    def __init__(self, attention: Any) -> None:
        super().__init__()
        self.n_head = attention.n_head
        self.asked = asked_at_once(attention, fine=False)
        self.out = ByteLinear(attention.out.weight, attention.out.bias)

    def forward(self, x: Tensor, **_: Any) -> tuple[Tensor, None]:
        """Attend without a mask; nothing is kept."""
        asked = self.asked(x).view(*x.shape[:2], 3, self.n_head, -1).permute(2, 0, 3, 1, 4)
        found = nn.functional.scaled_dot_product_attention(*asked)
        return self.out(found.transpose(1, 2).flatten(start_dim=2)), None


def in_bytes(whisper: Any) -> ByteLinear:
    """Put a model's linear layers into bytes; returns the one that scores the vocabulary."""
    for block in whisper.encoder.blocks:
        block.attn = ByteAttention(block.attn)
    for block in whisper.decoder.blocks:
        block.attn.asked = asked_at_once(block.attn, fine=True)
        # openai-whisper looks for the modules, and never calls them.
        block.attn.query, block.attn.key, block.attn.value = (nn.Identity() for _ in range(3))
    for part, fine in ((whisper.encoder, False), (whisper.decoder, True)):
        for module in list(part.modules()):
            for name, layer in list(module.named_children()):
                if isinstance(layer, nn.Linear):
                    setattr(module, name, ByteLinear(layer.weight, layer.bias, fine=fine))
    for block in whisper.decoder.blocks:
        for layer in (block.cross_attn.key, block.cross_attn.value):
            layer.fine = False  # these are asked for a window's 1500 rows at once
    return ByteLinear(whisper.decoder.token_embedding.weight, fine=True)
