"""What each query's place says to the places of the keys: decomposed relative positions (MViTv2, arXiv 2112.01526).

Products of float32 are float32's ("ieee"): Triton's own choice keeps 10 bits of each number (TF32). Nothing changes for
16 bits.
"""

from __future__ import annotations

import triton
import triton.language as tl
from torch import Tensor


@triton.jit
def _of_squares(
    queries, rows, columns, to_rows, to_columns, image_step, token_step, head_step, heads,
    row_image, row_head, row_token, row_place,
    side: tl.constexpr, padded: tl.constexpr, width: tl.constexpr,
):  # fmt: skip
    """One program: the queries of one row of patches against all rows, and those of one column against all columns."""
    line, head, image = tl.program_id(0), tl.program_id(1), tl.program_id(2).to(tl.int64)
    place, inside = tl.arange(0, padded), tl.arange(0, width)
    real = place < side
    own = queries + image * image_step + head * head_step + inside[None, :]
    distance = (line - place + side - 1)[:, None] * width + inside[None, :]
    square = real[:, None] & real[None, :]
    result = (image * side * side * heads + head) * side + place[None, :]

    q = tl.load(own + (line * side + place)[:, None] * token_step, mask=real[:, None], other=0.0)
    table = tl.load(rows + distance, mask=real[:, None], other=0.0)
    to = to_rows + image * row_image + head * row_head
    to += (line * side + place)[:, None] * row_token + place[None, :] * row_place
    tl.store(to, tl.dot(q, tl.trans(table), input_precision="ieee").to(to_rows.dtype.element_ty), mask=square)

    q = tl.load(own + (place * side + line)[:, None] * token_step, mask=real[:, None], other=0.0)
    table = tl.load(columns + distance, mask=real[:, None], other=0.0)
    to = to_columns + result + (place * side + line)[:, None] * (heads * side)
    tl.store(to, tl.dot(q, tl.trans(table), input_precision="ieee").to(to_columns.dtype.element_ty), mask=square)


def positions_of_squares(
    projected: Tensor, rows: Tensor, columns: Tensor, side: int, by_place: bool
) -> tuple[Tensor, Tensor]:
    """Queries of `projected` [N, side², 3, heads, d] by `rows` and `columns` [2 side - 1, d], by query less key place.

    Returns two views [N, side², heads, side]; with `by_place` the first lies in memory as [N, heads, side, side²].
    """
    images, tokens, _, heads, width = projected.shape
    queries = projected[:, :, 0]
    to_rows, to_columns = projected.new_empty((2, images, tokens, heads, side)).unbind()
    if by_place:
        to_rows = to_rows.view(images, heads, side, tokens).permute(0, 3, 1, 2)
    _of_squares[(side, heads, images)](
        queries, rows, columns, to_rows, to_columns,
        queries.stride(0), queries.stride(1), queries.stride(2), heads,
        to_rows.stride(0), to_rows.stride(2), to_rows.stride(1), to_rows.stride(3),
        side=side, padded=max(16, triton.next_power_of_2(side)), width=width, num_warps=4,
    )  # fmt: skip
    return to_rows, to_columns
