"""The pieces of a document in the order in which they are read, page after page, before anything is joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile

from output.document import folios
from output.grounding import geometry
from output.grounding.accounts import Dropped
from output.grounding.blocks import Block, Box, PageBlocks
from output.grounding.roles import Role
from output.options import Running
from output.tables import source as table_source
from output.tables.table import Table, fit


@dataclass(frozen=True)
class Piece:
    """A block where the reader meets it: `index` among the blocks of its `page`.

    What is joined to it from elsewhere is in `block.shown` or `joined_table`, and `more` are the pieces that it goes on
    with, as they were.
    """

    page: PageBlocks
    index: int
    block: Block
    joined_table: Table | None = None
    more: tuple[Piece, ...] = ()

    @property
    def role(self) -> Role:
        return self.block.role

    @property
    def last(self) -> Piece:
        """The piece whose place on its page is where this one ends."""
        return self.more[-1] if self.more else self

    @property
    def number(self) -> int:
        """The page's."""
        return self.page.number

    @property
    def text(self) -> str:
        """The block's text as it is to be shown."""
        return self.block.content

    @cached_property
    def box(self) -> Box | None:
        return geometry.hull(self.block)

    @cached_property
    def parts(self) -> tuple[str | Table, ...]:
        """The block's text and tables in turn."""
        if self.joined_table is not None:
            return (self.joined_table,)
        return tuple(part for part in table_source.split(self.text, self.role is Role.TABLE) if part)

    @cached_property
    def table(self) -> Table | None:
        """The table that the block consists of, if it is one and nothing else."""
        parts = [part for part in self.parts if not isinstance(part, str) or part.strip()]
        return fit(parts[0]) if len(parts) == 1 and isinstance(parts[0], Table) else None

    def joined(self, other: Piece, text: str | None = None, table: Table | None = None) -> Piece:
        """This piece going on with `other`, with the text or table of both."""
        block = self.block if text is None else replace(self.block, shown=text)
        more = (*self.more, replace(other, more=()), *other.more)
        return Piece(self.page, self.index, block, table, more)


def pieces(pages: Sequence[PageBlocks], headers: Running) -> tuple[list[Piece], list[Dropped]]:
    """All blocks that are shown, in reading order; captions stand beside what they describe. And what is left out."""
    shown: list[Piece] = []
    dropped = [Dropped(page.number, None, "read_twice", block.text) for page in pages for block in page.repeated]
    for page in pages:
        for index, block in _title_first(page):
            # Whatever is not shown is named in the second list, with no exception: the ledger of words counts on it.
            if headers is Running.DROP and block.role is Role.RUNNING and not block.kept:
                kind = "page_number" if folios.is_page_number(block) else "running"
                dropped.append(Dropped(page.number, index, kind, block.text))
            else:
                shown.append(Piece(page, index, block))
    return shown, dropped


def _title_first(page: PageBlocks) -> list[tuple[int, Block]]:
    """The blocks of a page with their places; the document's title comes before what runs over it."""
    blocks = list(enumerate(page.blocks))
    before = list(takewhile(lambda placed: placed[1].role is Role.RUNNING, blocks))
    if blocks[len(before) :] and blocks[len(before)][1].level == 1:
        blocks.insert(0, blocks.pop(len(before)))
    return blocks
