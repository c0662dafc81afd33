"""Slots of a CPU, one after the other: the same numbers as all of them in tensors, and the same is kept."""

from __future__ import annotations

import pytest
import torch

from pipeline.engine.cache.apart import SlotsApart, spans_of
from pipeline.engine.cache.cache import BlockCache, StepContext
from pipeline.engine.compute.backends import choose_backend
from pipeline.engine.compute.rows import lay_out
from pipeline.engine.steps import Steps
from pipeline.model.config import DecoderConfig

CPU, CONFIG = torch.device("cpu"), DecoderConfig(300, 32, 2, 4, 2, 1, 48, 4, 2, 12, 1, max_positions=256)
BLOCK, NEWEST = 20, [11, 3, 7]


def caches(dtype: torch.dtype) -> list[BlockCache]:
    """Two of equal content."""
    made = [BlockCache(CONFIG, 4, BLOCK, CPU, dtype) for _ in range(2)]
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(2, *made[0].keys.shape, generator=generator)
    for cache in made:
        cache.keys.copy_(noise[0])
        cache.values.copy_(noise[1])
    return made


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize(("wanted", "spare"), [([0, 0, 0], 0), ([2, 0, 5], 7), ([1, 3, 0], 9)])
@pytest.mark.parametrize("frozen", [None, 1])
def test_slots_apart_are_slots_together(wanted, spare, frozen, dtype):
    """Also where a slot is frozen, and rows are no slot's."""
    if frozen is not None:
        wanted = [0 if slot == frozen else count for slot, count in enumerate(wanted)]
    alive = torch.tensor([slot != frozen for slot in range(3)])
    rows = lay_out(torch.zeros(3, 5, dtype=torch.long), torch.tensor(wanted), spare)
    newest, table = torch.tensor(NEWEST), torch.tensor([[2], [1], [3]], dtype=torch.int32)
    generator = torch.Generator().manual_seed(2)
    new = [torch.randn(3 + spare, 1, heads, 8, generator=generator) for heads in (4, 2, 2)]
    mine, theirs = caches(dtype)
    spans = spans_of(alive.tolist(), NEWEST, table[:, 0].tolist(), rows.sizes.tolist())
    found = SlotsApart(mine, spans).attend(1, *new)
    places = torch.where(rows.real, table[rows.slots, 0] * BLOCK + newest[rows.slots] + rows.ahead, 0)
    lengths = torch.where(alive, newest + 1, 1).int()
    context = StepContext(theirs, places.long(), table, lengths, choose_backend(CPU), rows)
    expected = context.attend(1, *new)
    assert torch.equal(found[rows.real], expected[rows.real])
    assert not found[~rows.real].any()
    for kept, known in ((mine.keys, theirs.keys), (mine.values, theirs.values)):
        assert torch.equal(kept[:, 1:], known[:, 1:])
    assert torch.equal(mine.keys[0], caches(dtype)[0].keys[0]), "another layer's are left alone"


def test_bytes_with_scales_are_not_to_be_had_whole():
    assert not BlockCache(CONFIG, 4, BLOCK, CPU, torch.uint8).has_whole


@pytest.mark.parametrize("guess", [False, True])
def test_a_page_is_read_so_and_no_other_way(checkpoint, pages, guess, monkeypatch):
    """Answers, endings and certainties."""
    from tests.pipeline.engine.drafts.test_drafts import altered, engine

    def read(apart: bool) -> tuple[object, object]:
        ways = list[bool]()
        monkeypatch.setattr(Steps, "_is_apart", property(lambda _: ways.append(apart) or apart))
        reader = engine(checkpoint, 2, guess=guess)
        reader.drafts = {number: altered(list(range(40, 110)), 0.9, number) for number in (1, 2, 3)}
        return reader.read(pages[:3]), (reader.answers, bool(ways))

    usual = engine(checkpoint, 2)
    usual._runner.steps.span = 1
    assert usual._runner.steps._is_apart
    assert read(apart=True) == read(apart=False)
