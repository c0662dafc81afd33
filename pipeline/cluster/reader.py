"""The far end: an actor that reads the pages it is sent with one Transcriber, which never stops between them."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from pipeline.cluster.connection import ray_module
from pipeline.errors import UserError
from pipeline.transcriber import Transcriber
from pipeline.transcript import PageRef, Source, Transcript

Opener = Callable[[], Transcriber]
"""Loads a Transcriber where the actor runs; must be picklable, and importable there."""

GRACE = 0.5
"""Seconds that a reader which waits for a page, with others unfinished, waits before its batch is ended: more than a
page is on its way, and no reader of ours holds answers back for as long."""
_KEPT = 8  # documents that stay on a node's disk when none of their pages is being read


@dataclass(frozen=True)
class Opened:
    """The Transcriber is loaded. `note`: what people should know of it."""

    name: str
    settings: str
    note: str = ""


@dataclass(frozen=True)
class Refused:
    """It cannot be loaded there."""

    error: UserError


@dataclass(frozen=True)
class Home:
    """Where an actor runs, and with which ocr2."""

    node: str
    address: str
    build: str


@dataclass(frozen=True)
class Answer:
    """A page that was read; `held` other pages are begun and not done."""

    transcript: Transcript
    held: int


class Reader:
    """Ray runs each call as a coroutine of one event loop; the Transcriber has a thread of its own."""

    def __init__(self) -> None:
        self._pages = _Pages(self._hungry)
        self._documents = _Documents()
        self._answers: dict[PageRef, asyncio.Future[Transcript]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hunger = asyncio.Event()
        self._broken: BaseException | None = None

    async def home(self) -> Home:
        """Said before anything is sent that another version might not understand."""
        ray = ray_module()
        return Home(ray.get_runtime_context().get_node_id(), ray.util.get_node_ip_address(), build())

    async def open(self, opener: Opener) -> Opened | Refused:
        """Load the Transcriber."""
        self._loop = asyncio.get_running_loop()
        try:
            reader = await self._loop.run_in_executor(None, opener)
            opened = Opened(reader.name, reader.settings, getattr(reader, "note", ""))
        except UserError as error:
            return Refused(error)
        threading.Thread(target=self._run, args=(reader,), name="ocr2-reader", daemon=True).start()
        return opened

    async def read(self, ref: PageRef, document: list[Any]) -> Answer:
        """One page of a document, whose bytes are behind the reference in `document`. Raises what the Transcriber did
        where it broke."""
        if self._broken is not None:
            raise self._broken
        source = await self._documents.open(ref.source, document[0])
        page = replace(ref, source=source)
        try:
            self._answers[page] = asyncio.get_running_loop().create_future()
            self._pages.put(page)
            transcript = await self._answers[page]
        finally:
            self._answers.pop(page, None)
            self._documents.close(ref.source)
        return Answer(replace(transcript, ref=ref), self._pages.held)

    async def hungry(self) -> int:
        """Wait until the Transcriber has room for a page that is not there; how many it has begun and not done."""
        await self._hunger.wait()
        self._hunger.clear()
        return self._pages.held

    def _run(self, reader: Transcriber) -> None:
        try:
            while True:
                for transcript in reader.transcribe(_Batch(self._pages)):
                    self._pages.done(transcript.ref)
                    self._soon(self._answer, transcript)
                for ref in self._pages.unanswered():
                    self._soon(self._fail, ref, RuntimeError("the reader has not answered"))
        except BaseException as error:
            self._broken = error
            for ref in list(self._answers):
                self._soon(self._fail, ref, error)

    def _answer(self, transcript: Transcript) -> None:
        future = self._answers.get(transcript.ref)
        if future is not None and not future.done():
            future.set_result(transcript)

    def _fail(self, ref: PageRef, error: BaseException) -> None:
        future = self._answers.get(ref)
        if future is not None and not future.done():
            future.set_exception(RuntimeError(" ".join(f"{type(error).__name__}: {error}".split())[:300]))

    def _hungry(self) -> None:
        self._soon(self._hunger.set)

    def _soon(self, function: Callable[..., object], *arguments: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(function, *arguments)


class _Pages:
    """What was sent and is not done: queued for the Transcriber, or held by it."""

    def __init__(self, hungry: Callable[[], None]) -> None:
        self._queue: SimpleQueue[PageRef] = SimpleQueue()
        self._held: dict[PageRef, None] = {}
        self._hungry = hungry

    @property
    def held(self) -> int:
        return len(self._held)

    def put(self, ref: PageRef) -> None:
        self._queue.put(ref)

    def done(self, ref: PageRef) -> None:
        self._held.pop(ref, None)

    def unanswered(self) -> list[PageRef]:
        """What a batch that has ended left; forgotten here."""
        left = list(self._held)
        self._held.clear()
        return left

    def take(self) -> PageRef | None:
        """The next one; None where none comes and others are unfinished."""
        self.ready()
        try:
            ref = self._queue.get(timeout=GRACE if self._held else None)
        except Empty:
            return None
        self._held[ref] = None
        return ref

    def ready(self) -> bool:
        if self._queue.empty():
            self._hungry()
            return False
        return True


class _Batch:
    """A `Supply` that does not end while pages come, but for a reader that would wait for more with some unfinished."""

    def __init__(self, pages: _Pages) -> None:
        self._pages, self._over = pages, False

    def __iter__(self) -> Iterator[PageRef]:
        return self

    def __next__(self) -> PageRef:
        ref = None if self._over else self._pages.take()
        if ref is None:
            self._over = True
            raise StopIteration
        return ref

    def ready(self) -> bool:
        return self._over or self._pages.ready()


class _Documents:
    """Documents as files of this node, for as long as their pages are read and a while longer."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="ocr2-", suffix="-pages")
        self._open: OrderedDict[Source, tuple[asyncio.Future[Source], int]] = OrderedDict()

    async def open(self, source: Source, reference: Any) -> Source:  # noqa: ANN401 an ObjectRef
        """The document as a file here: fetched once, however many of its pages come at once."""
        if source not in self._open:
            self._open[source] = asyncio.ensure_future(self._fetched(source, reference)), 0
        fetched, users = self._open[source]
        self._open[source] = fetched, users + 1
        self._open.move_to_end(source)
        return await fetched

    def close(self, source: Source) -> None:
        """One of its pages is done."""
        fetched, users = self._open[source]
        self._open[source] = fetched, users - 1
        unused = [each for each, (_, count) in self._open.items() if not count]
        for old in unused[: max(0, len(unused) - _KEPT)]:
            gone, _ = self._open.pop(old)
            if not gone.cancelled() and gone.exception() is None:
                gone.result().path.unlink(missing_ok=True)

    async def _fetched(self, source: Source, reference: Any) -> Source:  # noqa: ANN401
        data = await reference
        name = hashlib.sha256(str((source.path, source.origin, source.name)).encode("utf-8", "surrogatepass"))
        path = Path(self._folder.name) / name.hexdigest()
        path.write_bytes(data)
        return replace(source, path=path)


@cache
def build() -> str:
    """The version of ocr2, and a word for its code: two checkouts may have one version."""
    root = Path(__file__).parents[1]
    code = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        code.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return f"{version('ocr2')} ({code.hexdigest()[:8]})"
