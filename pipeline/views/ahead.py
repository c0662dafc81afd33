"""Pages made ready ahead of the device: rasterised and cut in other processes, a bounded number at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import replace
from types import TracebackType
from typing import Self

from pipeline.documents.guard import GuardError, guard
from pipeline.processes.pool import Pool
from pipeline.processes.wire import Landing, anywhere
from pipeline.processes.worker import CallError, LostError
from pipeline.transcriber import ready
from pipeline.transcript import PageRef
from pipeline.views.ready_page import BrokenPage, ReadyPage, documents, make_ready
from pipeline.views.rules import OCR2_VIEWS, ViewRules


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
        return ref.attempt > 0 or ref.part is not None or ref in self._alone

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


def _make_ready(
    ref: PageRef, dpi: float, upright: bool, rules: ViewRules, drafter: Callable[[PageRef], str] | None = None
) -> ReadyPage | BrokenPage:
    page = make_ready(documents(), ref, dpi, upright, rules)
    if drafter is None or isinstance(page, BrokenPage) or page.bare or ref.part:
        return page
    return replace(page, draft=drafter(ref))
