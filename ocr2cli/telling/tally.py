"""The pages and documents of a run as they are counted: what is done, what is known to come, what is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from ocr2cli.telling.estimate import Load
from ocr2cli.telling.foresight import Foresight, Unknown
from ocr2cli.telling.line import Standing
from pipeline.readers.own_text.first import MOST_WAITING
from pipeline.transcriber import Life

_WHOLE = 1e-6
"""Of a page: its parts are fractions, whose sum may be a little less than it."""
SOME = 3
"""Documents of which it must be known how many pages they have, before that is taken to tell of the others."""


@dataclass
class _Opened:
    missing: int
    wanted: int


class Tally:
    """Counts; see `Progress`, which holds a lock around every call. `documents` is 0 where nobody knows how many come.

    Pages of documents that are not opened yet are those that were counted ahead; the rest are taken to have as many
    as the documents that are known.
    """

    def __init__(self, documents: int) -> None:
        self.documents = documents
        self.done = self.failed = 0  # documents
        self.pages = self._by_network = 0  # that were read
        self._opened: dict[str, _Opened] = {}  # and not done yet
        self._over: set[str] = set()  # done before they were counted
        self._ahead: dict[str, int] = {}  # pages of documents that are not opened yet
        self._known = self._known_pages = self._to_read = 0  # of documents opened or counted
        self._ahead_pages = self._wanted = 0
        self._written = self._part = 0.0  # pages of documents that are done, and of the one that is being written
        self._writing = ""
        self._here = ("", 0)
        self._foresight = Foresight()

    def counted(self, name: str, pages: int, pictures: float) -> None:
        """A document has so many pages, of which `pictures` are without letters."""
        self._foresight.looked_at(name, pages, pictures)
        if name in self._opened or name in self._over:
            return
        self._ahead[name] = pages
        self._ahead_pages += pages

    def begun(self, name: str, missing: int, wanted: int) -> None:
        """A document was opened: `missing` of the `wanted` pages are to be read."""
        self._ahead_pages -= self._ahead.pop(name, 0)
        self._opened[name] = _Opened(missing, wanted)
        self._known += 1
        self._known_pages += wanted
        self._to_read += missing
        self._wanted += wanted
        self._here = name, 0
        if self.documents:  # as of `_over`
            self._foresight.opened(name, missing)

    def page(self, name: str, number: int, by_network: bool) -> None:
        self.pages += 1
        self._by_network += by_network
        self._here = name, number
        if opened := self._opened.get(name):
            opened.missing -= 1

    def writing(self, name: str) -> None:
        """The files of a document are being written."""
        self._writing, self._part = name, 0.0

    def step(self, pages: float) -> None:
        """So many more pages of it are written; what takes several passes over a page counts in parts of one."""
        self._part += pages

    def document(self, name: str, failed: bool) -> None:
        self.done += 1
        self.failed += failed
        opened = self._opened.pop(name, None)
        self._ahead_pages -= self._ahead.pop(name, 0)
        if self.documents:  # else names come again, and a watch folder may run for a year
            self._over.add(name)
        if opened:
            self._written += opened.wanted
            self._to_read -= opened.missing  # which will not come any more
        if name == self._writing:
            self._writing, self._part = "", 0.0

    @property
    def idle(self) -> bool:
        """Whether nothing is under way, as in a watch folder that waits."""
        return not self._opened

    @property
    def part(self) -> float:
        """Pages of the document under way that are written: never more than it has."""
        opened = self._opened.get(self._writing)
        return min(self._part, opened.wanted) if opened else 0.0

    def total(self) -> tuple[int | None, bool]:
        """All pages that are to be read, and whether that is an estimate."""
        if not self.documents:
            return None, False
        known = self._known + len(self._ahead)
        unseen = self._unseen()
        if unseen and known < SOME:
            return None, False
        guess = unseen * (self._known_pages + self._ahead_pages) / known if unseen else 0.0
        return self._to_read + self._ahead_pages + round(guess), unseen > 0

    def load(self, life: Life, looked_on: bool) -> Load | None:
        """For an estimate of time; None where the end is not known. `looked_on`: the network has told what it reads."""
        pages, _ = self.total()
        if pages is None:
            return None
        unwritten = max(0.0, pages - self._to_read + self._wanted - self._written - self.part)
        left = max(0, pages - self.pages)
        given = min(left, life.pages)
        under_way = self._under_way(life, looked_on, left)
        here = min(left - given, max(0, self._to_read - self.pages - given))
        unknown = Unknown(here, self._ahead, max(0, left - given - here - self._ahead_pages))
        seen, answered = self.pages + given, max(self._by_network, life.answered)
        return Load(
            answered, max(0, self.pages - answered), under_way, given, left - given,
            self._foresight.for_network(unknown, seen, answered + given), life.waiting > MOST_WAITING // 2,
            self._written + self.part, unwritten, min(unwritten, self._tail()), self._is_written_now(),
        )  # fmt: skip

    def standing(self, seconds: float, left: float | None, life: Life) -> Standing:
        """For the line."""
        pages, about = self.total()
        name, page = self._here
        doing, tokens, others, written = "", 0, 0, (0, 0)
        if life.reading:
            first = life.reading[0]
            name, page, tokens = first.ref.source.name, first.ref.number, first.tokens
            others = len(life.reading) - 1 + life.more
        elif life.waiting:
            doing, name, page = "loading the model", "", 0
        elif self._writing and (pages is None or self.pages >= pages):
            doing, name, page = "writing", self._writing, 0
            written = int(self.part), self._opened[name].wanted if name in self._opened else 0
        return Standing(
            self.pages, pages, about, seconds, left, self.failed, doing, PurePath(name).name, page, others, tokens,
            written,
        )  # fmt: skip

    def _is_written_now(self) -> bool:
        """Whether files are being written. That a document's are is told with the next page, which may be long after:
        a writer that waits until then is not slow."""
        opened = self._opened.get(self._writing)
        return opened is not None and self._part < opened.wanted - _WHOLE

    def _under_way(self, life: Life, looked_on: bool, left: int) -> int:
        """Pages that a network is reading. One that does not tell is taken to read from its first answer on, or from
        the beginning, where nothing waits and nobody else has read a page."""
        if looked_on:
            return min(left, len(life.reading) + life.more)
        return int(left > 0 and not life.reading and (self._by_network > 0 or not (self.pages or life.waiting)))

    def _tail(self) -> float:
        """Pages that can only be written when all are read: files are written in the order of documents."""
        mean = self._known_pages / self._known if self._known else 0.0
        behind = 0
        for opened in reversed(self._opened.values()):
            behind += opened.wanted
            if opened.missing > 0:
                break
        return max(behind, mean if self._unopened() else 0.0)

    def _unopened(self) -> int:
        return max(0, self.documents - self.done - len(self._opened))

    def _unseen(self) -> int:
        """Documents of which nobody has counted the pages."""
        return max(0, self._unopened() - len(self._ahead))
