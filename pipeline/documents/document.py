"""Documents in: open a PDF or an image file and rasterise its pages, one at a time."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from pipeline.documents.page_ranges import PageRanges, page_numbers
from pipeline.documents.sources import Kind, Stamp, cut_off, digest, is_foreign, kind_of, shown, spool_stdin, stamp
from pipeline.errors import InputError, PageError, PasswordError
from pipeline.transcript import Page, PageRef, Pixels, Source

if TYPE_CHECKING:
    from pipeline.documents import mupdf

__all__ = [
    "MODEL_DPI",
    "Document",
    "DocumentCache",
    "InputError",
    "PageError",
    "PageRanges",
    "PasswordError",
    "Survey",
    "cut_off",
    "digest",
    "is_foreign",
    "page_count",
    "page_numbers",
    "spool_stdin",
    "survey",
]

# Another resolution shows the weights letters of sizes that they have seen less of.
MODEL_DPI = 144
"""What the released scripts rasterise at."""


# Fewer, and a long document's fonts are parsed over and over; with more, what MuPDF keeps of each page adds up. See
# `DocumentCache.get`.
_FORGET = 32
"""Looks at documents after which what their library keeps of former pages is given back."""

# Half a millisecond each. A document of a hundred pages has one of 4 or 5 looked at.
_GLANCED_AT = 24
"""Pages of a document at which `survey` looks."""
# Each is as far from those before it as can be, and no page that comes with every second or fourth one is favoured.
_GOLDEN = 0.618034
"""Of the pages, from one that is looked at to the next."""


class _Pages(Protocol):
    """What a file format must offer. Numbers are 1-based and checked before."""

    page_count: int

    def size(self, number: int) -> tuple[float, float]: ...

    def pixel_size(self, number: int, dpi: float) -> tuple[int, int]: ...

    def raster(self, number: int, dpi: float) -> Pixels: ...

    def own_dpi(self, number: int) -> float | None: ...

    def names_fonts(self, number: int) -> bool: ...

    def forget(self) -> None: ...

    def close(self) -> None: ...


class Document:
    """An open document. Holds a file handle and at most one page; use it in a `with` block and in one thread.

    Opening raises InputError (missing, unreadable, empty, another format, broken, no pages) or PasswordError; each page
    operation raises PageError where that page is broken, and the other pages can still be read.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._pages = _open(source)

    @property
    def page_count(self) -> int:
        """At least 1."""
        return self._pages.page_count

    @property
    def pdf(self) -> mupdf.Document | None:
        """The open `mupdf.Document`, None for an image file."""
        return getattr(self._pages, "file", None)

    def size(self, number: int) -> tuple[float, float]:
        """Width and height of a page in points (1/72 inch), as displayed; `number` is 1-based."""
        return self._pages.size(self._checked(number))

    def pixel_size(self, number: int, dpi: float = MODEL_DPI) -> tuple[int, int]:
        """Width and height that `raster` would have, give or take a pixel, without drawing the page."""
        return self._pages.pixel_size(self._checked(number), dpi)

    def raster(self, number: int, dpi: float = MODEL_DPI) -> Pixels:
        """A page as displayed, uint8 RGB over white, shape (height, width, 3), never more than `PIXEL_BUDGET` pixels.

        PDF pages come at `dpi`, larger ones at what the budget allows. Images come with their own pixels.
        """
        return self._pages.raster(self._checked(number), dpi)

    def own_dpi(self, number: int) -> float | None:
        """The resolution of a picture that covers most of a page of a PDF; None where there is none, and of images."""
        return self._pages.own_dpi(self._checked(number))

    def names_fonts(self, number: int) -> bool:
        """Whether a page may have letters of its own: images and broken pages have none."""
        return self._pages.names_fonts(self._checked(number))

    def page(self, number: int, dpi: float = MODEL_DPI) -> Page:
        """A page with its size and its raster, see `size` and `raster`."""
        width, height = self.size(number)
        return Page(PageRef(self.source, number), width, height, self.raster(number, dpi))

    def forget(self) -> None:
        """Give back what is kept of pages in case they are read again: fonts, pictures, appearances."""
        self._pages.forget()

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._pages.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _checked(self, number: int) -> int:
        if not 1 <= number <= self.page_count:
            raise PageError(f"{shown(self.source)} has no page {number}: it has {self.page_count}")
        return number


def page_count(source: Source) -> int:
    """At least 1. Raises InputError and PasswordError, as `Document` does."""
    with Document(source) as document:
        return document.page_count


@dataclass(frozen=True)
class Survey:
    """What a glance at a document tells: its wanted pages, and how many of them are without letters. An estimate where
    there are many: some are looked at."""

    pages: int
    pictures: float


def survey(source: Source, pages: PageRanges | None = None) -> Survey:
    """Look at a document, or at some pages of it. Raises InputError and PasswordError, as `Document` does."""
    with Document(source) as document:
        count = document.page_count
        numbers = pages.numbers(count) if pages else range(1, count + 1)
        few = len(numbers) <= _GLANCED_AT
        some = numbers if few else [numbers[int(len(numbers) * (n * _GOLDEN % 1))] for n in range(_GLANCED_AT)]
        bare = sum(not document.names_fonts(number) for number in some)
        return Survey(len(numbers), len(numbers) * bare / len(some))


class DocumentCache:
    """The documents that were used last, open, for those who are handed `PageRef`s one by one. One thread only."""

    def __init__(self, capacity: int = 4) -> None:
        if capacity < 1:
            raise ValueError("a cache holds at least one document")
        self._capacity = capacity
        self._open: OrderedDict[Source, tuple[Document, Stamp]] = OrderedDict()
        self._looks = 0

    def get(self, source: Source) -> Document:
        """The open document, which may be closed by the next call. Raises what `Document` raises."""
        now = stamp(source)
        # A file that is gone (None) goes on being read from its handle: on POSIX it is still whole there.
        if source in self._open and now not in (None, self._open[source][1]):
            self._open.pop(source)[0].close()  # another file has come in the place of this one
        if source not in self._open:
            document = Document(source)
            while len(self._open) >= self._capacity:
                self._open.popitem(last=False)[1][0].close()
            self._open[source] = document, now
        self._open.move_to_end(source)
        self._looks += 1
        if self._looks % _FORGET == 0:
            self._open[source][0].forget()
        return self._open[source][0]

    def close(self) -> None:
        """Close all of them; the cache can be used again."""
        while self._open:
            self._open.popitem()[1][0].close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _open(source: Source) -> _Pages:
    """The reader for the file's content. MuPDF and Pillow are imported only where they are needed."""
    kind = kind_of(source)
    if kind is Kind.PDF:
        from pipeline.documents.pdf_pages import PdfPages

        return PdfPages(source)
    from pipeline.documents.image_pages import ImagePages

    return ImagePages(source, kind)
