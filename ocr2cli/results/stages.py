"""What writing a document's files consists of, so that whoever waits can be told how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from ocr2cli.options import Extras
from output.grounding.blocks import Figure, PageBlocks
from output.pictures.files import Cutter, Picture


class Stage(Enum):
    """A pass over the pages; its value is seconds per page on one core, the median of five public documents (33 pages;
    `ocr2 render` without and with the option). The first three are 0.10 s together, shared out as they took on five
    others (55 pages)."""

    FACTS = 0.04  # links, emphasis, forms: what the PDF states
    TEXT = 0.02
    WORDS = 0.041  # each is accounted for
    PICTURES = 0.08  # a picture: 400 pages of which every second has one
    LAYOUT = 0.26
    PREVIEW = 0.14


@dataclass(frozen=True)
class Steps:
    """Tells how far writing is, in pages: of two passes that take as long, each is half a page."""

    told: Callable[[float], None]
    seconds: float  # per page, all passes together

    def __call__(self, stage: Stage, pages: float = 1) -> None:
        """So many more pages, or pictures, have been through this pass."""
        self.told(pages * stage.value / self.seconds)


class Cutting:
    """An `output.pictures.files.Cutter` that tells of each page whose pictures it has cut, and at the `rest` of those
    of `expected` that were not wanted."""

    def __init__(self, cutter: Cutter, expected: int, told: Callable[[int], None]) -> None:
        self._cutter, self._left, self._told = cutter, expected, told

    def __call__(self, page: PageBlocks, figures: Sequence[Figure], dpi: int) -> Iterator[Picture | str]:
        yield from self._cutter(page, figures, dpi)
        self._tell(min(len(figures), self._left))

    def rest(self) -> None:
        """No more pictures come."""
        self._tell(self._left)

    def _tell(self, pictures: int) -> None:
        self._left -= pictures
        self._told(pictures)


def seconds_per_page(extras: Extras, pictures: float = 0.0) -> float:
    """What writing is expected to take, with so many pictures on a page."""
    always = Stage.FACTS.value + Stage.TEXT.value + Stage.WORDS.value + pictures * Stage.PICTURES.value
    layout = Stage.LAYOUT.value if extras.layout_pdf else 0.0
    return always + layout + (Stage.PREVIEW.value if extras.preview else 0.0)


def steps(extras: Extras, told: Callable[[float], None], pages: int, pictures: int) -> Steps:
    """For one document."""
    return Steps(told, seconds_per_page(extras, pictures / max(pages, 1)))


def nobody(pages: float) -> None:
    """For those who do not wait."""
