"""The encoding of one page while nothing else is read, as a CUDA graph: launches take longer than kernels there."""

from __future__ import annotations

import torch
from torch import Tensor

from pipeline.engine.compute.graphs import StepGraphs
from pipeline.model.family.known import views_of
from pipeline.model.network import Network


class LonePage:
    """Encodes a page on CUDA; the second one of a grid of tiles is captured, and those after it are replayed."""

    def __init__(self, network: Network) -> None:
        self._network, self._views = network, views_of(network.config)
        # A graph reads and writes what stays where it is.
        self._whole = _bytes(network, 1, self._views.base)
        self._tiles = _bytes(network, self._views.tiles_at_most, self._views.tile)
        self._image: Tensor | None = None
        self.graphs = StepGraphs(self._encode, enabled=network.device.type == "cuda")

    def encode(self, whole: Tensor, tiles: Tensor, grid: tuple[int, int]) -> Tensor:
        """A global view [1, base, base, 3] and tiles [columns * rows, tile, tile, 3] → [image tokens, width].

        Raises RuntimeError, where the graph's own memory is not to be had.
        """
        self._whole.copy_(whole)
        self._tiles[: len(tiles)].copy_(tiles)
        self.graphs.run(*grid)
        assert self._image is not None
        return self._image[: self._views.tokens(*grid)].clone()

    def _encode(self, columns: int, rows: int) -> None:
        (image,) = self._network.encode_pages(self._whole, self._tiles[: columns * rows], [(columns, rows)])
        if self._image is None:
            self._image = image.new_empty(self._views.most_tokens, image.shape[1])
        self._image[: len(image)].copy_(image)


def _bytes(network: Network, count: int, side: int) -> Tensor:
    return torch.zeros(count, side, side, 3, dtype=torch.uint8, device=network.device)
