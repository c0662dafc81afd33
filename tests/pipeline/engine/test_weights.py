"""`--weights`: which number format a device gets, and pages that are read with weights in 8 and 16 bits."""

from __future__ import annotations

import pytest
import torch

from pipeline.engine import load as loading
from pipeline.engine.load import load_engine, pick_format, settings_without_loading
from pipeline.errors import ModelError
from pipeline.model.formats.number_format import NumberFormat
from pipeline.reader_options import ReaderOptions, Weights
from pipeline.readers.opening import settings_of
from pipeline.transcript import Finish

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def texts(model, pages, **options):
    engine = load_engine(str(model), ReaderOptions(device="cpu", max_tokens=20, **options))
    found = list(engine.transcribe(pages))
    assert {page.finish for page in found} <= {Finish.STOP, Finish.LENGTH, Finish.EMPTY}
    assert len(found) == len(pages)
    return {page.ref.number: page.text for page in found}, engine


def test_settings_are_known_without_loading(tiny_checkpoint):
    keys = {}
    every: tuple[Weights, ...] = ("auto", "bf16", "int8")
    for weights in every:
        options = ReaderOptions(device="cpu", max_tokens=3, weights=weights)
        keys[weights] = settings_without_loading(str(tiny_checkpoint), options)
        assert load_engine(str(tiny_checkpoint), options).settings == keys[weights]
    assert len(set(keys.values())) == 3
    named = {settings_of(ReaderOptions(str(tiny_checkpoint), "cpu", weights=weights)) for weights in every}
    assert len(named) == 3, "records of one are not resumed with another"


@pytest.mark.parametrize("weights", ["bf16", "int8"])
def test_pages_are_read(tiny_checkpoint, pages, weights, monkeypatch):
    monkeypatch.setattr(loading, "multiplies_in_bfloat16", lambda: True)
    found, engine = texts(tiny_checkpoint, pages, weights=weights)
    assert sum(map(len, found.values())) > 50
    assert engine._runner.cache.keys.dtype is torch.bfloat16


def test_in_float32_8_bits_change_no_page_with_company_or_drafts(tiny_checkpoint, pages, monkeypatch):
    """On a CPU that does not multiply in bfloat16."""
    monkeypatch.setattr(loading, "multiplies_in_bfloat16", lambda: False)
    alone, engine = texts(tiny_checkpoint, pages, weights="int8", draft="off")
    assert engine._format == NumberFormat(torch.float32, int8=True)
    assert texts(tiny_checkpoint, pages[::-1], weights="int8", draft="text")[0] == alone


def test_formats_of_devices(monkeypatch):
    monkeypatch.setattr(loading, "multiplies_in_bfloat16", lambda: False)
    monkeypatch.setattr(loading, "vision_format", lambda int8: "torch.float32")
    assert pick_format(CPU) == NumberFormat(torch.float32)
    assert pick_format(CPU, "bf16") == NumberFormat(torch.bfloat16)
    assert pick_format(CPU, "int8").int8
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: True)
    assert pick_format(CUDA) == pick_format(CUDA, "bf16") == NumberFormat(torch.bfloat16)
    assert pick_format(CUDA, "int8") == NumberFormat(torch.bfloat16, int8=True)


def test_cards_without_bfloat16_keep_late_layers_exact(monkeypatch):
    """Turing and Volta, on which torch offers an emulation."""
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation)
    assert pick_format(CUDA) == NumberFormat(torch.float16, exact_from=6)
    assert pick_format(CUDA, "int8") == NumberFormat(torch.float16, int8=True, exact_from=6)
    with pytest.raises(ModelError, match="no bfloat16: leave --weights out, which computes in float16, or use int8"):
        pick_format(CUDA, "bf16")
