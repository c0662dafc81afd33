"""How many slots and how much key/value cache there is room for."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from pipeline.engine.cache.cache import token_bytes
from pipeline.engine.compute.backends import BLOCK
from pipeline.errors import ModelError
from pipeline.model.network import Network
from pipeline.views.rules import ViewRules

# Slots cost the host time (loops are watched, slots looked up). The cache of an 80 GB H100 holds 384 to 416 with 16
# bits, so that this bounds larger devices only. Chosen; 768 were measured with 8 bits (README).
MOST_SLOTS = 448
"""Where none are asked for; twice as many where a token takes half the bytes."""
# Measured on an H100: a page takes 34 ms alone, 15.3 with eight at once, 14.5 with sixteen, for twice the scratch
# memory.
PAGES = 8
"""Encoded and prefilled at once on a GPU."""
# 1,131 of the longest prompt, and 1,300 for the answer so far and room to grow (it was 2,304 before the bench knew how
# long answers stay in their slots). Lower, and the newest pages are read twice; higher, and slots stay empty.
TYPICAL_TOKENS = 2432
"""What a slot holds on average: a prompt, its answer so far (long ones stay longer), and room to grow."""


@dataclass(frozen=True)
class Room:
    """`slots` sequences of up to `length` tokens, in `blocks` blocks of `block` tokens that they share.

    `pages` at once are encoded and prefilled.
    """

    slots: int
    length: int
    block: int
    blocks: int
    pages: int

    @property
    def shared(self) -> bool:
        """Whether the blocks may run out."""
        return self.blocks < 1 + self.slots * -(-self.length // self.block)


def whole_room(slots: int, length: int, block: int) -> Room:
    """A place for every token that could be written: nothing ever runs out. For machines of few slots."""
    return Room(slots, length, block, 1 + slots * -(-length // block), pages=1)


def shared_room(
    available: int, token_bytes: int, length: int, most: int, pages: int, typical: int = TYPICAL_TOKENS
) -> Room:
    """What fits into `available` bytes, in at most `most` slots that hold `typical` tokens on average.

    Fewer slots get more each; blocks are not made for more than all could use.

    Raises ModelError where not even one sequence fits.
    """
    per_slot = -(-length // BLOCK)
    blocks = available // (BLOCK * token_bytes)
    if blocks < 1 + per_slot:
        raise ModelError(
            f"the GPU has {max(0, available) >> 20} MiB for text; a page takes "
            f"{per_slot * BLOCK * token_bytes >> 20}: free some of it, raise --gpu-memory, or lower --max-tokens"
        )
    fitting = blocks * BLOCK // min(typical, per_slot * BLOCK)
    slots = max(1, min(most, fitting))
    # Sizes that graphs are made for; a remainder would run in the next larger one all the same.
    if slots > 64:
        slots -= slots % 32
    return Room(slots, length, BLOCK, min(blocks, 1 + slots * per_slot), pages)


def room_for(
    network: Network, views: ViewRules, length: int, slots: int | None, fraction: float, kept: torch.dtype,
    typical: int = TYPICAL_TOKENS,
) -> Room:  # fmt: skip
    """The room on the network's device, where keys and values are kept in the format `kept`.

    On CUDA, all that is on the device together may take `fraction` of its memory.
    """
    weight = network.lm_head.weight
    device = weight.device
    if device.type == "cpu":
        return whole_room(slots or 4, length, length)  # a slot is one block: its keys are a view, not a copy
    if device.type != "cuda":
        return whole_room(slots or 8, length, BLOCK)
    decoder = network.config.decoder
    most = slots or MOST_SLOTS * (2 if kept.itemsize == 1 else 1)
    scratch = _scratch(network, views) + 16 * most * decoder.vocab_size
    torch.cuda.empty_cache()
    free, total = torch.cuda.mem_get_info(device)
    torch.cuda.set_per_process_memory_fraction(fraction, device)
    available = int(free - (1 - fraction) * total) - scratch
    return shared_room(available, token_bytes(decoder, kept), length, most, PAGES, typical)


@torch.inference_mode()
def _scratch(network: Network, views: ViewRules) -> int:
    """Bytes that encoding and prefilling `PAGES` pages at once take for a while: the encoder tried, the rest known."""
    device = network.lm_head.weight.device
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    whole = torch.zeros(PAGES, views.base, views.base, 3, dtype=torch.uint8, device=device)
    most = max(views.most_tiles, views.dense_tiles)
    tiles = torch.zeros(PAGES * most, views.tile, views.tile, 3, dtype=torch.uint8, device=device)
    network.encode_pages(whole, tiles, [(most, 1) if most else (0, 0)] * PAGES)
    encoding = torch.cuda.max_memory_allocated(device) - before
    # A fifth more than was tried, for what the allocator leaves in pieces, and 2 GiB for prompts. Chosen; too little
    # shows as halved batches (`Intake._shrink`), not as a failure.
    return int(1.2 * encoding) + (2 << 30)  # both at the same time
