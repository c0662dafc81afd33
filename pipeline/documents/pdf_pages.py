"""Pages of a PDF through MuPDF."""

from __future__ import annotations

import math
import stringprep
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from os import O_RDONLY, close, open

import numpy as np

from pipeline.documents import mupdf
from pipeline.documents.pixel_budget import zoom_within
from pipeline.documents.sources import shown
from pipeline.errors import InputError, PageError, PasswordError
from pipeline.transcript import Pixels, Source

POINTS_PER_INCH = 72
# Of a pixel: MuPDF's tolerance where it rounds outward. Other values tell sizes that the raster does not have, by a
# pixel.
_SLACK = 1e-3
MUPDF_ERRORS = mupdf.ERRORS
"""What MuPDF raises on a broken file."""


class PdfPages:
    """An open PDF. `file` is its `mupdf.Document`, for those who read more than pixels. Not thread-safe, as MuPDF."""

    def __init__(self, source: Source) -> None:
        """Open and unlock. Raises InputError where it is broken or has no pages, PasswordError if no password fits."""
        self._name = shown(source)
        try:
            self.file = _open(source)
        except MUPDF_ERRORS as error:
            raise self._unreadable() from error
        try:
            _unlock(self.file, source)
            self.page_count = self._count_pages()
        except InputError:
            self.file.close()
            raise

    def size(self, number: int) -> tuple[float, float]:
        """Width and height of a page in points, as displayed: crop box and rotation applied."""
        with self._page_errors(number):
            rect = self.file.load_page(number - 1).rect
            width, height = float(rect.width), float(rect.height)
        if not (0 < width < math.inf and 0 < height < math.inf):
            raise PageError(f"{self._name}, page {number}: its size is {width:g} x {height:g} points")
        return width, height

    def pixel_size(self, number: int, dpi: float) -> tuple[int, int]:
        """Width and height of the raster."""
        width, height = self.size(number)
        zoom = zoom_within(width, height, dpi / POINTS_PER_INCH)
        return max(1, math.ceil(width * zoom - _SLACK)), max(1, math.ceil(height * zoom - _SLACK))

    def raster(self, number: int, dpi: float) -> Pixels:
        """A page as displayed, RGB over white, at `dpi` or what the pixel budget allows: (height, width, 3)."""
        zoom = zoom_within(*self.size(number), dpi / POINTS_PER_INCH)
        with self._page_errors(number):
            matrix = mupdf.Matrix(zoom, zoom)
            pixmap = self.file.load_page(number - 1).get_pixmap(matrix=matrix, colorspace=mupdf.csRGB, alpha=False)
            if pixmap.width * pixmap.height == 0:  # thinner than MuPDF's rounding tolerance
                return np.full((1, 1, 3), 255, np.uint8)
            lines = np.frombuffer(pixmap.samples_mv, np.uint8).reshape(pixmap.height, pixmap.stride)
            # Copied: the samples are MuPDF's memory, and go with the pixmap.
            return lines[:, : pixmap.width * 3].reshape(pixmap.height, pixmap.width, 3).copy()

    def own_dpi(self, number: int) -> float | None:
        """The finest resolution among pictures that cover at least half of the page, in dots per inch."""
        with self._page_errors(number):
            page = self.file.load_page(number - 1)
            whole, finest = abs(page.rect), 0.0
            for picture in page.get_image_info():
                box = mupdf.Rect(picture["bbox"])
                if abs(box & page.rect) >= 0.5 * whole and box.width > 0:
                    finest = max(finest, picture["width"] / box.width * POINTS_PER_INCH)
        return finest or None

    def names_fonts(self, number: int) -> bool:
        """Whether a page may have letters of its own; not where it is broken."""
        try:
            return bool(mupdf.page_fonts(self.file.load_page(number - 1)))
        except MUPDF_ERRORS:
            return False

    def forget(self) -> None:
        """See `Document`. MuPDF's store is one for all documents, and may grow to 256 MiB; it tells nobody its size."""
        mupdf.TOOLS.store_shrink(100)

    def close(self) -> None:
        """Close the file and give back what MuPDF keeps of it. May be called twice."""
        if not self.file.is_closed:
            self.file.close()
            mupdf.TOOLS.store_shrink(100)

    def _count_pages(self) -> int:
        """At least 1. MuPDF may still have taken the file for another format, so that is asked too."""
        try:
            count = int(self.file.page_count) if self.file.is_pdf else 0
        except MUPDF_ERRORS as error:
            raise self._unreadable() from error
        if count < 1:
            raise self._unreadable()
        return count

    @contextmanager
    def _page_errors(self, number: int) -> Iterator[None]:
        """MuPDF's errors as errors of one page."""
        try:
            yield
        except MUPDF_ERRORS as error:
            reason = " ".join(str(error).split())
            raise PageError(f"{self._name}, page {number}: cannot be read ({reason})") from error

    def _unreadable(self) -> InputError:
        return InputError(
            f"{self._name} is a PDF without readable pages, empty or damaged: "
            "fetch it again, or save it anew with a PDF viewer"
        )


def _open(source: Source) -> mupdf.Document:
    """Open by name, or by descriptor where the name is not Unicode, which MuPDF cannot take."""
    path = str(source.path)
    try:
        path.encode()
    except UnicodeEncodeError:
        # The descriptor may be closed at once, as opening `/dev/fd/N` makes MuPDF's own.
        descriptor = open(source.path, O_RDONLY)
        try:
            return mupdf.open(f"/dev/fd/{descriptor}", filetype="pdf")
        finally:
            close(descriptor)
    return mupdf.open(path, filetype="pdf")


def _unlock(file: mupdf.Document, source: Source) -> None:
    """Try the source's passwords in order where the document asks for one."""
    if not file.needs_pass:
        return
    for password in source.passwords:
        if any(file.authenticate(form) for form in dict.fromkeys((password, saslprep(password)))):
            return
    if source.passwords:
        raise PasswordError(f"{shown(source)} is encrypted and no given password opens it: check --password")
    raise PasswordError(f"{shown(source)} is encrypted: give its password with --password")


def saslprep(password: str) -> str:
    """A password as PDF 2.0 hashes it (ISO 32000-2, 7.6.4.3.3; RFC 4013, 2.1 and 2.2); MuPDF leaves that to us."""
    mapped = (" " if stringprep.in_table_c12(c) else c for c in password if not stringprep.in_table_b1(c))
    return unicodedata.normalize("NFKC", "".join(mapped))
