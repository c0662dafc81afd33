"""Faces with their metrics, and glyph bitmaps at quarter-pixel positions as a PDF renderer draws them."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from train_nano.alphabet import ALPHABET, ASCII, Codes

Split = Literal["train", "heldout"]
Floats = NDArray[np.float32]
Grey = NDArray[np.uint8]
KERN_UNIT = 500  # pair kerning is stored in 1/500 em
LINE = 30  # characters
LETTERS = [ASCII.index(c) for c in "abcdefghijklmnopqrstuvwxyz.,-'"]
HELD_OUT_SHARE, HELD_OUT_REST = 11, 4  # about one family in eleven, by a stable hash of its name


@dataclass(frozen=True, eq=False)
class Face:
    """One font file with its metrics in em; arrays are indexed by character code."""

    index: int
    path: Path
    advance: Floats  # (A,)
    bounds: Floats  # (A, 4): ink left, top, right, bottom, y up from the baseline
    has: NDArray[np.bool_]  # (A,)
    kern: Floats  # (KERNED, KERNED)

    @cached_property
    def ascent(self) -> float:
        """Top of a "d" over the baseline."""
        return float(self.bounds[ASCII.index("d"), 1])

    @cached_property
    def descent(self) -> float:
        """Bottom of a "p" under the baseline, positive."""
        return float(-self.bounds[ASCII.index("p"), 3])


@dataclass(frozen=True, eq=False)
class Family:
    """Faces of one design. `faces` are regular, bold, italic and bold italic; a missing one repeats its nearest kin."""

    name: str
    kind: str  # serif, sans, mono or condensed
    faces: tuple[Face, Face, Face, Face]
    has: NDArray[np.bool_]  # (A,): every face has this character


def held_out(name: str, share: int, rest: int) -> bool:
    """Whether a stable hash reserves `name` (one in `share`) for the held-out split."""
    return zlib.crc32(name.encode()) % share == rest


def load_families(folder: Path, split: Split) -> list[Family]:
    """The families of a split from a folder that prepare.py wrote."""
    data = np.load(folder / "faces.npz")
    if "".join(data["alphabet"]) != ALPHABET:
        raise ValueError(f"{folder} was prepared for another alphabet: run prepare.py again")
    columns = {key: data[key] for key in ("family", "kind", "style", "path", "advance", "bounds", "has", "kern")}
    members: dict[str, dict[str, Face]] = {}
    kinds = {}
    for i, name in enumerate(columns["family"]):
        face = Face(
            i, folder / "fonts" / str(columns["path"][i]), columns["advance"][i], columns["bounds"][i],
            columns["has"][i], columns["kern"][i].astype(np.float32) / KERN_UNIT,
        )  # fmt: skip
        members.setdefault(str(name), {})[str(columns["style"][i])] = face
        kinds[str(name)] = str(columns["kind"][i])
    wanted = split == "heldout"
    return [
        _family(name, kinds[name], styles)
        for name, styles in members.items()
        if held_out(name, HELD_OUT_SHARE, HELD_OUT_REST) == wanted
    ]


def _family(name: str, kind: str, styles: dict[str, Face]) -> Family:
    regular = styles["regular"]
    bold = styles.get("bold", regular)
    italic = styles.get("italic", regular)
    faces = (regular, bold, italic, styles.get("bolditalic", bold))
    return Family(name, kind, faces, np.logical_and.reduce([face.has for face in faces]))


Glyph = tuple[Grey, int, int]  # bitmap, and where its corner lies from the pixel of the pen


class Atlas:
    """Bitmaps of one face at one size, rendered when first wanted.

    Glyphs are rendered at 4 (large sizes: 2) times the size, where hinting no longer shows, and averaged down at
    sub-pixel positions much as MuPDF does: quarters across below 24 px, halves below 48 px, whole pixels above.
    """

    def __init__(self, face: Face, size: float) -> None:
        self.face, self.size = face, size
        self.over = 4 if size < 28 else 2
        self.across = 4 if size < 24 else 2 if size < 48 else 1
        self.down = 2 if size < 48 else 1
        self.font = ImageFont.truetype(face.path, size * self.over, layout_engine=ImageFont.Layout.BASIC)
        self._strips: dict[int, tuple[Strip, int]] = {}
        self._tables: dict[tuple[int, int], list[Glyph | None]] = {}

    def render(self, codes: Codes) -> None:
        """Make sure that these characters are rendered; those of one call share one strip."""
        missing = {code for code in set(codes.tolist()) if code not in self._strips}
        if missing:
            if len(codes) > LINE:  # running text: the next lines will want the other letters
                missing |= {code for code in LETTERS if code not in self._strips and self.face.has[code]}
            strip = Strip(self, np.array(sorted(missing)))
            self._strips.update((code, (strip, i)) for i, code in enumerate(sorted(missing)))

    def table(self, px: int, py: int) -> list[Glyph | None]:
        """Glyphs by character code for the sub-pixel position (px, py); None where `glyph` must cut it out first."""
        table = self._tables.get((px, py))
        if table is None:
            table = self._tables[px, py] = [None] * len(ALPHABET)
        return table

    def glyph(self, code: int, px: int, py: int) -> Glyph:
        """One rendered glyph; also kept in the table."""
        strip, i = self._strips[code]
        glyph = strip.cut(i, px * self.over // self.across, py * self.over // self.down)
        self.table(px, py)[code] = glyph
        return glyph


class Strip:
    """Some glyphs side by side, rendered large once, averaged down once for each sub-pixel position."""

    def __init__(self, atlas: Atlas, codes: Codes) -> None:
        bounds, self._over = atlas.face.bounds[codes] * atlas.size, atlas.over
        left = np.floor(bounds[:, 0]).astype(int) - 1
        width = np.ceil(bounds[:, 2]).astype(int) + 2 - left
        top, bottom = np.ceil(bounds[:, 1]).astype(int) + 1, np.ceil(-bounds[:, 3]).astype(int) + 2
        start = np.concatenate([[0], np.cumsum(width)])
        self._above, over = int(top.max()), atlas.over
        self._size = (int(start[-1]) * over, (self._above + int(bottom.max())) * over)
        self._image = Image.new("L", (self._size[0] + over, self._size[1] + over))
        self._places = np.stack([start[:-1], start[1:], left, top, bottom], 1).tolist()
        self._small: dict[tuple[int, int], Grey] = {}
        draw = ImageDraw.Draw(self._image)
        for code, x in zip(codes.tolist(), ((start[:-1] - left + 1) * over).tolist(), strict=True):
            draw.text((x, (self._above + 1) * over), ALPHABET[code], fill=255, font=atlas.font, anchor="ls")

    def cut(self, i: int, dx: int, dy: int) -> Glyph:
        """Glyph i moved by (dx, dy) rendered pixels."""
        small = self._small.get((dx, dy))
        if small is None:
            x, y, (width, height) = self._over - dx, self._over - dy, self._size
            small = np.asarray(self._image.reduce(self._over, box=(x, y, x + width, y + height)))
            self._small[dx, dy] = small
        start, end, left, top, bottom = self._places[i]
        return small[self._above - top : self._above + bottom, start:end], left, -top


class Atlases:
    """The atlases used last. A worker process keeps one; `limit` of them take about 0.3 MB each."""

    def __init__(self, limit: int = 500) -> None:
        self._kept: OrderedDict[tuple[int, float], Atlas] = OrderedDict()
        self._limit = limit

    def get(self, face: Face, size: float) -> Atlas:
        """The atlas for a face at a size in pixels, which is rounded to a quarter."""
        key = (face.index, round(size * 4) / 4)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        if len(self._kept) >= self._limit:
            self._kept.popitem(last=False)
        atlas = self._kept[key] = Atlas(face, key[1])
        return atlas
