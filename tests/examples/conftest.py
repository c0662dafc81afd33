"""What the tests of training share: a tokenizer, and a page of one line."""

from __future__ import annotations

import lzma
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))

from train_nano.alphabet import ALPHABET, KERNED
from train_nano.pages import Assets, Sample
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


@pytest.fixture(scope="session")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Assets:
    """Three families made of Pillow's own font, paragraphs of a line or two, one table, no formulas."""
    folder = tmp_path_factory.mktemp("assets")
    font = ImageFont.load_default(1000)
    if not isinstance(font, ImageFont.FreeTypeFont) or not isinstance(font.path, BytesIO):
        pytest.skip("Pillow has no FreeType here")
    (folder / "fonts").mkdir()
    (folder / "fonts" / "a.ttf").write_bytes(font.path.getvalue())
    faces = 3
    boxes = np.array([font.getbbox(c, anchor="ls") for c in ALPHABET], np.float32) / 1000
    has = np.array([ord(c) < 127 for c in ALPHABET])
    np.savez(
        folder / "faces.npz",
        alphabet=np.array(list(ALPHABET)),
        family=np.array(["One", "Two", "Three"]),
        kind=np.array(["serif", "sans", "mono"]),
        style=np.array(["regular"] * faces),
        path=np.array(["a.ttf"] * faces),
        advance=np.tile(np.array([font.getlength(c) for c in ALPHABET], np.float32) / 1000, (faces, 1)),
        bounds=np.tile(boxes * [1, -1, 1, -1], (faces, 1, 1)).astype(np.float32),
        has=np.tile(has, (faces, 1)),
        kern=np.zeros((faces, KERNED, KERNED), np.int8),
    )
    prose = (
        "It was a plain & simple page, with words to be read and figures such as 1,024 or 3.5%; hyphenation included.\n"
    )
    table = '[[["Name",1,1],["Value",1,2]],[["a",2,1],["1",1,1],["2",1,1]],[["3",1,1],["",1,1]]]\n'
    for name in ("books", "wikipedia", "peps", "d2l", "maths", "headings"):
        (folder / f"{name}.txt.xz").write_bytes(lzma.compress((prose * 40).encode()))
    (folder / "tables.jsonl.xz").write_bytes(lzma.compress((table * 8).encode()))
    return Assets.load(folder)
