"""Leaf types of the output: boxes, blocks, and the pages and document that they make up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle in the model's grid of a page: 0..999 from left to right and top to bottom, x1 <= x2, y1 <= y2."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True)
class Block:
    """One labelled region. `label` is an open set (title, sub_title, text, table, image, …); "" for ungrounded text."""

    label: str
    boxes: tuple[Box, ...]
    text: str


@dataclass(frozen=True)
class Agreement:
    """How far a page's text agrees with the PDF's own (`output.compare.agreement`). All values are 0..1, 1 is the same.

    Recall is the share of the PDF's own text that was found again; precision the share of what was read that is there.
    """

    character_recall: float
    character_precision: float
    word_recall: float
    word_precision: float


@dataclass(frozen=True)
class PageBlocks:
    """The blocks of one page in reading order. `number` is 1-based; `width` and `height` are in points."""

    number: int
    width: float
    height: float
    blocks: tuple[Block, ...]
    failure: str | None = None  # one line for the reader where text is missing; shown in place
    reader: str = ""  # what read the page: "text-layer" for the PDF's own text, else a model's name
    finish: str = ""  # how reading ended: stop, length, loop, empty, blank, error
    confidence: float | None = None  # mean probability of the chosen tokens, 0..1, where a model gave it
    turned: int = 0  # quarter turns against the clock that set the page upright; boxes are those of the page as it lies
    agreement: Agreement | None = None  # where it was asked for and the PDF has text of its own


@dataclass(frozen=True)
class Document:
    """All pages that were asked for, in page order. `name` is what a reader may see, never a path."""

    name: str
    pages: tuple[PageBlocks, ...]
