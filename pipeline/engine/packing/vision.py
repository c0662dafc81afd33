"""The vision tokenizer for reading only: where our kernels run, channels stay last and windows are never copied."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pipeline.engine.compute.backends import by_products, in_short_on_cpu, kernels
from pipeline.engine.packing.relative import PackedRelativeAttention
from pipeline.model.config import PATCH
from pipeline.model.vision_tokenizer import (
    RelativeAttention,
    VisionBlock,
    VisionMlp,
    VisionTokenizer,
    resize_positions,
)


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
            head_dim = layer.attention.qkv.in_features // layer.attention.heads
            self._kernels_take = head_dim >= 16 and head_dim & (head_dim - 1) == 0
        # Resized once for each side of a view: two, in the released members.
        self._positions: dict[int, Tensor] = {}  # by side
        self._owed: Tensor | None = None

    def patches(self, pixels: Tensor) -> Tensor:
        """[N, 3, side, side] → [N, side / 16, side / 16, width]."""
        if kernels(pixels) is None or not self._kernels_take:
            return self._plainly(pixels)
        return self._through(self._embed(pixels))

    def of_views(self, views: Tensor) -> Tensor:
        """Bytes go into patches at once."""
        fused, dtype = kernels(views), self.patch_embedding.weight.dtype
        if fused is None or not self._kernels_take or views.dtype is not torch.uint8:
            return super().of_views(views)
        cut = fused.cut_patches(views, PATCH, dtype)
        return self.compress(self._through(self._placed(cut)))

    def _through(self, x: Tensor) -> Tensor:
        """Patches [N, s, s, width], which are overwritten, through all layers by our kernels."""
        fused, owed = kernels(x), self._biases()
        for number, layer in enumerate(self.layers):
            assert isinstance(layer, VisionBlock)
            attention, mlp, first, second = layer.attention, layer.mlp, layer.norm1, layer.norm2
            assert isinstance(attention, PackedRelativeAttention) and isinstance(mlp, PackedVisionMlp)
            inner = fused.layer_norm(x, owed[2 * number], first.weight, first.bias, first.eps)
            add_product(x, attention.mixed(inner, layer.window), attention.output.weight)
            inner = fused.layer_norm(x, owed[2 * number + 1], second.weight, second.bias, second.eps)
            add_product(x, mlp.hidden(inner), mlp.down.weight)
        return x.add_(owed[-1].to(x.dtype))

    def _biases(self) -> Tensor:
        """What products that were added without their biases owe before each norm, and at the end: float32.

        A product adds to what is there as it is written, but not its bias as well; the next norm reads the sum anyway.
        """
        if self._owed is None:
            biases = []
            for layer in self.layers:
                assert isinstance(layer, VisionBlock) and isinstance(layer.attention, PackedRelativeAttention)
                biases += [layer.attention.owed(), layer.mlp.down.bias.detach().float()]
            self._owed = F.pad(torch.stack(biases).cumsum(0), (0, 0, 1, 0))
        return self._owed

    def _plainly(self, pixels: Tensor) -> Tensor:
        """The same without kernels of ours; on a CPU view by view, so that one's patches stay in the cache."""
        if not by_products(pixels):
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
        if kernels(patches) is None and not by_products(patches):
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
        return self._placed(cut.reshape(images, count, count, -1))

    def _placed(self, cut: Tensor) -> Tensor:
        x, count = F.linear(cut, self.patch_embedding.weight.flatten(1), self.patch_embedding.bias), cut.shape[1]
        if count not in self._positions:
            self._positions[count] = resize_positions(self.position_embedding, count)
        return x.add_(self._positions[count])


def _joins_on_cpu() -> bool:
    """Whether oneDNN joins a product in bfloat16 with what follows: it refuses on processors without AVX-512."""
    return hasattr(torch.ops.mkldnn, "_linear_pointwise") and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


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
        if in_short_on_cpu(x) and _joins_on_cpu():
            # What torch's compiler calls: the exact GELU while numbers are still in registers.
            inner = torch.ops.mkldnn._linear_pointwise(x, up.weight, up.bias, "gelu", [], "none")
        else:
            inner = self.hidden(x)
        out: Tensor = self.down(inner).view(x.shape)
        return out

    def hidden(self, x: Tensor) -> Tensor:
        """[..., width] → what the second product takes, [patches, inner width]."""
        rows, up = x.reshape(-1, x.shape[-1]), self.up
        if not (self.joined and x.is_cuda) or x.dtype is torch.float32:
            return F.gelu(up(rows))
        return torch._addmm_activation(up.bias, rows, up.weight.T, use_gelu=True)


def add_product(x: Tensor, inner: Tensor, weight: Tensor) -> None:
    """Add [rows, inputs] by `weight` [outputs, inputs] to `x` [..., outputs] (contiguous), as it is written."""
    x.view(-1, x.shape[-1]).addmm_(inner, weight.T)


def convolve(x: Tensor, convolution: nn.Conv2d) -> Tensor:
    """A 3 × 3 convolution with padding one and no bias, of [N, side, side, C], as a product.

    For the released shapes in bfloat16 the library's own was seen to run at a twentieth of the rate of a product.
    """
    stride = convolution.stride[0]
    if fused := kernels(x):
        rows = fused.surroundings(x, stride)
    else:
        cut = F.pad(x, (0, 0, 1, 1, 1, 1)).unfold(1, 3, stride).unfold(2, 3, stride)  # [N, y, x, C, 3, 3]
        # Channels last in the copy, as they lie in memory.
        rows = cut.permute(0, 1, 2, 4, 5, 3).reshape(*cut.shape[:3], -1)
    return F.linear(rows, convolution.weight.permute(0, 2, 3, 1).flatten(1))
