"""Prompts that lie in one row: each sees itself alone, however long its neighbours are."""

from __future__ import annotations

import pytest
import torch

from pipeline.engine.cache.cache import BlockCache, PromptContext
from pipeline.model.attention import attend
from pipeline.model.config import DecoderConfig


@pytest.mark.parametrize("lengths", [[4], [3, 3, 3], [5, 2, 2, 5, 1]])
def test_prompts_are_causal_in_themselves(lengths):
    total = sum(lengths)
    config = DecoderConfig(300, 32, 2, 4, 2, 1, 48, 4, 2, 12, 1, max_positions=256)
    cache = BlockCache(config, 3, 16, torch.device("cpu"), torch.float32)
    generator = torch.Generator().manual_seed(0)
    queries, keys, values = (torch.randn(1, total, heads, 8, generator=generator) for heads in (4, 2, 2))
    places = torch.arange(16, 16 + total)
    found = PromptContext(cache, places, lengths).attend(1, queries, keys, values)
    parts = zip(*(x.split(lengths, dim=1) for x in (queries, keys, values)), strict=True)
    torch.testing.assert_close(found, torch.cat([attend(*part, causal=True) for part in parts], dim=1))
    kept = cache.layer(1)
    at = places // 16, places % 16
    torch.testing.assert_close(kept.keys[at], keys[0])
    torch.testing.assert_close(kept.values[at], values[0])
