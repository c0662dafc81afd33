"""Keys and values in 8 bits: how near they stay, and pages that are read with them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.engine.cache.cache import BlockCache, token_bytes
from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.engine import Engine
from pipeline.engine.kernels.kept import cache_dtype, dequantise, quantise
from pipeline.engine.load import load_engine, settings_without_loading
from pipeline.engine.memory import shared_room
from pipeline.model.config import DecoderConfig, NetworkConfig
from pipeline.model.family.deepseek_ocr2 import PROMPTS
from pipeline.model.family.member import NgramRule
from pipeline.reader_options import ReaderOptions

CONFIG = DecoderConfig(64, 32, 3, 4, 2, 1, 48, 10, 3, 12, 2)

numbers = st.floats(-(2.0**60), 2.0**60, width=32)
rows = arrays("float32", st.tuples(st.integers(1, 5), st.integers(1, 40)), elements=numbers)


@given(rows)
def test_nothing_moves_by_more_than_half_a_scale(row):
    x = torch.from_numpy(row)
    bytes_, scales = quantise(x)
    assert (bytes_.dtype, bytes_.shape, scales.shape) == (torch.uint8, x.shape, x.shape[:-1])
    torch.testing.assert_close(scales, x.abs().amax(-1) / 127)
    moved = (dequantise(bytes_, scales) - x).abs().amax(-1)
    assert (moved <= 0.5001 * scales + 1e-30).all()


@given(rows, st.integers(-20, 20))
def test_signs_order_and_size_do_not_matter(row, power):
    x = torch.from_numpy(row)
    bytes_, scales = quantise(x)
    turned, same = quantise(-x)
    assert (bytes_.int() + turned.int() - 256).abs().max() <= 1, "only halves, which go up"
    assert torch.equal(same, scales)
    larger, _ = quantise(x * 2.0**power)
    big = x.abs().amax(-1) > 1e-20
    assert torch.equal(larger[big], bytes_[big])
    ascending = x.sort(-1).values
    assert (quantise(ascending)[0].int().diff(dim=-1) >= 0).all()


@given(arrays("float32", (3, 16), elements=numbers))
def test_what_is_kept_is_kept_again_as_it_is(row):
    """A row that has its own 127th is not moved a second time."""
    once = dequantise(*quantise(torch.from_numpy(row)))
    torch.testing.assert_close(dequantise(*quantise(once)), once, rtol=1e-5, atol=1e-25)


def test_zeros_stay_zero():
    bytes_, scales = quantise(torch.zeros(2, 3))
    assert not scales.any()
    assert not dequantise(bytes_, scales).any()


def test_formats():
    assert cache_dtype("auto", torch.float32) is torch.float32
    assert cache_dtype("bf16", torch.float32) is torch.bfloat16
    assert cache_dtype("int8", torch.bfloat16) is torch.uint8


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.uint8])
def test_a_place_is_written_and_no_other(dtype):
    cache = BlockCache(CONFIG, 4, 8, torch.device("cpu"), dtype)
    keys, values = torch.randn(2, 5, 2, 8, generator=torch.Generator().manual_seed(0))
    places = torch.tensor([9, 30, 8, 17, 25])
    cache.store(1, keys, values, places)
    kept = cache.layer(1)
    at = places // 8, places % 8
    for x, part, scales in zip((keys, values), (kept.keys, kept.values), kept.scales or (None, None), strict=True):
        found = part[at].float() if scales is None else dequantise(part[at], scales[at])
        torch.testing.assert_close(found, x, rtol=0.01, atol=0.0 if dtype is torch.float32 else 0.015)
        assert int((part != 0).any(-1).any(-1).sum()) == 5
    assert not any(cache.layer(layer).keys.any() for layer in (0, 2))


def read(checkpoint, pages, slots, **options):
    decoding = DecodingOptions(max_tokens=30, ngram=NgramRule(3, 12), stop_loops=False)
    engine = Engine(checkpoint, PROMPTS["markdown"], decoding, slots, **options)
    return {page.ref.number: page.text for page in engine.transcribe(pages)}, engine


@pytest.mark.parametrize("kv_cache", ["bf16", "int8"])
def test_company_changes_no_page(checkpoint, pages, kv_cache):
    alone, engine = read(checkpoint, pages, 1, kv_cache=kv_cache)
    assert read(checkpoint, pages[::-1], 3, kv_cache=kv_cache)[0] == alone
    exact, plain = read(checkpoint, pages, 1)
    assert engine.settings != plain.settings
    same = sum(len(text) for number, text in alone.items() if text == exact[number])
    assert same >= 0.5 * sum(len(text) for text in exact.values()), "random weights, where ties are common"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.uint8])
def test_a_token_takes_what_is_said(dtype):
    kept = BlockCache(CONFIG, 4, 8, torch.device("cpu"), dtype).layer(0)
    size = sum(part.nbytes for part in (kept.keys, kept.values, *(kept.scales or ())))
    assert size * CONFIG.layers == 4 * 8 * token_bytes(CONFIG, dtype)


def test_a_cpu_takes_memory_for_what_is_written_only():
    status = Path("/proc/self/statm")
    if not status.exists():
        pytest.skip("needs /proc")
    before = int(status.read_text().split()[1])
    cache = BlockCache(CONFIG, 4, 1 << 20, torch.device("cpu"), torch.bfloat16)
    grown = (int(status.read_text().split()[1]) - before) * 4096
    assert cache.keys.nbytes > 300e6
    assert grown < 0.1 * cache.keys.nbytes
    assert not cache.keys[0, 0, :100].any()


def test_half_the_bytes_make_twice_the_slots():
    config = NetworkConfig.released().decoder
    bytes_ = [token_bytes(config, dtype) for dtype in (torch.bfloat16, torch.uint8)]
    many = [shared_room(60 << 30, each, 8192, 2000, 8) for each in bytes_]
    assert 1.8 * many[0].slots < many[1].slots
    assert 1.9 * many[0].blocks < many[1].blocks < 2 * many[0].blocks


def test_settings_are_known_without_loading(tiny_checkpoint):
    keys = set()
    for kv_cache in ("auto", "bf16", "int8"):
        options = ReaderOptions(device="cpu", max_tokens=3, kv_cache=kv_cache)
        keys.add(settings_without_loading(str(tiny_checkpoint), options))
        assert load_engine(str(tiny_checkpoint), options).settings in keys
    assert len(keys) == 3
