"""A page that is encoded alone is what it is among others, also when its launches are replayed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pipeline.engine.compute.graphs import Scratch
from pipeline.engine.encoding.encoder import Encoder
from pipeline.engine.encoding.replayed import Replayed
from pipeline.model.checkpoints.load import load
from pipeline.model.checkpoints.source import locate
from pipeline.views.crops import views

NO_CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=NO_CUDA)])
def network(request, tiny_checkpoint):
    return load(locate(str(tiny_checkpoint))).requires_grad_(False).to(request.param)


def drawn(pages, grid, seed, device):
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.randint(0, 256, (count, side, side, 3), generator=generator, dtype=torch.uint8).to(device)
        for count, side in ((pages, 1024), (pages * grid[0] * grid[1], 768))
    ]


@torch.inference_mode()
def test_pages_of_one_grid(network):
    """Numbers and grids come again, with other pixels, in between others: nothing of the pages before is left, and
    what was given stays what it was."""
    cuda = network.device.type == "cuda"
    stream = torch.cuda.Stream() if cuda else None
    with torch.cuda.stream(stream):
        replayed, given = Replayed(network, 3, Scratch(stream) if stream else None), []
        columns, rows, none = (2, 1), (1, 2), (0, 0)
        shapes = [(1, columns), (3, rows), (1, none), (1, columns), (3, rows), (2, rows), (3, rows), (1, columns)]
        for number, (pages, grid) in enumerate(shapes):
            whole, tiles = drawn(pages, grid, number, network.device)
            expected = network.encode_pages(whole, tiles, [grid] * pages)
            given.append((replayed.encode(whole, tiles, grid), expected))
            given.append((replayed.once(whole, tiles, [grid] * pages), expected))
        for found, expected in given:
            for one, other in zip(found, expected, strict=True):
                torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    assert replayed.graphs.captured == (2 if cuda else 0)  # two came once


@NO_CUDA
@torch.inference_mode()
def test_graphs_and_plain_runs_share_their_scratch_memory(tiny_checkpoint):
    """Only what stays is more with each of them: else a device would lack what was planned for its cache."""
    network = load(locate(str(tiny_checkpoint))).requires_grad_(False).to("cuda")
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        replayed = Replayed(network, 4, Scratch(stream))
        whole, tiles = drawn(4, (2, 3), 0, network.device)
        torch.cuda.empty_cache()
        before = torch.cuda.memory_reserved()
        replayed.once(whole, tiles, [(2, 3)] * 4)
        torch.cuda.empty_cache()
        scratch = torch.cuda.memory_reserved() - before
        assert scratch > 50 << 20, "as much as to be seen"
        for grid in ((2, 3), (3, 2), (2, 3), (3, 2), (2, 3)):
            replayed.encode(whole, tiles, grid)
            replayed.once(whole, tiles, [grid] * 4)
        torch.cuda.empty_cache()
        assert replayed.graphs.captured == 2
        assert torch.cuda.memory_reserved() - before < 1.4 * scratch


def test_a_graph_that_cannot_be_had_costs_no_page(tiny_checkpoint):
    """Memory that is short while a graph is captured: the page is encoded without, and so are those behind it."""
    tried = []

    class Short:
        def encode(self, whole, tiles, grid):
            tried.append(grid)
            raise RuntimeError("capture was broken off")

    encoder = Encoder(load(locate(str(tiny_checkpoint))).requires_grad_(False), 1, small=False)
    encoder._replayed = Short()  # type: ignore[assignment]
    page = views(np.full((900, 1200, 3), 90, np.uint8))
    (expected,) = encoder.images([page])
    for _ in range(2):
        (found,) = encoder.encode([page], busy=False)
        torch.testing.assert_close(found.take(), expected)
    assert tried == [(page.columns, page.rows)]
