"""Prompts are computed to their logits at their last places alone, and these are what all places would give."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.load import load_checkpoint
from pipeline.engine.measure.parts import some_prompts
from pipeline.engine.measure.roofline import prefill_operations, token_operations
from pipeline.engine.memory import whole_room
from pipeline.engine.packing.pack import pack
from pipeline.engine.runner import Runner

MEMBERS = ("DeepSeek-OCR 2", "DeepSeek-OCR", "Unlimited-OCR")
LENGTHS = (7, 7, 12, 1)


@pytest.fixture(params=[(name, packed) for name in MEMBERS for packed in (False, True)], ids=str)
def runner(request, tiny_family) -> Runner:
    name, packed = request.param
    network = load_checkpoint(str(tiny_family[name]), torch.device("cpu")).network
    if packed:
        pack(network)
    return Runner(network, whole_room(len(LENGTHS), 64, 16), DecodingOptions(), ())


@torch.inference_mode()
def prefill(runner: Runner) -> tuple[list[list[int]], torch.Tensor]:
    config = runner.network.config
    prompts = [some_prompts(1, length, config, seed)[0].tolist() for seed, length in enumerate(LENGTHS)]
    assert all(runner.blocks.extend(slot, length) for slot, length in enumerate(LENGTHS))
    places = runner._send(np.concatenate([runner.blocks.places(*each) for each in enumerate(LENGTHS)]))
    return prompts, runner._prefill(prompts, torch.zeros(0, config.decoder.width), places)


def test_logits_are_those_of_all_places(runner):
    prompts, found = prefill(runner)
    network = runner.network
    with torch.inference_mode():
        for prompt, logits in zip(prompts, found, strict=True):
            whole = network.decode(network.embed(torch.tensor([prompt])), torch.arange(len(prompt))[None])
            torch.testing.assert_close(logits, network.lm_head(whole[0, -1]), rtol=1e-5, atol=1e-5)


def test_the_last_layer_is_computed_for_the_last_places_alone(runner):
    rows = Counter[str]()

    def count(module, given, out):
        rows[names[module]] += given[0].flatten(0, -2).shape[0]

    decoder = runner.network.decoder
    names = {
        getattr(layer, part): f"{part} {number}"
        for number, layer in enumerate(decoder.layers)
        for part in ("mlp", "attention_norm")
    } | {layer.attention.o_proj: f"o_proj {number}" for number, layer in enumerate(decoder.layers)}
    for module in names:
        module.register_forward_hook(count)
    prefill(runner)
    total, last = sum(LENGTHS), len(decoder.layers) - 1
    assert last == 1
    assert rows == {
        "attention_norm 0": total, "o_proj 0": total, "mlp 0": total,
        "attention_norm 1": total, "o_proj 1": len(LENGTHS), "mlp 1": len(LENGTHS),
    }  # fmt: skip


def test_drawn_prompts_are_of_tokens_that_are_no_picture(runner):
    config = runner.network.config
    drawn = np.stack(some_prompts(3, 2000, config))
    tokens = set(range(config.decoder.vocab_size)) - {config.image_token_id}
    assert set(drawn.flatten().tolist()) == tokens
    assert not (drawn[0] == drawn[1]).all()
    np.testing.assert_array_equal(drawn, some_prompts(3, 2000, config))


def test_a_prompts_floor_counts_the_last_layer_once(runner):
    """Of the tiny decoder, a dense layer and one of experts: products of 1,000 tokens, counted by hand."""
    config = runner.network.config
    width, shared, tokens = 32, 16, 1000
    kept, whole = 4 * width * shared, 2 * (2 * width**2 + 2 * width * shared)
    dense, sparse = 2 * 3 * width * 48, 2 * (3 * width * 12 * (2 + 1) + width * 4)
    assert token_operations(config) == 2 * whole + dense + sparse
    first = tokens * (whole + dense + 2 * tokens * width)
    last = (tokens - 1) * kept + whole + sparse + 4 * tokens * width
    head = 2 * width * config.decoder.vocab_size
    assert prefill_operations(config, tokens) == first + last + head
