"""The pages and documents of a run as they are counted: what is done, what is known to come, what is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from ocr2cli.telling.estimate import Load
from ocr2cli.telling.line import Standing
from pipeline.transcriber import Life


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

    def counted(self, name: str, pages: int) -> None:
        """A document that is yet to be opened has so many pages."""
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
        if unseen and not known:
            return None, False
        guess = unseen * (self._known_pages + self._ahead_pages) / known if unseen else 0.0
        return self._to_read + self._ahead_pages + round(guess), unseen > 0

    def load(self, life: Life, looked_on: bool) -> Load | None:
        """For an estimate of time; None where the end is not known. `looked_on`: the network tells what it does."""
        pages, _ = self.total()
        if pages is None:
            return None
        unwritten = max(0.0, pages - self._to_read + self._wanted - self._written - self.part)
        left = max(0, pages - self.pages)
        given = min(left, life.pages)
        last = max((opened.wanted for opened in self._opened.values()), default=0)
        mean = self._known_pages / self._known if self._known else 0.0
        return Load(
            self._by_network, self.pages - self._by_network, given, left - given, self._written + self.part, unwritten,
            min(unwritten, mean if self._unopened() else last),
            busy=bool(life.reading) or (not looked_on and left > 0), writing=bool(self._writing),
        )  # fmt: skip

    def standing(self, seconds: float, left: float | None, life: Life) -> Standing:
        """For the line."""
        pages, about = self.total()
        name, page = self._here
        doing, tokens, others, done = "", 0, 0, self.pages
        if life.reading:
            first = life.reading[0]
            name, page, tokens = first.ref.source.name, first.ref.number, first.tokens
            others = len(life.reading) - 1 + life.more
        elif life.waiting:
            doing, name, page = "loading the model", "", 0
        elif self._writing and (pages is None or self.pages >= pages):
            doing, name, page = "writing", self._writing, 0
            pages, done = self._wanted, int(self._written + self.part)
        return Standing(
            done, pages, about, seconds, left, self.failed, doing, PurePath(name).name, page, others, tokens
        )

    def _unopened(self) -> int:
        return max(0, self.documents - self.done - len(self._opened))

    def _unseen(self) -> int:
        """Documents of which nobody has counted the pages."""
        return max(0, self._unopened() - len(self._ahead))
