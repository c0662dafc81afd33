"""Packed layers compute what the plain ones do, whichever way the experts are taken."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch

from pipeline.engine.packing.blocks import PackedDecoder
from pipeline.engine.packing.experts import PackedExperts
from pipeline.engine.packing.pack import pack
from pipeline.model.config import DecoderConfig
from pipeline.model.decoder import Decoder
from pipeline.model.experts import MixtureOfExperts

CONFIG = DecoderConfig(64, 32, 2, 4, 2, 1, 48, 10, 3, 12, 2, routed_scaling=1.5)


def random_experts(config: DecoderConfig) -> MixtureOfExperts:
    moe = MixtureOfExperts(config).requires_grad_(False)
    generator = torch.Generator().manual_seed(0)
    for parameter in moe.parameters():
        parameter.normal_(0, 0.3, generator=generator)
    return moe


@pytest.mark.parametrize("normalize", [False, True])
@pytest.mark.parametrize("way", ["wide", "grouped", "each"])
def test_every_way_of_taking_experts_is_the_plain_one(way, normalize):
    moe = random_experts(replace(CONFIG, normalize_weights=normalize))
    packed = PackedExperts(moe)
    packed.way = way
    for tokens in (1, 7):
        x = torch.randn(1, tokens, 32, generator=torch.Generator().manual_seed(tokens))
        torch.testing.assert_close(packed(x), moe(x), rtol=1e-4, atol=1e-4)


def test_experts_that_no_token_takes():
    moe = random_experts(CONFIG)
    moe.router.weight[3:] = 0
    moe.router.weight[:3] = 1
    packed, x = PackedExperts(moe), torch.rand(1, 5, 32)
    for way in ("wide", "grouped", "each"):
        packed.way = way
        torch.testing.assert_close(packed(x), moe(x), rtol=1e-4, atol=1e-4)


def test_a_packed_network_is_the_plain_one(checkpoint):
    packed = pack(copy.deepcopy(checkpoint.network))
    views = torch.randint(0, 256, (1, 768, 768, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    ids, places = torch.arange(9)[None], torch.arange(9)[None]
    with torch.inference_mode():
        plain = checkpoint.network
        torch.testing.assert_close(packed.encode(views), plain.encode(views), rtol=1e-4, atol=1e-4)
        hidden = [network.decode(network.embed(ids), places) for network in (packed, plain)]
        torch.testing.assert_close(*hidden, rtol=1e-4, atol=1e-4)


def test_tables_that_are_kept_are_those_of_their_positions():
    decoder = Decoder(CONFIG)
    places = torch.tensor([[5, 0, 63], [7, 7, 1]])
    for found, expected in zip(PackedDecoder(decoder).tables(places), decoder.tables(places), strict=True):
        assert torch.equal(found, expected)
