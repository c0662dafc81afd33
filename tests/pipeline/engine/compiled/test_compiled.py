"""A compiled step computes what torch's does, and of each row the same whatever stands beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from pipeline.engine.cache.apart import SlotsApart, Span
from pipeline.engine.cache.cache import BlockCache
from pipeline.engine.compiled import decoder as compiled
from pipeline.engine.compiled.decoder import HEAD, compiled_decoder
from pipeline.engine.packing.blocks import PackedDecoder
from pipeline.engine.packing.pack import pack_block
from pipeline.model.block import Block
from pipeline.model.config import DecoderConfig
from pipeline.model.decoder import Decoder

pytest.importorskip("numba")
CONFIG = DecoderConfig(
    vocab_size=50, width=2 * HEAD, layers=3, heads=2, kv_heads=2, dense_layers=1, dense_inner=96, experts=4,
    experts_per_token=2, expert_inner=32, shared_experts=2, max_positions=256,
)  # fmt: skip
CONFIGS = {
    "as nano": CONFIG,
    "shared keys": replace(CONFIG, kv_heads=1),
    "scaled weights": replace(CONFIG, normalize_weights=True, routed_scaling=2.5, experts=5, experts_per_token=3),
}
SPANS = {
    "one": [Span(1, 0, 100, 101)],
    "first": [Span(1, 1, 0, 1)],
    "guesses": [Span(6, 0, 77, 78)],
    "three slots": [Span(1, 1, 90, 91), Span(16, 0, 33, 34), Span(3, 2, 5, 6)],
    "a frozen one": [Span(2, 2, 64, 65), Span(1, 0, 100, 1)],
}


def decoder_of(config: DecoderConfig, short: bool = True) -> PackedDecoder:
    torch.manual_seed(5)
    decoder = Decoder(config)
    for weight in decoder.parameters():
        weight.data = (weight.data * 4 if weight.dim() > 1 else 1 + torch.randn_like(weight) / 8).to(
            torch.bfloat16 if short else torch.float32
        ).float()  # fmt: skip
    for number, block in enumerate(decoder.layers):
        assert isinstance(block, Block)
        decoder.layers[number] = pack_block(block)
    return PackedDecoder(decoder)


def cache_of(config: DecoderConfig, dtype: torch.dtype = torch.float32) -> BlockCache:
    """Three blocks, as full as can be."""
    cache = BlockCache(config, 3, config.max_positions, torch.device("cpu"), dtype)
    torch.manual_seed(6)
    for part in cache.parts:
        part.copy_(torch.randn(part.shape))
    return cache


def rows_of(spans: list[Span], config: DecoderConfig) -> tuple[Tensor, Tensor]:
    places = torch.cat([torch.arange(span.at, span.at + span.rows) for span in spans])
    return torch.randn(len(places), config.width, generator=torch.Generator().manual_seed(7)), places


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
@pytest.mark.parametrize("spans", SPANS.values(), ids=SPANS)
@torch.inference_mode()
def test_computes_what_torch_does(config, spans):
    decoder, ours, theirs = decoder_of(config), cache_of(config), cache_of(config)
    step = compiled_decoder(decoder, ours)
    assert step is not None
    x, places = rows_of(spans, config)
    given = x.clone()
    found = step(x, places, spans)
    expected = decoder(x[:, None], places[:, None], SlotsApart(theirs, spans))[:, 0]
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
    for mine, their in zip(ours.parts, theirs.parts, strict=True):
        torch.testing.assert_close(mine, their, atol=1e-4, rtol=1e-4)
    assert torch.equal(x, given)  # the embeddings are the network's own


@torch.inference_mode()
def test_a_row_is_the_same_alone_and_among_others():
    """To the bit: guesses that are checked together are what would have been written one by one."""
    decoder = decoder_of(CONFIG)
    together, alone = cache_of(CONFIG), cache_of(CONFIG)
    spans = [Span(7, 0, 91, 92), Span(2, 1, 40, 41)]
    x, places = rows_of(spans, CONFIG)
    found = compiled_decoder(decoder, together)(x, places, spans)
    single = [Span(1, span.block, span.at + row, span.seen + row) for span in spans for row in range(span.rows)]
    step = compiled_decoder(decoder, alone)
    each = [step(x[row : row + 1], places[row : row + 1], [span]) for row, span in enumerate(single)]
    assert torch.equal(found, torch.cat(each))
    assert all(torch.equal(a, b) for a, b in zip(together.parts, alone.parts, strict=True))


@torch.inference_mode()
def test_large_scores_stay_in_range():
    decoder, cache = decoder_of(CONFIG), cache_of(CONFIG)
    cache.parts[0].mul_(1000)
    spans = [Span(1, 0, 100, 101)]
    x, places = rows_of(spans, CONFIG)
    found = compiled_decoder(decoder, cache)(x, places, spans)
    expected = decoder(x[:, None], places[:, None], SlotsApart(cache, spans))[:, 0]
    assert torch.isfinite(found).all()
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    ("config", "short", "dtype"),
    [
        (CONFIG, False, torch.float32),
        (CONFIG, True, torch.bfloat16),
        (CONFIG, True, torch.uint8),
        (replace(CONFIG, heads=4, kv_heads=4), True, torch.float32),
        (replace(CONFIG, window=128), True, torch.float32),
        (replace(CONFIG, dense_layers=0), True, torch.float32),
        (replace(CONFIG, dense_layers=3), True, torch.float32),
        (replace(CONFIG, expert_inner=30), True, torch.float32),
    ],
    ids=["float32", "keys in 16 bits", "keys in 8 bits", "heads", "window", "no dense", "all dense", "odd experts"],
)
def test_leaves_to_torch_what_it_does_not_know(config, short, dtype):
    assert compiled_decoder(decoder_of(config, short), cache_of(config, dtype)) is None


def test_without_numba_torch_does_it(monkeypatch):
    monkeypatch.setattr(compiled, "numba_trouble", lambda: "Numba is not installed")
    assert compiled_decoder(decoder_of(CONFIG), cache_of(CONFIG)) is None


def test_large_networks_stay_with_torch(monkeypatch):
    monkeypatch.setattr(compiled, "SMALL", 1000)
    assert compiled_decoder(decoder_of(CONFIG), cache_of(CONFIG)) is None


def test_both_mean_the_same_heads():
    from pipeline.engine.compiled import attention

    assert attention.HEAD == HEAD
