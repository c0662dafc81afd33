"""A page that is encoded alone is what it is among others, also when its launches are replayed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pipeline.engine.encoding.encoder import Encoder
from pipeline.engine.encoding.lone import LonePage
from pipeline.model.checkpoints.load import load
from pipeline.model.checkpoints.source import locate
from pipeline.views.crops import views

NO_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=NO_CUDA)])
def network(request, tiny_checkpoint):
    return load(locate(str(tiny_checkpoint))).requires_grad_(False).to(request.param)


@torch.inference_mode()
def test_each_page_by_itself(network):
    """Grids come again, with other pixels, in between other grids: nothing of the page before is left."""
    lone = LonePage(network)
    for number, grid in enumerate([(2, 1), (0, 0), (2, 1), (1, 2), (2, 1), (0, 0), (2, 1), (0, 0)]):
        generator = torch.Generator().manual_seed(number)
        whole, tiles = (
            torch.randint(0, 256, (count, side, side, 3), generator=generator, dtype=torch.uint8).to(network.device)
            for count, side in ((1, 1024), (grid[0] * grid[1], 768))
        )
        (expected,) = network.encode_pages(whole, tiles, [grid])
        found = lone.encode(whole, tiles, grid)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert lone.graphs.captured == (2 if network.device.type == "cuda" else 0)  # (1, 2) came once


def test_a_graph_that_cannot_be_had_costs_no_page(tiny_checkpoint):
    """Memory that is short while a graph is captured: the page is encoded without, and so are those behind it."""
    tried = []

    class Short:
        def encode(self, whole, tiles, grid):
            tried.append(grid)
            raise RuntimeError("capture was broken off")

    encoder = Encoder(load(locate(str(tiny_checkpoint))).requires_grad_(False), 1, small=False)
    encoder._lone = Short()  # type: ignore[assignment]
    page = views(np.full((900, 1200, 3), 90, np.uint8))
    (expected,) = encoder.images([page])
    for _ in range(2):
        (found,) = encoder.encode([page], busy=False)
        torch.testing.assert_close(found.take(), expected)
    assert tried == [(page.columns, page.rows)]
