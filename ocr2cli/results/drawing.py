"""What the files of a result take from its document, from a process whose crash costs a picture and not the batch."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from dataclasses import astuple

from output.compare.agreement import OwnWord
from output.formats.layout import LayoutError
from output.grounding.blocks import Document as Pages
from output.grounding.blocks import PageBlocks
from output.pictures.figures import CropError, Original, Region, window
from pipeline.documents.document import Document, DocumentCache
from pipeline.documents.guard import SECONDS, GuardError, guard
from pipeline.errors import InputError, PageError
from pipeline.transcript import Pixels, Source

_MOST_KEPT = 2  # rasters: a figure may be drawn twice, coarsely to compare it with the source's own picture


class Drawing:
    """The regions of one document as pixels, and its own words and pictures. Leave it when its files are written.

    A page that the other process did not survive is not shown to it a second time.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._used = False
        self._deadly: dict[int, str] = {}

    def cut(self, number: int, dpi: float, region: Region) -> Pixels:
        """An `output.pictures.figures.Raster`."""
        self._used = True
        if number in self._deadly:
            raise CropError(self._deadly[number])
        try:
            return guard().call(_cut, self._source, number, dpi, region)
        except InputError as error:
            if isinstance(error, GuardError):
                self._deadly[number] = str(error)
            raise CropError(str(error)) from error

    def original(self, number: int, region: Region) -> Original:
        """An `output.pictures.figures.Originals`; of what MuPDF cannot tell, nothing is known."""
        self._used = True
        if number in self._deadly:
            return Original()
        try:
            return guard().call(_original, self._source, number, region)
        except GuardError as error:
            self._deadly[number] = str(error)
            return Original()
        except InputError as error:
            raise CropError(str(error)) from error

    def __enter__(self) -> Drawing:
        return self

    def __exit__(self, *error: object) -> None:
        if self._used:
            with suppress(GuardError):  # a process that is gone has nothing to forget
                guard().call(_forget)


def own_words(source: Source, number: int) -> list[OwnWord] | None:
    """The words of a page of a PDF; None where it has no text to compare with, as an image has none."""
    try:
        return guard().call(_own_words, source, number)
    except InputError:
        return None


def annotated(pages: Pages, source: Source) -> tuple[bytes, tuple[str, ...]] | None:
    """See `output.formats.layout.annotate`; None where the source is no PDF. Raises LayoutError."""
    try:
        return guard().call_for(SECONDS + len(pages.pages), _annotated, pages, source)
    except InputError as error:
        raise LayoutError(str(error)) from error


# What follows runs in the other process. One document stays open there, and the rasters that were drawn last.

_documents = DocumentCache(1)
_rasters: OrderedDict[tuple[Source, int, float], Pixels] = OrderedDict()


def _cut(source: Source, number: int, dpi: float, region: Region) -> Pixels:
    document = _documents.get(source)
    key = source, number, dpi
    if key not in _rasters:
        while len(_rasters) >= _MOST_KEPT:
            _rasters.popitem(last=False)
        _rasters[key] = document.raster(number, dpi)
    width, height = document.size(number)
    return window(_rasters[key], PageBlocks(number, width, height, ()), region).copy()


def _original(source: Source, number: int, region: Region) -> Original:
    file = _documents.get(source).pdf
    if file is None:
        return Original()  # an image file comes with its own pixels in any case
    from pipeline.documents.originals import held
    from pipeline.documents.pdf_pages import MUPDF_ERRORS

    try:
        found = held(file, number, astuple(region))
    except (*MUPDF_ERRORS, LookupError):
        return Original()
    return Original(found.dpi, found.data)


def _own_words(source: Source, number: int) -> list[OwnWord] | None:
    from pipeline.text_layer.own_words import own_words

    file = _documents.get(source).pdf
    return None if file is None else [OwnWord(*word) for word in own_words(file[number - 1])]


def _annotated(pages: Pages, source: Source) -> tuple[bytes, tuple[str, ...]] | None:
    from output.formats.layout import annotate

    with Document(source) as document:
        if document.pdf is None:
            return None
        try:
            return annotate(pages, document.pdf)
        except LayoutError as error:
            raise PageError(str(error)) from error


def _forget() -> None:
    _rasters.clear()
    _documents.close()
