"""What a reader can choose about the files that are rendered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MathStyle(StrEnum):
    """Delimiters of formulas: `$ $$`, or `\\( \\)` and `\\[ \\]` as the model writes them."""

    DOLLAR = "dollar"
    LATEX = "latex"


class TableStyle(StrEnum):
    """HTML keeps spans; Markdown pipes are used where a table has none, else HTML all the same."""

    HTML = "html"
    MARKDOWN = "markdown"


class Running(StrEnum):
    """What becomes of running headers, footers and page numbers, or of hidden text."""

    DROP = "drop"
    KEEP = "keep"
    COMMENT = "comment"


@dataclass(frozen=True)
class RenderOptions:
    """How a document is rendered. `figure_dpi` is at least 200, so that a printed crop stays sharp.

    `page_separator` also keeps pages apart: nothing is joined over a page's end. `csv`: a file for each table, too.
    `front_matter`: what the document says of itself, as YAML at the head of the Markdown. `emphasis`: bold, italic and
    code where the document sets words so; what is struck out is marked in any case, since it is not valid. `comments`:
    those that people left on the pages. `hidden`: what becomes of text that is white, invisible or covered.
    """

    math: MathStyle = MathStyle.DOLLAR
    tables: TableStyle = TableStyle.HTML
    page_separator: bool = False
    headers: Running = Running.DROP
    figure_dpi: int = 200
    csv: bool = False
    front_matter: bool = False
    emphasis: bool = True
    comments: bool = False
    hidden: Running = Running.DROP

    def __post_init__(self) -> None:
        if not 200 <= self.figure_dpi <= 1200:
            raise ValueError(f"figure_dpi is {self.figure_dpi}, but must be within 200..1200")


@dataclass(frozen=True)
class ChunkOptions:
    """How a document is cut for retrieval; both numbers are tokens by `output.formats.chunks.size.estimate`.

    `size`: the most of a chunk, 32 to 32768; a table or listing that is larger stays whole. `overlap`: the most that a
    chunk repeats of the end of the one before, from 0 to half of `size`.
    """

    size: int = 512  # what small embedding models read at once
    overlap: int = 64

    def __post_init__(self) -> None:
        if not 32 <= self.size <= 32768:
            raise ValueError(f"the size of a chunk is {self.size}, but must be within 32..32768")
        if not 0 <= self.overlap <= self.size // 2:
            raise ValueError(f"the overlap is {self.overlap}, but must be within 0..{self.size // 2}, half of a chunk")
