"""The encoding of one page while nothing else is read, as a CUDA graph: its launches take four times its kernels."""

from __future__ import annotations

import torch
from torch import Tensor

from pipeline.engine.compute.graphs import StepGraphs
from pipeline.model.family.known import views_of
from pipeline.model.network import Network


class LonePage:
    """Encodes a page on CUDA; the second one of a grid of tiles is captured, and those after it are replayed."""

    def __init__(self, network: Network) -> None:
        views = views_of(network.config)
        most = max(views.most_tiles, views.dense_tiles)
        self._network = network
        # A graph reads and writes what stays where it is.
        self._whole = _bytes(network, 1, views.base)
        self._tiles = _bytes(network, most, views.tile)
        self._image: Tensor | None = None
        self.graphs = StepGraphs(self._encode, enabled=network.device.type == "cuda")

    def encode(self, whole: Tensor, tiles: Tensor, grid: tuple[int, int]) -> Tensor:
        """A global view [1, base, base, 3] and tiles [columns * rows, tile, tile, 3] → [image tokens, width].

        Raises torch.OutOfMemoryError, where the graph's own memory is not to be had.
        """
        self._whole.copy_(whole)
        self._tiles[: len(tiles)].copy_(tiles)
        self.graphs.run(*grid)
        assert self._image is not None
        return self._image[: self._tokens(*grid)].clone()

    def _tokens(self, columns: int, rows: int) -> int:
        return views_of(self._network.config).tokens(columns, rows)

    def _encode(self, columns: int, rows: int) -> None:
        (image,) = self._network.encode_pages(self._whole, self._tiles[: columns * rows], [(columns, rows)])
        if self._image is None:
            views = views_of(self._network.config)
            self._image = image.new_empty(views.most_tokens, image.shape[1])
        self._image[: len(image)].copy_(image)


def _bytes(network: Network, count: int, side: int) -> Tensor:
    return torch.zeros(count, side, side, 3, dtype=torch.uint8, device=network.device)
