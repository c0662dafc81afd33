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
MANY = 256
"""Rows up to which a GPU takes our kernel, which widens weights in registers. Beyond, they are widened first: a pass
over them costs less than what torch's own product, which takes them in 16 bits, is faster."""
# Half of what an H100 or H200 keeps of its memory on the chip (50 MB): what is widened is read from there.
PIECE = 24 << 20
"""Bytes of weights that a GPU has widened at a time."""


def int8_linear(x: Tensor, weight: Tensor, scales: Tensor, bias: Tensor | None = None) -> Tensor:
    """`F.linear` of x [..., inputs] with int8 weights [outputs, inputs] that have bfloat16 `scales` [outputs].

    Sums are of the integers, and each is scaled once: but for many rows on a GPU, where each weight is scaled and
    rounded to the format of x before, as all weights are that have 16 bits.
    """
    rows = x.reshape(-1, x.shape[-1])
    out: Tensor
    if fused := kernels(x):
        out = (fused.int8_product if rows.shape[0] <= MANY else _in_pieces)(rows, weight, scales, bias)
    elif _takes_few(rows, weight):
        out = torch.ops.aten._weight_int8pack_mm(rows, weight, scales)
        out = out if bias is None else out + bias
    else:
        out = _widened(rows, weight, scales, bias)
    return out.view(*x.shape[:-1], -1)


def _in_pieces(rows: Tensor, weight: Tensor, scales: Tensor, bias: Tensor | None) -> Tensor:
    """The same by torch's own product, of weights that are widened some at a time."""
    fused = kernels(rows)
    assert fused is not None
    count = max(1, PIECE // (rows.element_size() * weight.shape[1]))
    if weight.shape[0] <= count:
        return F.linear(rows, fused.widened(weight, scales, rows.dtype), bias)
    out = rows.new_empty(rows.shape[0], weight.shape[0])
    for part in (slice(at, at + count) for at in range(0, weight.shape[0], count)):
        wide = fused.widened(weight[part], scales[part], rows.dtype).T
        if bias is None:
            torch.mm(rows, wide, out=out[:, part])
        else:
            torch.addmm(bias[part], rows, wide, out=out[:, part])
    return out


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
