"""Leaf types of the output: boxes, blocks, and the pages and document that they make up."""

from __future__ import annotations

from dataclasses import dataclass

from output.grounding.accounts import Agreement, Ledger
from output.grounding.roles import Role
from output.grounding.roles import role as role_of

TEXT_LAYER = "text-layer"
"""The reader's name that stands for the PDF's own text; all other names are models."""


@dataclass(frozen=True)
class Box:
    """A rectangle in the model's grid of a page: 0..999 from left to right and top to bottom, x1 <= x2, y1 <= y2."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True)
class Figure:
    """One crop of page `page`, from 1. `name` is true to that number, and names the crop wherever crops are listed;
    its file may end in .jpg instead."""

    page: int
    box: Box
    name: str


@dataclass(frozen=True)
class Link:
    """Words of a page that lead to `target`, as the document itself states it: an address, or `#` and a name within.

    `before` and `after` are what stands beside them in the document; `box` is that of the words. What leads to a place
    within has that place: page `to_page` from 1, 0 for none, and `to_x`, `to_y`, 0..999 or -1.
    """

    text: str
    target: str
    box: Box
    before: str = ""
    after: str = ""
    to_page: int = 0
    to_x: int = -1
    to_y: int = -1


@dataclass(frozen=True)
class Style:
    """How words are set; all False is plain text."""

    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False

    def without(self, other: Style) -> Style:
        """What of this style the other one has not."""
        return Style(*(a and not b for a, b in zip(self._flags, other._flags, strict=True)))

    @property
    def names(self) -> list[str]:
        """Of what it is."""
        return [name for name, value in zip(("bold", "italic", "struck", "code"), self._flags, strict=True) if value]

    @property
    def _flags(self) -> tuple[bool, bool, bool, bool]:
        return self.bold, self.italic, self.struck, self.code


PLAIN = Style()


@dataclass(frozen=True)
class Emphasis:
    """Words of a page that the document sets in a `style` of their own; the rest is as in `Link`."""

    text: str
    style: Style
    box: Box
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Picture:
    """A figure as the document itself tags it, and what it has to be said in its place."""

    box: Box
    alt: str


@dataclass(frozen=True)
class Ticked:
    """A box to be ticked, and its label, `text`, which stands behind it, or with `is_last` before it; the rest is as in
    `Link`."""

    text: str
    checked: bool
    box: Box
    before: str = ""
    after: str = ""
    is_last: bool = False


@dataclass(frozen=True)
class Aside:
    """What is on a page and no part of what it prints: a `comment` that somebody left, or `hidden` text.

    `about` are the words that a comment marks.
    """

    kind: str
    text: str
    box: Box
    author: str = ""
    about: str = ""


@dataclass(frozen=True)
class Unread:
    """Print that the page shows and its text lacks: so many lines of it, in no block, or `within` the block that has
    this box."""

    box: Box
    lines: int
    within: bool = False


@dataclass(frozen=True)
class FormField:
    """A field of a form: `kind` is text, check, radio, choice or signature.

    `value` is what is filled in, or what a box stands for where it is `checked`; that is None for all else.
    """

    name: str
    kind: str
    value: str
    box: Box
    checked: bool | None = None
    label: str = ""


@dataclass(frozen=True)
class Block:
    """One labelled region: what was read, and what the rest of its document tells about it.

    The first three fields are the reader's. `label` is an open set (title, sub_title, text, table, image, …); "" for
    ungrounded text. All others are facts, which `output.document.survey` adds; every format is written from them.
    """

    label: str
    boxes: tuple[Box, ...]
    text: str
    found_role: Role | None = None  # where the document tells another role than the label: a running head, a list
    running: str = ""  # header, footer or page_number, for what runs over the pages
    kept: str = ""  # of what runs: `once` if no other page says it, `first` where others say it again; it is shown
    level: int = 0  # 1..6, of a heading; 0 for all else
    shown: str | None = None  # the text to be shown where it differs: with references to notes, contents as items
    notes: tuple[int, ...] = ()  # footnotes, numbered through the document, that it refers to or holds
    caption: int | None = None  # the place among its page's blocks of the caption of this figure, table or listing
    caption_of: tuple[int, ...] = ()  # the places of what this caption describes
    figures: tuple[Figure, ...] = ()
    links: tuple[Link, ...] = ()  # that stand in it
    emphasis: tuple[Emphasis, ...] = ()
    asides: tuple[Aside, ...] = ()  # that lie at it
    confidence: float | None = None  # how sure a model was of it, 0..1, where it told
    alt: str = ""  # of a picture: what the document itself says in its place
    anchor: str = ""  # the name by which links within the document lead to it
    inside: tuple[str, ...] = ()  # the words that stand in a picture, a line each, where the PDF's own text tells them

    @property
    def role(self) -> Role:
        """How it is rendered."""
        return self.found_role or role_of(self.label)

    @property
    def content(self) -> str:
        """The text to be shown; `text` is what was read."""
        return self.text if self.shown is None else self.shown


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
    confidence: float | None = None  # how sure a model was of the page, 0..1, where it told
    doubtful: bool = False  # read to its end, but the model was less sure than on pages that it reads well
    turned: int = 0  # quarter turns against the clock that set the page upright; boxes are those of the page as it lies
    agreement: Agreement | None = None  # where it was asked for and the PDF has text of its own
    repeated: tuple[Block, ...] = ()  # blocks that were read a second time (`output.compare.repeats`), shown nowhere
    ledger: Ledger | None = None  # where the PDF has text of its own
    unread: tuple[Unread, ...] = ()
    links: tuple[Link, ...] = ()  # that the document states
    emphasis: tuple[Emphasis, ...] = ()
    asides: tuple[Aside, ...] = ()
    fields: tuple[FormField, ...] = ()
    pictures: tuple[Picture, ...] = ()
    boxes: tuple[Ticked, ...] = ()
    corrected: tuple[tuple[int, str], ...] = ()  # places of blocks that a person has mended, and what was read there

    @property
    def is_own_text(self) -> bool:
        """Whether the text is the PDF's own, and no network's."""
        return self.reader.split("+")[0] == TEXT_LAYER


@dataclass(frozen=True)
class Entry:
    """A line of a document's outline; `level` from 1, `page` from 1 or 0 where it leads to none."""

    level: int
    title: str
    page: int = 0


@dataclass(frozen=True)
class About:
    """What a document states about itself; "" for what it does not. `date` is YYYY-MM-DD, or less of it."""

    title: str = ""
    author: str = ""
    date: str = ""
    outline: tuple[Entry, ...] = ()
    attachments: tuple[str, ...] = ()  # names of the files in it


@dataclass(frozen=True)
class Document:
    """All pages that were asked for, in page order. `name` is what a reader may see, never a path."""

    name: str
    pages: tuple[PageBlocks, ...]
    about: About = About()
