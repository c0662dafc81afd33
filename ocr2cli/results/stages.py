"""What writing a document's files consists of, so that whoever waits can be told how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ocr2cli.options import Extras


class Stage(Enum):
    """A pass over the pages; its value is seconds per page on one core, the median of five public documents (33 pages;
    `ocr2 render` without and with the option)."""

    TEXT = 0.10
    LAYOUT = 0.26
    PREVIEW = 0.14


@dataclass(frozen=True)
class Steps:
    """Tells how far writing is, in pages: of two passes that take as long, each is half a page."""

    told: Callable[[float], None]
    seconds: float  # per page, all passes together

    def __call__(self, stage: Stage, pages: int = 1) -> None:
        """So many more pages have been through this pass."""
        self.told(pages * stage.value / self.seconds)


def seconds_per_page(extras: Extras) -> float:
    """What writing is expected to take."""
    layout = Stage.LAYOUT.value if extras.layout_pdf else 0.0
    return Stage.TEXT.value + layout + (Stage.PREVIEW.value if extras.preview else 0.0)


def steps(extras: Extras, told: Callable[[float], None]) -> Steps:
    """For one document."""
    return Steps(told, seconds_per_page(extras))


def nobody(pages: float) -> None:
    """For those who do not wait."""
