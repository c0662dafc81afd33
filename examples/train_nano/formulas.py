"""The pool of display formulas that prepare_formulas.py rendered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from train_nano.draw import Picture
from train_nano.fonts import Split, held_out
from train_nano.layout import Piece, Setter, one_line
from train_nano.measure import TextStyle

EM = 40.0  # pixels an em in the pool


class Formulas:
    """Bitmaps and LaTeX of one split; an absent file is an empty pool."""

    def __init__(self, path: Path, split: Split) -> None:
        self._latex: list[str] = []
        if not path.exists():
            return
        with np.load(path) as data:
            self._latex = [str(s) for s in data["latex"]]
            self._sizes, self._offsets, self._bits = data["sizes"], data["offsets"], data["bits"]
        kept = [i for i, s in enumerate(self._latex) if held_out(s, 50, 0) == (split == "heldout")]
        self._kept = np.array(kept, np.int64)

    def __len__(self) -> int:
        return len(self._latex)

    def formula(self, rng: Generator) -> tuple[str, NDArray[np.uint8]]:
        """LaTeX and ink coverage (h, w) at 40 pixels an em."""
        i = int(self._kept[rng.integers(len(self._kept))])
        packed = self._bits[self._offsets[i] : self._offsets[i + 1]]
        height, width = self._sizes[i]
        flat = np.stack([packed >> 4, packed & 15], 1).ravel()[: height * width]
        return self._latex[i], (flat * 17).reshape(height, width)


def equation(rng: Generator, pool: Formulas, style: TextStyle, number: str = "") -> Setter:
    """A display formula, centred, with an optional number at the right that is read as part of the page's text."""
    latex, bitmap = pool.formula(rng)
    scale = style.size / EM
    height, width = max(round(bitmap.shape[0] * scale), 1), max(round(bitmap.shape[1] * scale), 1)
    small = np.asarray(Image.fromarray(bitmap).resize((width, height), Image.Resampling.BOX))

    def set_formula(room_x: float, room_y: float) -> tuple[Piece | None, Setter | None]:
        if height > room_y or width > room_x - (4 * style.size if number else 0):
            return None, set_formula
        x = (room_x - width) / 2
        spans = [] if not number else one_line(number, style, room_x, height / 2 + 0.3 * style.size, 0, "right")
        for span in spans:
            span.source[:] = -1
        tag = f" \\tag{{{number.strip('()')}}}" if number else ""
        box = (x, 0.0, x + width, float(height))
        picture = Picture(x, 0.0, small, is_ink=True)
        return Piece("equation", f"\\[ {latex}{tag} \\]", room_x, height, spans, [picture], box, whole=True), None

    return set_formula
