"""The encoding of pages of one grid as a CUDA graph: of a page alone, launches take longer than kernels, and of a full
batch they take the host time in which steps have to be launched."""

from __future__ import annotations

import torch
from torch import Tensor

from pipeline.engine.compute.graphs import Scratch, StepGraphs
from pipeline.model.family.known import views_of
from pipeline.model.network import Network


class Replayed:
    """Encodes up to `pages` on CUDA: the second time that so many pages have so many tiles is captured, and those
    after it are replayed. All that is encoded here, one after the other on one stream, shares its scratch memory."""

    def __init__(self, network: Network, pages: int, scratch: Scratch | None = None) -> None:
        self._network, self._views = network, views_of(network.config)
        # A graph reads and writes what stays where it is.
        self._whole = _bytes(network, pages, self._views.base)
        self._tiles = _bytes(network, pages * self._views.tiles_at_most, self._views.tile)
        shape = pages, self._views.most_tokens, network.config.decoder.width
        self._images = torch.empty(shape, dtype=network.dtype, device=network.device)
        self.graphs = StepGraphs(self._encode, enabled=scratch is not None, scratch=scratch)

    def encode(self, whole: Tensor, tiles: Tensor, grid: tuple[int, int]) -> list[Tensor]:
        """Global views [P, base, base, 3] and all tiles [P * columns * rows, tile, tile, 3] → P times
        [image tokens, width].

        Raises RuntimeError, where the graph's own memory is not to be had.
        """
        self._whole[: len(whole)].copy_(whole)
        self._tiles[: len(tiles)].copy_(tiles)
        self.graphs.run(len(whole), *grid)
        return list(self._images[: len(whole), : self._views.tokens(*grid)].clone())

    def once(self, whole: Tensor, tiles: Tensor, grids: list[tuple[int, int]]) -> list[Tensor]:
        """As `Network.encode_pages`, in the scratch memory of the graphs."""
        with self.graphs.plain():
            images = self._network.encode_pages(whole, tiles, grids)
        return [image.clone() for image in images]

    def _encode(self, pages: int, columns: int, rows: int) -> None:
        images = self._network.encode_pages(
            self._whole[:pages], self._tiles[: pages * columns * rows], [(columns, rows)] * pages
        )
        for image, kept in zip(images, self._images, strict=False):
            kept[: len(image)].copy_(image)


def _bytes(network: Network, count: int, side: int) -> Tensor:
    return torch.zeros(count, side, side, 3, dtype=torch.uint8, device=network.device)
