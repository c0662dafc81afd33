"""Behind the vision tokenizer's layers: from patches to visual tokens, with products of 8-bit integers."""

from __future__ import annotations

import numpy as np
from torch import nn

from pipeline.engine.integers.arithmetic import Floats, normalise_sums, plain, shorten_rows, surround
from pipeline.engine.integers.products import Weight
from pipeline.engine.integers.scratch import Scratch
from pipeline.model.vision_tokenizer import VisionTokenizer


class IntegerNeck:
    """Neck and compressor."""

    def __init__(self, tokenizer: VisionTokenizer, scratch: Scratch) -> None:
        self._scratch = scratch
        self._parts = [_part(each) for each in (*tokenizer.neck, *tokenizer.compressor)]

    def tokens(self, patches: Floats, side: int) -> Floats:
        """Patches [side², width] → visual tokens [(side / 4)², flow width]."""
        x, take = patches, self._scratch.take
        for number, part in enumerate(self._parts):
            if isinstance(part, tuple):
                continue  # made of the product's sums at once
            if part.reach == 1:
                short, scales = take("short", np.int8, *x.shape), take("scales", np.float32, len(x))
                shorten_rows(x, short, scales)
            else:
                square = x.reshape(side, side, -1)
                side = -(-side // part.stride)
                shape = side * side, 9 * x.shape[1]
                short, scales = take("around", np.int8, *shape), take("scales", np.float32, shape[0])
                surround(square, part.stride, short, scales)
            sums = part.of(short, self._scratch)
            x = take(f"patches {number}", np.float32, *sums.shape)
            following = self._parts[number + 1] if number + 1 < len(self._parts) else None
            if isinstance(following, tuple):
                normalise_sums(sums, scales, part.columns, *following, x)
            else:
                plain(sums, scales, part.columns, x)
        return x.copy()


def _part(module: nn.Module) -> Weight | tuple[Floats, Floats, np.float32]:
    if isinstance(module, nn.LayerNorm):
        return module.weight.detach().float().numpy(), module.bias.detach().float().numpy(), np.float32(module.eps)
    assert isinstance(module, nn.Conv2d) and module.bias is None and module.kernel_size in ((1, 1), (3, 3))
    weight = module.weight.permute(0, 2, 3, 1).flatten(1)  # by row and column of what is around, then by channel
    return Weight(weight, None, module.kernel_size[0], module.stride[0])
