"""Pages made ready ahead of the device: rasterised and cut in other processes, a bounded number at a time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import cache
from types import TracebackType
from typing import Self

import numpy as np

from pipeline.documents.document import Document, DocumentCache
from pipeline.documents.guard import GuardError, guard
from pipeline.errors import InputError
from pipeline.processes.pool import Pool
from pipeline.processes.wire import Landing, anywhere
from pipeline.processes.worker import CallError, LostError
from pipeline.transcriber import ready
from pipeline.transcript import Box, Page, PageRef, PageViews, Pixels, PrintLines
from pipeline.views.blank import FAINT, is_blank
from pipeline.views.crops import views
from pipeline.views.print_lines import print_of
from pipeline.views.rules import OCR2_VIEWS, ViewRules
from pipeline.views.upright import quarter_turns, written_turns

# Finer costs memory with the square, and shows the network nothing.
FINEST = 300
"""Dots per inch: what scanners give by default. A page in six tiles takes in no more than some 180 of A4."""


@dataclass(frozen=True)
class ReadyPage:
    """A page as the network wants it; its raster is no longer held."""

    ref: PageRef
    width: float  # points
    height: float
    blank: bool
    bare: bool  # so blank that no model need be asked
    views: PageViews
    turned: int = 0  # quarter turns against the clock that the views have had
    pdf: bool = True  # else it is an image
    alone: bool = False  # to be read by itself where others are read together
    draft: str = ""  # a guess at its text
    print: PrintLines | None = None  # as its pixels show it, of a whole page that is read as usual

    def seen(self) -> ReadyPage:
        """The same without pixels, which the network has seen: 14 MB less."""
        return replace(self, views=replace(self.views, global_view=_NONE, local_views=_NONE))


_NONE: Pixels = np.empty((0, 0, 3), np.uint8)


@dataclass(frozen=True)
class StandingPage:
    """A page, and its raster as it is looked at: turned upright, where that was wanted."""

    page: Page
    pixels: Pixels
    turned: int  # quarter turns against the clock
    blank: bool
    bare: bool
    pdf: bool


@dataclass(frozen=True)
class BrokenPage:
    """A page that could not be rasterised, and why in one line."""

    ref: PageRef
    error: str


def make_ready(
    documents: DocumentCache, ref: PageRef, dpi: float, upright: bool = True, rules: ViewRules = OCR2_VIEWS
) -> ReadyPage | BrokenPage:
    """Rasterise a page, turn it where it does not stand `upright` and that is wanted, and cut it by the `rules`."""
    try:
        stands = stand(documents, ref, dpi, upright)
        page, seen = stands.page, views(stands.pixels, ref.attempt > 1, rules)
        lines, size = print_of(ref, stands.pixels), (page.width, page.height)
        return ReadyPage(ref, *size, stands.blank, stands.bare, seen, stands.turned, stands.pdf, print=lines)
    except (InputError, MemoryError) as error:
        return broken(ref, error)


def stand(documents: DocumentCache, ref: PageRef, dpi: float, upright: bool) -> StandingPage:
    """Rasterise a page, turn it where it does not stand `upright` and that is wanted, and take the part of it that is
    meant, if one is. Raises InputError."""
    document = documents.get(ref.source)
    page = document.page(ref.number, raster_dpi(document, ref, dpi))
    blank, bare = is_blank(page.pixels), is_blank(page.pixels, FAINT)
    turned = _turns(document, page) if upright and not blank and not ref.asked else 0
    pdf = ref.asked.pdf if ref.asked else document.pdf is not None
    stands = StandingPage(page, np.rot90(page.pixels, turned), turned, blank, bare, pdf)
    return stands if ref.part is None else _part_of(stands, ref.part)


def _part_of(stands: StandingPage, part: Box) -> StandingPage:
    """A part of the page as displayed, turned as the page is."""
    height, width, _ = stands.page.pixels.shape
    left, top, right, bottom = (math.floor(x * side / 999) for x, side in zip(part, (width, height) * 2, strict=True))
    pixels = stands.page.pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    turned = np.rot90(pixels, stands.turned)
    return replace(stands, pixels=turned, blank=is_blank(pixels), bare=is_blank(pixels, FAINT))


def broken(ref: PageRef, error: Exception) -> BrokenPage:
    """A page that cannot be rasterised because of an InputError, or for want of memory."""
    return BrokenPage(ref, " ".join(str(error).split()) or "not enough memory")


def raster_dpi(document: Document, ref: PageRef, dpi: float) -> float:
    """`dpi`; for another try, or a part of a page, the resolution of the picture that a page is, up to `FINEST`, where
    that is more."""
    own = document.own_dpi(ref.number) if ref.attempt or ref.part else None
    return dpi if own is None else max(dpi, min(own, FINEST))


def _turns(document: Document, page: Page) -> int:
    """What a PDF's own text says of its direction is worth more than what its pixels look like."""
    written = written_turns(document.pdf[page.ref.number - 1]) if document.pdf else None
    return quarter_turns(page.pixels) if written is None else written


