"""What the tests of training share: a tokenizer, and a page of one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from train_nano.pages import Sample
from train_nano.tokens import NanoTokenizer, build


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> NanoTokenizer:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    build(["the quick brown fox jumps over the lazy dog"] * 3, 3072, path)
    return NanoTokenizer(path)


def _sample(text: str, shown: str) -> Sample:
    """`shown` stands in one row of 20-pixel boxes at the left edge, 100 pixels down a 600 x 600 page."""
    start = text.index(shown)
    glyphs = np.full(len(text), -1, np.int32)
    glyphs[start : start + len(shown)] = np.arange(len(shown))
    boxes = np.array([[20 * i, 100, 20 * i + 20, 130] for i in range(len(shown))], np.float32)
    return Sample(np.full((600, 600), 255, np.uint8), text, glyphs, shown, boxes)


@pytest.fixture
def sample() -> Callable[[str, str], Sample]:
    """A page's transcript and the part of it that is shown → the page."""
    return _sample
