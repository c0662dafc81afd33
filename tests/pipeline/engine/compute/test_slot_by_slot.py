"""Keys and values in half precision beside float32's: what a step on a CPU sees, and that nothing stale is seen."""

from dataclasses import replace

import pytest
import torch

from pipeline.engine.cache.cache import BlockCache
from pipeline.engine.compute import slot_by_slot
from pipeline.engine.compute.rows import lay_out
from pipeline.engine.compute.slot_by_slot import attend_rows_each
from pipeline.engine.kernels import kept as kept_module
from pipeline.engine.kernels.kept import Halves, Kept, can_halve
from pipeline.model.config import DecoderConfig

pytestmark = pytest.mark.skipif(not can_halve(), reason="this build of torch has no products with weights in 16 bits")

HEADS, KV_HEADS, WIDTH, BLOCK = 4, 2, 16, 64
CONFIG = DecoderConfig(64, 32, 2, 4, 2, 1, 48, 10, 3, 12, 2)


@pytest.fixture
def three(monkeypatch):
    """Slots of 40, 20 and 1 tokens; the last is frozen."""
    monkeypatch.setattr(kept_module, "RUN", 16)
    monkeypatch.setattr(kept_module, "PATIENCE", 0)
    monkeypatch.setattr(slot_by_slot, "FEW", 0)
    torch.manual_seed(0)
    # A head's keys lie together, as on a CPU.
    keys, values = (torch.randn(3, KV_HEADS, BLOCK, WIDTH).transpose(1, 2) for _ in range(2))
    table = torch.arange(3, dtype=torch.int32)[:, None]
    return keys, values, table, torch.tensor([40, 20, 1], dtype=torch.int32)


def attend(kept, table, lengths, queries, sizes):
    rows = lay_out(torch.zeros(3, 3, dtype=torch.long), torch.tensor(sizes) - 1, sum(sizes) - 3)
    return attend_rows_each(queries, kept, table, lengths, rows)


def test_a_step_sees_them_as_it_sees_float32(three):
    keys, values, table, lengths = three
    halves, queries = Halves(1), torch.randn(7, HEADS, WIDTH)
    found = attend(Kept(keys, values, halved=halves.layer(0)), table, lengths, queries, [4, 2, 1])
    torch.testing.assert_close(
        found, attend(Kept(keys, values), table, lengths, queries, [4, 2, 1]), rtol=2e-3, atol=2e-3
    )
    assert {slot: own.length for slot, own in halves.layer(0).items()} == {0: 39, 1: 19, 2: 0}


def test_an_answer_is_packed_run_by_run(three):
    keys, values, table, lengths = three
    kept, queries = Kept(keys, values, halved=Halves(1).layer(0)), torch.randn(3, HEADS, WIDTH)
    for more in (0, 10, 16, 20):
        found = attend(kept, table, lengths + more, queries, [1, 1, 1])
        plain = attend(Kept(keys, values), table, lengths + more, queries, [1, 1, 1])
        torch.testing.assert_close(found, plain, rtol=2e-3, atol=2e-3)
    assert kept.halved is not None and kept.halved[0].length == 55, "39, and 16 more at the third step"


def test_a_slot_that_is_filled_anew_forgets(three):
    keys, values, table, lengths = three
    halves, queries = Halves(1), torch.randn(3, HEADS, WIDTH)
    attend(Kept(keys, values, halved=halves.layer(0)), table, lengths, queries, [1, 1, 1])
    other = torch.randn(3, KV_HEADS, BLOCK, WIDTH).transpose(1, 2)
    halves.forget(0)
    halves.move(1, 2)
    kept = Kept(other, other, halved=halves.layer(0))
    found, plain = (attend(each, table, lengths, queries, [1, 1, 1])[0] for each in (kept, Kept(other, other)))
    torch.testing.assert_close(found, plain, rtol=2e-3, atol=2e-3)


def test_a_page_of_single_rows_pays_for_nothing(three, monkeypatch):
    keys, values, table, lengths = three
    monkeypatch.setattr(slot_by_slot, "FEW", 2)
    monkeypatch.setattr(kept_module, "PATIENCE", 1)
    kept = Kept(keys, values, halved=Halves(1).layer(0))
    packed = []
    for sizes in ([1, 1, 1], [1, 1, 1], [4, 1, 1], [4, 1, 1], [1, 1, 1]):
        attend(kept, table, lengths, torch.randn(sum(sizes), HEADS, WIDTH), sizes)
        packed.append([own.length for own in (kept.halved or {}).values()])
    assert packed == [[0, 0, 0]] * 3 + [[39, 0, 0]] * 2


def test_only_float32_on_a_cpu_that_keeps_all():
    device = torch.device("cpu")
    assert BlockCache(CONFIG, 2, 16, device, torch.float32, halve=True).halves is not None
    assert BlockCache(CONFIG, 2, 16, device, torch.float32).halves is None
    assert BlockCache(CONFIG, 2, 16, device, torch.uint8, halve=True).halves is None
    assert BlockCache(replace(CONFIG, window=8), 2, 16, device, torch.float32, halve=True).halves is None
