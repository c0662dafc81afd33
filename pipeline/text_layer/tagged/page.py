"""A page by its tags: the units of the tree as labelled pieces, and what is in none where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from language.hyphens import Vocabulary
from pipeline.documents import mupdf
from pipeline.documents.tags.content import tagged_chars
from pipeline.documents.tags.nodes import Tree
from pipeline.text_layer.characters.forms import CHECKED, EMPTY
from pipeline.text_layer.labelling.context import Context
from pipeline.text_layer.lines.blocks import Block, block_of, make_blocks
from pipeline.text_layer.lines.glyphs import PageGlyphs
from pipeline.text_layer.lines.lines import Line
from pipeline.text_layer.lines.order import GUTTER
from pipeline.text_layer.lines.rows import whole_rows, with_drop_caps
from pipeline.text_layer.lines.writer import Piece
from pipeline.text_layer.tables.parts.grid import Table
from pipeline.text_layer.tagged.lists import tagged_list
from pipeline.text_layer.tagged.owners import Owners
from pipeline.text_layer.tagged.sound import is_sound
from pipeline.text_layer.tagged.tables import UnsoundError, tagged_table
from pipeline.text_layer.tagged.units import Unit, units


@dataclass(frozen=True)
class Part:
    """A part of a page in the order of the tree: a table, a list, or a block of text of a `kind` of element.

    `owner` is the kind of the element around it.
    """

    kind: str
    content: Block | Table | Piece
    owner: str = ""


@dataclass(frozen=True)
class TaggedPage:
    """What the tree has of a page, in its order, and the lines in none of these."""

    parts: tuple[Part, ...]
    outside: tuple[Line, ...]


def tagged_page(page: mupdf.Page, glyphs: PageGlyphs, context: Context) -> TaggedPage | None:
    """The parts of a page; None where the file has no tags, or they are not sound."""
    tree = context.tree
    if tree is None or not tree.is_there or tree.is_suspect or _is_form(page, glyphs):
        return None
    found, outside = units(glyphs.lines, Owners(tagged_chars(page, tree), glyphs.frame))
    if not is_sound(found, outside, glyphs.frame.size[1], GUTTER * context.body_size):
        return None
    parts: list[Part] = []
    for unit in _with_initials(found):
        try:
            made = list(_parts(unit, tree, context.known))
        except UnsoundError:
            return None
        parts += made
        outside += [] if made else unit.lines
    return TaggedPage(tuple(parts), tuple(sorted(outside, key=lambda line: (line.box.y0, line.box.x0))))


def _with_initials(found: Sequence[Unit]) -> Iterator[Unit]:
    """The units, with a large first letter that has an element of its own in the paragraph behind it."""
    letter: Unit | None = None
    for unit in found:
        if letter and unit.kind == "P":
            both = (*letter.lines, *unit.lines)
            if len(with_drop_caps(both)) < len(both):
                letter, unit = None, replace(unit, lines=both)
        if letter:
            yield letter
        letter = unit if unit.letters == 1 else None
        if not letter:
            yield unit
    if letter:
        yield letter


def _is_form(page: mupdf.Page, glyphs: PageGlyphs) -> bool:
    """Whether there is something to be filled in: what is filled in and ticked belongs to the words that it lies at."""
    return mupdf.has_fields(page) or any(word.text in (EMPTY, CHECKED) for line in glyphs.lines for word in line.words)


def _parts(unit: Unit, tree: Tree, known: Vocabulary) -> Iterator[Part]:
    """A unit as a part; none where it must be told by sight, as a picture, or a table that is none."""
    made: Block | Table | Piece | None = None
    if unit.kind == "Table":
        made = tagged_table(unit, tree)
    elif unit.kind == "L":
        made = tagged_list(unit, known)
    elif unit.kind != "Figure":
        made = _block(unit.lines)
    if made:
        yield Part(unit.kind, made, unit.owner)


def _block(lines: Sequence[Line]) -> Block:
    """The lines of a unit; where it runs over columns, in the order in which they are drawn, as the tree has them."""
    place = {(word.text, word.box): i for i, line in enumerate(lines) for word in line.words}

    def first(block: Block) -> int:
        return min(place.get((word.text, word.box), len(place)) for line in block.lines for word in line.words)

    blocks = sorted(make_blocks(whole_rows(lines)), key=first)
    return block_of([line for block in blocks for line in block.lines])
