"""The engine on a CUDA device: graphs, streams and blocks change no page, and memory that runs out ends no batch."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
import torch

from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.engine import Engine
from pipeline.engine.load import load_checkpoint
from pipeline.engine.packing.pack import pack
from pipeline.model.checkpoints.load import load
from pipeline.model.checkpoints.source import locate
from pipeline.model.family.deepseek_ocr2 import PROMPTS
from pipeline.model.family.member import NgramRule
from pipeline.model.formats.int8 import to_int8
from pipeline.model.formats.number_format import NumberFormat
from pipeline.transcript import Finish

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")

OPTIONS = DecodingOptions(max_tokens=60, ngram=NgramRule(3, 12), stop_loops=False)


class Limited(Engine):
    """Pages end at different times, so that slots are filled again while others go on."""

    def _limit(self, ref):
        return 12 * ref.number


@pytest.fixture
def on_cuda(tiny_checkpoint):
    """In float32, where no two tokens are equally likely, so that texts can be compared."""
    checkpoint = load_checkpoint(str(tiny_checkpoint), torch.device("cpu"))  # for CUDA its weights would be rounded
    network = pack(checkpoint.network.to("cuda"))
    network.config = replace(network.config, eos_token_id=-1)
    return replace(checkpoint, network=network)


def alike(ours, theirs):
    """What share of the letters of all pages stands before the first difference of a page."""
    pairs = [(ours[number], theirs[number]) for number in theirs]
    return sum(len(os.path.commonprefix(pair)) for pair in pairs) / sum(len(text) for _, text in pairs)  # noqa: RUF071


def read(checkpoint, pages, slots, **settings):
    engine = Limited(checkpoint, PROMPTS["markdown"], OPTIONS, slots, **settings)
    transcripts = list(engine.transcribe(pages))
    assert [page.ref for page in transcripts if page.finish is Finish.ERROR] == []
    assert {page.ref.number: page.output_tokens for page in transcripts} == {n: 12 * n for n in range(1, 6)}
    return {page.ref.number: page.text for page in transcripts}, engine


def test_company_and_order_change_no_page(on_cuda, pages):
    alone, _ = read(on_cuda, pages, 1)
    together, engine = read(on_cuda, pages, 5)
    again = {page.ref.number: page.text for page in engine.transcribe(pages[::-1])}
    assert alike(together, alone) > 0.9
    assert alike(again, together) > 0.9


def test_graphs_change_nothing(on_cuda, pages):
    replayed, _ = read(on_cuda, pages, 3)
    engine = Limited(on_cuda, PROMPTS["markdown"], OPTIONS, 3)
    engine._runner.steps.graphs._enabled = False
    plain = {page.ref.number: page.text for page in engine.transcribe(pages)}
    assert alike(plain, replayed) > 0.9


class Guessing(Limited):
    """Each page has a draft."""

    drafts: dict[int, list[int]] = {}  # noqa: RUF012 replaced, never changed

    def _opening(self, slot, bundle, seen):
        return replace(super()._opening(slot, bundle, seen), draft=self.drafts.get(bundle[0].ref.number, []))

    def _transcript(self, reading, answer):
        self.answers[reading.ref.number] = answer.tokens  # type: ignore[attr-defined]
        return super()._transcript(reading, answer)


# A tiny random network writes the same few tokens again and again, so after a wrong one the draft is often found again
# at the wrong place: how many are kept says something of wholly right drafts alone (on a CPU 318 in 32 steps).
@pytest.mark.parametrize(("wrong", "least"), [(0, 3.0), (1, 0.0)])
@pytest.mark.parametrize("kv_cache", ["auto", "int8"])
def test_drafts_change_no_page(on_cuda, pages, kv_cache, wrong, least):
    engine = Guessing(on_cuda, PROMPTS["markdown"], OPTIONS, 3, kv_cache=kv_cache)
    engine.answers = {}  # type: ignore[attr-defined]
    expected = {page.ref.number: page.text for page in engine.transcribe(pages)}
    guessing = Guessing(on_cuda, PROMPTS["markdown"], OPTIONS, 3, kv_cache=kv_cache, guess=True)
    guessing.answers = {}  # type: ignore[attr-defined]
    guessing.drafts = {  # every fifth token, or none, is wrong
        number: [token + wrong * (place % 5 == 4) for place, token in enumerate(answer)]
        for number, answer in engine.answers.items()  # type: ignore[attr-defined]
    }
    found = list(guessing.transcribe(pages * 2))
    assert alike({page.ref.number: page.text for page in found}, expected) > 0.9
    drafted = [page.drafted for page in found]
    assert sum(each.kept for each in drafted) > least * sum(each.steps for each in drafted)


def test_8_bit_keys_and_values_go_through_graphs(on_cuda, pages):
    together, engine = read(on_cuda, pages, 3, kv_cache="int8")
    assert engine._runner.backend.name == "triton"
    alone, _ = read(on_cuda, pages, 1, kv_cache="int8")
    assert alike(together, alone) > 0.9
    engine._runner.steps.graphs._enabled = False
    assert alike({page.ref.number: page.text for page in engine.transcribe(pages)}, together) > 0.9


def test_memory_that_runs_out_while_encoding_takes_fewer_pages_at_once(on_cuda, pages, monkeypatch):
    expected, engine = read(on_cuda, pages, 5)
    encode, tried = engine._runner.encoder.images, []

    def small_memory(views, **how):
        tried.append(len(views))
        if len(views) > 2:
            torch.empty(1 << 50, dtype=torch.uint8, device="cuda")
        return encode(views, **how)

    monkeypatch.setattr(engine._runner.encoder, "images", small_memory)
    found = {page.ref.number: page.text for page in engine.transcribe(pages * 3)}
    assert max(tried) > 2 >= min(tried)
    assert alike(found, expected) > 0.9


def test_8_bit_weights_go_through_graphs(tiny_checkpoint, pages):
    """In float32, where no two tokens are equally likely; drafts take many rows at once."""
    checkpoint = load_checkpoint(str(tiny_checkpoint), torch.device("cuda"))
    network = pack(to_int8(checkpoint.network.float()))
    network.config = replace(network.config, eos_token_id=-1)
    checkpoint = replace(checkpoint, network=network)
    together, engine = read(checkpoint, pages, 3)
    assert engine._format.int8
    alone, _ = read(checkpoint, pages, 1)
    assert alike(together, alone) > 0.9
    engine._runner.steps.graphs._enabled = False
    assert alike({page.ref.number: page.text for page in engine.transcribe(pages)}, together) > 0.9


def test_half_precision_with_exact_layers_reads_pages(tiny_checkpoint, pages):
    """What cards without bfloat16 get, tried on one that has it."""
    checkpoint = load_checkpoint(str(tiny_checkpoint), torch.device("cuda"))
    form = NumberFormat(torch.float16, exact_from=1)
    network = pack(load(locate(str(tiny_checkpoint)), torch.device("cuda"), form))
    network.config = replace(network.config, eos_token_id=-1)
    found, engine = read(replace(checkpoint, network=network), pages, 3)
    assert engine._runner.cache.keys.dtype is torch.float16
    engine._runner.steps.graphs._enabled = False
    assert alike({page.ref.number: page.text for page in engine.transcribe(pages)}, found) > 0.9
