"""Multiply in bytes: linear layers of eight bits, on processors that have an instruction for it.

A weight's scale belongs to its output, an input's to its row. Bytes are multiplied and summed as
whole numbers, so what becomes of a row depends on that row alone, not on the batch it stands in.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn

# The largest byte with a sign; without one (which the instruction wants of inputs) zero is 128.
MOST = 127
ZERO = 128
TINY = 1e-12
ROUNDER = 1.5 * 2**23 + ZERO


class ByteLinear(nn.Module):
    """A linear layer in bytes, from and to float32.

    ``fine`` multiplies what rounding the input left over as well: twice the work, and a fraction of
    the error. With a few rows it costs little, because the weights are read once for both.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None, *, fine: bool = False) -> None:
        super().__init__()
        weight = weight.detach().float()
        self.scale = weight.abs().amax(dim=1).clamp(min=TINY) / MOST
        whole = (weight / self.scale[:, None]).round_().to(torch.int8)
        self.packed = torch.ops.onednn.qlinear_prepack(whole, None)
        self.zeros = torch.zeros(len(weight), dtype=torch.int32)
        self.added = None if bias is None else bias.detach().float()
        self.fine = fine

    def forward(self, x: Tensor) -> Tensor:
        """Multiply rows of any shape, the last dimension being the layer's input."""
        rows = x.reshape(-1, x.shape[-1]).float()
        most = torch.maximum(rows.amax(-1, keepdim=True), -rows.amin(-1, keepdim=True))
        scale = most.clamp_(min=TINY).div_(MOST)
        scaled = rows / scale
        if self.fine:
            whole = scaled.round()
            rest = scaled.sub_(whole).mul_(2 * MOST)
            both = self._product(torch.cat([whole, rest]))
            product = both[len(rows) :].div_(2 * MOST).add_(both[: len(rows)])
        else:
            product = self._product(scaled)
        product.mul_(scale)
        if self.added is not None:
            product.add_(self.added)
        shaped: Tensor = product.view(*x.shape[:-1], -1)
        return shaped

    def _product(self, scaled: Tensor) -> Tensor:
        product: Tensor = torch.ops.onednn.qlinear_pointwise(
            rounded(scaled), 1.0, ZERO, self.packed, self.scale, self.zeros,
            None, 1.0, 0, torch.float32, "none", [], "",
        )  # fmt: skip
        return product


def rounded(scaled: Tensor) -> Tensor:
    """Round numbers of at most ``MOST`` to bytes, zero becoming ``ZERO``; they are overwritten.

    A sum as large as ``ROUNDER`` has no room for fractions: its last byte is the number, rounded.
    That takes half the time of rounding, adding and converting.
    """
    return scaled.add_(ROUNDER).view(torch.int32).to(torch.uint8)


@functools.cache
def available() -> bool:
    """Tell whether bytes are multiplied here, exactly: PyTorch promises nothing of its operator."""
    if not getattr(torch.cpu, "_is_vnni_supported", bool)():
        return False
    chance = torch.Generator().manual_seed(0)
    weight, x = torch.randint(-MOST, MOST + 1, (2, 24, 64), generator=chance).float()
    weight[:, 0] = x[:, 0] = MOST  # so that the scale is one
    try:
        return torch.equal(ByteLinear(weight)(x), x @ weight.T)
    except (AttributeError, RuntimeError, TypeError):
        return False
