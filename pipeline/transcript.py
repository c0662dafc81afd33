"""Leaf types of a page's way: a reference to it, its raster, the model's views of it, and its transcript."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""RGB raster, shape (height, width, 3), values 0..255."""


@dataclass(frozen=True)
class Source:
    """One input document on disk. What is not (standard input, an object in a bucket) is copied to a file first, so a
    source can cross processes."""

    path: Path
    name: str  # what the user calls it: the path as typed, or "-"
    passwords: tuple[str, ...] = ()  # tried in order where the document asks for one
    origin: str = ""  # the URL that `path` is a copy from
    inside: str = ""  # its path below the folder or pattern that was given, where there was one

    @property
    def home(self) -> Path:
        """Where the document itself lies: what tells it from another one, also after this run."""
        return Path(self.origin) if self.origin else self.path

    @property
    def lay(self) -> str:
        """Where it lay, for those on other machines."""
        return self.origin or self.inside or self.path.name


Box = tuple[int, int, int, int]
"""Left, top, right and bottom of a part of a page as displayed, 0..999 of its width and height."""


@dataclass(frozen=True)
class Asked:
    """How one page is read where a client of a server has a say in it. It is never turned: its client has done that.

    `prompt`, with `<image>` in it once, stands for the reader's own; `limit` is the most tokens of the answer, if that
    is less than the reader's. `pdf`: its n-grams are banned as those of a page of a PDF are, though it is an image.
    `aloud`: what is written is told while it is written, see `pipeline.transcriber.Attentive`.
    """

    prompt: str | None = None
    limit: int | None = None
    pdf: bool = False
    aloud: bool = False


@dataclass(frozen=True)
class PageRef:
    """A page that is yet to be read. Cheap, hashable and picklable; `number` is 1-based."""

    source: Source
    number: int
    attempt: int = 0  # a page that failed is read again in another way, see `pipeline.readers.wrappers.retries`
    part: Box | None = None  # what is read by itself: a picture, or print that was left out, see `readers.wrappers`
    asked: Asked | None = None
    printed: bool = False  # the part is print, and read as a page is

    @property
    def is_picture(self) -> bool:
        """Whether a picture on the page is to be parsed."""
        return self.part is not None and not self.printed


@dataclass(frozen=True)
class Page:
    """One rasterised page. `width` and `height` are in points (1/72 inch), as displayed (rotation applied)."""

    ref: PageRef
    width: float
    height: float
    pixels: Pixels


@dataclass(frozen=True)
class PageViews:
    """What the network sees of a page: one padded global view and `columns * rows` local tiles in row-major order.

    `global_view` has shape (1024, 1024, 3) and `local_views` (columns * rows, 768, 768, 3), both uint8 RGB; a page that
    fits into one tile has no local views (columns = rows = 0).
    """

    global_view: Pixels
    local_views: Pixels
    columns: int
    rows: int


@dataclass(frozen=True, eq=False)
class PrintLines:
    """Lines of print as a page's pixels show them, whoever reads it (`pipeline.views.print_lines`).

    `samples` (n, 5) are narrow pieces of them from left to right: the number of the line; the middle, x and y, 0..999
    of the upright page; half the height of its small letters, in the same; and its letters, about.
    """

    samples: NDArray[np.float32]


@dataclass(frozen=True)
class Unread:
    """Print that is in no block, so many lines of it together within `box`; or, with `within`, so many lines that a
    block's text lacks, whose box that is."""

    box: Box
    lines: int
    within: bool = False


class Finish(StrEnum):
    """How the reading of a page ended."""

    STOP = "stop"  # the model closed the page itself
    LENGTH = "length"  # the token limit was reached first
    LOOP = "loop"  # the text repeated itself and was cut
    UNSURE = "unsure"  # the model ended by itself, but was not sure enough of what it wrote
    EMPTY = "empty"  # nothing was read on a page that is not blank
    BLANK = "blank"  # nothing is on the page
    ERROR = "error"  # the page could not be rasterised or read

    @property
    def good(self) -> bool:
        """Whether the text can be taken as the whole page."""
        return self in (Finish.STOP, Finish.BLANK)


@dataclass(frozen=True)
class Doubt:
    """Blocks of a page's own text, by their places in its transcript from 0, whose layout could not be told: they are
    parts of one "table" or "formula", and a network that sees the page is asked for that region."""

    kind: str
    blocks: tuple[int, ...]


@dataclass(frozen=True)
class Drafted:
    """How guesses at a page's text fared: tokens guessed, those that were right, and the steps that it took."""

    guessed: int
    kept: int
    steps: int


@dataclass(frozen=True)
class Transcript:
    """The durable result of one page: its grounded text and how it came about."""

    ref: PageRef
    text: str
    finish: Finish
    width: float = 0.0  # points, as displayed; 0 where the page could not be opened
    height: float = 0.0
    reader: str = ""  # what read it: "nano", a repo id, "text-layer", …
    prompt_tokens: int = 0
    output_tokens: int = 0
    confidence: float | None = None  # mean probability of the chosen tokens, 0..1, where a model gave it
    error: str | None = None  # one line, for finish == ERROR
    turned: int = 0  # quarter turns against the clock with which it was read; boxes are of the page as displayed
    tried: tuple[str, ...] = ()  # what was tried before and how it ended: "nano: loop"
    doubtful: bool = False  # read to its end, but the model was less sure than on pages that it reads well
    doubts: tuple[Doubt, ...] = ()  # of own text; not kept in the record, as whoever can settle them does so before
    drafted: Drafted | None = None  # where the reader was given guesses
    tiles: tuple[int, int] | None = None  # columns and rows of local views, where a network looked at the page
    # As `doubts`: whoever judges the page compares them with its text.
    print: PrintLines | None = field(default=None, compare=False)
    unread: tuple[Unread, ...] = ()
    unread_share: float = 0.0  # of the print of the page outside pictures, 0..1
    by_block: tuple[float, ...] = ()  # the same as `confidence` from each `<|ref|>` of the text to the next, in order
