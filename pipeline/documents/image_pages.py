"""Pages of an image file through Pillow."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin
from PIL.ImageFile import ImageFile

from pipeline.documents.photos.sheet import laid_flat
from pipeline.documents.pixel_budget import PIXEL_BUDGET, zoom_within
from pipeline.documents.sources import Kind, shown
from pipeline.errors import InputError, PageError
from pipeline.transcript import Pixels, Source

# The model's own: a picture that says nothing of paper is then a page of half as many points as pixels.
DEFAULT_DPI: Final = 144.0
SANE_DPI: Final = (100.0, 2400.0)
"""Resolutions that are believed: 72 and 96 are written by cameras and screens that know nothing of paper."""
# Faxes have 204 x 98 dpi, or fine 204 x 196, which is left as it is: a network sees no difference.
UNEVEN: Final = (1.2, 4.0)
"""How many times finer one way than the other a picture is whose pixels are no squares, by its own word."""

# Pixels, Pillow's own limit for TIFF; one byte each, so that it takes no more memory than colour does at its own.
GREY_LIMIT: Final = 178_000_000
COLOUR_LIMIT: Final = 100_000_000
WEBP_LIMIT: Final = 50_000_000
"""Pixels that are decoded at once, each for about 1 GB: WebP's decoder keeps several canvases.
A larger JPEG is reduced while it is decoded, any other file is refused."""

PILLOW_ERRORS = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, struct.error,
                 Image.DecompressionBombError)  # fmt: skip
"""What Pillow's plugins raise on a broken file."""

# The plugins are named one by one: the content has told the format, and the bomb check of `Image.open` comes before a
# JPEG can be reduced. Ours replaces it, so Pillow's warnings are noise.
_OPENERS: Final[dict[Kind, Callable[[Path], ImageFile]]] = {
    Kind.PNG: PngImagePlugin.PngImageFile,
    Kind.JPEG: JpegImagePlugin.JpegImageFile,
    Kind.TIFF: TiffImagePlugin.TiffImageFile,
    Kind.WEBP: WebPImagePlugin.WebPImageFile,
}
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", module=r"PIL\.")

