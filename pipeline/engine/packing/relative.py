"""Attention with relative positions for reading only: by our kernels, or with scores transposed on a CPU."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from pipeline.engine.compute.backends import by_products, in_short_on_cpu, kernels
from pipeline.engine.packing.transposed import transposed_attention
from pipeline.model.vision_tokenizer import RelativeAttention, distances, resize_distances

SQUARES: dict[int, dict[str, int]] = {48: {"two_rows": True}, 64: {"stages": 3}}
"""By side, what `square_attention` is told where it is faster so (README of the engine)."""

# Side of a square from which scores are transposed in 32 bits, too. Measured on a core without AVX-512 beside torch's
# own attention with a bias: a square of 48, of 64, nine windows of 16 take 82, 269, 16 ms for 122, 410, 12.
_LARGE = 32


class PackedRelativeAttention(RelativeAttention):
    """Relative positions inside the attention kernel, not as extra head dimensions."""

    def __init__(self, attention: RelativeAttention) -> None:
        nn.Module.__init__(self)
        self.heads, self.qkv, self.output = attention.heads, attention.qkv, attention.output
        self.rows, self.columns = attention.rows, attention.columns
        self._tables: dict[int, tuple[Tensor, Tensor]] = {}  # by side
        self._places: dict[int, tuple[Tensor, Tensor]] = {}  # the same, by (query, key) place
        self._windows: dict[tuple[int, int], tuple[Tensor, Tensor]] = {}  # by side and window
        self._asking: Tensor | None = None
        self.shapes = SQUARES

    def forward(self, x: Tensor) -> Tensor:
        taken = in_short_on_cpu(x) or (by_products(x) and x.shape[1] >= _LARGE)
        return self._transposed(x) if taken else super().forward(x)

    def mixed(self, x: Tensor, window: int | None) -> Tensor:
        """By our kernels, before the last product: attention within windows of [N, side, side, width], or all of it.

        Keys have no bias here, since the same for all of them changes no softmax. Values have none either: weights sum
        to one, so theirs is due once, by the last product (`owed`). Windows that reach beyond the view see zeros there,
        of which the projection makes its bias: zeros again.
        """
        images, side, _, width = x.shape
        projected = F.linear(x, self.qkv.weight, self._query_bias())
        projected = projected.view(images, side, side, 3, self.heads, width // self.heads)
        fused, tables = kernels(x), self._distances(window or side, x)
        mixed: Tensor
        if window is None:
            shape = self.shapes.get(side, {})
            mixed = fused.square_attention(projected.flatten(1, 2), *tables, side, **shape)
        else:
            mixed = fused.window_attention(projected, *tables, *self._within(side, window, x), window)
        return mixed.view(-1, width)

    def owed(self) -> Tensor:
        """The bias [width] of what `mixed` gives and the last product makes of it: float32."""
        values = self.qkv.bias.detach().float().chunk(3)[2]
        return self.output.bias.detach().float() + self.output.weight.detach().float() @ values

    def _query_bias(self) -> Tensor:
        if self._asking is None:
            self._asking = self.qkv.bias.detach().clone()
            self._asking[self._asking.shape[0] // 3 :] = 0
        return self._asking

    def _transposed(self, x: Tensor) -> Tensor:
        """On a CPU: heads apart, and a square's queries side by side."""
        squares, side = x.shape[:2]
        projected = self.qkv(x).view(squares, side * side, 3, self.heads, -1)
        queries, values = (projected[:, :, part].permute(0, 2, 3, 1).flatten(0, 1).contiguous() for part in (0, 2))
        keys = projected[:, :, 1].transpose(1, 2).flatten(0, 1).contiguous()
        mixed = transposed_attention(queries, keys, values, *self._by_place(side, x))
        # Copied: of a view that is no matrix, a product takes its weights once for each row of patches, 0.4 GB and
        # three times as long for the windows of a released network's page.
        back = mixed.view(squares, -1, side * side).transpose(1, 2).contiguous().view(x.shape)
        out: Tensor = self.output(back)
        return out

    def _by_place(self, side: int, like: Tensor) -> tuple[Tensor, Tensor]:
        if side not in self._places:
            rows, columns = (distances(table, side).to(like.dtype) for table in (self.rows, self.columns))
            self._places[side] = rows, columns
        return self._places[side]

    def _within(self, side: int, window: int, like: Tensor) -> tuple[Tensor, Tensor]:
        if (side, window) not in self._windows:
            fused = kernels(like)
            parts = fused.parts_of_windows(side, window, like.device)
            self._windows[side, window] = fused.keys_by_place(window, like), parts
        return self._windows[side, window]

    def _distances(self, side: int, like: Tensor) -> tuple[Tensor, Tensor]:
        if side not in self._tables:
            rows, columns = (resize_distances(table, side).to(like.dtype) for table in (self.rows, self.columns))
            self._tables[side] = rows.contiguous(), columns.contiguous()
        return self._tables[side]
