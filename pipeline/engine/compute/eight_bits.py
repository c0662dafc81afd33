"""Products with weights in 8 bits, by the quickest way that a device has for so many rows."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from pipeline.engine.compute.backends import kernels

# Measured on one core (EPYC with AVX512-BF16), 1,792 × 1,280: torch's kernel 0.25, 0.37 ms for 1, 4 rows and 0.62 for
# 8; widened first 0.46, 0.49 and 0.58.
FEW_ON_CPU = 4
"""Rows up to which a CPU takes torch's own kernel, which widens in registers."""
# Two megabytes in bfloat16: what a core's cache holds beside the rows. On the vocabulary, 16 rows: 57 ms; 77 of twice
# the size, and 198 at once.
TILE_ON_CPU = 2048
"""Outputs whose weights a CPU widens at a time."""
# Widened first, and by a kernel that widens in registers, 64 rows and 384 (H200, microseconds): 3,840 outputs over 10
# and 8.2, 13.9 and 19.3; the dense layer's 13,696 over 19 and 15.7, 37 and 43. The vocabulary by that kernel: 73 and
# 317; widened in parts 747 for 384 rows.
MANY, MANY_OF_LARGE = 64, 512
"""Rows up to which a GPU takes our kernel, which widens weights in registers. Beyond, they are widened by a pass for
torch's own product, which takes them in 16 bits."""
LARGE = 48 << 20
"""Bytes in 16 bits from which weights count as large: what is widened no longer stays on the chip."""


def int8_linear(x: Tensor, weight: Tensor, scales: Tensor, bias: Tensor | None = None) -> Tensor:
    """`F.linear` of x [..., inputs] with int8 weights [outputs, inputs] that have bfloat16 `scales` [outputs].

    Sums are of the integers, and each is scaled once: but for many rows on a GPU, where each weight is scaled and
    rounded to the format of x before, as all weights are that have 16 bits.
    """
    rows = x.reshape(-1, x.shape[-1])
    out: Tensor
    if fused := kernels(x):
        if rows.shape[0] <= (MANY_OF_LARGE if 2 * weight.numel() > LARGE else MANY):
            out = fused.int8_product(rows, weight, scales, bias)
        else:
            out = F.linear(rows, fused.widened(weight, scales, rows.dtype), bias)
    elif _takes_few(rows, weight):
        out = torch.ops.aten._weight_int8pack_mm(rows, weight, scales)
        out = out if bias is None else out + bias
    else:
        out = _widened(rows, weight, scales, bias)
    return out.view(*x.shape[:-1], -1)


def _takes_few(rows: Tensor, weight: Tensor) -> bool:
    if rows.device.type != "cpu" or rows.dtype is not torch.bfloat16 or rows.shape[0] > FEW_ON_CPU:
        return False
    # In it 16 inputs are one instruction's; with others it reads past the end of its memory.
    return weight.shape[1] % 16 == 0 and hasattr(torch.ops.aten, "_weight_int8pack_mm")


def _widened(rows: Tensor, weight: Tensor, scales: Tensor, bias: Tensor | None) -> Tensor:
    """The same without kernels of ours: part by part on a CPU, as a whole elsewhere."""
    tile = TILE_ON_CPU if rows.device.type == "cpu" else weight.shape[0]
    parts = [_part(rows, *some) for some in zip(torch.split(weight, tile), torch.split(scales, tile), strict=True)]
    out = parts[0] if len(parts) == 1 else torch.cat(parts, -1)
    return out if bias is None else out.add_(bias)


def _part(rows: Tensor, weight: Tensor, scales: Tensor) -> Tensor:
    wide, scales = weight.to(rows.dtype), scales.to(rows.dtype)
    if rows.dtype is torch.float16:
        # Sums of integers up to 127 would overflow it.
        return F.linear(rows, wide * scales[:, None])
    return F.linear(rows, wide).mul_(scales)
