"""How a card's memory is shared out, counted at the released sizes without a card."""

from __future__ import annotations

import weakref

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from pipeline.engine.cache.cache import token_bytes
from pipeline.engine.memory import MOST_SLOTS, PAGES, PROMPT_BYTES, SOME_SLOTS, Room, planned, shared_room
from pipeline.errors import ModelError
from pipeline.model import vision_tokenizer
from pipeline.model.config import NetworkConfig
from pipeline.model.formats.number_format import NumberFormat
from pipeline.model.network import Network
from pipeline.views.rules import OCR2_VIEWS

DECODER = NetworkConfig.released().decoder
LENGTH = 1131 + 8192
CONTEXT = 500_000_000
"""Bytes that CUDA itself takes on a card; about what was seen on an H100."""
SCRATCH = {8: 4 << 30, 4: 2 << 30, 2: 1 << 30, 1: 1 << 29}


class Peak(TorchDispatchMode):
    """Bytes of all tensors that were alive at the same time, at most."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            if isinstance(tensor, torch.Tensor):
                self._count(tensor.untyped_storage())
        return out

    def _count(self, storage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key in self._known:
            return
        self._known.add(key)
        self.now += size
        self.most = max(self.most, self.now)
        weakref.finalize(storage, self._gone, key, size)

    def _gone(self, key, size) -> None:
        self._known.discard(key)
        self.now -= size


def released(form: NumberFormat) -> Network:
    with torch.device("meta"):
        return form.apply(Network(NetworkConfig.released())).requires_grad_(False)


def encoding(pages: int) -> int:
    """Bytes of encoding pages of six tiles, all at once, in 16 bits."""
    network, most = released(NumberFormat(torch.bfloat16)), OCR2_VIEWS.most_tiles
    with torch.device("meta"), torch.inference_mode(), Peak() as peak:
        whole = torch.zeros(pages, OCR2_VIEWS.base, OCR2_VIEWS.base, 3, dtype=torch.uint8)
        tiles = torch.zeros(pages * most, OCR2_VIEWS.tile, OCR2_VIEWS.tile, 3, dtype=torch.uint8)
        network.encode_pages(whole, tiles, [(most, 1)] * pages)
    return peak.most


@pytest.fixture
def scratch(monkeypatch):
    """What `_scratch` would try, with attention that writes its result alone, as our kernels do."""
    monkeypatch.setattr(vision_tokenizer, "wide_attention", lambda queries, *_: torch.empty_like(queries).flatten(1, 2))
    one = encoding(1)
    return lambda pages: int(1.2 * pages * one) + pages * PROMPT_BYTES


@pytest.mark.parametrize(("kept", "least"), [(torch.bfloat16, 8), (torch.uint8, 16)])
def test_the_full_model_in_8_bits_reads_with_some_slots_on_a_card_of_8_gb(scratch, kept, least):
    weights = sum(each.nbytes for each in released(NumberFormat(torch.bfloat16, int8=True)).parameters())
    allowed = int(0.9 * 8e9) - CONTEXT - weights
    room = planned(allowed, scratch, DECODER, LENGTH, None, kept)
    assert room.slots >= least
    cache = room.blocks * room.block * token_bytes(DECODER, kept)
    assert cache + scratch(room.pages) + weights + CONTEXT < 0.9 * 8e9
    assert room.blocks * room.block >= max(LENGTH, room.slots * 2400)
    sixteen = sum(each.nbytes for each in released(NumberFormat(torch.bfloat16)).parameters())
    with pytest.raises(ModelError, match=r"--weights int8"):
        planned(int(0.9 * 8e9) - CONTEXT - sixteen, scratch, DECODER, LENGTH, None, kept)


def test_a_large_card_encodes_many_pages_at_once():
    room = planned(60 << 30, SCRATCH.get, DECODER, LENGTH, None, torch.bfloat16)
    assert (room.pages, room.slots % 32) == (PAGES, 0)
    assert room.slots > 300


def test_twice_as_many_only_where_no_slot_is_lost():
    for allowed in (40 << 30, 60 << 30, 80 << 30, 120 << 30):
        room = planned(allowed, lambda pages: pages << 30, DECODER, LENGTH, None, torch.bfloat16)
        assert room.pages == (2 * PAGES if room.slots == MOST_SLOTS else PAGES)
    assert room.pages == 2 * PAGES


@pytest.mark.parametrize("allowed", [2 << 30, 4 << 30, 12 << 30, 16 << 30, 24 << 30])
def test_pages_at_once_make_way_for_slots_and_no_further(allowed):
    room = planned(allowed, SCRATCH.get, DECODER, LENGTH, None, torch.bfloat16)
    assert room.pages == 1 or room.slots >= SOME_SLOTS
    if room.pages < PAGES:
        left = allowed - SCRATCH[2 * room.pages]
        with pytest.raises((ModelError, AssertionError)):
            twice = shared_room(left, token_bytes(DECODER, torch.bfloat16), LENGTH, 448, 1, beside=16 * 129_280)
            assert twice.slots >= SOME_SLOTS


def test_slots_that_were_asked_for_are_enough():
    """Two slots leave room for more pages at once than eight do."""
    given = (SCRATCH.get, DECODER, LENGTH)
    rooms = [planned(3 << 30, *given, slots, torch.bfloat16) for slots in (None, 2)]
    assert rooms[1].slots == 2
    assert rooms[1].pages > rooms[0].pages


def test_what_cannot_be_encoded_at_once_is_tried_in_halves():
    tried = []

    def scratch(pages: int) -> int | None:
        tried.append(pages)
        return None if pages > 1 else 1 << 20

    assert planned(20 << 30, scratch, DECODER, LENGTH, None, torch.bfloat16).pages == 1
    assert tried == [8, 4, 2, 1]


def test_a_slot_has_room_for_its_logits():
    bare, beside = (shared_room(10 << 30, 61_440, LENGTH, 1000, 8, beside=size) for size in (0, 50_000_000))
    assert isinstance(bare, Room)
    assert beside.slots < bare.slots
    assert beside.blocks * beside.block * 61_440 + beside.slots * 50_000_000 <= 10 << 30
