"""Encoding beside the steps of a small network on a CPU, which leave all cores but one alone."""

from __future__ import annotations

import torch
from torch import Tensor

from pipeline.engine.compute.pieces import BesideSteps, Piece
from pipeline.engine.dialogue.handover import EncodedAside
from pipeline.model.network import Network
from pipeline.transcript import PageViews, Pixels


def encode_aside(network: Network, page: PageViews, beside: BesideSteps) -> EncodedAside:
    """A page's views one by one, which are joined when the page is taken."""

    def piece(view: Pixels) -> Piece:
        return lambda: network.encode(torch.tensor(view)[None])[0]

    def join(seen: list[Tensor]) -> Tensor:
        whole, *tiles = seen
        local = torch.stack(tiles) if tiles else whole.new_empty(0, *whole.shape)
        return network.join_views(whole, local, page.columns)

    # The whole page first: it takes more than twice as long as a tile, and no core is to be left alone with it.
    return EncodedAside(beside.begin([piece(view) for view in (page.global_view, *page.local_views)]), join)
