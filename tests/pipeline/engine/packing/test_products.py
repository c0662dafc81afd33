"""Products of few rows whose weights are read in half precision."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from pipeline.engine.load import load_checkpoint
from pipeline.engine.packing import products
from pipeline.engine.packing.pack import PackedNorm, pack
from pipeline.engine.packing.products import Halves, Product, halve, product
from pipeline.model.attention import RMSNorm


def layer(weight):
    made = torch.nn.Linear(weight.shape[1], weight.shape[0]).requires_grad_(False)
    made.weight.copy_(weight)
    return made


def halved(weight):
    body = torch.nn.Sequential(layer(weight))
    halve(body)
    return body[0]


@pytest.mark.parametrize("rows", [1, 7, products.FEW, products.FEW + 1])
def test_a_product_of_weights_from_bfloat16_is_float32s(rows):
    torch.manual_seed(rows)
    weight = (torch.randn(48, 40) * 0.05).bfloat16().float()
    half, x = halved(weight), torch.randn(1, rows, 40)
    assert isinstance(half, Product) and isinstance(half.weight, Halves)
    exact = F.linear(x.double(), weight.double(), half.bias.double())
    assert (half(x) - exact).abs().max() < 2e-6


def test_few_rows_alone_read_halves():
    """Told apart by a packed weight that is another one."""
    weight = torch.ones(4, 8)
    half = halved(weight).weight
    half.packed = torch.ops.quantized.linear_prepack_fp16(2 * weight, None)
    found = [product(torch.ones(rows, 8), half)[0, 0] for rows in (products.FEW, products.FEW + 1)]
    assert found == [16, 8]


@pytest.mark.parametrize("value", [1e5, 1 + 2.0**-12, float("nan")])
def test_weights_that_half_precision_would_change_stay_as_they_are(value):
    weight = torch.ones(4, 8)
    weight[1, 2] = value
    assert not isinstance(halved(weight).weight, Halves)


def test_tiny_weights_may_lose_what_float32_sums_lose():
    assert isinstance(halved(torch.full((4, 8), 2.0**-26)).weight, Halves)


def test_without_such_products_all_stays_as_it_was(monkeypatch):
    def missing(*_):
        raise RuntimeError("Didn't find engine for operation quantized::linear_prepack_fp16")

    monkeypatch.setattr(torch.ops.quantized, "linear_prepack_fp16", missing)
    half = halved(torch.ones(4, 8))
    assert not isinstance(half.weight, Halves) and (half(torch.ones(1, 8)) == 8 + half.bias).all()


def test_a_small_network_is_packed_so(monkeypatch):
    """Its matrices alone, and only in the decoder and the vocabulary."""
    network = pack(load_checkpoint("nano", torch.device("cpu")).network)
    halves = {name for name, each in network.named_parameters() if isinstance(each, Halves)}
    layers = [f"decoder.layers.{layer}." for layer in range(network.config.decoder.layers)]
    assert "lm_head.weight" in halves and "decoder.embedding.weight" not in halves
    assert all(any(name.startswith(one) for name in halves) for one in layers)
    assert {name.split(".")[0] for name in halves} == {"decoder", "lm_head"}


@pytest.mark.parametrize("scale", [1e-4, 1, 1e4])
def test_the_norm_in_few_calls(scale):
    torch.manual_seed(0)
    norm = RMSNorm(64, 1e-6).requires_grad_(False)
    norm.weight.normal_()
    x = torch.randn(2, 3, 64) * scale
    torch.testing.assert_close(PackedNorm(norm)(x), norm(x), rtol=2e-6, atol=1e-7)
