"""Encoding beside the steps of a small network on a CPU, which leave all cores but one alone."""

from __future__ import annotations

from threading import Lock

import torch
from torch import Tensor

from pipeline.engine.compute.pieces import BesideSteps, Piece
from pipeline.engine.dialogue.handover import EncodedAside
from pipeline.model.network import Network
from pipeline.transcript import PageViews, Pixels


class Aside:
    """Encodes pages view by view, and views of one colour once: on last pages every tenth tile is empty paper."""

    def __init__(self, network: Network, cores: int) -> None:
        self._network, self._beside = network, BesideSteps(cores)
        self._plain: dict[tuple[int, ...], Tensor] = {}  # by side and colour
        self._looking = Lock()

    def encode(self, page: PageViews) -> EncodedAside:
        """A page's views, which are joined when the page is taken."""

        def join(seen: list[Tensor]) -> Tensor:
            whole, *tiles = seen
            local = torch.stack(tiles) if tiles else whole.new_empty(0, *whole.shape)
            return self._network.join_views(whole, local, page.columns)

        # The whole page first: it takes more than twice as long as a tile, and no core is to be left alone with it.
        pieces = [self._piece(view) for view in (page.global_view, *page.local_views)]
        return EncodedAside(self._beside.begin(pieces), join)

    def _piece(self, view: Pixels) -> Piece:
        return lambda: self._encode(view)

    def _encode(self, view: Pixels) -> Tensor:
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
