"""What is remembered of pages while the network reads them."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.engine.decoding.loops import LoopWatch
from pipeline.transcript import PageRef, PrintLines
from pipeline.views.ready_page import ReadyPage


@dataclass(frozen=True)
class Sheet:
    """What is kept of a page that is being read: its raster and its views are no longer held."""

    ref: PageRef
    width: float  # points
    height: float
    blank: bool
    turned: int
    tiles: tuple[int, int]
    print: PrintLines | None = None


def sheet_of(page: ReadyPage) -> Sheet:
    """What is kept of a page that goes into a slot."""
    tiles = page.views.columns, page.views.rows
    return Sheet(page.ref, page.width, page.height, page.blank, page.turned, tiles, page.print)


@dataclass(frozen=True, eq=False)
class Reading:
    """A page, or some of a document, that are being read in a slot."""

    sheets: tuple[Sheet, ...]
    prompt_tokens: int
    watch: LoopWatch | None = None

    @property
    def ref(self) -> PageRef:
        """The first page."""
        return self.sheets[0].ref

    @property
    def turned(self) -> int:
        """Of a page that is read by itself; of several, each has turns of its own."""
        return self.sheets[0].turned if len(self.sheets) == 1 else 0
