"""An engine that is measured encodes the same pages each time, as if they were others."""

from __future__ import annotations

from itertools import repeat

from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.engine import Engine
from pipeline.engine.measure.stand_ins import FixedLengths
from pipeline.model.family.deepseek_ocr2 import PROMPTS


def encoded(engine: Engine, page, monkeypatch) -> int:
    """Views that are encoded for a page that comes twice."""
    seen, network = list[int](), engine._runner.network
    encode = network.encode
    monkeypatch.setattr(network, "encode", lambda views: seen.append(len(views)) or encode(views))
    assert len(list(engine.transcribe([page, page]))) == 2
    monkeypatch.setattr(network, "encode", encode)
    return sum(seen)


def test_a_page_is_encoded_each_time_it_comes(checkpoint, pages, monkeypatch):
    given = checkpoint, PROMPTS["markdown"], DecodingOptions(max_tokens=4), 1
    usual, measured = Engine(*given), FixedLengths(*given)
    measured.lengths = repeat(3)
    once = encoded(usual, pages[2], monkeypatch)
    assert encoded(measured, pages[2], monkeypatch) >= 2 * once > 0
