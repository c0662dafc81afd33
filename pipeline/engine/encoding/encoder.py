"""Image embeddings of pages: some at once on an accelerator, view by view on a CPU, beside the steps of others."""

from __future__ import annotations

import torch
from torch import Tensor

from pipeline.engine.compute.graphs import Scratch
from pipeline.engine.dialogue.handover import Encoded, Seen
from pipeline.engine.encoding.aside import Aside, ByView
from pipeline.engine.encoding.landing import LandingBuffers
from pipeline.engine.encoding.replayed import Replayed
from pipeline.engine.encoding.staging import Staging
from pipeline.model.family.known import views_of
from pipeline.model.network import Network
from pipeline.processes.wire import Landing, anywhere
from pipeline.transcript import PageViews

# One is being fetched by the device, one is ready, and two are under way (`Ahead`). What comes beyond is copied once
# more.
_BATCHES = 4
"""Full batches whose views lie in pinned memory at the same time."""


class Encoder:
    """Encodes up to `pages` at once."""

    def __init__(self, network: Network, pages: int, small: bool) -> None:
        """Steps of a `small` network leave all cores but one alone."""
        self._network, self._device = network, network.device
        cuda = self._device.type == "cuda"
        self.stream = torch.cuda.Stream(self._device) if cuda else None  # type: ignore[no-untyped-call]
        cores = torch.get_num_threads()
        # A step of a small network has work for one core alone; the next pages are encoded on the others.
        self.by_view = ByView(network)
        self._elsewhere = Aside(self.by_view, cores) if small and pages == 1 and cores > 1 else None
        self._full = pages
        # Its views take a seventh of what encoding does, which a device that encodes several at once has to spare.
        self._replayed = Replayed(network, pages, Scratch(self.stream)) if self.stream and pages > 1 else None
        most = pages * views_of(network.config).most_bytes
        self._staging = Staging(self._device, most)
        self.landing: Landing = LandingBuffers(_BATCHES * most) if cuda else anywhere
        """Where views come from other processes, so that they need not be copied before the device has them."""

    @property
    def beside(self) -> bool:
        """Whether pages are encoded while steps go on, so that some should be taken before there is a slot for them."""
        return self._device.type == "cuda" or self._elsewhere is not None

    @torch.inference_mode()
    def encode(self, pages: list[PageViews], busy: bool) -> Seen:
        """Made beside the steps that keep the device `busy`. Raises torch.OutOfMemoryError."""
        if self._elsewhere:
            return tuple(self._elsewhere.encode(page) for page in pages)
        with torch.cuda.stream(self.stream):
            images = self.images(pages, often=len(pages) == self._full or (len(pages) == 1 and not busy))
            passed = None
            if self._device.type == "cuda":
                passed = torch.cuda.Event()  # type: ignore[no-untyped-call]
                passed.record()
        return tuple(Encoded(image, passed) for image in images)

    def images(self, pages: list[PageViews], often: bool = False) -> list[Tensor]:
        """Each page's embeddings [image tokens, width], on the current stream.

        Where so many come so `often`, or their launches matter so much, that a graph pays, those of one grid are
        replayed: full batches, and a page that the device has nothing beside.
        """
        grids = [(page.columns, page.rows) for page in pages]
        if self._replayed and often and len(set(grids)) == 1:
            try:
                return self._replayed.encode(*self._staging.send(pages), grids[0])
            except RuntimeError:
                # Memory that runs out within a capture is told as a capture that was broken off. What else is wrong
                # will be so again.
                self._replayed = None
        if self._device.type == "cpu":
            return [self.by_view.encode(page) for page in pages]
        encode = self._replayed.once if self._replayed else self._network.encode_pages
        return encode(*self._staging.send(pages), grids)
