"""What the vision tokenizer's products take as rows: patches of a view's bytes, and the surroundings of a patch."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor


@triton.jit
def _cut(views, out, side, count, patch: tl.constexpr, values: tl.constexpr, padded: tl.constexpr):
    """One program: one patch, channel after channel."""
    x, y, image = tl.program_id(0), tl.program_id(1), tl.program_id(2).to(tl.int64)
    value = tl.arange(0, padded)
    channel, row, column = value // (patch * patch), value // patch % patch, value % patch
    at = ((image * side + y * patch + row) * side + x * patch + column) * 3 + channel
    level = tl.load(views + at, mask=value < values, other=0).to(tl.float32)
    to = out + ((image * count + y) * count + x) * values + value
    tl.store(to, (tl.div_rn(level, 127.5) - 1.0).to(out.dtype.element_ty), mask=value < values)


def cut_patches(views: Tensor, patch: int, dtype: torch.dtype) -> Tensor:
    """Patches of uint8 RGB [N, side, side, 3] in -1..1, channel by channel: [N, s, s, 3 patch²], s = side / patch."""
    images, side = views.shape[:2]
    count, values = side // patch, 3 * patch * patch
    out = torch.empty((images, count, count, values), device=views.device, dtype=dtype)
    padded = triton.next_power_of_2(values)
    _cut[(count, count, images)](
        views.contiguous(), out, side, count, patch=patch, values=values, padded=padded, num_warps=4
    )
    return out


@triton.jit
def _surround(x, out, side, count, stride, width: tl.constexpr, padded: tl.constexpr):
    """One program: the nine patches around one place, zeros beyond the view."""
    column, row, image = tl.program_id(0), tl.program_id(1), tl.program_id(2).to(tl.int64)
    tap, channel = tl.arange(0, 16)[:, None], tl.arange(0, padded)[None, :]
    real = (tap < 9) & (channel < width)
    y, x_at = row * stride + tap // 3 - 1, column * stride + tap % 3 - 1
    inside = real & (y >= 0) & (y < side) & (x_at >= 0) & (x_at < side)
    values = tl.load(x + ((image * side + y) * side + x_at) * width + channel, mask=inside, other=0.0)
    tl.store(out + (((image * count + row) * count + column) * 9 + tap) * width + channel, values, mask=real)


def surroundings(x: Tensor, stride: int) -> Tensor:
    """What a 3 × 3 convolution with padding one multiplies: [N, side, side, C] (contiguous) → [N, s, s, 9 C].

    Every `stride`-th place is one; places go row by row, each with its channels.
    """
    images, side, _, width = x.shape
    count = (side - 1) // stride + 1
    out = torch.empty((images, count, count, 9 * width), device=x.device, dtype=x.dtype)
    _surround[(count, count, images)](
        x, out, side, count, stride, width=width, padded=triton.next_power_of_2(width), num_warps=4
    )
    return out