_ORIENTATION_TAG: Final = 0x0112
_TURN: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class ImagePages:
    """An image file: every frame of a TIFF is a page, other formats have one.

    A page's pixels are the image's own, turned upright, whatever `dpi` is asked for; only what is beyond the pixel
    budget is reduced, what a fax has sent at half the resolution one way is stretched, and a sheet that lies askew on a
    table is laid flat. Its size in points follows from the file's resolution tag where that is believable, else from
    144 dpi. The file is opened anew for each call, so no pixels are held between pages.
    """

    def __init__(self, source: Source, kind: Kind) -> None:
        """Read the header and count the frames. Raises InputError where that fails."""
        self._source, self._kind, self._name = source, kind, shown(source)
        try:
            with _OPENERS[kind](source.path) as image:
                self.page_count = int(image.n_frames) if isinstance(image, TiffImagePlugin.TiffImageFile) else 1
        except PILLOW_ERRORS as error:
            raise InputError(
                f"{self._name} is not a whole {kind} image: {_reason(error)}; fetch it again, or save it anew"
            ) from error

    def size(self, number: int) -> tuple[float, float]:
        """Width and height of a page in points, as displayed."""
        with self._frame(number) as image:
            across, down = _resolution(image)
            width, height = image.width * 72 / across, image.height * 72 / down
            return (height, width) if self._orientation(image) >= 5 else (width, height)

    def pixel_size(self, number: int, dpi: float) -> tuple[int, int]:
        """Width and height of the raster."""
        with self._frame(number) as image:
            width, height = _squared(image.size, _stretch(image))
            turned = self._orientation(image) >= 5
        zoom = zoom_within(width, height, 1.0, PIXEL_BUDGET) if width * height > PIXEL_BUDGET else 1.0
        width, height = max(1, int(width * zoom)), max(1, int(height * zoom))
        return (height, width) if turned else (width, height)

    def raster(self, number: int, dpi: float) -> Pixels:
        """The page's pixels, RGB over white, upright: (height, width, 3). `dpi` has no effect."""
        with self._frame(number) as image:
            orientation = self._orientation(image)
            stretch = _stretch(image)
            self._fit_decoding(image, number)
            flat = _within_budget(_flat(image), stretch)
            turn = _TURN.get(orientation)
            upright = flat if turn is None else flat.transpose(turn)
            return np.array(laid_flat(upright.convert("RGB")))

    def own_dpi(self, number: int) -> float | None:
        """None: an image comes with its own pixels whatever is asked for."""
        return None

    def names_fonts(self, number: int) -> bool:
        """Never."""
        return False

    def forget(self) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing is held open."""

    @contextmanager
    def _frame(self, number: int) -> Iterator[ImageFile]:
        """One frame with its header read and its pixels not yet; Pillow's errors become errors of the page."""
        try:
            with _OPENERS[self._kind](self._source.path) as image:
                image.seek(number - 1)
                yield image
        except PILLOW_ERRORS as error:
            raise PageError(f"{self._name}, page {number}: cannot be decoded ({_reason(error)})") from error

    def _orientation(self, image: ImageFile) -> int:
        """The EXIF orientation that is left to apply, 1 to 8. Pillow itself turns TIFF frames when it loads them."""
        if self._kind is Kind.TIFF or (self._kind is Kind.PNG and "exif" not in image.info):
            return 1  # in a PNG the tag may stand behind the pixels, and looking for it would decode them
        try:
            return int(image.getexif().get(_ORIENTATION_TAG, 1))
        except PILLOW_ERRORS:
            return 1  # a broken tag is no reason to lose the page

    def _fit_decoding(self, image: ImageFile, number: int) -> None:
        """Let the decoder of a large JPEG reduce it by 2, 4 or 8; refuse what would still take too much memory."""
        pixels = image.width * image.height
        limit = WEBP_LIMIT if self._kind is Kind.WEBP else GREY_LIMIT if image.mode in ("1", "L") else COLOUR_LIMIT
        progressive = "progressive" in image.info or "progression" in image.info  # its decoder holds all coefficients
        if self._kind is Kind.JPEG and pixels > PIXEL_BUDGET and not (progressive and pixels > limit):
            factor = next((f for f in (2, 4, 8) if pixels <= f * f * PIXEL_BUDGET), 8)
            image.draft(None, (max(1, image.width // factor), max(1, image.height // factor)))
        if image.width * image.height > limit:
            raise PageError(
                f"{self._name}, page {number}: {image.width} x {image.height} pixels are too many to decode; "
                f"reduce it to {limit // 1_000_000} megapixels"
            )


def _resolution(image: ImageFile) -> tuple[float, float]:
    """Dots per inch across and down."""
    low, high = SANE_DPI
    across, down = (float(value) for value in image.info.get("dpi", (0, 0)))
    # Nobody writes two different ones by default, so the coarser of them may be less.
    if _uneven(across, down) and low <= max(across, down) <= high:
        return across, down
    return (across, down) if low <= across <= high and low <= down <= high else (DEFAULT_DPI, DEFAULT_DPI)


def _uneven(across: float, down: float) -> bool:
    least, most = UNEVEN
    return min(across, down) > 0 and least <= max(across, down) / min(across, down) <= most


def _stretch(image: ImageFile) -> tuple[float, float]:
    """How many times wider and higher the image is in square pixels, as fine as it is the finer way."""
    across, down = _resolution(image)
    finest = max(across, down)
    return (finest / across, finest / down) if _uneven(across, down) else (1.0, 1.0)


def _squared(size: tuple[int, int], stretch: tuple[float, float]) -> tuple[int, int]:
    return round(size[0] * stretch[0]), round(size[1] * stretch[1])


def _within_budget(image: Image.Image, stretch: tuple[float, float]) -> Image.Image:
    """The image in square pixels, reduced where it has more of them than a page may have."""
    width, height = _squared(image.size, stretch)
    if width * height > PIXEL_BUDGET:
        zoom = zoom_within(width, height, 1.0, PIXEL_BUDGET)
        width, height = max(1, int(width * zoom)), max(1, int(height * zoom))
    if (width, height) == image.size:
        return image
    return image.resize((width, height), Image.Resampling.BICUBIC)


def _flat(image: Image.Image) -> Image.Image:
    """Eight bits of grey (mode L) or of red, green and blue (RGB), transparency over white."""
    if image.mode.startswith(("I", "F")):
        return _eight_bits(image)
    if not image.has_transparency_data:
        mode = "L" if image.mode in ("1", "L") else "RGB"
        return image if image.mode == mode else image.convert(mode)
    coloured = image.convert("RGBA")
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(coloured, mask=coloured.getchannel("A"))
    return canvas


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of more than eight bits as mode L; Pillow would clip it to white. Floats up to 1 are taken as fractions."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    values = np.nan_to_num(np.array(image, np.float32), copy=False)
    peak = float(values.max(initial=0))
    values *= 255 / (1 if image.mode == "F" and peak <= 1 else 255 if peak <= 255 else 65535)
    return Image.fromarray(values.clip(0, 255, out=values).astype(np.uint8))


def _reason(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
