"""Number formats: how near weights in 8 bits stay, which are left as they were, and half precision."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.model.checkpoints.load import load
from pipeline.model.config import NetworkConfig
from pipeline.model.formats import int8
from pipeline.model.formats.int8 import dequantise, in_8_bits, to_int8
from pipeline.model.formats.number_format import NumberFormat, format_of, half_format
from pipeline.model.network import Network

numbers = st.floats(-(2.0**60), 2.0**60, width=32)
matrices = arrays("float32", st.tuples(st.integers(1, 5), st.integers(1, 40)), elements=numbers)


@given(matrices)
def test_nothing_moves_by_more_than_half_a_scale(matrix):
    weights = torch.from_numpy(matrix)
    values, scales = in_8_bits(weights)
    assert (values.dtype, scales.dtype, scales.shape) == (torch.int8, torch.bfloat16, weights.shape[:1])
    assert values.abs().max() <= 127
    largest = weights.abs().amax(-1)
    torch.testing.assert_close(scales.float(), largest / 127, rtol=2**-8, atol=1e-37)
    moved = (dequantise(values, scales) - weights).abs().amax(-1)
    assert (moved <= 0.501 * scales.float() + 2**-8 * scales.float() + 1e-36).all()


@given(matrices)
def test_a_matrix_and_its_negative_are_mirrored(matrix):
    values, scales = in_8_bits(torch.from_numpy(matrix))
    turned, same = in_8_bits(-torch.from_numpy(matrix))
    assert torch.equal(values, -turned)
    assert torch.equal(scales, same)


def test_the_parts_that_are_rounded_at_a_time_change_nothing(monkeypatch):
    weights = torch.randn(3, 7, 16, generator=torch.Generator().manual_seed(0))
    whole = in_8_bits(weights)
    monkeypatch.setattr(int8, "ON_CPU", 32)
    for part, other in zip(in_8_bits(weights), whole, strict=True):
        assert torch.equal(part, other)


def test_what_is_in_8_bits_and_what_is_not(tiny_checkpoint):
    network = load(tiny_checkpoint, form=NumberFormat(torch.float32, int8=True))
    plain = load(tiny_checkpoint)
    parameters, exact = dict(network.named_parameters()), dict(plain.named_parameters())
    bytes_ = {name for name, each in parameters.items() if each.dtype is torch.int8}
    products = {
        name for name, each in exact.items()
        if each.dim() > 1 and name.startswith(("decoder.layers", "causal_flow.layers")) and "router" not in name
    }  # fmt: skip
    assert bytes_ == products | {"lm_head.weight"}
    for name, each in exact.items():
        if name in bytes_:
            found = dequantise(parameters[name], parameters[name + "_scales"])
            assert ((found - each).abs() <= 0.51 * parameters[name + "_scales"].float()[..., None]).all()
        else:
            assert torch.equal(parameters[name], each)
    assert format_of(network) == NumberFormat(torch.float32, int8=True)


def test_loading_rounds_as_converting_does(tiny_checkpoint):
    loaded = load(tiny_checkpoint, form=NumberFormat(torch.float32, int8=True))
    converted = to_int8(load(tiny_checkpoint))
    for (name, one), (other, two) in zip(loaded.named_parameters(), converted.named_parameters(), strict=True):
        assert name == other
        assert torch.equal(one, two), name


def test_a_file_may_be_read_in_many_portions(tiny_checkpoint, monkeypatch):
    whole = load(tiny_checkpoint)
    monkeypatch.setattr("pipeline.model.checkpoints.load.PORTION", 1000)
    for one, two in zip(load(tiny_checkpoint).parameters(), whole.parameters(), strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize("form", [NumberFormat(torch.bfloat16), half_format(), NumberFormat(torch.float16, True, 6)])
def test_formats_of_the_released_sizes(form):
    with torch.device("meta"):
        network = form.apply(Network(NetworkConfig.released()))
    assert format_of(network) == form
    late = {str(each.dtype) for name, each in network.decoder.layers[6].named_parameters()}
    early = {str(each.dtype) for name, each in network.decoder.layers[5].named_parameters()}
    if form.int8:
        assert late == {"torch.int8", "torch.bfloat16", "torch.float32"}
        assert early == {"torch.int8", "torch.bfloat16", "torch.float16"}
    else:
        assert late == ({"torch.bfloat16"} if form.exact_from is None else {"torch.float32"})
        assert early == {str(form.dtype)}


def test_the_released_weights_in_8_bits_take_half():
    def size(form):
        with torch.device("meta"):
            network = form.apply(Network(NetworkConfig.released()))
        return sum(each.nbytes for each in network.parameters())

    sixteen, eight = size(NumberFormat(torch.bfloat16)), size(NumberFormat(torch.bfloat16, int8=True))
    assert math.isclose(sixteen, 6.78e9, rel_tol=0.01)
    assert math.isclose(eight, 3.66e9, rel_tol=0.01)


def test_words_and_keys():
    assert str(NumberFormat(torch.float32)) == "torch.float32"
    assert NumberFormat(torch.float32).beside(torch.float32) == "torch.float32"
    assert NumberFormat(torch.bfloat16, int8=True).beside(torch.uint8) == "torch.bfloat16 int8 torch.uint8"
    assert str(half_format()) == "torch.float16 float32>=6"
    assert half_format().words == ("float16; decoder layers from 6 on and the logits in float32, which float16 breaks")
    assert NumberFormat(torch.bfloat16, int8=True).words == "weights in 8 bits, computed in bfloat16"
    seen = NumberFormat(torch.float32, vision=torch.bfloat16)
    assert seen.beside(torch.float32) == str(seen) == "torch.float32 vision torch.bfloat16"
    assert seen.beside(torch.uint8) == "torch.float32 torch.uint8 vision torch.bfloat16"
    assert seen.words == "float32; the vision tokenizer in bfloat16"


def test_the_vision_tokenizer_may_have_a_format_of_its_own(tiny_checkpoint):
    form = NumberFormat(torch.float32, vision=torch.bfloat16)
    network = load(tiny_checkpoint, form=form)
    assert format_of(network) == form
    assert {each.dtype for each in network.vision_tokenizer.parameters()} == {torch.bfloat16}
    assert {each.dtype for each in network.decoder.parameters()} == {torch.float32}


def test_late_layers_stay_finite_where_half_precision_overflows(tiny_checkpoint):
    """A residual sum beyond 65,504 in the last layer."""
    exact = load(tiny_checkpoint)
    last = len(exact.decoder.layers) - 1
    mixed, half = (load(tiny_checkpoint, form=NumberFormat(torch.float16, exact_from=at)) for at in (last, None))
    for network in (exact, mixed, half):
        layer = network.decoder.layers[last]
        layer.attention.o_proj.weight.mul_(3e5)  # type: ignore[operator,union-attr]
    ids, places = torch.arange(9)[None], torch.arange(9)[None]
    with torch.inference_mode():
        truth, found, broken = (
            network.lm_head(network.decode(network.embed(ids), places)) for network in (exact, mixed, half)
        )
    assert found.dtype is torch.float32
    torch.testing.assert_close(found, truth, rtol=0.02, atol=0.02 * float(truth.abs().max()))
    assert not torch.allclose(broken.float(), truth, rtol=0.02, atol=0.02 * float(truth.abs().max()))
