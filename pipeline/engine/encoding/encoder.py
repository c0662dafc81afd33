"""Image embeddings of pages: some at once on an accelerator, view by view on a CPU, beside the steps of others."""

from __future__ import annotations

import torch
from torch import Tensor

from pipeline.engine.dialogue.handover import Encoded, Seen
from pipeline.engine.encoding.aside import Aside, ByView
from pipeline.engine.encoding.lone import LonePage
from pipeline.engine.encoding.staging import Staging
from pipeline.model.family.known import views_of
from pipeline.model.network import Network
from pipeline.transcript import PageViews


class Encoder:
    """Encodes up to `pages` at once."""

    def __init__(self, network: Network, pages: int, small: bool) -> None:
        """Steps of a `small` network leave all cores but one alone."""
        self._network, self._device = network, network.device
        cuda = self._device.type == "cuda"
        self.stream = torch.cuda.Stream(self._device) if cuda else None  # type: ignore[no-untyped-call]
        cores = torch.get_num_threads()
        # A step of a small network has work for one core alone; the next pages are encoded on the others.
        self._elsewhere = Aside(network, cores) if small and pages == 1 and cores > 1 else None
        self._by_view = ByView(network)
        # Its memory is a page's, and a device that encodes several at once has that to spare.
        self._lone = LonePage(network) if cuda and pages > 1 else None
        self._staging = Staging(self._device, pages * views_of(network.config).most_bytes)

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
            images = self._lone_image(pages) if len(pages) == 1 and not busy else self.images(pages)
            passed = None
            if self._device.type == "cuda":
                passed = torch.cuda.Event()  # type: ignore[no-untyped-call]
                passed.record()
        return tuple(Encoded(image, passed) for image in images)

    def _lone_image(self, pages: list[PageViews]) -> list[Tensor]:
        """As `images`, of one page that the device has nothing beside."""
        if self._lone is None:
            return self.images(pages)
        whole, tiles = self._staging.send(pages)
        try:
            return [self._lone.encode(whole, tiles, (pages[0].columns, pages[0].rows))]
        except RuntimeError:
            # Memory that runs out within a capture is told as a capture that was broken off. What else is wrong will be
            # so again.
            self._lone = None
            return self.images(pages)

    def images(self, pages: list[PageViews]) -> list[Tensor]:
        """Each page's embeddings [image tokens, width], on the current stream."""
        if self._device.type == "cpu":
            return [self._by_view.encode(page) for page in pages]
        whole, tiles = self._staging.send(pages)
        return self._network.encode_pages(whole, tiles, [(page.columns, page.rows) for page in pages])
