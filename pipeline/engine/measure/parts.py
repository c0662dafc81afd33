"""The parts of a page's way through the network, each alone, in seconds: encoder, prefill, and one step."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.engine.measure.roofline import seconds
from pipeline.engine.runner import Runner
from pipeline.model.config import NetworkConfig
from pipeline.transcript import PageViews
from pipeline.views.rules import OCR2_VIEWS, ViewRules


@torch.inference_mode()
def fill_slots(runner: Runner, slots: int, prompt: int, steps: int, answer: int = 1500, seed: int = 0) -> float:
    """Put as many answers as in mid-run into the first slots, keys and values random; returns the tokens in cache.

    Lengths lie evenly between the prompt and the prompt with an answer, as cache allows.
    """
    runner.reset()
    slack = runner.room.block if runner.room.shared else 0
    fitting = runner.blocks.free_tokens // slots - steps - slack
    fitting = max(fitting, 2 * fitting - prompt)  # their mean must fit, not the longest
    answer = min(answer, runner.ring.window) if runner.ring else answer
    longest = min(prompt + answer, runner.room.length - steps - 1, fitting)
    evenly = np.linspace(min(prompt, longest - 1), longest - 1, slots).astype(np.int64)
    lengths = np.random.default_rng(seed).permutation(evenly)
    for slot, length in enumerate(lengths.tolist()):
        if not runner.blocks.extend(slot, length + steps + 1):
            raise ValueError(f"no cache for {slots} slots")
        runner._bounds[slot], runner._limits[slot] = length + 1, length + steps + 1
    states = runner.states
    device_lengths = torch.from_numpy(lengths).to(runner.device)
    states.alive[:slots] = True
    states.prompts[:slots] = device_lengths
    states.counts[:slots] = 1
    states.limits[:slots] = states.tokens.shape[1]
    # Random: what they are changes no time, as the ban of n-grams has fixed shapes.
    states.tokens[:slots] = torch.randint(0, 100, states.tokens[:slots].shape, device=runner.device)
    _fill_cache(runner, lengths)
    return float(lengths.sum())


def _fill_cache(runner: Runner, lengths: NDArray[np.int64]) -> None:
    """Random keys and values for the first slots: zeros would be read faster, on a CPU from one page of memory."""
    decoder = runner.network.config.decoder
    generator = torch.Generator(runner.device).manual_seed(0)
    keys, values = torch.randn(
        2, int(lengths.max()), decoder.kv_heads, decoder.head_dim, device=runner.device, dtype=runner.network.dtype,
        generator=generator,
    )  # fmt: skip
    for slot, length in enumerate(lengths.tolist()):
        places = runner._send(runner.blocks.places(slot, length))
        for layer in range(decoder.layers):
            runner.cache.store(layer, keys[:length], values[:length], places)


def step_seconds(runner: Runner, slots: int, prompt: int, answer: int = 1500, steps: int = 24) -> tuple[float, float]:
    """Median over batches of 4 steps for one step of so many slots, and the tokens in cache at its middle."""
    batches = max(2, steps // 4)
    cached = fill_slots(runner, slots, prompt, 4 * (batches + 2), answer)
    taken = seconds(lambda: runner.run(slots, 4), runner.device, batches) / 4
    return taken, cached + slots * 2 * (batches + 2)


def some_views(count: int, tiles: int, seed: int = 0, rules: ViewRules = OCR2_VIEWS) -> list[PageViews]:
    """Random pages of a global view and `tiles` local ones."""
    random = np.random.default_rng(seed)
    whole = random.integers(0, 256, (rules.base, rules.base, 3), np.uint8)
    local = random.integers(0, 256, (tiles, rules.tile, rules.tile, 3), np.uint8)
    return [PageViews(whole, local, tiles, min(tiles, 1))] * count


@torch.inference_mode()
def encoder_seconds(runner: Runner, pages: int, rules: ViewRules, grid: tuple[int, int]) -> float:
    """For so many pages at once, from uint8 views in the device's memory."""
    page = some_views(1, grid[0] * grid[1], rules=rules)[0]
    if runner.device.type == "cpu":  # which takes view by view
        return seconds(lambda: runner.encoder.images([page] * pages), runner.device, 3)
    whole = torch.from_numpy(np.stack([page.global_view] * pages)).to(runner.device)
    local = torch.from_numpy(np.concatenate([page.local_views] * pages)).to(runner.device)
    return seconds(lambda: runner.network.encode_pages(whole, local, [grid] * pages), runner.device, 3)


def some_prompts(count: int, length: int, config: NetworkConfig, seed: int = 0) -> list[NDArray[np.int64]]:
    """Drawn tokens, none of a picture. Equal ones would stay equal in all layers, and all take the same experts."""
    drawn = np.random.default_rng(seed).integers(0, config.decoder.vocab_size - 1, (count, length))
    return list(drawn + (drawn >= config.image_token_id))


@torch.inference_mode()
def prefill_seconds(runner: Runner, pages: int, prompt: int) -> float:
    """For so many prompts at once."""
    runner.reset()
    for slot in range(pages):
        if not runner.blocks.extend(slot, prompt):
            raise ValueError(f"no cache for {pages} prompts")
    images = torch.zeros(0, runner.network.config.decoder.width, device=runner.device, dtype=runner.network.dtype)
    places = runner._send(np.concatenate([runner.blocks.places(slot, prompt) for slot in range(pages)]))
    prompts = some_prompts(pages, prompt, runner.network.config)
    taken = seconds(lambda: runner._prefill(prompts, images, places), runner.device, 3)
    runner.reset()
    return taken
