"""Behind the vision tokenizer's layers: from patches to visual tokens, with products of 8-bit integers."""

from __future__ import annotations

import numpy as np
from torch import nn

from pipeline.engine.integers.arithmetic import Floats, normalise_sums, plain, shorten_rows, surround
from pipeline.engine.integers.products import Norm, Weight, norm_of
from pipeline.engine.integers.scratch import Scratch
from pipeline.model.vision_tokenizer import VisionTokenizer


class IntegerNeck:
    """Neck and compressor."""

    def __init__(self, tokenizer: VisionTokenizer, scratch: Scratch) -> None:
        self._scratch = scratch
        self._parts: list[tuple[Weight, Norm | None]] = []  # a product, and the norm behind it
        for module in (*tokenizer.neck, *tokenizer.compressor):
            if isinstance(module, nn.LayerNorm):
                self._parts[-1] = self._parts[-1][0], norm_of(module)
            else:
                self._parts.append((_weight(module), None))

    def tokens(self, patches: Floats, side: int) -> Floats:
        """Patches [side², width] → visual tokens [(side / 4)², flow width]."""
        x, take = patches, self._scratch.take
        for number, (weight, norm) in enumerate(self._parts):
            if weight.reach == 1:
                short, scales = take("short", np.int8, *x.shape), take("scales", np.float32, len(x))
                shorten_rows(x, short, scales)
            else:
                square = x.reshape(side, side, -1)
                side = -(-side // weight.stride)
                shape = side * side, 9 * x.shape[1]
                short, scales = take("around", np.int8, *shape), take("scales", np.float32, shape[0])
                surround(square, weight.stride, short, scales)
            sums = weight.of(short, self._scratch)
            x = take(f"patches {number}", np.float32, *sums.shape)
            if norm:
                normalise_sums(sums, scales, weight.columns, *norm, x)
            else:
                plain(sums, scales, weight.columns, x)
        return x.copy()


def _weight(module: nn.Module) -> Weight:
    assert isinstance(module, nn.Conv2d) and module.bias is None and module.kernel_size in ((1, 1), (3, 3))
    weight = module.weight.permute(0, 2, 3, 1).flatten(1)  # by row and column of what is around, then by channel
    return Weight(weight, None, module.kernel_size[0], module.stride[0])
