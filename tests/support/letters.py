"""Pages of real letters, drawn with the font that Pillow brings along."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SIZE = WIDTH, HEIGHT = 1190, 1684
"""Pixels of A4 at 144 dpi."""
LINE = "The ship was late, and by the light of a lamp the pilot wrote down what he had seen"


def page(lines: Sequence[tuple[int, int, str]], size: int = 24) -> Image.Image:
    """Lines at (x, y) of their upper left corner in pixels, in type of so many pixels."""
    sheet = Image.new("L", SIZE, 250)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size)
    for x, y, text in lines:
        pen.text((x, y), text, fill=20, font=font)
    return sheet


def block(label: str, box: tuple[int, int, int, int], text: str) -> str:
    """A block of grounded text; the box is in pixels of `SIZE`."""
    grid = [round(side * 999 / whole) for side, whole in zip(box, SIZE * 2, strict=True)]
    return f"<|ref|>{label}<|/ref|><|det|>[{grid}]<|/det|>\n{text}\n\n"


def raster(sheet: Image.Image) -> np.ndarray:
    return np.asarray(sheet.convert("RGB"))
