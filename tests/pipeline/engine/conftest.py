"""Documents to read, and engines that read them with the tiny checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pymupdf
import pytest
import torch

from pipeline.documents.guard import guard
from pipeline.engine.decoding.options import DecodingOptions
from pipeline.engine.engine import Checkpoint, Engine
from pipeline.engine.load import load_checkpoint
from pipeline.model.family.deepseek_ocr2 import PROMPTS
from pipeline.model.family.member import NgramRule
from pipeline.transcript import PageRef, Source
from pipeline.views import ahead


@pytest.fixture(scope="session")
def source(tmp_path_factory) -> Source:
    """Five small pages: four with text, the last one nearly blank; the third is large enough for two tiles."""
    document = pymupdf.open()
    for number in range(5):
        page = document.new_page(width=500 if number == 2 else 300, height=300)
        if number < 4:
            page.insert_text((20, 60 + 30 * number), f"Page {number + 1}: " + "wxyz"[number] * 8, fontsize=24)
        else:  # blank, but not so bare that the engine need not ask the network
            page.insert_text((20, 60), "faint", fontsize=24, color=(0.9, 0.9, 0.9))
    path = tmp_path_factory.mktemp("documents") / "five.pdf"
    document.save(path)
    return Source(path, "five.pdf")


@pytest.fixture(scope="session")
def pages(source) -> list[PageRef]:
    return [PageRef(source, number) for number in range(1, 6)]


@lru_cache(maxsize=32)
def _drawn(changed: int, ref: PageRef, *arguments: object) -> object:
    return guard().call(ahead._make_ready, ref, *arguments)


@pytest.fixture(autouse=True)
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests read the same few pages again and again: what their views are is no question here, so they are kept."""

    def call(function: Any, *arguments: Any) -> object:
        if function is not ahead._make_ready:
            return guard().call(function, *arguments)
        path = arguments[0].source.path
        return _drawn(path.stat().st_mtime_ns if path.exists() else 0, *arguments)

    monkeypatch.setattr(ahead, "guard", lambda: SimpleNamespace(call=call))


class Pulled:
    """Pages that are counted as they are asked for."""

    def __init__(self, pages: list[PageRef]) -> None:
        self._pages, self.count = iter(pages), 0

    def __iter__(self) -> Iterator[PageRef]:
        return self

    def __next__(self) -> PageRef:
        ref = next(self._pages)
        self.count += 1
        return ref


@pytest.fixture
def pulled(pages) -> Pulled:
    return Pulled(pages)


@pytest.fixture(scope="session")
def checkpoint(tiny_checkpoint: Path) -> Checkpoint:
    return load_checkpoint(str(tiny_checkpoint), torch.device("cpu"))


@pytest.fixture
def make_engine(checkpoint, monkeypatch):
    """A function: slots, EOS token and decoding options → engine."""

    def make(slots: int = 2, eos: int = 1, **options) -> Engine:
        config = replace(checkpoint.network.config, eos_token_id=eos)
        monkeypatch.setattr(checkpoint.network, "config", config)
        defaults: dict[str, Any] = {"max_tokens": 20, "ngram": NgramRule(3, 12), "stop_loops": False}
        return Engine(checkpoint, PROMPTS["markdown"], DecodingOptions(**(defaults | options)), slots)

    return make
