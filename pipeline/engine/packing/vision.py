"""The vision tokenizer for reading only: where our kernels run, channels stay last and windows are never copied."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipeline.engine.compute.backends import kernels
from pipeline.engine.packing.transposed import transposed_attention
from pipeline.model.config import PATCH
from pipeline.model.vision_tokenizer import (
    RelativeAttention,
    VisionBlock,
    VisionMlp,
    VisionTokenizer,
    distances,
    resize_distances,
    resize_positions,
)

SQUARES: dict[int, dict[str, int] | None] = {48: {"two_rows": True, "stages": 2}}
"""By side, what `square_attention` is told where it is faster so: on an H100 48 squares of 48 took 2.77 ms for 3.48.
None is torch's own attention, for measurements.
"""


def in_short_on_cpu(x: Tensor) -> bool:
    """Whether this is on a CPU in 16 bits, whose products are fast and whose everything else is to be kept short."""
    return x.device.type == "cpu" and x.dtype is torch.bfloat16 and not kernels(x)


class PackedVisionTokenizer(VisionTokenizer):
    """What `VisionTokenizer` computes; without our kernels, by its own code."""

    def __init__(self, plain: VisionTokenizer) -> None:
        nn.Module.__init__(self)
        self.patch_embedding, self.position_embedding = plain.patch_embedding, plain.position_embedding
        self.layers, self.neck, self.compressor = plain.layers, plain.neck, plain.compressor
        for layer in self.layers:
            assert isinstance(layer, VisionBlock) and isinstance(layer.attention, RelativeAttention)
            layer.attention = PackedRelativeAttention(layer.attention)
            layer.mlp = PackedVisionMlp(layer.mlp)
        # Resized once for each side of a view: two, in the released members.
        self._positions: dict[int, Tensor] = {}  # by side

    def patches(self, pixels: Tensor) -> Tensor:
        """[N, 3, side, side] → [N, side / 16, side / 16, width]."""
        fused = kernels(pixels)
        if fused is None:
            return self._plainly(pixels)
        x, addend, window = self._embed(pixels), None, None
        for layer in self.layers:
            assert isinstance(layer, VisionBlock)
            first, second = layer.norm1, layer.norm2
            x, inner = fused.add_norm(x, addend, first.weight, first.bias, first.eps, to_window=layer.window)
            mixed, window = layer.attention(inner), layer.window
            x, inner = fused.add_norm(x, mixed, second.weight, second.bias, second.eps, from_window=window)
            addend = layer.mlp(inner)
        return x if addend is None else x + addend

    def _plainly(self, pixels: Tensor) -> Tensor:
        """The same without kernels of ours; on a CPU view by view, so that one's patches stay in the cache."""
        if not in_short_on_cpu(pixels):
            return super().patches(pixels)
        views = []
        for view in torch.split(pixels, 1):
            x = self._embed(view)
            for layer in self.layers:
                x = layer(x)
            views.append(x)
        return torch.cat(views)

    def compress(self, patches: Tensor) -> Tensor:
        """[N, s, s, width] → [N, (s / 4)², flow width]."""
        if kernels(patches) is None and not in_short_on_cpu(patches):
            return super().compress(patches)
        x = patches
        for part in (*self.neck, *self.compressor):
            if isinstance(part, nn.LayerNorm):
                x = nn.LayerNorm.forward(part, x)  # not over channels that stand first
            else:
                assert isinstance(part, nn.Conv2d)
                x = F.linear(x, part.weight.flatten(1)) if part.kernel_size == (1, 1) else convolve(x, part)
        return x.flatten(1, 2)

    def _embed(self, pixels: Tensor) -> Tensor:
        """Patches as one product, with their positions: [N, s, s, width]."""
        images, channels, side, _ = pixels.shape
        count = side // PATCH
        cut = pixels.view(images, channels, count, PATCH, count, PATCH).permute(0, 2, 4, 1, 3, 5)
        weight = self.patch_embedding.weight.flatten(1)
        x = F.linear(cut.reshape(images, count, count, -1), weight, self.patch_embedding.bias)
        if count not in self._positions:
            self._positions[count] = resize_positions(self.position_embedding, count)
        return x + self._positions[count]


