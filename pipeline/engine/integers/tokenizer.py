"""The vision tokenizer with products of 8-bit integers: half the time of float32 where a CPU has them (VNNI)."""

from __future__ import annotations

import math
import threading

import torch
from torch import Tensor, nn

from pipeline.engine.integers.embedding import IntegerEmbedding
from pipeline.engine.integers.layers import IntegerLayer
from pipeline.engine.integers.neck import IntegerNeck
from pipeline.engine.integers.scratch import Scratch
from pipeline.model.config import PATCH
from pipeline.model.vision_tokenizer import VisionBlock, VisionTokenizer

COMPRESSION = 4 * PATCH
"""Pixels of a side that one visual token sees."""


class IntegerTokenizer(VisionTokenizer):
    """Reads views of bytes; its weights, and what else it does, are those of the tokenizer that it was made of."""

    def __init__(self, plain: VisionTokenizer) -> None:
        nn.Module.__init__(self)
        self.patch_embedding, self.position_embedding = plain.patch_embedding, plain.position_embedding
        self.layers, self.neck, self.compressor = plain.layers, plain.neck, plain.compressor
        self._plain = [plain]  # in a list, so that its weights are not found a second time
        scratch, blocks = Scratch(), [each for each in plain.layers if isinstance(each, VisionBlock)]
        self._windows = {each.window for each in blocks if each.window is not None}
        self._embedding, self._end = IntegerEmbedding(plain, scratch), IntegerNeck(plain, scratch)
        self._steps = [IntegerLayer(each, scratch) for each in blocks]

    def prepare(self) -> None:
        """Compile, or fetch what was compiled, beside what is done before there is a view: a second of each process,
        and of the first one on a machine some five."""
        side = math.lcm(COMPRESSION, *(PATCH * window for window in self._windows))
        view = torch.full((1, side, side, 3), 255, dtype=torch.uint8)
        threading.Thread(target=self.of_views, args=(view,), name="compile", daemon=True).start()

    @property
    def format(self) -> torch.dtype:
        return torch.int8

    @torch.inference_mode()
    def of_views(self, views: Tensor) -> Tensor:
        """Bytes [N, side, side, 3] one by one; what has no whole windows, or is no bytes, as it was."""
        side = views.shape[1]
        whole = side % COMPRESSION == 0 and all(side // PATCH % window == 0 for window in self._windows)
        if views.dtype is not torch.uint8 or views.device.type != "cpu" or not whole:
            return self._plain[0].of_views(views)
        tokens = []
        for view in views.numpy():
            patches = self._embedding.patches(view)
            for step in self._steps:
                step.onto(patches, side // PATCH)
            tokens.append(torch.from_numpy(self._end.tokens(patches, side // PATCH)))
        return torch.stack(tokens)
