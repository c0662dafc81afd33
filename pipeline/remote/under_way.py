"""The pages of one batch on their way: made ready by workers, read by the server, on a loop beside the caller."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from pipeline.engine.decoding.options import DecodingOptions
from pipeline.processes.pool import Pool
from pipeline.processes.worker import CallError, LostError
from pipeline.remote.asking import Asker
from pipeline.remote.bound import FIRST
from pipeline.remote.listening import Answer
from pipeline.remote.sheets import Sheet, sheet_of
from pipeline.remote.trying import PageLostError, Patience, Trying
from pipeline.transcript import Finish, PageRef, Transcript
from pipeline.views.ready_page import BrokenPage
from pipeline.views.upright import turn_back

WORKERS = max(1, min(16, (os.cpu_count() or 2) - 1))
AHEAD = 2 * WORKERS
"""Pages that are made ready beyond those that the server has: a megabyte or two each."""

_Event = Transcript | BaseException | None


class UnderWay:
    """For one thread, but for `close`. `open_asker` is called on the loop; `name` is the reader's."""

    def __init__(
        self, open_asker: Callable[[], Asker], patience: Patience, options: DecodingOptions, name: str
    ) -> None:
        self._open_asker, self._patience, self._options, self._name = open_asker, patience, options, name
        # A plain queue between the loop's thread and the caller's: the caller's code never runs on the loop, nor the
        # other way.
        self._events: SimpleQueue[_Event] = SimpleQueue()
        self._pool = Pool(WORKERS)
        self._trying: Trying | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._work, name="ocr2-server", daemon=True)
        self._thread.start()
        self.busy = 0
        """Pages that were begun and not given back."""
        self.closed = False

    @property
    def room(self) -> bool:
        """Whether another page should be begun."""
        size = self._trying.bound.size if self._trying else FIRST
        return self.busy < size + AHEAD

    def begin(self, ref: PageRef) -> None:
        """Read a page; `next` gives it back."""
        self.busy += 1
        asyncio.run_coroutine_threadsafe(self._tell(ref), self._loop)

    def next(self, seconds: float | None) -> Transcript | None:
        """A page that is done; None where none is within so many seconds, or after `close`. Raises ModelError."""
        try:
            event = self._events.get(timeout=seconds)
        except Empty:
            return None
        if isinstance(event, BaseException):
            raise event
        self.busy -= event is not None
        return event

    def close(self) -> None:
        """Hang up, and end the workers; from any thread, and more than once."""
        if self.closed:
            return
        self.closed = True
        self._events.put(None)
        self._pool.close()
        # An event loop may be touched from its own thread only; this is the one call that is meant for others.
        self._loop.call_soon_threadsafe(self._loop.stop)
        if threading.current_thread() is not self._thread:
            self._thread.join(5.0)

    def _work(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._hang_up())
        finally:
            self._loop.close()

    async def _hang_up(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._trying is not None:
            await self._trying.asker.client.aclose()

    async def _tell(self, ref: PageRef) -> None:
        try:
            event: _Event = await self._read(ref)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # raised where the pages come from
            event = error
        self._events.put(event)

    async def _read(self, ref: PageRef) -> Transcript:
        if self._trying is None:
            self._trying = Trying(self._open_asker(), self._patience)
        sheet = await self._sheet(ref)
        if isinstance(sheet, BrokenPage):
            return Transcript(ref, "", Finish.ERROR, reader=self._name, error=sheet.error[:300])
        if sheet.png is None:
            return Transcript(ref, "", Finish.BLANK, sheet.width, sheet.height, self._name)
        try:
            return self._transcript(sheet, await self._trying.read(sheet))
        except PageLostError as error:
            why = str(error)[:300]
            return Transcript(ref, "", Finish.ERROR, sheet.width, sheet.height, self._name, error=why)

    async def _sheet(self, ref: PageRef) -> Sheet | BrokenPage:
        """Once more where a worker was lost: perhaps for want of memory, which others had."""
        for last in (False, True):
            made = self._pool.submit(sheet_of, ref, self._options.dpi, self._options.upright)
            try:
                return await asyncio.wrap_future(made)
            except CallError as error:
                if last or not isinstance(error, LostError):
                    return BrokenPage(ref, f"page {ref.number} cannot be rasterised: {error}")
        raise AssertionError

    def _transcript(self, sheet: Sheet, answer: Answer) -> Transcript:
        finish = answer.finish
        if finish is Finish.EMPTY and sheet.blank:
            finish = Finish.BLANK
        return Transcript(
            sheet.ref, turn_back(answer.text, sheet.turned), finish, sheet.width, sheet.height, self._name,
            answer.prompt_tokens, answer.output_tokens, None if finish is Finish.LOOP else answer.confidence,
            turned=sheet.turned, print=sheet.print,
        )  # fmt: skip
