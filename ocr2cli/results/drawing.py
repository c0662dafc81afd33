"""What the files of a result take from its document, from a process whose crash costs a picture and not the batch."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple, replace
from functools import partial

from output.compare.own import Kind, OwnPage, OwnWord
from output.formats.layout import Sheet
from output.grounding.blocks import Figure, PageBlocks
from output.pictures.figures import CropError, Original, Region, window
from output.pictures.files import Picture, cutter
from pipeline.documents.document import Document, DocumentCache
from pipeline.documents.guard import GuardError, guard
from pipeline.documents.layer.layers import Layer
from pipeline.errors import InputError
from pipeline.processes.limits import SECONDS
from pipeline.transcript import Pixels, Source

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in points from the top left corner of the page as displayed."""

Made = tuple[bytes, tuple[str, ...]]
"""A file's content, and one line for each thing in it that could not be drawn."""

# Figures of a page in one call. Most pages have fewer, and so one round trip; more hold more pictures in memory at
# once, and are cut twice where one of them ends the process.
_AT_ONCE = 32
# Rasters: a figure may be drawn twice, coarsely to compare it with the source's own picture. With one, the two would
# push each other out at every figure; each takes up to 150 MB.
_MOST_KEPT = 2


class LayoutError(Exception):
    """A PDF is too damaged to be written again; the text says why in one line."""


class Drawing:
    """The regions of one document as pixels, and its own words and pictures. Leave it when its files are written.

    A page that killed the other process is not shown to it a second time.
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

    def pictures(self, page: PageBlocks, figures: Sequence[Figure], dpi: int) -> Iterator[Picture | str]:
        """An `output.pictures.files.Cutter`: one call for a page's figures, and one for each only where that fails."""
        self._used = True
        bare = replace(page, blocks=())
        for start in range(0, len(figures), _AT_ONCE):
            some = figures[start : start + _AT_ONCE]
            try:
                if page.number not in self._deadly:
                    yield from guard().call(_pictures, self._source, bare, some, dpi)
                    continue
            except InputError as error:
                # Of several it is not known which one it was; they are asked one by one below.
                if len(figures) == 1:
                    self._deadly[page.number] = str(error)
            yield from (self._picture(bare, figure, dpi) for figure in some)

    def _picture(self, page: PageBlocks, figure: Figure, dpi: int) -> Picture | str:
        """One figure; the first one that is fatal is the last one of its page that is tried."""
        if page.number not in self._deadly:
            try:
                return guard().call(_pictures, self._source, page, [figure], dpi)[0]
            except InputError as error:
                self._deadly[page.number] = str(error)
        return self._deadly[page.number]

    def __enter__(self) -> Drawing:
        return self

    def __exit__(self, *error: object) -> None:
        if self._used:
            with suppress(GuardError):  # a process that is gone has nothing to forget
                guard().call(_forget)


def own_page(source: Source, number: int) -> OwnPage | None:
    """The words of a page of a PDF; None where there is nothing to compare with, as in an image. Raises GuardError."""
    try:
        return guard().call(_own_page, source, number)
    except GuardError:
        raise
    except InputError:
        return None


def blank_boxes(source: Source, number: int, boxes: Sequence[Box]) -> list[bool]:
    """Which boxes of a PDF's page, in points, show nothing; none where that cannot be told."""
    try:
        return guard().call(_blank_boxes, source, number, boxes)
    except InputError:
        return [False] * len(boxes)


def annotated(sheets: Sequence[Sheet], source: Source) -> Made | None:
    """See `pipeline.documents.annotations.annotate`; None where the source is no PDF. Raises LayoutError."""
    try:
        return guard().call_for(SECONDS + len(sheets), _annotated, tuple(sheets), source)
    except InputError as error:
        raise LayoutError(str(error)) from error


def layered(layers: Sequence[Layer], source: Source) -> Made | None:
    """See `pipeline.documents.layer.searchable.add_layers`; None where the source is no PDF. Raises LayoutError."""
    try:
        return guard().call_for(SECONDS + len(layers), _layered, tuple(layers), source)
    except InputError as error:
        raise LayoutError(str(error)) from error


# What follows runs in the other process. One document stays open there, and the rasters that were drawn last.

_documents = DocumentCache(1)
_rasters: OrderedDict[tuple[Source, int, float], Pixels] = OrderedDict()


def opened(source: Source) -> Document:
    """The document, which stays open there until another one is asked for. Raises what `Document` raises."""
    return _documents.get(source)


def _cut(source: Source, number: int, dpi: float, region: Region) -> Pixels:
    document = opened(source)
    key = source, number, dpi
    if key not in _rasters:
        while len(_rasters) >= _MOST_KEPT:
            _rasters.popitem(last=False)
        _rasters[key] = document.raster(number, dpi)
    width, height = document.size(number)
    return window(_rasters[key], PageBlocks(number, width, height, ()), region).copy()


def _pictures(source: Source, page: PageBlocks, figures: Sequence[Figure], dpi: int) -> list[Picture | str]:
    def raster(number: int, dpi: float, region: Region) -> Pixels:
        try:
            return _cut(source, number, dpi, region)
        except InputError as error:
            raise CropError(str(error)) from error

    return list(cutter(raster, partial(_original, source))(page, figures, dpi))


def _original(source: Source, number: int, region: Region) -> Original:
    file = opened(source).pdf
    if file is None:
        return Original()  # an image file comes with its own pixels in any case
    from pipeline.documents.originals import held
    from pipeline.documents.pdf_pages import MUPDF_ERRORS

    try:
        found = held(file, number, astuple(region))
    except (*MUPDF_ERRORS, LookupError):
        return Original()
    return Original(found.dpi, found.data)


def _own_page(source: Source, number: int) -> OwnPage | None:
    from pipeline.ledger.damage import is_cut_short
    from pipeline.ledger.own_page import read_own_page
    from pipeline.ledger.second import with_second_opinion

    file = opened(source).pdf
    if file is None:
        return None
    page = file[number - 1]
    found = with_second_opinion(page, read_own_page(page))
    words = tuple(OwnWord(word.text, word.box, Kind(word.kind)) for word in found.words)
    return OwnPage(words, found.sound, not is_cut_short(page))


def _blank_boxes(source: Source, number: int, boxes: Sequence[Box]) -> list[bool]:
    from pipeline.ledger.sight import blank_boxes

    file = opened(source).pdf
    return [False] * len(boxes) if file is None else blank_boxes(file[number - 1], boxes)


def _annotated(sheets: tuple[Sheet, ...], source: Source) -> Made | None:
    from pipeline.documents.annotations import annotate

    with Document(source) as document:
        return None if document.pdf is None else annotate(document.pdf, sheets)


def _layered(layers: tuple[Layer, ...], source: Source) -> Made | None:
    from pipeline.documents.layer.searchable import add_layers

    with Document(source) as document:
        return None if document.pdf is None else add_layers(document.pdf, layers)


def _forget() -> None:
    _rasters.clear()
    _documents.close()
