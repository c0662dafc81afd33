"""How many slots and how much key/value cache there is room for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import torch

from pipeline.engine.cache.cache import token_bytes
from pipeline.engine.compute.backends import BLOCK
from pipeline.errors import ModelError
from pipeline.model.config import DecoderConfig
from pipeline.model.network import Network
from pipeline.views.rules import ViewRules

# Slots cost the host time (loops are watched, slots looked up). The cache of an 80 GB H100 holds 384 to 416 with 16
# bits, so that this bounds larger devices only. Chosen; 768 were measured with 8 bits (README).
MOST_SLOTS = 448
"""Where none are asked for; twice as many where a token takes half the bytes."""
# Measured on an H100: a page takes 34 ms alone, 15.3 with eight at once, 14.5 with sixteen, for twice the scratch
# memory; 14.0 and 13.3 on an H200, where no slot is lost to it.
PAGES = 8
"""Encoded and prefilled at once on a GPU that has room for it; twice as many where all slots fit beside."""
# By the README's times: eight pages at once instead of one save 19 ms a page, and take the memory of 23 slots. With 32
# slots these would save some 40 ms, with 64 some 12.
SOME_SLOTS = 64
"""Slots that there are to be before more pages are encoded at once."""
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
    available: int, token_bytes: int, length: int, most: int, pages: int, typical: int = TYPICAL_TOKENS, beside: int = 0
) -> Room:
    """What fits into `available` bytes, in at most `most` slots that hold `typical` tokens on average.

    A slot takes `beside` bytes more. Fewer slots get more blocks each; none are made for more than all could use.

    Raises ModelError where not even one sequence fits.
    """
    per_slot = -(-length // BLOCK)
    if available - beside < (1 + per_slot) * BLOCK * token_bytes:
        raise ModelError(
            f"the GPU has {max(0, available) >> 20} MiB for text; a page takes "
            f"{per_slot * BLOCK * token_bytes >> 20}: free some of it, raise --gpu-memory, lower --max-tokens, or keep "
            "the weights in half (--weights int8)"
        )
    fitting = available // (min(typical, per_slot * BLOCK) * token_bytes + beside)
    slots = max(1, min(most, fitting))
    # Sizes that graphs are made for; a remainder would run in the next larger one all the same.
    if slots > 64:
        slots -= slots % 32
    blocks = (available - slots * beside) // (BLOCK * token_bytes)
    return Room(slots, length, BLOCK, min(blocks, 1 + slots * per_slot), pages)


def planned(
    allowed: int, scratch: Callable[[int], int | None], decoder: DecoderConfig, length: int, slots: int | None,
    kept: torch.dtype, typical: int = TYPICAL_TOKENS,
) -> Room:  # fmt: skip
    """What `allowed` bytes beside the weights give on a GPU, where encoding some pages at once takes `scratch` of them.

    On a small card fewer pages are encoded at once, so that some slots are left; `scratch` is None where they do not
    fit at all.

    Raises ModelError as `shared_room` does.
    """
    most = slots or MOST_SLOTS * (2 if kept.itemsize == 1 else 1)
    logits = 16 * decoder.vocab_size  # in some formats at once, while a token is chosen

    def beside(taken: int, pages: int) -> Room:
        return shared_room(allowed - taken, token_bytes(decoder, kept), length, most, pages, typical, logits)

    pages = PAGES
    with suppress(ModelError):  # trying them takes time and memory: only where all slots fit without them
        pages *= 2 if beside(0, pages).slots == most else 1
    while True:
        taken = scratch(pages)
        try:
            room = beside(allowed if taken is None else taken, pages)
        except ModelError:
            if pages == 1:
                raise
        else:
            enough = most if pages > PAGES else min(SOME_SLOTS, most)
            if pages == 1 or room.slots >= enough:
                return room
        pages //= 2


def room_for(
    network: Network, views: ViewRules, length: int, slots: int | None, fraction: float, kept: torch.dtype,
    typical: int = TYPICAL_TOKENS,
) -> Room:  # fmt: skip
    """The room on the network's device, where keys and values are kept in the format `kept`.

    On CUDA, all that is on the device together may take `fraction` of its memory.
    """
    device = network.device
    if device.type == "cpu":
        return whole_room(slots or 4, length, length)  # a slot is one block: its keys are a view, not a copy
    if device.type != "cuda":
        return whole_room(slots or 8, length, BLOCK)
    torch.cuda.empty_cache()
    free, total = torch.cuda.mem_get_info(device)
    torch.cuda.set_per_process_memory_fraction(fraction, device)
    allowed = int(free - (1 - fraction) * total)
    return planned(allowed, partial(_scratch, network, views), network.config.decoder, length, slots, kept, typical)


# A prompt of 1,131 tokens takes some 100 MB in its widest layer, where each token has eight experts; chosen for all
# that is beside it. It was 2 GiB for eight pages.
PROMPT_BYTES = 1 << 28
"""What a page's prompt takes for a while when it is prefilled."""


@torch.inference_mode()
def _scratch(network: Network, views: ViewRules, pages: int) -> int | None:
    """Bytes that encoding and prefilling so many pages at once take for a while: the encoder tried, the rest known.

    None where the device has not as much.
    """
    device = network.device
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    most = views.tiles_at_most
    try:
        whole = torch.zeros(pages, views.base, views.base, 3, dtype=torch.uint8, device=device)
        tiles = torch.zeros(pages * most, views.tile, views.tile, 3, dtype=torch.uint8, device=device)
        network.encode_pages(whole, tiles, [(most, 1) if most else (0, 0)] * pages)
    except torch.OutOfMemoryError:
        torch.cuda.empty_cache()
        return None
    encoding = torch.cuda.max_memory_allocated(device) - before
    torch.cuda.empty_cache()
    # A fifth more than was tried, for what the allocator leaves in pieces. Chosen; too little shows as halved batches
    # (`Intake._shrink`), not as a failure.
    return int(1.2 * encoding) + pages * PROMPT_BYTES  # both at the same time
