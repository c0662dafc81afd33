"""Encoding on a CPU, view by view; beside the steps of a small network, which leave all cores but one alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future
from hashlib import sha256
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from pipeline.engine.compute.pieces import BesideSteps, Piece
from pipeline.engine.dialogue.handover import EncodedAside
from pipeline.model.network import Network
from pipeline.transcript import PageViews, Pixels

Key = tuple[tuple[int, ...], bytes]
"""A view's shape and a digest of its pixels."""
# Nano's tile takes 147 kB, so this is what seven of its pages in twelve tiles see; the full model's, 737 kB.
KEPT = 1 << 24
"""Bytes of what was seen last, which are kept."""


class ByView:
    """Encodes views one by one, so that one takes memory at a time, and equal ones once: on last pages every tenth tile
    is empty paper, and a page that is tried again shows what it showed before."""

    def __init__(self, network: Network, kept: int = KEPT) -> None:
        self._network = network
        self.kept = kept
        """Bytes as `KEPT`; 0 where the same pages are to be encoded again and again, to measure it."""
        self._seen: OrderedDict[Key, Future[Tensor]] = OrderedDict()  # the latest last
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
        """[side, side, 3] → [tokens, width]; one that was seen lately is not encoded again."""
        key = view.shape, sha256(np.ascontiguousarray(view).data).digest()
        with self._looking:
            before = self._seen.get(key)
            seen = self._seen[key] = before or Future()
            self._seen.move_to_end(key)
        if before is None:
            try:
                seen.set_result(self._encoded(view))
            except BaseException as error:
                self._forget(key)
                seen.set_exception(error)
                raise
            self._keep(self.kept // seen.result().nbytes)
        return seen.result()  # whoever else wants such a view waits for it

    def _keep(self, most: int) -> None:
        with self._looking:
            while len(self._seen) > most:
                self._seen.popitem(last=False)

    def _forget(self, key: Key) -> None:
        with self._looking:
            self._seen.pop(key, None)

    def _encoded(self, view: Pixels) -> Tensor:
        return self._network.encode(torch.tensor(view)[None])[0]


class Aside:
    """Encodes pages view by view on the cores that steps leave alone."""

    def __init__(self, views: ByView, cores: int) -> None:
        self._views, self._beside = views, BesideSteps(cores)

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
