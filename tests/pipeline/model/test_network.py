"""Sizes of the released network, the causal flow's mask by its definition, experts both ways, and gradients."""

from __future__ import annotations

import pytest
import torch

from pipeline.model.causal_flow import prefix_attention
from pipeline.model.config import NetworkConfig
from pipeline.model.network import Network, with_room, without_weights
from pipeline.model.vision_tokenizer import biased_attention, wide_attention
from pipeline.views.rules import OCR2_VIEWS


def test_released_parameter_counts():
    with torch.device("meta"):
        network = Network(NetworkConfig.released())
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in network.named_children()}
    assert counts == {
        "vision_tokenizer": 94_979_328,  # SAM ViT-B and the compressor
        "causal_flow": 358_256_512,  # Qwen2-0.5B without its vocabulary, and 400 queries
        "projector": 1_148_160,
        "decoder": 2_769_255_680,
        "lm_head": 165_478_400,
    }


def test_a_network_without_weights_has_the_shapes_of_one(tiny_config):
    drawn, empty = Network(tiny_config), without_weights(tiny_config)
    assert {p.device.type for p in empty.parameters()} == {"meta"}
    roomy = with_room(without_weights(tiny_config).to(torch.bfloat16).requires_grad_(False), "cpu")
    assert {(p.device.type, p.dtype, p.requires_grad) for p in roomy.parameters()} == {("cpu", torch.bfloat16, False)}
    for network in (empty, roomy):
        shapes = [(name, parameter.shape) for name, parameter in network.named_parameters()]
        assert shapes == [(name, parameter.shape) for name, parameter in drawn.named_parameters()]


@pytest.mark.parametrize(("tiles", "tokens"), [(0, 257), (2, 545), (6, 1121)])
def test_image_tokens(tiles, tokens):
    assert OCR2_VIEWS.tokens(tiles, 1) == tokens


def test_prefix_attention_is_the_dense_mask():
    """Visual tokens see all visual tokens; query i sees all of them and the queries up to itself."""
    count, total = 9, 18
    queries, keys, values = torch.randn(3, 2, total, 4, 8, generator=torch.Generator().manual_seed(0)).unbind()
    keys, values = keys[:, :, :2], values[:, :, :2]  # two heads share a key
    allowed = torch.zeros(total, total, dtype=torch.bool)
    for row in range(total):
        for column in range(total):
            allowed[row, column] = column < count or count <= column <= row
    repeated = [part.repeat_interleave(2, dim=2) for part in (keys, values)]
    scores = torch.einsum("nqhd,nkhd->nhqk", queries, repeated[0]) / 8**0.5
    weights = scores.masked_fill(~allowed, float("-inf")).softmax(-1)
    expected = torch.einsum("nhqk,nkhd->nqhd", weights, repeated[1])
    assert torch.allclose(prefix_attention(queries, keys, values), expected, atol=1e-5)


@pytest.mark.parametrize("place", [0, 70, 143])
def test_a_later_query_never_changes_an_earlier_state(pair, place):
    flow = pair.ours.causal_flow
    visual = torch.randn(1, 144, 24, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        before = flow(visual)
        original = flow.local_queries[place].clone()
        flow.local_queries[place] += 1.0
        after = flow(visual)
        flow.local_queries[place] = original
    changed = (before != after).any(-1)[0]
    assert not changed[:place].any()
    assert changed[place:].all()


def test_every_visual_token_changes_every_query_state(pair):
    visual = torch.randn(1, 144, 24, generator=torch.Generator().manual_seed(1))
    changed = visual.clone()
    changed[0, 143] += 1.0
    with torch.no_grad():
        assert (pair.ours.causal_flow(visual) != pair.ours.causal_flow(changed)).any(-1).all()


def test_experts_agree_whichever_way_they_are_computed(pair):
    mixture = pair.ours.decoder.layers[1].mlp
    tokens = torch.randn(50, 32, generator=torch.Generator().manual_seed(2))
    routing = mixture.router(tokens)
    together = mixture.experts._all_at_once(tokens, routing)
    apart = mixture.experts._one_by_one(tokens, routing)
    assert torch.allclose(together, apart, atol=1e-5)


def test_normalised_router_weights_sum_to_one(tiny_config):
    from dataclasses import replace

    from pipeline.model.experts import Router

    tokens = torch.randn(5, 32)
    plain, normalised = Router(tiny_config.decoder), Router(replace(tiny_config.decoder, normalize_weights=True))
    assert (plain(tokens).weights.sum(-1) < 0.99).all()
    assert torch.allclose(normalised(tokens).weights.sum(-1), torch.ones(5))
    assert torch.allclose(plain(tokens).scores.sum(-1), torch.ones(5))


@pytest.mark.parametrize("autocast", [False, True])
def test_every_parameter_gets_a_gradient(tiny_config, autocast):
    torch.manual_seed(0)
    network = Network(tiny_config)
    for part in (network.vision_tokenizer.position_embedding, *network.vision_tokenizer.layers.parameters()):
        torch.nn.init.normal_(part, std=0.1)
    ids = torch.tensor([[0, *[60] * OCR2_VIEWS.tokens(2, 1), *range(2, 40)]])
    views = [torch.randint(0, 256, (n, side, side, 3), dtype=torch.uint8) for n, side in ((1, 1024), (2, 768))]
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        logits = network(ids, *views, [(2, 1)])
        loss = torch.nn.functional.cross_entropy(logits[0, -38:-1].float(), ids[0, -37:])
    loss.backward()
    without = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.isfinite().all()]
    assert without == []
    assert network.vision_tokenizer.patch_embedding.weight.grad.abs().max() > 0


@pytest.mark.parametrize("side", [3, 8, 12])
def test_both_attentions_with_relative_positions_are_the_same(side):
    """One serves accelerators, the other CPUs: 12 is no multiple of the rows at once, 3 is below them."""
    heads, head_dim = 2, 8
    queries, keys, values = torch.randn(3, 2, side, side, heads, head_dim)
    to_rows, to_columns = torch.randn(2, 2, side, side, heads, side)
    wide = wide_attention(queries, keys, values, to_rows, to_columns)
    biased = biased_attention(queries, keys, values, to_rows, to_columns)
    torch.testing.assert_close(wide, biased, atol=1e-5, rtol=1e-5)
    scores = torch.einsum("nyxhd,nvuhd->nhyxvu", queries, keys) * head_dim**-0.5
    scores = scores + to_rows.permute(0, 3, 1, 2, 4)[..., None] + to_columns.permute(0, 3, 1, 2, 4)[..., None, :]
    shares = scores.flatten(4).softmax(-1).unflatten(4, (side, side))
    plain = torch.einsum("nhyxvu,nvuhd->nyxhd", shares, values).flatten(1, 2)
    torch.testing.assert_close(biased, plain, atol=1e-5, rtol=1e-5)
