"""Render LaTeX formulas once, with matplotlib's mathtext, to small bitmaps: the pool that pages draw from."""

from __future__ import annotations

import csv
import gzip
import re
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

POINTS = 20  # type size of the pool at 72 dpi: 1 em is 20 pixels, as in 10 pt text at 144 dpi
SCALE = 2  # rendered twice as large, so that other sizes can be made from it
WANTED, HEIGHT, WIDTH = 3000, 160, 1400  # formulas kept, and their largest size in rendered pixels
FACES = ("cm", "stix", "dejavuserif")
KNOWN = re.compile(r"\\(?:begin|end|tag|label|operatorname\*|overset|xrightarrow|substack|text\{[^}]*\\)")


def pack(source: Path, target: Path) -> None:
    """Write LaTeX strings and 4-bit coverage bitmaps of the formulas that mathtext can set."""
    from matplotlib import rc_context  # slow to import
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser

    parser = MathTextParser("agg")
    latex: list[str] = []
    sizes: list[tuple[int, int]] = []
    packed: list[bytes] = []
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        formula = row["formula"].strip()
        if (row["mode"] != "display" and len(formula) < 12) or len(formula) > 120 or KNOWN.search(formula):
            continue
        face = FACES[zlib.crc32(formula.encode()) % len(FACES)]
        try:
            with rc_context({"mathtext.fontset": face, "text.hinting": "none"}):
                parsed = parser.parse(f"${formula}$", 72 * SCALE, FontProperties(size=POINTS))
        except (ValueError, RuntimeError):  # mathtext knows a part of LaTeX only
            continue
        bitmap = _trim(np.asarray(parsed.image, np.uint8))
        if bitmap.shape[0] > HEIGHT or bitmap.shape[1] > WIDTH or bitmap.size < 400:
            continue
        latex.append(formula)
        sizes.append(bitmap.shape)
        packed.append(_nibbles(bitmap))
        if len(latex) >= WANTED:
            break
    offsets = np.cumsum([0, *map(len, packed)])
    np.savez_compressed(
        target,
        latex=np.array(latex),
        sizes=np.array(sizes),
        offsets=offsets,
        bits=np.frombuffer(b"".join(packed), np.uint8),
    )
    print(f"{len(latex)} formulas")


def _trim(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    rows, columns = np.flatnonzero(image.max(1, initial=0)), np.flatnonzero(image.max(0, initial=0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else image[:0, :0]


def _nibbles(bitmap: NDArray[np.uint8]) -> bytes:
    flat = (bitmap.ravel() >> 4).astype(np.uint8)
    flat = np.append(flat, np.zeros(flat.size % 2, np.uint8))
    return ((flat[0::2] << 4) | flat[1::2]).tobytes()
