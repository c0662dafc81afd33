"""Encoding on a CPU, view by view; beside the steps of a small network, which leave all cores but one alone."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock

import torch
from torch import Tensor

from pipeline.engine.compute.pieces import BesideSteps, Piece
from pipeline.engine.dialogue.handover import EncodedAside
from pipeline.model.network import Network
from pipeline.transcript import PageViews, Pixels


class ByView:
    """Encodes views one by one, so that one takes memory at a time, and those of one colour once: on last pages every
    tenth tile is empty paper."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._plain: dict[tuple[int, ...], Tensor] = {}  # by side and colour
        self._looking = Lock()

    def encode(self, page: PageViews) -> Tensor:
        """A page's embeddings, as `Network.encode_pages` has them."""
        return self.join([self.view(view) for view in views_of(page)], page.columns)

    def join(self, seen: list[Tensor], columns: int) -> Tensor:
        """What the views of `views_of` gave."""
        whole, *tiles = seen
        local = torch.stack(tiles) if tiles else whole.new_empty(0, *whole.shape)
        return self._network.join_views(whole, local, columns)

    def view(self, view: Pixels) -> Tensor:
        """[side, side, 3] → [tokens, width]."""
        colour = view[0, 0]
        if not (view == colour).all():
            return self._encoded(view)
        key = len(view), *colour.tolist()
        with self._looking:  # whoever else wants such a view waits for it
            if key not in self._plain:
                self._plain[key] = self._encoded(view)
            return self._plain[key]

    def _encoded(self, view: Pixels) -> Tensor:
        return self._network.encode(torch.tensor(view)[None])[0]


class Aside:
    """Encodes pages view by view on the cores that steps leave alone."""

    def __init__(self, network: Network, cores: int) -> None:
        self._views, self._beside = ByView(network), BesideSteps(cores)

    def encode(self, page: PageViews) -> EncodedAside:
        """A page's views, which are joined when the page is taken."""
        pieces = [self._piece(view) for view in views_of(page)]
        return EncodedAside(self._beside.begin(pieces), lambda seen: self._views.join(seen, page.columns))

    def _piece(self, view: Pixels) -> Piece:
        return lambda: self._views.view(view)


def views_of(page: PageViews) -> Iterator[Pixels]:
    """The whole page first: it takes more than twice as long as a tile, and no core is to be left alone with it."""
    yield page.global_view
    yield from page.local_views
