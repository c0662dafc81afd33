"""What `-v` says of a network's number format."""

from __future__ import annotations

import pytest
import torch

from pipeline.engine.load import pick_format
from pipeline.model.formats import of_cpu
from pipeline.reader_options import ReaderOptions, Weights
from pipeline.readers.choice import Choice
from pipeline.readers.number_formats import in_words

NETWORK = Choice(own_text=False, network="nano")


@pytest.mark.parametrize(
    ("flags", "weights", "words"),
    [
        ("avx512f", "auto", "float32"),
        ("avx512f", "bf16", "bfloat16"),
        ("avx512f", "int8", "weights in 8 bits, computed in float32"),
        ("avx512_bf16", "auto", "float32; the vision tokenizer in bfloat16"),
        ("avx512_vnni", "auto", "float32; the vision tokenizer in products of 8-bit integers"),
        ("avx512_bf16", "int8", "weights in 8 bits, computed in bfloat16"),
    ],
)
def test_networks_of_ours(monkeypatch, flags, weights: Weights, words):
    """What is told without torch is what the network is loaded in."""
    monkeypatch.setattr(of_cpu, "_told", lambda name: frozenset({flags, "AuthenticAMD"}))
    monkeypatch.setattr(of_cpu, "_allowed", lambda *older: True)
    assert in_words(NETWORK, ReaderOptions(device="cpu", weights=weights)) == words
    assert pick_format(torch.device("cpu"), weights, int8_vision=True).words == words


def test_half_precision_says_what_it_keeps_exact(monkeypatch):
    monkeypatch.setattr("pipeline.engine.load.pick_device", torch.device)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    words = "float16; decoder layers from 6 on and the logits in float32, which float16 breaks"
    assert in_words(NETWORK, ReaderOptions(device="cuda")) == words


def test_what_is_read_elsewhere_or_by_others_has_none():
    for name in (None, "http://localhost:8000/v1"):
        assert in_words(Choice(own_text=name is None, network=name), ReaderOptions(device="cpu")) is None
    assert in_words(NETWORK, ReaderOptions(device="cpu", ray="auto")) is None