class Ahead:
    """Takes pages out of an iterator, in the caller's thread and only as there is room, and gives them back ready.

    With no workers a page is made ready when it is asked for; with workers up to `depth` pages are under way or wait
    (about 14 MB each), and come in the order in which they were given. A `drafter` says there what a page may say;
    where it fails, or takes too long, the page comes without.
    """

    def __init__(
        self,
        pages: Iterable[PageRef],
        dpi: float,
        workers: int = 0,
        depth: int = 0,
        upright: bool = True,
        rules: ViewRules = OCR2_VIEWS,
        drafter: Callable[[PageRef], str] | None = None,
        alone: ViewRules | None = None,
        landing: Landing = anywhere,
    ) -> None:
        """Pages that are tried again, or are to be read by themselves, are cut as `alone` says, if it is given.

        Views that come from workers lie where `landing` says.
        """
        self._pages = iter(pages)
        self._exhausted = False
        self._dpi, self._upright, self._rules, self._drafter = dpi, upright, rules, drafter
        # Two for each worker: one that it is at, and one behind it, so that none waits for the thread that feeds them.
        self._workers, self._depth = workers, max(depth, 2 * workers)
        self._again: deque[PageRef] = deque()
        self._alone, self._by_itself = set[PageRef](), alone or rules
        self._landing = landing
        self._under_way: deque[tuple[PageRef, Future[ReadyPage | BrokenPage]]] = deque()
        self._pool: Pool | None = None

    def again(self, ref: PageRef, alone: bool = False) -> None:
        """This page is to come once more, before all that were not yet begun, to be read `alone` from now on."""
        self._again.appendleft(ref)
        if alone:
            self._alone.add(ref)

    @property
    def coming(self) -> bool:
        """Whether the next page can be had, or is being made ready, without waiting for whoever gives pages."""
        return bool(self._again or self._under_way) or (not self._exhausted and ready(self._pages))

    def take(self, patient: bool) -> ReadyPage | BrokenPage | None:
        """The next page; None where none is left, or where none is ready and the caller is not patient."""
        # The first page is made ready here, workers or not: starting them takes longer, and a lone page needs none.
        here = not self._workers or (patient and not self._under_way)
        ref = self._next(patient) if here else None
        if self._workers:
            self._fill()
        if ref is not None:
            return self._marked(self._guarded(ref))
        if not self._under_way or not (patient or self._under_way[0][1].done()):
            return None
        ref, future = self._under_way.popleft()
        try:
            return self._marked(future.result())
        except LostError:  # perhaps for want of memory, which others had: once more
            return self._marked(self._guarded(ref))
        except CallError as error:  # or it was the draft
            return self._marked(self._guarded(ref)) if self._drafter else _broken(ref, error)

    @property
    def over(self) -> bool:
        """Whether no page is left, as far as the iterator of pages said when it was last asked."""
        return self._exhausted and not self._again and not self._under_way

    def _next(self, patient: bool) -> PageRef | None:
        if self._again:
            return self._again.popleft()
        if not patient and not ready(self._pages):
            return None
        ref = next(self._pages, None)
        self._exhausted = ref is None
        return ref

    def _fill(self) -> None:
        while len(self._under_way) < self._depth and (ref := self._next(patient=False)) is not None:
            if self._pool is None:
                self._pool = Pool(self._workers, landing=self._landing)
            asked = ref, self._dpi, self._upright, self._rules_of(ref), self._drafter
            self._under_way.append((ref, self._pool.submit(_make_ready, *asked)))

    def _lone(self, ref: PageRef) -> bool:
        return ref.attempt > 0 or ref in self._alone

    def _rules_of(self, ref: PageRef) -> ViewRules:
        return self._by_itself if self._lone(ref) else self._rules

    def _marked(self, page: ReadyPage | BrokenPage) -> ReadyPage | BrokenPage:
        return replace(page, alone=True) if isinstance(page, ReadyPage) and self._lone(page.ref) else page

    def _guarded(self, ref: PageRef) -> ReadyPage | BrokenPage:
        """One page in a process that only this page can break: the first one, or one that a worker was lost with."""
        try:
            page = guard().call(_make_ready, ref, self._dpi, self._upright, self._rules_of(ref))
        except GuardError as error:
            return _broken(ref, error)
        if self._drafter is None or isinstance(page, BrokenPage) or page.bare or ref.part:
            return page
        try:
            return replace(page, draft=guard().call(self._drafter, ref))
        except GuardError:
            return page

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.close()
        self._pool = None


def _broken(ref: PageRef, error: Exception) -> BrokenPage:
    return BrokenPage(ref, f"page {ref.number} cannot be rasterised: {error}")


@cache
def documents() -> DocumentCache:
    """Of a worker process: documents stay open from page to page."""
    return DocumentCache()


def _make_ready(
    ref: PageRef, dpi: float, upright: bool, rules: ViewRules, drafter: Callable[[PageRef], str] | None = None
) -> ReadyPage | BrokenPage:
    page = make_ready(documents(), ref, dpi, upright, rules)
    if drafter is None or isinstance(page, BrokenPage) or page.bare or ref.part:
        return page
    return replace(page, draft=drafter(ref))
