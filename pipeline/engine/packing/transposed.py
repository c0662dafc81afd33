"""Attention over squares of patches on a CPU: scores stand transposed, keys by queries.

Torch's own attention multiplies 16-bit numbers on a CPU no faster than 32-bit ones, and has its bias summed before, in
short runs. With queries last, a bias is two long contiguous rows added, which the product then adds to.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

# Measured on a core with 1 MB of second cache, squares of 48: 64 to 512 queries at once differ by a tenth. Larger, and
# scores leave that cache; smaller, and calls cost more than they do.
SCORES_AT_ONCE = 1 << 19
"""Scores that are in memory at the same time: a megabyte in 16 bits, two in 32."""


# Sums of exponentials between these are far from float32's ends, which are bfloat16's, so no term was lost.
_LEAST, _MOST = 2.0**-80, 2.0**80


def transposed_attention(queries: Tensor, keys: Tensor, values: Tensor, by_row: Tensor, by_column: Tensor) -> Tensor:
    """Attention of B heads of squares, each of S = side² patches → [B, d, S].

    `queries` (unscaled) and `values` are [B, d, S], `keys` [B, S, d]; `by_row` and `by_column` [side, side, d] are the
    learned distances by (query, key) place. All are of one format, in which scores are kept; sums are float32's.
    """
    heads, head_dim, patches = queries.shape
    side = by_row.shape[0]
    square = queries.view(heads, head_dim, side, side)
    # [B, side of the keys, S], contiguous: the sum below then runs over all queries of a chunk at once.
    to_rows = torch.einsum("ykd,bdyx->bkyx", by_row, square).reshape(heads, side, patches)
    to_columns = torch.einsum("xkd,bdyx->bkyx", by_column, square).reshape(heads, side, patches)
    keys = keys * head_dim**-0.5  # the positions are not scaled, as in SAM
    # A row of ones behind the values: the product that mixes them then sums the weights as well.
    summed = torch.cat((values, values.new_ones(heads, 1, patches)), 1)
    out = _mix(queries, keys, summed, to_rows, to_columns, torch.exp)
    sums = out[:, head_dim:]
    if not bool(((sums > _LEAST) & (sums < _MOST)).all()):
        out = _mix(queries, keys, summed, to_rows, to_columns, _softmax)
        sums = torch.ones_like(sums)
    return out[:, :head_dim] / sums


def _softmax(scores: Tensor, *, out: Tensor) -> Tensor:
    return torch.softmax(scores, 1, out=out)


def _mix(
    queries: Tensor, keys: Tensor, values: Tensor, to_rows: Tensor, to_columns: Tensor, weigh: Callable[..., Tensor]
) -> Tensor:
    """Values [B, any, S] mixed by what `weigh` makes of scores, in place: [B, any, S].

    Exponentials alone are most of a softmax without two of its three passes: without its sums, which the product has,
    and without the largest score, which only keeps numbers in range.
    """
    heads, _, patches = queries.shape
    side = to_rows.shape[1]
    out = torch.empty_like(values)
    some = max(1, SCORES_AT_ONCE // patches**2)
    width = min(patches, max(64, SCORES_AT_ONCE // patches // 64 * 64))
    # One buffer, written over: fresh memory of this size comes from the system each time, page by page.
    buffer = queries.new_empty(some * patches * width)
    for first in range(0, heads, some):
        own = slice(first, first + some)
        for left in range(0, patches, width):
            chunk = slice(left, left + width)
            mixed = out[own, :, chunk]
            scores = buffer[: len(mixed) * patches * mixed.shape[2]].view(len(mixed), patches, -1)
            torch.add(
                to_rows[own, :, None, chunk],
                to_columns[own, None, :, chunk],
                out=scores.view(len(mixed), side, side, -1),
            )
            torch.baddbmm(scores, keys[own], queries[own, :, chunk], out=scores)
            weigh(scores, out=scores)
            mixed.copy_(torch.bmm(values[own], scores))
    return out