class PackedVisionMlp(VisionMlp):
    """The first product with its GELU in one kernel on CUDA; elsewhere as it was."""

    def __init__(self, mlp: VisionMlp) -> None:
        nn.Module.__init__(self)
        self.up, self.down = mlp.up, mlp.down
        self.joined = hasattr(torch, "_addmm_activation")
        """Whether CUDA takes the joined kernel in 16 bits. It has the GELU by the hyperbolic tangent, which differs
        from the exact one by less than bfloat16 rounds: on an H100 0.288 ms for 0.400, results 3.2e-3 apart.
        """

    def forward(self, x: Tensor) -> Tensor:
        up = self.up
        if in_short_on_cpu(x) and hasattr(torch.ops.mkldnn, "_linear_pointwise"):
            # What torch's compiler would call: the exact GELU while numbers are still in registers.
            inner = torch.ops.mkldnn._linear_pointwise(x, up.weight, up.bias, "gelu", [], "none")
            seen: Tensor = self.down(inner)
            return seen
        if not (self.joined and x.is_cuda) or x.dtype is torch.float32:
            return super().forward(x)
        hidden = torch._addmm_activation(up.bias, x.reshape(-1, x.shape[-1]), up.weight.T, use_gelu=True)
        out: Tensor = self.down(hidden).view(x.shape)
        return out


class PackedRelativeAttention(RelativeAttention):
    """Relative positions inside the attention kernel, not as extra head dimensions."""

    def __init__(self, attention: RelativeAttention) -> None:
        nn.Module.__init__(self)
        self.heads, self.qkv, self.output = attention.heads, attention.qkv, attention.output
        self.rows, self.columns = attention.rows, attention.columns
        self._tables: dict[int, tuple[Tensor, Tensor]] = {}  # by side
        self._places: dict[int, tuple[Tensor, Tensor]] = {}  # the same, by (query, key) place
        self.shapes = SQUARES

    def forward(self, x: Tensor) -> Tensor:
        side, head_dim = x.shape[1], x.shape[-1] // self.heads
        fused = kernels(x)
        shape = self.shapes.get(side, {})
        if in_short_on_cpu(x):
            return self._transposed(x)
        if fused is None or shape is None or head_dim < 16 or head_dim & (head_dim - 1):
            return super().forward(x)
        projected = self.qkv(x).view(x.shape[0], side * side, 3, self.heads, head_dim)
        out = fused.square_attention(projected, *self._distances(side, x), side, **shape)
        mixed: Tensor = self.output(out.view(x.shape))
        return mixed

    def _transposed(self, x: Tensor) -> Tensor:
        """On a CPU in 16 bits: heads apart, and a square's queries side by side."""
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

    def _distances(self, side: int, like: Tensor) -> tuple[Tensor, Tensor]:
        if side not in self._tables:
            rows, columns = (resize_distances(table, side).to(like.dtype) for table in (self.rows, self.columns))
            self._tables[side] = rows.contiguous(), columns.contiguous()
        return self._tables[side]


def convolve(x: Tensor, convolution: nn.Conv2d) -> Tensor:
    """A 3 × 3 convolution with padding one and no bias, of [N, side, side, C], as a product.

    For the released shapes in bfloat16 the library's own was seen to run at a twentieth of the rate of a product.
    """
    stride = convolution.stride[0]
    cut = F.pad(x, (0, 0, 1, 1, 1, 1)).unfold(1, 3, stride).unfold(2, 3, stride)  # [N, y, x, C, 3, 3]
    # Channels last in the copy, as they lie in memory.
    rows = cut.permute(0, 1, 2, 4, 5, 3).reshape(*cut.shape[:3], -1)
    return F.linear(rows, convolution.weight.permute(0, 2, 3, 1).flatten(1))
