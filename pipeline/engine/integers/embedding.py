"""Pixels as patches: bytes are 8-bit integers as they come, so the weights alone are rounded."""

from __future__ import annotations

import numpy as np
import torch

from pipeline.engine.integers.arithmetic import Floats, place
from pipeline.engine.integers.products import Weight
from pipeline.engine.integers.scratch import Scratch
from pipeline.model.config import PATCH
from pipeline.model.vision_tokenizer import VisionTokenizer, resize_positions
from pipeline.transcript import Pixels

_SCALE, _MIDDLE = 127.5, 128
"""Pixels less the middle are what products take; the network's are pixels by the scale, less one."""


class IntegerEmbedding:
    """The first product, and the places of patches."""

    def __init__(self, tokenizer: VisionTokenizer, scratch: Scratch) -> None:
        embedding = tokenizer.patch_embedding
        # By row, column and colour, as pixels lie in a view.
        exact = embedding.weight.detach().float().permute(0, 2, 3, 1).flatten(1)
        assert embedding.bias is not None
        bias = embedding.bias.detach().float() + exact.sum(1) * (_MIDDLE / _SCALE - 1)
        self._weight, self._scratch = Weight(exact / _SCALE, bias), scratch
        self._table = tokenizer.position_embedding
        self._positions: dict[int, Floats] = {}  # by side

    def patches(self, view: Pixels) -> Floats:
        """[side, side, 3] → [(side / PATCH)², width], in memory that the next view writes over."""
        side = len(view) // PATCH
        cut = view.reshape(side, PATCH, side, PATCH, 3).transpose(0, 2, 1, 3, 4)
        rows = self._scratch.take("pixels", np.int8, side * side, PATCH * PATCH * 3)
        np.bitwise_xor(cut, _MIDDLE, out=rows.view(np.uint8).reshape(cut.shape))
        sums = self._weight.of(rows, self._scratch)
        out: Floats = self._scratch.take("view", np.float32, *sums.shape)
        place(sums, self._weight.columns, self._weight.bias, self._places(side), out)
        return out

    def _places(self, side: int) -> Floats:
        if side not in self._positions:
            with torch.inference_mode():
                table = resize_positions(self._table.detach().float(), side)
            self._positions[side] = table.flatten(0, 2).contiguous().numpy()
        return self._positions[side]
