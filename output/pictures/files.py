"""Crops to files: the source's own picture where it is the crop, else PNG for drawings and JPEG for photographs."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from output.grounding.blocks import Figure, PageBlocks
from output.pictures.figures import CropError, Original, Originals, Pixels, Raster, cut, place

# dpi: no crop is drawn finer than this, whatever the source has. Printers resolve no more of a picture in tones, and
# the bytes grow with the square.
_FINEST = 600
# Bytes of a PNG that need no other format: ten such pictures are as much as one page of a scan. Chosen, not measured.
_SMALL = 40_000
# Of the PNG's bytes: what a JPEG may have at most to be worth its losses. Noise has .69 (see the test); nearer to 1,
# and pictures lose sharpness for no gain. Chosen, not measured on photographs.
_GAIN = 0.6
# Of a JPEG, 0..100, with full colour (no chroma subsampling, which fringes red type). Chosen, not measured: lower shows
# blocks around letters in photographs, higher grows fast without a visible gain.
_QUALITY = 92
# Of all pixels in one of 4,096 colours: a drawing, which has a background. Lower, and photographs before a sky are kept
# as PNG, which costs bytes; higher, and drawings on a tint get the fringes of a JPEG. Chosen, not measured.
_FLAT = 0.4
# Pixels a side of what pictures are compared by, and how unlike two may be, in grey levels of 255: the largest
# difference of one pixel, and the mean. Two rasters of one logo that lie half a pixel apart differ at edges only; two
# logos of one firm differ in whole pixels. Chosen, not measured; above, one logo would stand for another.
_THUMB = 32
# Only pictures of so few pixels are ever taken for the same without being it byte by byte: two by one inch at 316 dpi.
# In larger ones a thumbnail hides what tells them apart, such as the curve of a plot.
_LOGO = 200_000
_UNLIKE = 24
_FEW = 2.0
_MAGIC = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}

Thumb = NDArray[np.int16]
"""A picture in grey, shape (32, 32), values 0..255."""


@dataclass(frozen=True)
class Picture:
    """A picture file: its bytes, and `png` or `jpg`."""

    data: bytes
    suffix: str


Cutter = Callable[[PageBlocks, Sequence[Figure], int], Iterable[Picture | str]]
"""(page, its figures, dpi) -> for each its picture, or in one line why it cannot be cut."""


@dataclass
class Seen:
    """The pictures of a document so far, so that one that comes again is not written again."""

    by_digest: dict[bytes, str] = field(default_factory=dict)
    small: list[tuple[tuple[int, int], Thumb, str]] = field(default_factory=list)

    def known(self, picture: Picture, name: str) -> str | None:
        """The file that has this picture already; else None, and `name` is what it is known by from here on."""
        digest = hashlib.sha256(picture.data).digest()
        if known := self.by_digest.get(digest):
            return known
        pixels = _decoded(picture.data)
        height, width = pixels.shape[:2]
        if width * height <= _LOGO:
            own = thumb(pixels)
            for (w, h), other, file in self.small:
                if abs(w - width) <= 2 and abs(h - height) <= 2 and alike(own, other):
                    return file
            self.small.append(((width, height), own, name))
        self.by_digest[digest] = name
        return None


def cutter(raster: Raster, originals: Originals | None = None) -> Cutter:
    """One that draws with `raster`, figure after figure; see `take`."""

    def cut_all(page: PageBlocks, wanted: Sequence[Figure], dpi: int) -> Iterator[Picture | str]:
        for figure in wanted:
            try:
                yield take(figure, page, raster, originals, dpi)
            except CropError as error:
                yield str(error)
            except MemoryError:
                yield "not enough memory"

    return cut_all


def take(figure: Figure, page: PageBlocks, raster: Raster, originals: Originals | None, dpi: int) -> Picture:
    """The figure's picture, at `dpi` or the source's own resolution if that is finer. Raises CropError."""
    found = originals(page.number, place(figure, page, 72)) if originals else Original()
    if page.turned:  # the source's file lies as the page does
        found = Original(found.dpi)
    if found.data is not None and (picture := _own(found.data, cut(figure, page, raster, 72))):
        return picture
    return encoded(cut(figure, page, raster, max(dpi, min(found.dpi, _FINEST))))


def _own(data: bytes, drawn: Pixels) -> Picture | None:
    """The source's own file, if it is a picture that looks as the page does there."""
    suffix = next((suffix for magic, suffix in _MAGIC.items() if data.startswith(magic)), None)
    if suffix is None:
        return None
    try:
        pixels = _decoded(data)
    except CropError:
        return None
    return Picture(data, suffix) if alike(thumb(pixels), thumb(drawn), loosely=True) else None


def encoded(pixels: Pixels) -> Picture:
    """A raster as PNG, or as JPEG where it is a photograph and much smaller as such."""
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    png = io.BytesIO()
    image.save(png, "PNG")
    # Asked in order of cost: most crops are small, few are photographs, and only those are encoded a second time.
    if png.tell() > _SMALL and _is_photo(pixels):
        jpeg = io.BytesIO()
        image.save(jpeg, "JPEG", quality=_QUALITY, subsampling=0)
        if jpeg.tell() < _GAIN * png.tell():
            return Picture(jpeg.getvalue(), "jpg")
    return Picture(png.getvalue(), "png")


def _is_photo(pixels: Pixels) -> bool:
    """Whether no colour prevails, as the paper does in a drawing, and there are many."""
    step = max(1, int((pixels.shape[0] * pixels.shape[1] / 100_000) ** 0.5))
    sample = pixels[::step, ::step].reshape(-1, 3).astype(np.int32)
    coarse = (sample >> 4) @ np.array([256, 16, 1])
    _, counts = np.unique(coarse, return_counts=True)
    return bool(counts.max() < _FLAT * counts.sum() and len(counts) > 32)


def thumb(pixels: Pixels) -> Thumb:
    """A picture small and grey, for comparing."""
    from PIL import Image

    small = Image.fromarray(np.ascontiguousarray(pixels)).convert("L").resize((_THUMB, _THUMB), Image.Resampling.BOX)
    return np.asarray(small, np.int16)


def alike(a: Thumb, b: Thumb, loosely: bool = False) -> bool:
    """Whether two pictures are one, drawn twice; `loosely`: their edges may differ by a few pixels of the page."""
    difference = np.abs(a - b)
    if loosely:
        # The mean alone, without the rim of the thumbnail: a box that cuts its picture a few pixels short moves every
        # edge, while another picture differs all over. Four times as much as for copies; chosen, not measured.
        return bool(difference[2:-2, 2:-2].mean() <= 4 * _FEW)
    return bool(difference.max() <= _UNLIKE and difference.mean() <= _FEW)


def _decoded(data: bytes) -> Pixels:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.mode not in ("RGB", "L", "1", "P"):
                raise CropError(f"a picture of mode {image.mode} looks different in each viewer")
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise CropError(f"the picture in the document is damaged: {error}") from error
