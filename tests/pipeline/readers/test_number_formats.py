"""What `-v` says of a network's number format."""

from __future__ import annotations

import pytest
import torch

from pipeline.reader_options import ReaderOptions, Weights
from pipeline.readers.choice import Choice
from pipeline.readers.number_formats import in_words

NETWORK = Choice(own_text=False, network="nano")


@pytest.mark.parametrize(
    ("weights", "words"),
    [("auto", "float32"), ("bf16", "bfloat16"), ("int8", "weights in 8 bits, computed in float32")],
)
def test_networks_of_ours(monkeypatch, weights: Weights, words):
    monkeypatch.setattr("torch.ops.mkldnn._is_mkldnn_bf16_supported", lambda: False)
    assert in_words(NETWORK, ReaderOptions(device="cpu", weights=weights)) == words


def test_half_precision_says_what_it_keeps_exact(monkeypatch):
    monkeypatch.setattr("pipeline.engine.load.pick_device", torch.device)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    words = "float16; decoder layers from 6 on and the logits in float32, which float16 breaks"
    assert in_words(NETWORK, ReaderOptions(device="cuda")) == words


def test_what_is_read_elsewhere_or_by_others_has_none():
    for name in (None, "http://localhost:8000/v1"):
        assert in_words(Choice(own_text=name is None, network=name), ReaderOptions(device="cpu")) is None
    assert in_words(NETWORK, ReaderOptions(device="cpu", ray="auto")) is None
