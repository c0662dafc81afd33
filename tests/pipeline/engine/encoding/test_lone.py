"""A page that is encoded alone is what it is among others, also when its launches are replayed."""

from __future__ import annotations

import pytest
import torch

from pipeline.engine.encoding.lone import LonePage
from pipeline.model.checkpoints.load import load
from pipeline.model.checkpoints.source import locate

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
