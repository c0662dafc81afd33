"""Kernels of weights in 8 bits against float32, on CUDA; on a CPU with TRITON_INTERPRET=1."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from pipeline.engine.compute import eight_bits
from pipeline.engine.packing.experts import FEW
from pipeline.engine.packing.int8_experts import PackedInt8Experts
from pipeline.model.config import DecoderConfig
from pipeline.model.formats.int8 import dequantise, in_8_bits
from tests.support.eight_bits import both, noise

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
CONFIG = DecoderConfig(64, 32, 2, 4, 2, 1, 48, 10, 3, 16, 2, routed_scaling=1.5)


def test_every_byte_is_widened_to_itself(kernels):
    weight = torch.arange(-128, 128, dtype=torch.int8)[:, None].expand(256, 16).contiguous().to(DEVICE)
    x = torch.eye(16, device=DEVICE)
    for rows in (1, 16):
        found = kernels.int8_product(x[:rows], weight, torch.ones(256, dtype=torch.bfloat16, device=DEVICE))
        assert torch.equal(found, torch.arange(-128.0, 128.0, device=DEVICE).expand(rows, 256))


@pytest.mark.parametrize("rows", [1, 3, 4, 5, 16, 40, 70])
@pytest.mark.parametrize(("outputs", "inputs"), [(7, 13), (40, 300)])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("narrow", [2560, 1])
def test_products(kernels, monkeypatch, rows, outputs, inputs, bias, narrow):
    from pipeline.engine.kernels.products import int8

    monkeypatch.setattr(int8, "NARROW", narrow)
    monkeypatch.setattr(int8, "WIDE", 8 * narrow)
    values, scales = (part.to(DEVICE) for part in in_8_bits(noise(outputs, inputs)))
    beside = noise(outputs, seed=1).to(DEVICE) if bias else None
    x = noise(rows, 2 * inputs, seed=2).to(DEVICE)[:, :inputs]  # rows apart from each other
    expected = F.linear(x, dequantise(values, scales), beside)
    torch.testing.assert_close(kernels.int8_product(x, values, scales, beside), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("rows", [1, 16, 70])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_products_in_16_bits_are_rounded_once(kernels, rows, dtype):
    if DEVICE.type != "cuda" and dtype is torch.bfloat16 and rows > 4:
        pytest.skip("Triton's interpreter takes the bits of bfloat16 for integers in a product of tiles")
    values, scales = (part.to(DEVICE) for part in in_8_bits(noise(24, 96)))
    x = noise(rows, 96, seed=2).to(DEVICE, dtype)
    expected = F.linear(x.float(), dequantise(values, scales))
    # Triton's interpreter cuts off what does not fit into bfloat16, devices round.
    step = 2**-10 if dtype is torch.float16 else 2**-8 if DEVICE.type == "cuda" else 2**-7
    torch.testing.assert_close(kernels.int8_product(x, values, scales).float(), expected, rtol=step, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
@pytest.mark.parametrize(("outputs", "inputs"), [(7, 13), (40, 300)])
def test_widened_weights(kernels, dtype, outputs, inputs):
    values, scales = (part.to(DEVICE) for part in in_8_bits(noise(outputs, inputs)))
    assert torch.equal(kernels.widened(values, scales, dtype), dequantise(values, scales).to(dtype))


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize(("large", "by_kernel"), [(1 << 20, 8), (24 * 96, 20)])
def test_many_rows_take_weights_that_were_widened(kernels, monkeypatch, bias, large, by_kernel):
    """From fewer rows on where all weights are not many."""
    for name, value in (("MANY", 8), ("MANY_OF_LARGE", 20), ("LARGE", large)):
        monkeypatch.setattr(eight_bits, name, value)
    taken, product = [], kernels.int8_product
    monkeypatch.setattr(kernels, "int8_product", lambda x, *rest: taken.append(len(x)) or product(x, *rest))
    values, scales = (part.to(DEVICE) for part in in_8_bits(noise(24, 96)))
    beside = noise(24, seed=1).to(DEVICE) if bias else None
    for rows in (8, 9, 20, 21):
        x = noise(rows, 96, seed=rows).to(DEVICE)
        expected = F.linear(x, dequantise(values, scales), beside)
        torch.testing.assert_close(eight_bits.int8_linear(x, values, scales, beside), expected, rtol=1e-4, atol=1e-4)
    assert taken == [rows for rows in (8, 9, 20, 21) if rows <= by_kernel]


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize(("way", "tokens"), [("few", 1), ("few", 6), ("grouped", 1), ("grouped", 40), ("grouped", 150)])
def test_experts(kernels, way, tokens, normalize):
    exact, eight = both(replace(CONFIG, normalize_weights=normalize))
    packed, x = PackedInt8Experts(eight).to(DEVICE), noise(1, tokens, 32, seed=3).to(DEVICE)
    packed.way = way
    torch.testing.assert_close(packed(x), exact.to(DEVICE)(x), rtol=1e-4, atol=1e-4)


def test_experts_on_devices_that_do_not_copy_tiles_by_themselves(kernels, monkeypatch):
    from pipeline.engine.kernels.products import grouped

    monkeypatch.setattr(grouped, "_device", lambda device: (1 << 16, False))
    monkeypatch.setattr(grouped, "OLDER", (grouped.Tile(16, 16, 16, 2, 4, 2),) * 2)
    exact, eight = both(CONFIG)
    packed, x = PackedInt8Experts(eight).to(DEVICE), noise(1, 40, 32, seed=3).to(DEVICE)
    torch.testing.assert_close(packed(x), exact.to(DEVICE)(x), rtol=1e-4, atol=1e-4)


def test_experts_that_no_token_takes_and_one_that_all_take(kernels):
    exact, eight = both(CONFIG)
    for moe in (exact, eight):
        moe.router.weight[3:] = 0
        moe.router.weight[:3] = 1
    packed, x = PackedInt8Experts(eight).to(DEVICE), noise(1, 37, 32).abs().to(DEVICE)
    assert packed.choose(x[0]) == "grouped"
    torch.testing.assert_close(packed(x), exact.to(DEVICE)(x), rtol=1e-4, atol=1e-4)
    assert packed.choose(x[0, :FEW]) == "few"


def test_a_graph_takes_whatever_routing_comes(kernels):
    """Nothing is asked of the host: another routing through the same graph."""
    if DEVICE.type != "cuda":
        pytest.skip("needs CUDA")
    _, eight = both(CONFIG)
    packed = PackedInt8Experts(eight).to(DEVICE)
    for tokens in (4, 40):
        x, other = (noise(1, tokens, 32, seed=seed).to(DEVICE) for seed in (4, 5))
        packed(x)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            out = packed(x)
        x.copy_(other)
        graph.replay()
        torch.testing.assert_close(out, packed(other), rtol=0, atol=0)
