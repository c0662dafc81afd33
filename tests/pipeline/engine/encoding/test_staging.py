"""Views are copied once on the host, and none is written over while the device still fetches it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from pipeline.engine.encoding.staging import Staging
from pipeline.transcript import PageViews
from pipeline.views.rules import ViewRules

CPU = torch.device("cpu")
RULES = ViewRules(tile=64, base=128, most_tiles=6)


def page(seed, columns, rows=1):
    random = np.random.default_rng(seed)
    whole = random.integers(0, 256, (RULES.base, RULES.base, 3), np.uint8)
    tiles = random.integers(0, 256, (columns * rows, RULES.tile, RULES.tile, 3), np.uint8)
    whole.flags.writeable = False  # as views cut from one image may be
    return PageViews(np.rot90(whole), tiles, columns, rows if columns else 0)


def batches():
    """Of some pages and of one, with six tiles and with none: short pages come behind long ones."""
    return [[page(10 * batch + n, columns) for n, columns in enumerate(counts)]
            for batch, counts in enumerate([(6, 0, 3), (0,), (2, 6), (0, 0), (6, 6, 6), (1,)])]  # fmt: skip


def check(sent, pages):
    whole, tiles = (each.cpu().numpy() for each in sent)
    np.testing.assert_array_equal(whole, np.stack([each.global_view for each in pages]), strict=True)
    np.testing.assert_array_equal(tiles, np.concatenate([each.local_views for each in pages]), strict=True)


@pytest.mark.parametrize("pages_at_once", [3, 1])
def test_many_batches_under_way_stay_what_they_were(pages_at_once):
    """The second time with more views than there was thought to be room for."""
    staging = Staging(CPU, pages_at_once * RULES.most_bytes)
    sent = [staging.send(each) for each in batches()]
    for each, pages in zip(sent, batches(), strict=True):
        check(each, pages)


def test_two_buffers_serve_all_batches():
    staging = Staging(CPU, 3 * RULES.most_bytes)
    used = []
    for pages in batches():
        staging.send(pages)
        used.append(staging._other.memory.data_ptr())
    assert used == used[:2] * 3 and used[0] != used[1]
    assert len(staging._other.memory) == len(staging._next.memory) == 3 * RULES.most_bytes


@dataclass
class Fetching:
    """A device that takes its time: what lies in the buffer when it has been waited for is what it got."""

    memory: torch.Tensor
    got: list[bytes]

    def synchronize(self):
        self.got.append(self.memory.numpy().tobytes())


def test_a_buffer_is_not_written_over_before_the_device_has_it():
    staging, got = Staging(CPU, 3 * RULES.most_bytes), list[bytes]()
    for pages in batches():
        staging.send(pages)
        staging._other.fetched = Fetching(staging._other.memory, got)  # type: ignore[assignment]
    assert len(got) == len(batches()) - 2
    for seen, pages in zip(got, batches(), strict=False):
        expected = b"".join(each.global_view.tobytes() for each in pages)
        expected += b"".join(each.local_views.tobytes() for each in pages)
        assert seen.startswith(expected)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_a_device_that_is_late_gets_what_was_sent():
    staging = Staging(torch.device("cuda"), 3 * RULES.most_bytes)
    torch.cuda._sleep(200_000_000)  # cycles: some tenth of a second
    sent = [staging.send(each) for each in batches()]
    for each, pages in zip(sent, batches(), strict=True):
        check(each, pages)
    assert staging._next.memory.is_pinned()


def test_rules_know_the_views_that_take_most():
    assert sum(view.nbytes for view in (page(0, 6).global_view, page(0, 6).local_views)) == RULES.most_bytes
    dense = ViewRules(tile=64, base=128, most_tiles=2, dense_tiles=6)
    assert dense.most_bytes == RULES.most_bytes
