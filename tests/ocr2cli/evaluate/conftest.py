"""Shared by the tests beside vLLM: its stand-in, and two pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.engine.measure.beside_vllm import started
from pipeline.transcript import PageRef, Source

FAKE = Path(__file__).parents[2] / "support" / "fake_vllm"


@pytest.fixture
def fake(monkeypatch):
    """vLLM is there, for this process to find and for another one to import."""
    monkeypatch.syspath_prepend(str(FAKE))
    monkeypatch.setattr(started, "GONE", 2.0)


@pytest.fixture
def pages(make_pdf, tmp_path):
    path = make_pdf(tmp_path / "two.pdf", "one", "two")
    return [PageRef(Source(path, path.name), number) for number in (1, 2)]
