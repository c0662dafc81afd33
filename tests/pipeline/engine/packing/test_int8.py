"""Products and experts in 8 bits: what the rounded weights give in float32, whichever way they are taken."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from pipeline.engine.compute import eight_bits
from pipeline.engine.compute.eight_bits import int8_linear
from pipeline.engine.packing.experts import PackedExperts
from pipeline.engine.packing.int8_experts import PackedInt8Experts
from pipeline.engine.packing.pack import pack
from pipeline.model.config import DecoderConfig
from pipeline.model.formats.int8 import Int8Experts, Int8Linear, dequantise, in_8_bits, to_int8
from pipeline.model.network import Network
from tests.support.eight_bits import both, noise

CONFIG = DecoderConfig(64, 32, 2, 4, 2, 1, 48, 10, 3, 12, 2, routed_scaling=1.5)
NEAR = {torch.float32: 1e-5, torch.bfloat16: 2e-2}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize(("outputs", "inputs"), [(7, 13), (12, 32), (5, 16), (40, 24)])
@pytest.mark.parametrize("bias", [False, True])
def test_products_are_those_of_the_rounded_weights(dtype, outputs, inputs, bias, monkeypatch):
    values, scales = in_8_bits(noise(outputs, inputs))
    exact, beside = dequantise(values, scales), noise(outputs, seed=2) if bias else None
    monkeypatch.setattr(eight_bits, "TILE_ON_CPU", 6)  # several tiles, and a rest
    for rows in (1, 3, 4, 5, 9):
        x = noise(2, rows, inputs, seed=rows).to(dtype)
        given = None if beside is None else beside.to(dtype)
        found = int8_linear(x[0], values, scales, given)
        expected = F.linear(x[0].float(), exact, None if given is None else given.float())
        near = NEAR.get(dtype, 5e-3)
        assert found.dtype is dtype
        torch.testing.assert_close(found.float(), expected, rtol=near, atol=near * float(expected.abs().max()))
        assert int8_linear(x, values, scales, given).shape == (2, rows, outputs)


def test_sums_of_integers_do_not_overflow_half_precision():
    values, scales = in_8_bits(torch.full((4, 4096), 0.01))
    found = int8_linear(torch.ones(9, 4096, dtype=torch.float16), values, scales)
    torch.testing.assert_close(found.float(), torch.full((9, 4), 40.96), rtol=5e-3, atol=0)


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("way", ["wide", "each"])
def test_every_way_of_taking_experts_is_the_plain_one(way, normalize):
    exact, eight = both(replace(CONFIG, normalize_weights=normalize))
    packed = PackedInt8Experts(eight)
    packed.way = way
    for tokens in (1, 7):
        x = noise(1, tokens, 32, seed=tokens)
        torch.testing.assert_close(packed(x), exact(x), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(packed(x), PackedExperts(exact)(x), rtol=1e-4, atol=1e-4)


def test_a_cpu_reads_the_experts_that_are_chosen_and_no_others():
    _, eight = both(CONFIG)
    packed, x = PackedInt8Experts(eight), noise(1, 2, 32)
    chosen = set(packed.router(x[0]).experts.flatten().tolist())
    assert 0 < len(chosen) < CONFIG.experts
    expected = packed(x)
    others = [expert for expert in range(CONFIG.experts) if expert not in chosen]
    packed.gate_up_scales[others] = torch.nan
    packed.down_scales[others] = torch.nan
    assert packed.choose(x[0]) == "each"
    torch.testing.assert_close(packed(x), expected, rtol=0, atol=0)


def rounded(network: Network) -> Network:
    """Its weights as 8 bits hold them, in the format that they had."""
    other = copy.deepcopy(network)
    eight = dict(to_int8(copy.deepcopy(network)).named_parameters())
    for name, parameter in other.named_parameters():
        if name + "_scales" in eight:
            parameter.copy_(dequantise(eight[name], eight[name + "_scales"]))
    return other


def test_a_packed_network_in_8_bits_is_the_rounded_one(checkpoint):
    expected = pack(rounded(checkpoint.network))
    packed = pack(to_int8(copy.deepcopy(checkpoint.network)))
    assert not any(isinstance(module, Int8Linear | Int8Experts) for module in packed.modules())
    views = torch.randint(0, 256, (1, 768, 768, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    ids, places = torch.arange(9)[None], torch.arange(9)[None]
    with torch.inference_mode():
        torch.testing.assert_close(packed.encode(views), expected.encode(views), rtol=1e-4, atol=1e-4)
        logits = [each.lm_head(each.decode(each.embed(ids), places)) for each in (packed, expected)]
        torch.testing.assert_close(*logits, rtol=1e-4, atol=1e-4)
